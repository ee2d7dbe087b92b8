"""Bringing single files: what is refused, what is unpacked, which modes come out."""

from __future__ import annotations

import os
import tarfile
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ClusterError
from xlearning.hadoop.launch_context import (
    LocalResource,
    LocalResourceType,
    LocalResourceVisibility,
)
from xlearning.io.local_storage import LocalStorage
from xlearning.local.node import download
from xlearning.local.node.resources import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

STORAGE = LocalStorage()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may look into; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


class FarStorage(LocalStorage):
    """The local disk as if it were elsewhere: nothing is read but by `open`."""

    @property
    def root(self) -> str:
        return "far://x"


def wanted(
    path: Path,
    kind: LocalResourceType = LocalResourceType.FILE,
    visibility: LocalResourceVisibility = LocalResourceVisibility.PRIVATE,
) -> Wanted:
    """Return the wish for a file as it is now."""
    timestamp_ms = path.stat().st_mtime_ns // 1_000_000 if path.exists() else 0
    return Wanted.of(LocalResource(f"file://{path}", 0, timestamp_ms, kind, visibility))


def tree(folder: Path) -> dict[str, int]:
    """Return modes by relative path."""
    return {
        str(path.relative_to(folder)): path.stat().st_mode & 0o777
        for path in sorted(folder.rglob("*"))
    }


def make_tree(folder: Path) -> Path:
    """Make a small tree with a link in it."""
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "run").write_text("x")
    (folder / "sub" / "run").chmod(0o644)
    (folder / "link").symlink_to("sub/run")
    return folder


def refusal(of: Wanted, cache: Path) -> str:
    """Return YARN's words for not bringing a file."""
    with pytest.raises(ClusterError) as caught:
        download.fetch(STORAGE, of, cache)
    assert not cache.exists() or list(cache.iterdir()) == []
    return caught.value.remote_text


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    of = wanted(tmp_path / "a")
    found = download.fetch(STORAGE, of, tmp_path / "cache")
    assert found == of.path(tmp_path / "cache")
    assert found.read_text() == "x"
    assert found.stat().st_mode & 0o777 == 0o500
    again = download.fetch(STORAGE, of, tmp_path / "cache")
    assert again == found
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [of.key]


@pytest.mark.parametrize("storage", [STORAGE, FarStorage()])
@pytest.mark.parametrize("name", ["t.tar", "t.tar.gz", "t.tgz", "t.zip", "t.jar"])
def test_archives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, storage: LocalStorage
) -> None:
    source = make_tree(tmp_path / "source")
    packed = tmp_path / name
    if name.endswith(("zip", "jar")):
        with zipfile.ZipFile(packed, "w") as file:
            file.write(source / "sub" / "run", "sub/run")
    else:
        mode = "w" if name.endswith(".tar") else "w:gz"
        with tarfile.open(packed, mode) as archive:  # type: ignore[call-overload]
            archive.add(source, ".")
    of = wanted(packed, LocalResourceType.ARCHIVE)
    if storage is not STORAGE:
        monkeypatch.setenv("PATH", "/none")  # a node without tar
    found = download.fetch(storage, of, tmp_path / "cache")
    modes = tree(found)
    assert (modes["sub"], modes["sub/run"]) == (0o700, 0o500)
    assert sorted(path.name for path in found.parent.iterdir()) == [name]
    if not name.endswith(("zip", "jar")):
        assert os.readlink(found / "link") == "sub/run"


def test_public_modes(tmp_path: Path, open_folder: Path) -> None:
    source = make_tree(open_folder / "source")
    source.chmod(0o755)
    of = wanted(source, visibility=LocalResourceVisibility.PUBLIC)
    found = download.fetch(STORAGE, of, tmp_path / "cache")
    assert tree(found) == {"link": 0o555, "sub": 0o755, "sub/run": 0o555}


def test_an_archive_by_another_name_is_copied(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("x")
    of = wanted(tmp_path / "a.xyz", LocalResourceType.ARCHIVE)
    assert download.fetch(STORAGE, of, tmp_path / "cache").read_text() == "x"


def test_a_missing_file(tmp_path: Path) -> None:
    words = refusal(wanted(tmp_path / "none"), tmp_path / "cache")
    text = f"File file:{tmp_path}/none does not exist"
    assert words == f"{text}\njava.io.FileNotFoundException: {text}\n"


def test_a_changed_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    of = wanted(tmp_path / "a")
    os.utime(tmp_path / "a", (5, 5))
    words = refusal(of, tmp_path / "cache")
    assert words.startswith(f"Resource file:{tmp_path}/a changed on src filesystem")
    assert 'was: "1970-01-01T00:00:05.000+0000"' in words


def test_not_for_everybody(tmp_path: Path, open_folder: Path) -> None:
    file = open_folder / "a"
    file.touch()
    file.chmod(0o600)
    of = wanted(file, visibility=LocalResourceVisibility.PUBLIC)
    assert "is not publicly accessible" in refusal(of, tmp_path / "cache")
    file.chmod(0o644)
    open_folder.chmod(0o700)
    assert "is not publicly accessible" in refusal(of, tmp_path / "cache")


@pytest.mark.parametrize("name", ["a.tar.gz", "a.zip"])
@pytest.mark.parametrize("path", ["/none", os.environ["PATH"]])
def test_a_damaged_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, path: str
) -> None:
    (tmp_path / name).write_text("no archive")
    monkeypatch.setenv("PATH", path)
    of = wanted(tmp_path / name, LocalResourceType.ARCHIVE)
    words = refusal(of, tmp_path / "cache")
    assert words.startswith("Download and unpack failed")
    assert "YarnException: Download" in words


def test_many_at_a_time_leave_one(tmp_path: Path) -> None:
    source = make_tree(tmp_path / "source")
    of, cache = wanted(source), tmp_path / "cache"
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(download.fetch, STORAGE, of, cache) for _ in range(32)]
    assert {call.result() for call in calls} == {of.path(cache)}
    assert [path.name for path in cache.iterdir()] == [of.key]


def test_closed_folders_are_deleted_too(tmp_path: Path) -> None:
    folder = make_tree(tmp_path / "x")
    (folder / "sub").chmod(0o500)
    folder.chmod(0o500)
    download.discard(folder)
    assert not folder.exists()
    download.discard(folder)
