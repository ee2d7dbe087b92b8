"""What is special about the local disk; `test_storage` has the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from xlearning.io import local_storage
from xlearning.io.local_storage import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path

STORAGE = LocalStorage()


@pytest.fixture
def without_renameat2(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that cannot refuse to replace, as NFS."""
    monkeypatch.setattr(local_storage, "_renameat2", lambda: None)


@pytest.mark.usefixtures("without_renameat2")
def test_rename_by_other_means(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"x")
    (tmp_path / "file").write_bytes(b"y")
    STORAGE.rename(f"{tmp_path}/folder", f"{tmp_path}/folder2")
    STORAGE.rename(f"{tmp_path}/file", f"{tmp_path}/file2")
    assert sorted(os.listdir(tmp_path)) == ["file2", "folder2"]
    assert (tmp_path / "folder2" / "file").read_bytes() == b"x"
    with pytest.raises(FileExistsError):
        STORAGE.rename(f"{tmp_path}/file2", f"{tmp_path}/folder2")
    with pytest.raises(FileExistsError):
        STORAGE.rename(f"{tmp_path}/folder2", f"{tmp_path}/file2")
    with pytest.raises(FileNotFoundError):
        STORAGE.rename(f"{tmp_path}/none", f"{tmp_path}/x")
    with pytest.raises(OSError, match="Invalid"):
        STORAGE.rename(f"{tmp_path}/folder2", f"{tmp_path}/folder2/inside")
    assert os.listdir(tmp_path / "folder2") == ["file"]


def test_a_folder_cannot_move_into_itself(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="Invalid"):
        STORAGE.rename(f"{tmp_path}/a", f"{tmp_path}/a/b")
    assert os.listdir(tmp_path / "a") == []


def test_links_are_followed_but_deleted_alone(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    assert [s.name for s in STORAGE.list(f"{tmp_path}/link")] == ["file"]
    assert STORAGE.delete(f"{tmp_path}/link", recursive=True)
    assert (tmp_path / "real" / "file").exists()


def test_a_broken_link_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("none")
    with pytest.raises(FileNotFoundError):
        STORAGE.list(str(tmp_path))


def test_owners_without_a_name() -> None:
    assert local_storage._owner(2**31 - 7) == str(2**31 - 7)


def test_imports_stay_light() -> None:
    code = (
        "import sys, xlearning.io.storage, xlearning.io.local_storage, "
        "xlearning.io.hdfs_storage, xlearning.io.download, xlearning.io.upload, "
        "xlearning.io.commit, xlearning.io.listing, xlearning.io.aggregated_logs\n"
        "print({'pyarrow', 'hdfs_native', 'asyncio'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_a_log_whose_taking_was_broken_off_is_found_again(tmp_path: Path) -> None:
    storage, path = LocalStorage(), tmp_path / "log"
    storage.start_log(str(path)).write(b"one")
    path.rename(f"{path}.taken")
    storage.take_log(str(path))
    assert [each.name for each in tmp_path.iterdir()] == ["log"]
    assert path.read_bytes() == b"one"
