"""Reads bzip2 from the middle, as Hadoop's `BZip2Codec` in its mode BYBLOCK.

A stream is blocks, none of which begins at a byte; each begins with 48 bits that stand
nowhere else by any likely chance. A block belongs to the split that has the first of
these bits. A block with a stream's head before it and its own checksum as the stream's
behind it is a stream, which the standard library decompresses and checks.
"""

from __future__ import annotations

import bz2
from typing import TYPE_CHECKING, NamedTuple

from xlearning.io.formats.base import CHUNK_BYTES

if TYPE_CHECKING:
    from xlearning.io.formats.base import DamagedFile, Piece
    from xlearning.io.formats.sources import FileSource

_BLOCK = 0x314159265359
_STREAM_END = 0x177245385090
_MAGIC_BITS = 48
_CRC_BITS = 32
_HEAD_BYTES = 4
_MAX_BLOCK_BYTES = 4 << 20
"""More than any block is when compressed: 900,000 bytes that did not shrink."""


class Magic(NamedTuple):
    """Where a block or the end of a stream begins, in bits from the start of data."""

    bit: int
    is_block: bool


class _Pattern(NamedTuple):
    """One magic number at one of the eight places that it may have in a byte."""

    shift: int
    is_block: bool
    middle: bytes
    first: int
    first_mask: int
    last: int
    last_mask: int


def _pattern(number: int, shift: int) -> _Pattern:
    """Return the whole bytes in the middle, and what the bytes at the ends must be."""
    spread = (number << (8 - shift)).to_bytes(7, "big")
    return _Pattern(
        shift=shift,
        is_block=number == _BLOCK,
        middle=spread[1:6],
        first=spread[0],
        first_mask=0xFF >> shift,
        last=spread[6],
        last_mask=0xFF00 >> shift & 0xFF,
    )


_PATTERNS = tuple(
    _pattern(number, shift) for number in (_BLOCK, _STREAM_END) for shift in range(8)
)


def find_magic(data: bytes, start_bit: int) -> Magic | None:
    """Return the first magic number that begins at or behind a bit."""
    found = [
        Magic(bit, pattern.is_block)
        for pattern in _PATTERNS
        if (bit := _find(data, pattern, start_bit)) >= 0
    ]
    return min(found, default=None)


def _find(data: bytes, pattern: _Pattern, start_bit: int) -> int:
    place = data.find(pattern.middle, start_bit // 8 + 1)
    while place >= 0:
        bit = (place - 1) * 8 + pattern.shift
        if bit >= start_bit and _fits(data, pattern, place):
            return bit
        place = data.find(pattern.middle, place + 1)
    return -1


def _fits(data: bytes, pattern: _Pattern, place: int) -> bool:
    """Look at the bits at both ends of a place where the middle is."""
    if data[place - 1] & pattern.first_mask != pattern.first:
        return False
    last = data[place + 5 : place + 6] or (b"" if pattern.last_mask else b"\0")
    return bool(last) and last[0] & pattern.last_mask == pattern.last


def decode_block(data: bytes, begin_bit: int, end_bit: int) -> bytes:
    """Decompress one block.

    Raises:
        OSError: It is damaged.
        EOFError: It is damaged.
    """
    last = (end_bit + 7) // 8
    length = end_bit - begin_bit
    bits = int.from_bytes(data[begin_bit // 8 : last], "big") >> (last * 8 - end_bit)
    bits &= (1 << length) - 1
    crc = bits >> max(0, length - _MAGIC_BITS - _CRC_BITS) & 0xFFFFFFFF
    bits = (bits << _MAGIC_BITS | _STREAM_END) << _CRC_BITS | crc
    length += _MAGIC_BITS + _CRC_BITS
    padding = -length % 8
    stream = (bits << padding).to_bytes((length + padding) // 8, "big")
    decoder = bz2.BZ2Decompressor()
    plain = decoder.decompress(b"BZh9" + stream)
    if not decoder.eof:
        raise EOFError("a block ends too early")
    return plain


class Bzip2Source:
    """The plain bytes of a split's blocks and of those behind them."""

    def __init__(self, file: FileSource, piece: Piece) -> None:
        """Take a file that was opened at the start of a piece."""
        self._file = file
        self._piece = piece
        self._data = b""
        self._base = piece.start
        self._plain = b""
        self._given = 0
        self._end: int | None = None
        self._next: Magic | None = None
        self._synced = False

    @property
    def end(self) -> int | None:
        """How many plain bytes the split's own blocks have, None while not known."""
        return self._end

    def read(self, size: int) -> bytes:
        """Return the next plain bytes, `b""` only at the file's end."""
        while not self._plain:
            if not self._advance():
                return b""
        piece, self._plain = self._plain[:size], self._plain[size:]
        self._given += len(piece)
        return piece

    def damaged(self, cause: str) -> DamagedFile:
        """Return the error that names the file and how far it was read."""
        return self._file.damaged(cause)

    def _advance(self) -> bool:
        """Decompress the next block; say whether there may be more."""
        if not self._synced:
            self._synced = True
            self._next = self._magic(0)
            self._check_head()
        if self._next is None:
            return False
        if self._next.is_block:
            return self._block(self._next)
        self._end_stream(self._next)
        return True

    def _block(self, begin: Magic) -> bool:
        """Decompress a block, unless it is another split's and we have none."""
        if self._end is None and self._base + begin.bit // 8 >= self._piece.end:
            self._end = self._given
            if not self._given and self._piece.start:
                return False
        follow = self._magic(begin.bit + _MAGIC_BITS)
        if follow is None:
            raise self.damaged("the compressed data ends too early")
        try:
            self._plain = decode_block(self._data, begin.bit, follow.bit)
        except (OSError, EOFError) as error:
            raise self.damaged(f"a bzip2 block before it: {error}") from error
        self._move_to(follow)
        return True

    def _end_stream(self, end: Magic) -> None:
        """Go over a stream's end to the next stream, if there is one."""
        stop = (end.bit + _MAGIC_BITS + _CRC_BITS + 7) // 8
        self._fill(stop + _HEAD_BYTES)
        if len(self._data) < stop:
            raise self.damaged("the compressed data ends too early")
        head = self._data[stop : stop + _HEAD_BYTES]
        if head and not _is_head(head):
            raise self.damaged("a bzip2 stream is followed by something else")
        self._move_to(self._magic(stop * 8) if head else None)
        if head and self._next is None:
            raise self.damaged("the compressed data ends too early")

    def _check_head(self) -> None:
        """Refuse a file that does not begin as bzip2; an empty one is empty."""
        if self._piece.start or not self._data:
            return
        at_once = self._next is not None and self._next.bit == _HEAD_BYTES * 8
        if not at_once or not _is_head(self._data[:_HEAD_BYTES]):
            raise self.damaged("it does not begin as bzip2 does")

    def _magic(self, start_bit: int) -> Magic | None:
        """Return the next magic number, reading on until there is one."""
        while (found := find_magic(self._data, start_bit)) is None:
            if start_bit and len(self._data) - start_bit // 8 > _MAX_BLOCK_BYTES:
                raise self.damaged("no bzip2 block ends here")
            if not start_bit and len(self._data) > _MAX_BLOCK_BYTES:
                raise self.damaged("no bzip2 block begins here")
            if not self._fill(len(self._data) + CHUNK_BYTES):
                return None
        return found

    def _fill(self, length: int) -> bool:
        """Read until so many bytes are held; say whether any came."""
        if length <= len(self._data):
            return True
        more = self._file.read(length - len(self._data))
        self._data += more
        return bool(more)

    def _move_to(self, magic: Magic | None) -> None:
        """Drop what is before a magic number."""
        if magic is not None:
            done = magic.bit // 8
            self._data = self._data[done:]
            self._base += done
            magic = magic._replace(bit=magic.bit - done * 8)
        self._next = magic


def _is_head(data: bytes) -> bool:
    """Say whether a stream begins so: `BZh` and the size of its blocks."""
    return len(data) == _HEAD_BYTES and data[:3] == b"BZh" and data[3:] in b"123456789"
