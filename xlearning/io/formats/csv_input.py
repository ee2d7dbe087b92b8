"""CSV: a record is a row as a JSON object of texts, named by the file's first line.

Values stay the text that they are in the file: what is a number is for the program to
say. A line end may be part of a quoted value, so that a file is one split.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from xlearning.io.formats.base import CHUNK_BYTES
from xlearning.io.formats.codecs import plain
from xlearning.io.formats.file_format import FileFormat
from xlearning.io.formats.rows import lines_of_batch
from xlearning.io.formats.sources import open_piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xlearning.io.formats.base import FormatSettings, Piece
    from xlearning.io.formats.sources import Source
    from xlearning.io.storage import StorageLookup


class CsvInput(FileFormat):
    """CSV files with a first line of names."""

    def splittable(self, settings: FormatSettings) -> Callable[[str], bool]:
        """Say no: a line end may be part of a value."""
        return lambda uri: False

    def read_piece(
        self, piece: Piece, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield rows."""
        with open_piece(piece, storages) as file:
            yield from _rows(plain(file, piece.uri))


class _Ahead:
    """A source as a file for pyarrow, of which the beginning was looked at."""

    closed = False

    def __init__(self, source: Source) -> None:
        self._source = source
        self._first = source.read(CHUNK_BYTES)

    def names(self) -> list[str]:
        """Return what the first line says, nothing when it is the only one.

        Raises:
            DamagedFile: It is no text.
        """
        if len(self._first.splitlines()) < 2:
            return []
        try:
            whole = self._first.decode("utf-8-sig", "ignore")
            return next(csv.reader(io.StringIO(whole, newline="")), [])
        except csv.Error as error:
            raise self._source.damaged(str(error)) from error

    def read(self, size: int) -> bytes:
        first, self._first = self._first[:size], self._first[size:]
        return first or self._source.read(size)

    def close(self) -> None:
        """Leave it open: who opened it closes it."""


def _rows(source: Source) -> Iterator[bytes]:
    """Yield rows as lines.

    Raises:
        DamagedFile: A row has more or fewer values than there are names.
    """
    import pyarrow as pa

    file = _Ahead(source)
    names = file.names()
    if not names:
        return
    try:
        for batch in _batches(file, names):
            yield from lines_of_batch(batch)
    except pa.ArrowInvalid as error:
        raise source.damaged(str(error)) from error


def _batches(file: _Ahead, names: list[str]) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    text = dict.fromkeys(names, pa.string())
    yield from arrow_csv.open_csv(
        pa.PythonFile(file, mode="r"),
        read_options=arrow_csv.ReadOptions(block_size=CHUNK_BYTES, use_threads=False),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=text, strings_can_be_null=False
        ),
    )
