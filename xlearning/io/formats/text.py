"""Lines of text: TextInputFormat, KeyValueTextInputFormat, CombineTextInputFormat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.io.formats.bzip2_blocks import Bzip2Source
from xlearning.io.formats.codecs import codec_of, is_bzip2, is_splittable
from xlearning.io.formats.file_format import FileFormat
from xlearning.io.formats.file_splits import combined
from xlearning.io.formats.lines import LineCutter, LineRules, Newlines, line_rules
from xlearning.io.formats.properties import text
from xlearning.io.formats.sources import open_piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from xlearning.io.formats.base import (
        FormatSettings,
        Piece,
        RecordSplit,
        SourceFile,
    )
    from xlearning.io.formats.sources import FileSource
    from xlearning.io.storage import StorageLookup

SEPARATOR_KEYS = (
    "mapreduce.input.keyvaluelinerecordreader.key.value.separator",
    "key.value.separator.in.input.line",
)


class TextInput(FileFormat):
    """A record is a line; see `lines` for what that is."""

    def rules(self, settings: FormatSettings) -> LineRules:
        """Return how lines are cut."""
        return line_rules(settings.properties)

    def splittable(self, settings: FormatSettings) -> Callable[[str], bool]:
        """Say yes to plain files and bzip2, where ends are seen from the middle."""
        seen = self.rules(settings).ends.splittable
        return is_splittable if seen else lambda uri: False

    def read_piece(
        self, piece: Piece, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield lines."""
        return lines_of(piece, storages, self.rules(settings))


class CombineTextInput(TextInput):
    """Several files or blocks in one split."""

    def splits(
        self,
        files: Sequence[SourceFile],
        storages: StorageLookup,
        settings: FormatSettings,
    ) -> tuple[RecordSplit, ...]:
        """Return splits of up to the maximum size."""
        return combined(files, settings.properties, self.splittable(settings))


class JsonLinesInput(TextInput):
    """A record is a line with one JSON value, as it stands in the file."""

    def rules(self, settings: FormatSettings) -> LineRules:
        """Cut at line ends only."""
        return LineRules(Newlines())


class KeyValueTextInput(TextInput):
    """A record is what stands in a line behind the first separator.

    XLearning gives values to programs and drops keys. A line without a separator is all
    key: its value is empty.
    """

    def rules(self, settings: FormatSettings) -> LineRules:
        """Cut at line ends only, as Hadoop does."""
        return line_rules(settings.properties, own_delimiter=False)

    def read_piece(
        self, piece: Piece, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield values."""
        separator = text(settings.properties, "\t", *SEPARATOR_KEYS)[:1].encode()
        if len(separator) != 1:
            raise ConfigError(
                f"`{SEPARATOR_KEYS[0]}` is not one ASCII character",
                hint="the default is a tab",
            )
        sign = re.escape(separator)
        key = re.compile(rb"^[^\n" + sign + rb"]*(?:" + sign + rb"|$)", re.MULTILINE)
        for chunk in super().read_piece(piece, storages, settings):
            yield key.sub(b"", chunk)


def lines_of(
    piece: Piece, storages: StorageLookup, rules: LineRules
) -> Iterator[bytes]:
    """Yield the lines that belong to a range of a file."""
    with open_piece(piece, storages) as file:
        yield from line_cutter(file, piece, rules).lines()


def line_cutter(file: FileSource, piece: Piece, rules: LineRules) -> LineCutter:
    """Return what cuts the lines of a range out of a file that was opened there."""
    codec = codec_of(piece.uri)
    from_start = piece.start == 0
    if codec is None:
        return LineCutter(file, rules, from_start)
    if is_bzip2(piece.uri):
        return LineCutter(Bzip2Source(file, piece), rules, from_start)
    return LineCutter(codec(file), rules, from_start=True)
