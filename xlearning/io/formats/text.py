"""Lines of text: TextInputFormat, KeyValueTextInputFormat, CombineTextInputFormat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.io.formats.bzip2_blocks import Bzip2Source
from xlearning.io.formats.codecs import codec_of, is_bzip2, is_splittable
from xlearning.io.formats.file_splits import combined, file_splits
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
    from xlearning.io.storage import StorageLookup

SEPARATOR_KEYS = (
    "mapreduce.input.keyvaluelinerecordreader.key.value.separator",
    "key.value.separator.in.input.line",
)


class TextInput:
    """A record is a line; see `lines` for what that is."""

    looks_into_files = False

    def splits(
        self,
        files: Sequence[SourceFile],
        storages: StorageLookup,
        settings: FormatSettings,
    ) -> tuple[RecordSplit, ...]:
        """Return block-sized splits; compressed files but bzip2 are one split each."""
        return file_splits(files, settings.properties, _splittable(settings))

    def read(
        self, split: RecordSplit, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield lines."""
        rules = line_rules(settings.properties)
        for piece in split.pieces:
            yield from lines_of(piece, storages, rules)


class CombineTextInput(TextInput):
    """Several files or blocks in one split."""

    def splits(
        self,
        files: Sequence[SourceFile],
        storages: StorageLookup,
        settings: FormatSettings,
    ) -> tuple[RecordSplit, ...]:
        """Return splits of up to the maximum size."""
        return combined(files, settings.properties, _splittable(settings))


class JsonLinesInput(TextInput):
    """A record is a line with one JSON value, as it stands in the file."""

    def read(
        self, split: RecordSplit, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield lines."""
        rules = LineRules(Newlines())
        for piece in split.pieces:
            yield from lines_of(piece, storages, rules)


class KeyValueTextInput(TextInput):
    """A record is what stands in a line behind the first separator.

    XLearning gives values to programs and drops keys. A line without a separator is all
    key: its value is empty.
    """

    def read(
        self, split: RecordSplit, storages: StorageLookup, settings: FormatSettings
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
        rules = line_rules(settings.properties, own_delimiter=False)
        for piece in split.pieces:
            for chunk in lines_of(piece, storages, rules):
                yield key.sub(b"", chunk)


def _splittable(settings: FormatSettings) -> Callable[[str], bool]:
    """Return what says of a URL whether lines are found from the middle of the file."""
    if line_rules(settings.properties).ends.splittable:
        return is_splittable
    return lambda uri: False


def lines_of(
    piece: Piece, storages: StorageLookup, rules: LineRules
) -> Iterator[bytes]:
    """Yield the lines that belong to a range of a file."""
    with open_piece(piece, storages) as file:
        codec = codec_of(piece.uri)
        from_start = piece.start == 0
        if codec is None:
            yield from LineCutter(file, rules, from_start).lines()
        elif is_bzip2(piece.uri):
            yield from LineCutter(Bzip2Source(file, piece), rules, from_start).lines()
        else:
            yield from LineCutter(codec(file), rules, from_start=True).lines()
