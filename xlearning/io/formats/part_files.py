"""The files that a writer makes: numbered, perhaps compressed, on any storage."""

from __future__ import annotations

import bz2
import zlib
from typing import TYPE_CHECKING, NamedTuple, Protocol

from xlearning.errors import ConfigError
from xlearning.io import uris
from xlearning.io.formats.base import CHUNK_BYTES
from xlearning.io.formats.properties import boolean, integer, text
from xlearning.io.formats.sequence_file import CODECS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xlearning.io.formats.sequence_file import Codec
    from xlearning.io.storage import StorageLookup

COMPRESS_KEYS = ("mapreduce.output.fileoutputformat.compress", "mapred.output.compress")
CODEC_KEYS = (
    "mapreduce.output.fileoutputformat.compress.codec",
    "mapred.output.compression.codec",
)
SIZE_KEY = "mapred.reduce.max.size.per.file"
"""XLearning's: after so many plain bytes a new file begins."""
_DEFAULT_SIZE = 512 << 20
_PACKAGE = "org.apache.hadoop.io.compress."
GZIP = f"{_PACKAGE}GzipCodec"


class Compressor(Protocol):
    """What zlib and bz2 have in common."""

    def compress(self, data: bytes, /) -> bytes:
        """Take more and return what is ready."""

    def flush(self) -> bytes:
        """Return the rest."""


class _Pieces:
    """Compresses piece by piece, for codecs whose streams follow each other."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    def compress(self, data: bytes, /) -> bytes:
        return self._codec.compress(data) if data else b""

    def flush(self) -> bytes:
        return b""


class _Plain:
    """Compresses nothing."""

    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


class Compression(NamedTuple):
    """How files are compressed, and what their names end in."""

    extension: str
    begin: Callable[[], Compressor]


def _gzip() -> Compressor:
    return zlib.compressobj(wbits=31)


def _pieces(name: str) -> Callable[[], Compressor]:
    return lambda: _Pieces(CODECS[_PACKAGE + name])


PLAIN = Compression("", _Plain)
_COMPRESSIONS = {
    GZIP: Compression(".gz", _gzip),
    f"{_PACKAGE}DefaultCodec": Compression(".deflate", zlib.compressobj),
    f"{_PACKAGE}DeflateCodec": Compression(".deflate", zlib.compressobj),
    f"{_PACKAGE}BZip2Codec": Compression(".bz2", bz2.BZ2Compressor),
    f"{_PACKAGE}SnappyCodec": Compression(".snappy", _pieces("SnappyCodec")),
    f"{_PACKAGE}Lz4Codec": Compression(".lz4", _pieces("Lz4Codec")),
    f"{_PACKAGE}ZStandardCodec": Compression(".zst", _pieces("ZStandardCodec")),
}


def compression_of(properties: Mapping[str, str], default: bool) -> Compression:
    """Return how Hadoop's properties want output to be compressed: by gzip, if at all.

    Raises:
        ConfigError: The codec is none of ours.
    """
    if not boolean(properties, default, *COMPRESS_KEYS):
        return PLAIN
    return _COMPRESSIONS[codec_name(properties, GZIP, _COMPRESSIONS)]


def codec_name(
    properties: Mapping[str, str], default: str, known: Mapping[str, object]
) -> str:
    """Return the codec's class that properties ask for.

    Raises:
        ConfigError: The codec is none of ours.
    """
    name = text(properties, default, *CODEC_KEYS).strip()
    if name not in known:
        raise ConfigError(
            f"output cannot be compressed by `{name}` without Java",
            hint=f"{CODEC_KEYS[0]} may be {', '.join(known)}",
        )
    return name


def max_file_bytes(properties: Mapping[str, str]) -> int:
    """Return after how many plain bytes a new file begins.

    Raises:
        ConfigError: It is no number, or 0.
    """
    size = integer(properties, _DEFAULT_SIZE, SIZE_KEY)
    if not size:
        raise ConfigError(f"`{SIZE_KEY}` is 0: nothing fits into a file")
    return size


class PartFile:
    """One file that is being written.

    Attributes:
        size: The plain bytes that were written.
    """

    def __init__(
        self, url: str, storages: StorageLookup, compression: Compression = PLAIN
    ) -> None:
        """Begin a file; the extension is put behind the URL."""
        url += compression.extension
        self._writer = storages(url).create(url)
        self._compressor = compression.begin()
        self._held: list[bytes] = []
        self._held_bytes = 0
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add bytes; small ones are collected."""
        self.size += len(data)
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes >= CHUNK_BYTES:
            self._pass_on()

    def close(self) -> None:
        """Make the file complete."""
        self._pass_on()
        self._writer.write(self._compressor.flush())
        self._writer.close()

    def abort(self) -> None:
        """Delete the file."""
        self._writer.abort()

    def _pass_on(self) -> None:
        data = self._compressor.compress(b"".join(self._held))
        self._held, self._held_bytes = [], 0
        if data:
            self._writer.write(data)


def part_url(folder: str, number: int, extension: str = "") -> str:
    """Return the URL of a numbered file: `part-r-000`."""
    return uris.join(folder, f"part-r-{number:03d}{extension}")
