"""Hadoop's TFile, the container of aggregated logs: bytes in, records out. Pure.

Facts are from `org.apache.hadoop.io.file.tfile.{TFile,BCFile,Utils,Chunk}`; numbers are
big-endian. A file is 16 magic bytes, data blocks, a meta index, and a tail of 28 bytes
(offset of the meta index, version 1.0, the magic bytes again). The meta index names
`data:BCFile.index`, which holds the blocks' regions. A block is records: key length,
key, value in chunks. In logs, keys and the heads of values are `writeUTF` strings.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from xlearning.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = bytes.fromhex("d111d36891b5d7b639df414092bae150")
_TAIL = struct.Struct(">qhh16s")
_WINDOW_BYTES = 1 << 20

ReadRange = Callable[[int, int], bytes]
"""Returns `length` bytes from `offset` of a file."""


class Region(NamedTuple):
    """Where a block is.

    Attributes:
        offset: Its start in the file.
        length: In the file.
        raw_length: Once it is decompressed.
    """

    offset: int
    length: int
    raw_length: int


class Source(Protocol):
    """Bytes that are read from front to back."""

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes, fewer only at the end."""

    def skip(self, size: int) -> None:
        """Leave bytes out."""

    def at_end(self) -> bool:
        """Say whether nothing is left."""


class PlainSource:
    """A region of a file, fetched by windows; what is skipped is not fetched."""

    def __init__(self, read_range: ReadRange, region: Region) -> None:
        """Start at the front of the region."""
        self._read_range = read_range
        self._next = region.offset
        self._end = region.offset + region.length
        self._window = b""
        self._used = 0

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes, fewer only at the end."""
        pieces: list[bytes] = []
        while size > 0 and not self.at_end():
            if self._used == len(self._window):
                self._fill()
            piece = self._window[self._used : self._used + size]
            self._used += len(piece)
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def skip(self, size: int) -> None:
        """Leave bytes out."""
        inside = min(size, len(self._window) - self._used)
        self._used += inside
        self._next = min(self._end, self._next + size - inside)

    def at_end(self) -> bool:
        """Say whether nothing is left."""
        return self._used == len(self._window) and self._next >= self._end

    def _fill(self) -> None:
        size = min(_WINDOW_BYTES, self._end - self._next)
        self._window, self._used = self._read_range(self._next, size), 0
        self._next += len(self._window)
        if not self._window:
            raise RemoteProtocolError("a log file ends before its block does")


class GzipSource:
    """A region compressed with codec `gz`, which is zlib's format."""

    def __init__(self, inner: Source) -> None:
        """Decompress what `inner` gives."""
        self._inner = inner
        self._decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._window = b""
        self._used = 0

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes, fewer only at the end."""
        pieces: list[bytes] = []
        while size > 0 and not self.at_end():
            piece = self._window[self._used : self._used + size]
            self._used += len(piece)
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def skip(self, size: int) -> None:
        """Leave bytes out; they have to be decompressed all the same."""
        while size > 0 and not self.at_end():
            size -= len(self.read(min(size, _WINDOW_BYTES)))

    def at_end(self) -> bool:
        """Say whether nothing is left."""
        while self._used == len(self._window):
            if self._decompressor.eof:
                return True
            data = self._decompressor.unconsumed_tail or self._inner.read(64 << 10)
            if not data:
                return True
            try:
                self._window = self._decompressor.decompress(data, _WINDOW_BYTES)
            except zlib.error as error:
                raise RemoteProtocolError(f"a log block is damaged: {error}") from error
            self._used = 0
        return False


class ChunkedValue:
    """A value, which is stored in chunks: a count, then bytes; the last has count ≥ 0.

    All counts but the last are negative.
    """

    def __init__(self, source: Source) -> None:
        """Start at the front of the value."""
        self._source = source
        self._left = 0
        self._last = False

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes, fewer only at the end."""
        pieces: list[bytes] = []
        while size > 0 and not self.at_end():
            piece = self._source.read(min(size, self._left))
            if not piece:
                raise RemoteProtocolError("a log value ends within a chunk")
            self._left -= len(piece)
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def skip(self, size: int) -> None:
        """Leave bytes out."""
        while size > 0 and not self.at_end():
            part = min(size, self._left)
            self._source.skip(part)
            self._left -= part
            size -= part

    def at_end(self) -> bool:
        """Say whether nothing is left."""
        while self._left == 0 and not self._last:
            count = read_vint(self._source)
            self._last = count >= 0
            self._left = abs(count)
        return self._left == 0

    def finish(self) -> None:
        """Leave out what is left."""
        while not self.at_end():
            self.skip(self._left)


def read_vint(source: Source) -> int:
    """Read one of TFile's variable-length numbers; not the same as Writable's."""
    first = _exactly(source, 1)[0]
    first -= 256 if first > 127 else 0
    if first >= -32:
        return first
    kind = (first + 128) // 8
    if kind >= 7:
        return (first + 52) << 8 | _exactly(source, 1)[0]
    if kind >= 3:
        return (first + 88) << 16 | int.from_bytes(_exactly(source, 2), "big")
    if kind >= 1:
        return (first + 112) << 24 | int.from_bytes(_exactly(source, 3), "big")
    return int.from_bytes(_exactly(source, first + 129), "big", signed=True)


def read_utf(source: Source) -> str:
    """Read what Java's `DataOutput.writeUTF` wrote."""
    length = int.from_bytes(_exactly(source, 2), "big")
    return _exactly(source, length).decode("utf-8", "replace")


def records(read_range: ReadRange, length: int) -> Iterator[tuple[str, ChunkedValue]]:
    """Yield the records of a log file, each with its value still to be read.

    Raises:
        RemoteProtocolError: It is no TFile, or damaged, or its codec is not known.
    """
    codec, blocks = _index(read_range, length)
    for region in blocks:
        source = _source(read_range, region, codec)
        while not source.at_end():
            read_vint(source)  # length of the key, which says it again itself
            value_key = read_utf(source)
            value = ChunkedValue(source)
            yield value_key, value
            value.finish()


def _index(read_range: ReadRange, length: int) -> tuple[str, list[Region]]:
    """Return the codec and the places of the data blocks."""
    tail = read_range(length - _TAIL.size, _TAIL.size) if length >= _TAIL.size else b""
    if len(tail) != _TAIL.size or tail[-16:] != MAGIC:
        raise RemoteProtocolError("this is not a TFile")
    offset, *_ = _TAIL.unpack(tail)
    size = length - _TAIL.size - offset
    meta = PlainSource(read_range, Region(offset, size, size))
    for _ in range(read_vint(meta)):
        name, codec, region = _read_text(meta), _read_text(meta), _read_region(meta)
        if name == "data:BCFile.index":
            index = _source(read_range, region, codec)
            default_codec = _read_text(index)
            return default_codec, [_read_region(index) for _ in range(read_vint(index))]
    raise RemoteProtocolError("this TFile has no index")


def _source(read_range: ReadRange, region: Region, codec: str) -> Source:
    plain = PlainSource(read_range, region)
    if codec == "none":
        return plain
    if codec == "gz":
        return GzipSource(plain)
    raise RemoteProtocolError(
        f"logs compressed with `{codec}` cannot be read",
        hint="look with: yarn logs -applicationId ID",
    )


def _read_text(source: Source) -> str:
    return _exactly(source, read_vint(source)).decode("utf-8", "replace")


def _read_region(source: Source) -> Region:
    return Region(read_vint(source), read_vint(source), read_vint(source))


def _exactly(source: Source, size: int) -> bytes:
    data = source.read(size)
    if len(data) != size:
        raise RemoteProtocolError("a log file ends too early")
    return data
