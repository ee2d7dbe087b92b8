"""Hadoop's own framing of snappy and LZ4, neither of which frames itself so.

A file is blocks: the plain length, then chunks with a length each until the block is
whole (`BlockCompressorStream`); all lengths are 4 bytes, big-endian.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.io.formats.sources import exactly

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.io.formats.base import DamagedFile
    from xlearning.io.formats.sources import Source

_MAX_BLOCK = 512 << 20
"""No writer makes larger ones: a longer length is damage."""


class BlockSource:
    """A file of blocks as plain bytes; it is read as a whole."""

    end = None

    def __init__(self, source: Source, decode: Callable[[bytes, int], bytes]) -> None:
        """Take the file and what decodes a chunk, given the most it may become."""
        self._source = source
        self._decode = decode
        self._missing = 0
        self._data = b""

    def read(self, size: int) -> bytes:
        """Return the next bytes, `b""` only at the file's end."""
        while not self._data:
            if not self._missing and not self._begin():
                return b""
            if self._missing:
                self._data = self._chunk()
        piece, self._data = self._data[:size], self._data[size:]
        return piece

    def damaged(self, cause: str) -> DamagedFile:
        """Return the error that names the file and the compressed offset."""
        return self._source.damaged(cause)

    def _begin(self) -> bool:
        """Read the length of the next block; say whether there is one."""
        head = self._source.read(4)
        if not head:
            return False
        head += exactly(self._source, 4 - len(head))
        self._missing = self._length(head)
        return True

    def _chunk(self) -> bytes:
        length = self._length(exactly(self._source, 4))
        packed = exactly(self._source, length)
        try:
            data = self._decode(packed, self._missing)
        except (ValueError, OSError) as error:
            raise self._source.damaged(str(error)) from error
        self._missing -= len(data)
        return data

    def _length(self, head: bytes) -> int:
        length = int.from_bytes(head, "big")
        if length > _MAX_BLOCK:
            raise self._source.damaged(f"a block of {length} bytes is not possible")
        return length


def snappy_chunk(packed: bytes, most: int) -> bytes:
    """Decode one snappy chunk, which begins with its plain length.

    Raises:
        ValueError: It is damaged.
        OSError: It is damaged.
    """
    import pyarrow as pa

    length = shift = 0
    for byte in packed[:5]:
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if length > most:
        raise ValueError(f"a chunk of {length} bytes in a block that has {most} left")
    codec = pa.Codec("snappy")
    data: bytes = codec.decompress(packed, decompressed_size=length, asbytes=True)
    return data


def lz4_chunk(packed: bytes, most: int) -> bytes:
    """Decode one LZ4 block.

    Raises:
        ValueError: It is damaged.
        OSError: It is damaged.
    """
    import pyarrow as pa

    length = lz4_length(packed)
    if length > most:
        raise ValueError(f"a chunk of {length} bytes in a block that has {most} left")
    if not length:
        return b""
    codec = pa.Codec("lz4_raw")
    data: bytes = codec.decompress(packed, decompressed_size=length, asbytes=True)
    return data


def lz4_length(packed: bytes) -> int:
    """Return how long an LZ4 block is when decoded: nothing in it says so.

    A block is sequences of a token (4 bits for each of two lengths, 15 going on in
    further bytes), literals, and a 2-byte distance; the last one has only literals.

    Raises:
        ValueError: It is damaged.
    """
    total, place, stop = 0, 0, len(packed)
    try:
        while place < stop:
            token = packed[place]
            place += 1
            literals = token >> 4
            if literals == 15:
                literals, place = _lz4_more(packed, place, literals)
            total += literals
            place += literals
            if place >= stop:
                break
            place += 2
            match = token & 15
            if match == 15:
                match, place = _lz4_more(packed, place, match)
            total += match + 4
    except IndexError:
        raise ValueError("an LZ4 block ends too early") from None
    if place != stop:
        raise ValueError("an LZ4 block ends too early")
    return total


def _lz4_more(packed: bytes, place: int, length: int) -> tuple[int, int]:
    """Add the further bytes of a length; return it and the place behind them."""
    while (byte := packed[place]) == 255:
        length += 255
        place += 1
    return length + byte, place + 1
