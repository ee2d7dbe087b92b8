"""Files that seek."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from tests.io.formats.reading import lookup
from xlearning.io.formats.base import DamagedFile, Piece
from xlearning.io.formats.random_access import StorageFile

if TYPE_CHECKING:
    from pathlib import Path


def test_it_behaves_as_a_local_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(range(100)))
    ours = StorageFile(Piece(str(path), 0, 100, 100), lookup)
    with path.open("rb", buffering=0) as theirs, ours:
        for offset, whence, size in (
            (0, io.SEEK_SET, 10),
            (5, io.SEEK_CUR, 10),
            (-7, io.SEEK_END, 3),
            (0, io.SEEK_CUR, -1),
            (200, io.SEEK_SET, 5),
        ):
            assert ours.seek(offset, whence) == theirs.seek(offset, whence)
            assert ours.read(size) == theirs.read(size)
            assert ours.tell() == theirs.tell()
        with pytest.raises(ValueError, match="cannot seek to -1"):
            ours.seek(-1)
        assert (ours.readable(), ours.seekable()) == (True, True)


def test_it_can_be_buffered(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one\ntwo\n")
    raw = StorageFile(Piece(str(path), 0, 8, 8), lookup)
    with io.BufferedReader(raw) as file:
        assert file.readlines() == [b"one\n", b"two\n"]


def test_a_file_that_became_shorter_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    with pytest.raises(DamagedFile, match="at byte 3: it had 5 bytes"):
        StorageFile(Piece(str(path), 0, 5, 5), lookup)
