"""What all formats of files do alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.io.formats.reading import lookup, read_split, settings, splits_of
from xlearning.io.formats.base import Piece, RecordSplit
from xlearning.io.formats.file_format import FileFormat
from xlearning.io.formats.registry import INPUT_FORMATS, find_input_format

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xlearning.io.formats.base import FormatSettings
    from xlearning.io.storage import StorageLookup


class Ranges(FileFormat):
    """A record says which range it stands for."""

    least_bytes = 40

    def read_piece(
        self, piece: Piece, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        yield f"{piece.start}+{piece.length}\n".encode()


def test_ranges_are_read_in_order_and_no_empty_file(tmp_path: Path) -> None:
    for name, length in (("a", 100), ("b", 0)):
        (tmp_path / name).write_bytes(bytes(length))
    paths = [tmp_path / "a", tmp_path / "b"]
    found = splits_of(Ranges(), paths, block_bytes=10)
    assert [split.pieces[0].length for split in found] == [40, 40, 20, 0]
    all_in_one = RecordSplit(tuple(piece for split in found for piece in split.pieces))
    assert read_split(Ranges(), all_in_one) == b"0+40\n40+40\n80+20\n"


@pytest.mark.parametrize("name", INPUT_FORMATS)
def test_an_empty_file_has_no_records_in_any_format(tmp_path: Path, name: str) -> None:
    gone = RecordSplit((Piece(f"file://{tmp_path}/gone", 0, 0, 0),))
    form = find_input_format(name)
    assert isinstance(form, FileFormat)
    assert list(form.read(gone, lookup, settings())) == []
