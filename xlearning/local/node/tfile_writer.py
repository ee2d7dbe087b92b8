"""Writes Hadoop's TFile, the container of aggregated logs. Pure: pieces of bytes out.

The format is told in `xlearning.io.tfile`, which reads it. Nothing is compressed: codec
`none`, YARN's default. As Hadoop does, blocks end with the first record that makes them
256 KiB, and values are cut into chunks of 1 MiB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.io.tfile import MAGIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CODEC = "none"
_VERSION = b"\0\1\0\0"
_BLOCK_BYTES = 256 << 10
_CHUNK_BYTES = 1 << 20
# Numbers of two, three and four bytes: what their first byte may be, and how it is
# moved (`org.apache.hadoop.io.file.tfile.Utils.writeVLong`).
_SHORT_FORMS = ((1, 20, 52), (2, 16, 88), (3, 8, 112))


def vint(number: int) -> bytes:
    """Encode a number as TFile does."""
    if -32 <= number < 128:
        return number.to_bytes(1, "big", signed=True)
    for rest, bound, shift in _SHORT_FORMS:
        first = number >> (8 * rest)
        if -bound <= first < bound:
            tail = number & ((1 << (8 * rest)) - 1)
            return (first - shift).to_bytes(1, "big", signed=True) + tail.to_bytes(
                rest, "big"
            )
    magnitude = ~number if number < 0 else number
    size = max(4, magnitude.bit_length() // 8 + 1)
    head = (size - 129).to_bytes(1, "big", signed=True)
    return head + number.to_bytes(size, "big", signed=True)


def utf(text: str) -> bytes:
    """Encode as `DataOutput.writeUTF`, for text without rare characters."""
    data = text.encode("utf-8", "replace")
    return len(data).to_bytes(2, "big") + data


class TFileWriter:
    """Turns records into the bytes of a file, which has to be written in order."""

    def __init__(self) -> None:
        """Write nothing yet."""
        self._offset = 0
        self._block_start = len(MAGIC)
        self._regions: list[tuple[int, int]] = []
        self._entries: list[tuple[bytes, int]] = []
        self._records = 0
        self._in_block = 0
        self._first_key: bytes | None = None
        self._last_key = b""

    def begin(self) -> bytes:
        """Return the start of the file."""
        return self._count(MAGIC)

    def record(self, key: str, value: Iterable[bytes]) -> Iterator[bytes]:
        """Yield a record; its value may come in pieces of any size."""
        self._last_key = utf(key)
        if self._first_key is None:
            self._first_key = self._last_key
        yield self._count(vint(len(self._last_key)) + self._last_key)
        yield from map(self._count, _chunks(value))
        self._records += 1
        self._in_block += 1
        if self._offset - self._block_start >= _BLOCK_BYTES:
            self._end_block()

    def end(self) -> Iterator[bytes]:
        """Yield the rest of the file: indices and tail."""
        if self._in_block:
            self._end_block()
        blocks = {
            "data:TFile.meta": _VERSION + vint(self._records) + _string(""),
            "data:TFile.index": self._record_index(),
            "data:BCFile.index": self._block_index(),
        }
        places = {}
        for name, data in blocks.items():
            places[name] = (self._offset, len(data))
            yield self._count(data)
        meta_index = self._offset
        yield self._count(vint(len(places)))
        for name, place in sorted(places.items()):
            yield self._count(_string(name) + _string(_CODEC) + _region(*place))
        yield meta_index.to_bytes(8, "big") + _VERSION + MAGIC

    def _count(self, data: bytes) -> bytes:
        self._offset += len(data)
        return data

    def _end_block(self) -> None:
        self._regions.append((self._block_start, self._offset - self._block_start))
        self._entries.append((self._last_key, self._in_block))
        self._block_start = self._offset
        self._in_block = 0

    def _record_index(self) -> bytes:
        if self._first_key is None:
            return vint(0)
        first = vint(len(self._first_key)) + self._first_key
        data = vint(len(first)) + first
        for key, count in self._entries:
            entry = vint(len(key)) + key + vint(count)
            data += vint(len(entry)) + entry
        return data

    def _block_index(self) -> bytes:
        regions = b"".join(_region(*place) for place in self._regions)
        return _string(_CODEC) + vint(len(self._regions)) + regions


def _chunks(value: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a value into chunks: all but the last have a negative count."""
    waiting = b""
    for piece in value:
        waiting += piece
        while len(waiting) > _CHUNK_BYTES:
            yield vint(-_CHUNK_BYTES)
            yield waiting[:_CHUNK_BYTES]
            waiting = waiting[_CHUNK_BYTES:]
    yield vint(len(waiting))
    yield waiting


def _string(text: str) -> bytes:
    data = text.encode()
    return vint(len(data)) + data


def _region(offset: int, size: int) -> bytes:
    return vint(offset) + vint(size) + vint(size)
