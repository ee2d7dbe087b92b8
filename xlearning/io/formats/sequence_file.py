"""The parts of Hadoop's SequenceFile: its head, its codecs. Pure but for the codecs.

`SEQ` and a version; the classes of keys and values; whether values are compressed one
by one or in blocks, and how; pairs of text; 16 random bytes, the sync mark. Then come
records: length, length of the key, key, value. A length of -1 and the mark stand
between some of them, so that a reader finds a beginning from anywhere. In blocks, each
follows a mark: the number of records, then the lengths of the keys, the keys, the
lengths of the values and the values, each of the four compressed as a whole and after
its own length.
"""

from __future__ import annotations

import bz2
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from xlearning.io.formats.block_codecs import BlockSource, lz4_chunk, snappy_chunk
from xlearning.io.formats.writables import read_vint, write_vint

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.io.formats.base import DamagedFile

MAGIC = b"SEQ"
SYNC_BYTES = 16
SYNC_ESCAPE = b"\xff\xff\xff\xff"
SYNC_SIZE = SYNC_BYTES + len(SYNC_ESCAPE)
SYNC_INTERVAL = 5 * 1024 * SYNC_SIZE
"""How far marks are apart: `SequenceFile.SYNC_INTERVAL`."""

_VERSIONS = (4, 5, 6)
_WITH_CODEC, _WITH_METADATA = 5, 6
_COMPRESS = "org.apache.hadoop.io.compress."
DEFAULT_CODEC = f"{_COMPRESS}DefaultCodec"
CHUNK = 256 << 10
"""What Hadoop's snappy and LZ4 compress at a time."""


class NotYet(Exception):
    """The head goes on beyond the bytes that were given."""


@dataclass(frozen=True)
class Head:
    """What stands at the beginning of a file.

    Attributes:
        key_class: Java class of the keys.
        value_class: Java class of the values.
        codec: Java class that compresses, None for none.
        in_blocks: Whether it compresses blocks, not single values.
        sync: The mark.
        length: Of the head, in bytes.
        metadata: Pairs of text.
    """

    key_class: str
    value_class: str
    codec: str | None
    in_blocks: bool
    sync: bytes
    length: int = 0
    metadata: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def mark(self) -> bytes:
        """The mark with what stands before it."""
        return SYNC_ESCAPE + self.sync

    def encode(self) -> bytes:
        """Return the head as bytes, of the newest version."""
        parts = [MAGIC + b"\x06", _string(self.key_class), _string(self.value_class)]
        parts.append(bytes([self.codec is not None, self.in_blocks]))
        if self.codec is not None:
            parts.append(_string(self.codec))
        parts.append(len(self.metadata).to_bytes(4, "big"))
        for name, value in self.metadata.items():
            parts += [write_vint(len(name)), name, write_vint(len(value)), value]
        return b"".join([*parts, self.sync])


def parse_head(data: bytes) -> Head:
    """Read the head of a file.

    Raises:
        NotYet: It goes on beyond `data`.
        ValueError: It is none.
    """
    if data[:3] != MAGIC[: len(data)]:
        raise ValueError("it does not begin as a SequenceFile does")
    try:
        return _parse_head(data)
    except (IndexError, NotYet):
        raise NotYet from None


def _parse_head(data: bytes) -> Head:
    version = data[3]
    if version not in _VERSIONS:
        raise ValueError(f"version {version} of SequenceFile is not known")
    key_class, place = _read_string(data, 4)
    value_class, place = _read_string(data, place)
    compressed, in_blocks = data[place] != 0, data[place + 1] != 0
    place += 2
    codec = DEFAULT_CODEC if compressed else None
    if compressed and version >= _WITH_CODEC:
        codec, place = _read_string(data, place)
    metadata: dict[bytes, bytes] = {}
    if version >= _WITH_METADATA:
        count, place = int.from_bytes(_take(data, place, 4), "big"), place + 4
        for _ in range(count):
            name, place = _read_bytes(data, place)
            metadata[name], place = _read_bytes(data, place)
    sync = _take(data, place, SYNC_BYTES)
    length = place + SYNC_BYTES
    return Head(key_class, value_class, codec, in_blocks, sync, length, metadata)


def _take(data: bytes, place: int, length: int) -> bytes:
    if place + length > len(data):
        raise NotYet
    return data[place : place + length]


def _read_bytes(data: bytes, place: int) -> tuple[bytes, int]:
    length, place = read_vint(data, place)
    if length < 0:
        raise ValueError("a text in the head has a negative length")
    return _take(data, place, length), place + length


def _read_string(data: bytes, place: int) -> tuple[str, int]:
    text, place = _read_bytes(data, place)
    return text.decode(), place


def _string(text: str) -> bytes:
    data = text.encode()
    return write_vint(len(data)) + data


class Codec(NamedTuple):
    """How a value or a block is compressed and back, each a stream of its own."""

    compress: Callable[[bytes], bytes]
    decompress: Callable[[bytes], bytes]


class _Memory:
    """A compressed value as a source."""

    end = None

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int) -> bytes:
        part, self._data = self._data[:size], self._data[size:]
        return part

    def damaged(self, cause: str) -> DamagedFile:
        raise ValueError(cause)


def _from_blocks(decode: Callable[[bytes, int], bytes]) -> Callable[[bytes], bytes]:
    def decompress(data: bytes) -> bytes:
        source = BlockSource(_Memory(data), decode)
        return b"".join(iter(lambda: source.read(1 << 30), b""))

    return decompress


def _into_blocks(name: str) -> Callable[[bytes], bytes]:
    def compress(data: bytes) -> bytes:
        import pyarrow as pa

        codec = pa.Codec(name)
        parts: list[bytes] = []
        for start in range(0, len(data), CHUNK):
            piece = data[start : start + CHUNK]
            packed: bytes = codec.compress(piece, asbytes=True)
            sizes = (len(piece), len(packed))
            parts += [size.to_bytes(4, "big") for size in sizes]
            parts.append(packed)
        return b"".join(parts)

    return compress


def _zstd(data: bytes) -> bytes:
    import pyarrow as pa

    packed: bytes = pa.Codec("zstd").compress(data, asbytes=True)
    return packed


def _from_zstd(data: bytes) -> bytes:
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        plain: bytes = stream.read()
    return plain


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


CODECS = {
    DEFAULT_CODEC: Codec(zlib.compress, zlib.decompress),
    f"{_COMPRESS}DeflateCodec": Codec(zlib.compress, zlib.decompress),
    f"{_COMPRESS}GzipCodec": Codec(_gzip, lambda data: zlib.decompress(data, 31)),
    f"{_COMPRESS}BZip2Codec": Codec(bz2.compress, bz2.decompress),
    f"{_COMPRESS}SnappyCodec": Codec(
        _into_blocks("snappy"), _from_blocks(snappy_chunk)
    ),
    f"{_COMPRESS}Lz4Codec": Codec(_into_blocks("lz4_raw"), _from_blocks(lz4_chunk)),
    f"{_COMPRESS}ZStandardCodec": Codec(_zstd, _from_zstd),
}
"""Java class to what it does.

Damage is a ValueError, zlib.error, EOFError or OSError.
"""
