"""CSV: a record is a row as a JSON object of texts, named by the file's first line.

Values stay the text that they are in the file: what is a number is for the program to
say. Each row is a line, so that files are split as text is, and every reader looks at
the first line for the names. Where values have line ends in them the user says so
(`NEWLINES_KEY`), and a file is one split. That nobody said so is never overlooked:
whoever reads the line in which such a value begins finds a line end in the value.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from xlearning.io.formats.base import CHUNK_BYTES
from xlearning.io.formats.codecs import is_splittable, plain
from xlearning.io.formats.file_format import FileFormat
from xlearning.io.formats.lines import LineCutter, LineRules, Newlines
from xlearning.io.formats.properties import boolean
from xlearning.io.formats.rows import lines_of_batch
from xlearning.io.formats.sources import open_piece
from xlearning.io.formats.text import line_cutter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xlearning.io.formats.base import DamagedFile, FormatSettings, Piece
    from xlearning.io.formats.sources import FileSource, Source
    from xlearning.io.storage import StorageLookup

NEWLINES_KEY = "csv.newlines.in.values"
"""Ours: no Hadoop reads CSV. pyarrow has the option, off as here."""
_RULES = LineRules(Newlines())


class CsvInput(FileFormat):
    """CSV files with a first line of names."""

    def splittable(self, settings: FormatSettings) -> Callable[[str], bool]:
        """Say yes to what text is split of, unless line ends are in values."""
        return (lambda uri: False) if _has_newlines(settings) else is_splittable

    def read_piece(
        self, piece: Piece, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield rows."""
        first = _first_line(piece.begun_at(0), storages) if piece.start else b""
        with open_piece(piece, storages) as file:
            if _has_newlines(settings):
                yield from _Rows(file, _whole(plain(file, piece.uri))).lines()
            else:
                lines = line_cutter(file, piece, _RULES).lines()
                yield from _LineRows(file, _headed(first, lines)).lines()


def _has_newlines(settings: FormatSettings) -> bool:
    return boolean(settings.properties, False, NEWLINES_KEY)


def _first_line(piece: Piece, storages: StorageLookup) -> bytes:
    """Return the first line of a file."""
    with open_piece(piece, storages) as file:
        lines = LineCutter(plain(file, piece.uri), _RULES, from_start=True).lines()
        return next(lines, b"").partition(b"\n")[0] + b"\n"


def _headed(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Put the file's first line before the lines of a split, if there are any."""
    for chunk in chunks:
        yield first + chunk
        first = b""


def _whole(source: Source) -> Iterator[bytes]:
    while data := source.read(CHUNK_BYTES):
        yield data


class _Rows:
    """Chunks as a file for pyarrow, of which the beginning was looked at."""

    closed = False
    newlines_in_values = True

    def __init__(self, file: FileSource, chunks: Iterator[bytes]) -> None:
        self._file = file
        self._chunks = chunks
        self._first = b""

    def lines(self) -> Iterator[bytes]:
        """Yield rows as lines.

        Raises:
            DamagedFile: There are no names, or a row has more or fewer values.
        """
        import pyarrow as pa

        names = self.names()
        try:
            for batch in self._batches(names) if names else ():
                self.check(batch)
                yield from lines_of_batch(batch)
        except pa.ArrowInvalid as error:
            raise self.damaged(str(error)) from error

    def names(self) -> list[str]:
        """Return what the first line says, nothing when it is the only one."""
        while len(self._first.splitlines()) < 2:
            more = next(self._chunks, b"")
            if not more:
                return []
            self._first += more
        text = io.StringIO(self._first.decode("utf-8-sig", "ignore"), newline="")
        try:
            names = next(csv.reader(text), [])
        except csv.Error as error:
            raise self.damaged(str(error)) from error
        if not names:
            raise self.damaged("its first line is empty, and has to have the names")
        return names

    def check(self, batch: Any) -> None:
        """Look whether rows are what they should be."""

    def damaged(self, cause: str) -> DamagedFile:
        """Return the error that names the file and how far it was read."""
        return self._file.damaged(cause)

    def read(self, size: int) -> bytes:
        """Return the next bytes, for pyarrow."""
        data = self._first or next(self._chunks, b"")
        self._first = data[size:]
        return data[:size]

    def close(self) -> None:
        """Leave it open: who opened it closes it."""

    def _batches(self, names: list[str]) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        text = dict.fromkeys(names, pa.string())
        yield from arrow_csv.open_csv(
            pa.PythonFile(self, mode="r"),
            read_options=arrow_csv.ReadOptions(
                block_size=CHUNK_BYTES, use_threads=False
            ),
            parse_options=arrow_csv.ParseOptions(
                newlines_in_values=self.newlines_in_values
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=text, strings_can_be_null=False
            ),
        )


class _LineRows(_Rows):
    """Rows that are lines: they are a part of a file, and none goes on in the next."""

    newlines_in_values = False

    def names(self) -> list[str]:
        """Return the names, none of which has a line end in it."""
        found = super().names()
        if any("\n" in name for name in found):
            raise self.damaged("a name has a line end in it")
        return found

    def check(self, batch: Any) -> None:
        """Look for line ends in values."""
        import pyarrow.compute as pc

        for column in batch.columns:
            if pc.any(pc.match_substring(column, "\n")).as_py():
                raise self.damaged("a value has a line end in it")

    def damaged(self, cause: str) -> DamagedFile:
        """Return the error with what the user can do."""
        error = super().damaged(cause)
        error.hint = f"--conf {NEWLINES_KEY}=true if values have line ends in them"
        return error
