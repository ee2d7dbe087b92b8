"""Reads SequenceFiles without Java."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.io.formats.cursor import Cursor
from xlearning.io.formats.file_format import FileFormat
from xlearning.io.formats.sequence_file import (
    CODECS,
    SYNC_INTERVAL,
    SYNC_SIZE,
    Head,
    NotYet,
    parse_head,
)
from xlearning.io.formats.sources import open_piece
from xlearning.io.formats.writables import PLAIN, TEXT, read_vint, vints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlearning.io.formats.base import FormatSettings, Piece
    from xlearning.io.storage import StorageLookup

_LENGTHS = struct.Struct(">ii").unpack_from
_HEAD_STEP = 4096
_MAX_HEAD = 16 << 20
_DAMAGE = (ValueError, IndexError, EOFError, OSError, struct.error, zlib.error)
"""What decompressing or reading damaged data raises."""


class SequenceFileInput(FileFormat):
    """A record is a value, as its `toString` in Java gives it; keys are dropped.

    A split has the records between the first mark in it and the first one behind it.
    """

    least_bytes = SYNC_INTERVAL

    def read_piece(
        self, piece: Piece, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield values, a line each."""
        head = read_head(piece, storages)
        if piece.end <= head.length:
            return
        start = max(piece.start, head.length)
        with open_piece(piece.begun_at(start), storages) as source:
            cursor = Cursor(source, start)
            if start > head.length and not cursor.seek(head.mark):
                return
            if head.in_blocks:
                yield from _Blocks(cursor, head, piece).lines()
            else:
                yield from _Records(cursor, head, piece).lines()


def read_head(piece: Piece, storages: StorageLookup) -> Head:
    """Read the head of a file.

    Raises:
        DamagedFile: It is none.
        ConfigError: Its values or its codec need Java.
    """
    with open_piece(piece.begun_at(0), storages) as source:
        cursor = Cursor(source, 0)
        length = _HEAD_STEP
        while True:
            whole = not cursor.fill(length) or length >= _MAX_HEAD
            try:
                head = parse_head(cursor.data)
            except NotYet:
                if whole:
                    raise cursor.damaged("the head of the file has no end") from None
                length *= 4
            except ValueError as error:
                raise cursor.damaged(str(error)) from error
            else:
                _check_classes(head, piece.uri)
                return head


def _check_classes(head: Head, uri: str) -> None:
    hint = "put `java:` before the name of the Java input format"
    if head.value_class not in PLAIN:
        raise ConfigError(
            f"`{uri}` has values of `{head.value_class}`, which need Java", hint=hint
        )
    if head.codec is not None and head.codec not in CODECS:
        raise ConfigError(
            f"`{uri}` is compressed by `{head.codec}`, which needs Java", hint=hint
        )


class _Records:
    """Records one after another, their values perhaps compressed."""

    def __init__(self, cursor: Cursor, head: Head, piece: Piece) -> None:
        self._cursor = cursor
        self._mark = head.mark
        self._end = piece.end
        plain = PLAIN[head.value_class]
        unpack = CODECS[head.codec].decompress if head.codec else None
        self._decode = (lambda data: plain(unpack(data))) if unpack else plain
        self._is_plain_text = head.value_class == TEXT and not unpack

    def lines(self) -> Iterator[bytes]:
        cursor = self._cursor
        while self._at_record():
            length = int.from_bytes(cursor.data[cursor.place : cursor.place + 4], "big")
            cursor.fill(8 + length)
            values = self._window()
            if values:
                yield b"\n".join(values) + b"\n"

    def _at_record(self) -> bool:
        """Go over marks; say whether there is a record of ours."""
        cursor = self._cursor
        while cursor.fill(8):
            begin = cursor.place
            if cursor.data[begin] < 0x80:
                return True
            if not cursor.fill(SYNC_SIZE):
                break
            begin = cursor.place
            if cursor.data[begin : begin + SYNC_SIZE] != self._mark:
                raise cursor.damaged("a record has no length, or a mark is wrong")
            if cursor.position >= self._end:
                return False
            cursor.place += SYNC_SIZE
        if cursor.place < len(cursor.data):
            raise cursor.damaged("the file ends in the middle of a record")
        return False

    def _window(self) -> list[bytes]:
        """Read all whole records that are held, up to the next mark."""
        cursor = self._cursor
        begin = cursor.place
        try:
            values = list(self._held())
        except _DAMAGE as error:
            raise cursor.damaged(str(error)) from error
        if cursor.place == begin:
            raise cursor.damaged("the file ends in the middle of a record")
        return values

    def _held(self) -> Iterator[bytes]:
        """Yield the values of whole records that are held, and go behind each.

        This is where the time goes: short texts are cut out here, without a call.
        """
        cursor, decode, fast = self._cursor, self._decode, self._is_plain_text
        data, place, stop = cursor.data, cursor.place, len(cursor.data)
        while place + 8 <= stop:
            length, key = _LENGTHS(data, place)
            begin, end = place + 8 + key, place + 8 + length
            if length < 0 or end > stop:
                break
            if not 0 <= key <= length:
                raise ValueError(f"a key has {key} of {length} bytes")
            size = end - begin
            if fast and 0 < size <= 128 and data[begin] == size - 1:
                yield data[begin + 1 : end]
            else:
                yield decode(data[begin:end])
            cursor.place = place = end


class _Blocks:
    """Records in compressed blocks, of which keys stay as they are."""

    def __init__(self, cursor: Cursor, head: Head, piece: Piece) -> None:
        self._cursor = cursor
        self._mark = head.mark
        self._end = piece.end
        self._plain = PLAIN[head.value_class]
        self._is_text = head.value_class == TEXT
        assert head.codec is not None
        self._unpack = CODECS[head.codec].decompress

    def lines(self) -> Iterator[bytes]:
        cursor = self._cursor
        while cursor.fill(1):
            begin = cursor.position
            if cursor.take(SYNC_SIZE) != self._mark:
                cursor.place -= SYNC_SIZE
                raise cursor.damaged("there is no mark before a block")
            if begin >= self._end:
                return
            count = self._number()
            self._skip()
            self._skip()
            lengths, values = self._part(), self._part()
            try:
                found = self._split(count, vints(self._unpack(lengths)), values)
            except _DAMAGE as error:
                raise cursor.damaged(f"the block before it: {error}") from error
            if found:
                yield b"\n".join(found) + b"\n"

    def _split(self, count: int, lengths: list[int], packed: bytes) -> list[bytes]:
        values = self._unpack(packed)
        if len(lengths) != count or sum(lengths) != len(values):
            raise ValueError("its lengths are not those of its values")
        found: list[bytes] = []
        append, place, plain = found.append, 0, self._plain
        if self._is_text:
            for size in lengths:
                end = place + size
                if 0 < size <= 128 and values[place] == size - 1:
                    append(values[place + 1 : end])
                else:
                    append(plain(values[place:end]))
                place = end
            return found
        for size in lengths:
            append(plain(values[place : place + size]))
            place += size
        return found

    def _number(self) -> int:
        cursor = self._cursor
        cursor.fill(9)
        try:
            number, cursor.place = read_vint(cursor.data, cursor.place)
        except IndexError:
            raise cursor.damaged("the file ends in the middle of a block") from None
        return number

    def _part(self) -> bytes:
        return self._cursor.take(self._number())

    def _skip(self) -> None:
        self._cursor.take(self._number())
