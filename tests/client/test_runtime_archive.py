from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from xlearning.client import runtime_archive
from xlearning.client.runtime_archive import BLOCK, BlockGzip, write_folder
from xlearning.client.runtime_content import Entry

if TYPE_CHECKING:
    from pathlib import Path

BASE = [
    Entry("bin/python", data=b"#!/bin/sh\n", executable=True),
    Entry("lib/one.py", data=b"ONE = 1\n"),
]
OWN = [Entry("lib/two.py", data=b"TWO = 2\n")]


def _archive(folder: Path) -> bytes:
    base, whole = folder / "base.part", folder / "whole.tgz"
    runtime_archive.write_base(BASE, base)
    runtime_archive.write_archive(base, OWN, whole)
    return whole.read_bytes()


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 17])
def test_members_unpack_to_what_was_written(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    out = io.BytesIO()
    with BlockGzip(out) as stream:
        stream.write(data)
        assert stream.tell() == size
    assert (gzip.decompress(out.getvalue()) if size else b"") == data


def test_the_parts_are_one_tar_with_modes(tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(_archive(tmp_path)), mode="r:gz") as tar:
        members = {member.name: member for member in tar}
    assert members["bin/python"].mode == 0o755
    assert members["lib/two.py"].mode == 0o644
    assert len(members) == 3


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    first = _archive(tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    assert _archive(tmp_path) == first


def test_a_folder_is_written_with_its_links_and_without_its_owner(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "folder"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python3").write_text("#!")
    (folder / "bin" / "python3").chmod(0o755)
    (folder / "bin" / "python").symlink_to("python3")
    write_folder(folder, tmp_path / "a.tgz")
    with tarfile.open(tmp_path / "a.tgz") as archive:
        found = {entry.name: entry for entry in archive}
    assert set(found) == {".", "./bin", "./bin/python3", "./bin/python"}
    assert found["./bin/python"].linkname == "python3"
    assert found["./bin/python3"].mode == 0o755
    assert {(entry.uid, entry.gname) for entry in found.values()} == {(0, "")}


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    broken = Entry("missing.py", tmp_path / "missing.py")
    with pytest.raises(FileNotFoundError):
        runtime_archive.write_base([*BASE, broken], tmp_path / "base.part")
    assert list(tmp_path.iterdir()) == []
