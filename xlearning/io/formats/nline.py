"""Splits of so many lines: NLineInputFormat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ConfigError
from xlearning.io.formats.base import Piece, RecordSplit
from xlearning.io.formats.codecs import codec_of
from xlearning.io.formats.file_format import FileFormat
from xlearning.io.formats.file_splits import hosts_of
from xlearning.io.formats.lines import LineCutter, LineRules, Newlines, line_rules
from xlearning.io.formats.properties import integer
from xlearning.io.formats.sources import open_piece

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xlearning.io.formats.base import FormatSettings, SourceFile
    from xlearning.io.storage import StorageLookup

LINES_KEY = "mapreduce.input.lineinputformat.linespermap"
OLD_LINES_KEY = "mapred.line.input.format.linespermap"
MAX_SPLITS = 1_000_000
"""More splits of one job than this are a mistake: the default is one line for each."""


class NLineInput(FileFormat):
    """A split is so many lines of a file, a record is a line."""

    looks_into_files = True

    def splits(
        self,
        files: Sequence[SourceFile],
        storages: StorageLookup,
        settings: FormatSettings,
    ) -> tuple[RecordSplit, ...]:
        """Read all files and cut them after every so many lines."""
        count = integer(settings.properties, 1, LINES_KEY, OLD_LINES_KEY)
        if not count:
            raise ConfigError(f"`{LINES_KEY}` is 0: a split has no lines")
        found: list[RecordSplit] = []
        for file in files:
            if codec_of(file.uri):
                raise ConfigError(
                    f"`{file.uri}` is compressed: its lines cannot be split",
                    hint="the format `text` reads it",
                )
            for piece in _pieces(file, storages, count):
                found.append(RecordSplit((piece,), hosts_of(file, piece)))
                if len(found) > MAX_SPLITS:
                    raise ConfigError(
                        f"the input makes more than {MAX_SPLITS} splits of {count} "
                        "lines",
                        hint=f"--conf {LINES_KEY}=… with a larger number",
                    )
        return tuple(found)

    def read_piece(
        self, piece: Piece, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield lines.

        A reader goes on to the first line end behind its range: so its range ends a
        byte before its last line does.
        """
        rules = line_rules(settings.properties, own_delimiter=False)
        shorter = msgspec.structs.replace(piece, length=piece.length - 1)
        with open_piece(shorter, storages) as file:
            first = piece.start == 0
            yield from LineCutter(file, rules, True, may_be_marked=first).lines()


def _pieces(file: SourceFile, storages: StorageLookup, count: int) -> Iterator[Piece]:
    """Yield the ranges of a file that have so many lines each, but the last."""
    start = 0
    for end in _ends(file, storages, count):
        yield Piece(file.uri, start, end - start, file.length)
        start = end


def _ends(file: SourceFile, storages: StorageLookup, count: int) -> Iterator[int]:
    """Yield where every so many lines of a file end, and where the file does."""
    whole = Piece(file.uri, 0, file.length, file.length)
    end = lines = 0
    with open_piece(whole, storages) as source:
        for block in LineCutter(
            source, LineRules(Newlines()), from_start=True
        ).blocks():
            found = block.splitlines(keepends=True)
            done = 0
            while done < len(found):
                taken = found[done : done + count - lines]
                done += len(taken)
                end += sum(map(len, taken))
                lines = (lines + len(taken)) % count
                if not lines:
                    yield end
    if lines:
        yield end
