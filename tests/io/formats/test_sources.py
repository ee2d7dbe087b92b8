"""A source gives all of a file or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.io.formats.reading import lookup
from xlearning.io.formats.base import DamagedFile, Piece
from xlearning.io.formats.sources import FileSource, exactly, open_piece

if TYPE_CHECKING:
    from pathlib import Path


class Broken:
    """A reader that ends before its length."""

    length = 10

    def __init__(self) -> None:
        """Have four bytes."""
        self._parts = [b"01", b"23"]

    def read(self, size: int) -> bytes:
        """Return a packet, then nothing."""
        return self._parts.pop(0) if self._parts else b""

    def __enter__(self) -> Broken:
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""


def test_reading_begins_at_the_piece_and_goes_on_beyond_it(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    with open_piece(Piece(str(path), 3, 4, 10), lookup) as source:
        assert (source.end, source.uri) == (4, str(path))
        assert source.read(3) == b"345"
        assert source.position == 6
        assert source.read(99) == b"6789"
        assert source.read(99) == b""


def test_a_file_that_became_shorter_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"01234")
    with (
        pytest.raises(DamagedFile, match="has 5 bytes and had 10 when it was listed"),
        open_piece(Piece(str(path), 3, 7, 10), lookup),
    ):
        pass


def test_an_end_before_the_length_is_damage() -> None:
    source = FileSource(Broken(), Piece("hdfs://nn/a", 0, 10, 10))
    with pytest.raises(DamagedFile, match=r"hdfs://nn/a.* at byte 4: it ends here"):
        source.read(10)


def test_exactly_so_many_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    with open_piece(Piece(str(path), 0, 10, 10), lookup) as source:
        assert exactly(source, 0) == b""
        assert exactly(source, 7) == b"0123456"
        with pytest.raises(DamagedFile, match="at byte 10: it ends 1 bytes too early"):
            exactly(source, 4)
