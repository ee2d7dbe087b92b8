"""Decompresses files, by their extension as Hadoop's `CompressionCodecFactory` does.

Every decoder holds a megabyte or so, whatever it decodes to, and tells an end that
comes too early from the real one. Several compressed streams in one file follow each
other. A file of 0 bytes has no content in any format.
"""

from __future__ import annotations

import bz2
import zlib
from typing import TYPE_CHECKING, Protocol

from xlearning.errors import ConfigError
from xlearning.io.formats.block_codecs import BlockSource, lz4_chunk, snappy_chunk
from xlearning.io.uris import base_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.io.formats.base import DamagedFile
    from xlearning.io.formats.sources import Source

_FEED_BYTES = 64 << 10
"""What a decoder gets at a time; zlib copies what it has not used yet at each call."""


class Decoder(Protocol):
    """What zlib and bz2 have in common."""

    def feed(self, data: bytes, size: int) -> bytes:
        """Take more compressed bytes and return at most `size` plain ones."""

    @property
    def hungry(self) -> bool:
        """Whether it gives nothing more without being fed."""

    @property
    def left(self) -> bytes | None:
        """What follows the end of the stream, None before that end."""


class Deflate:
    """A zlib stream, or one in gzip's wrapping."""

    def __init__(self, wbits: int) -> None:
        """Take zlib's number for the wrapping."""
        self._stream = zlib.decompressobj(wbits)

    def feed(self, data: bytes, size: int) -> bytes:
        """Take more compressed bytes and return at most `size` plain ones."""
        return self._stream.decompress(self._stream.unconsumed_tail + data, size)

    @property
    def hungry(self) -> bool:
        """Whether it gives nothing more without being fed."""
        return not self._stream.unconsumed_tail

    @property
    def left(self) -> bytes | None:
        """What follows the end of the stream, None before that end."""
        return self._stream.unused_data if self._stream.eof else None


class Bzip2:
    """A bzip2 stream."""

    def __init__(self) -> None:
        """Begin a stream."""
        self._stream = bz2.BZ2Decompressor()

    def feed(self, data: bytes, size: int) -> bytes:
        """Take more compressed bytes and return at most `size` plain ones."""
        return self._stream.decompress(data, size)

    @property
    def hungry(self) -> bool:
        """Whether it gives nothing more without being fed."""
        return self._stream.needs_input

    @property
    def left(self) -> bytes | None:
        """What follows the end of the stream, None before that end."""
        return self._stream.unused_data if self._stream.eof else None


class StreamSource:
    """A file of compressed streams as plain bytes; it is read as a whole."""

    end = None

    def __init__(self, source: Source, begin: Callable[[], Decoder]) -> None:
        """Take the file and what makes a decoder for each stream in it."""
        self._source = source
        self._begin = begin
        self._decoder: Decoder | None = None
        self._ahead = b""

    def read(self, size: int) -> bytes:
        """Return the next bytes, `b""` only at the file's end."""
        while True:
            decoder = self._current()
            if decoder is None:
                return b""
            try:
                data = decoder.feed(self._food(decoder), size)
            except (zlib.error, OSError) as error:
                raise self._source.damaged(str(error)) from error
            if data:
                return data

    def damaged(self, cause: str) -> DamagedFile:
        """Return the error that names the file and the compressed offset."""
        return self._source.damaged(cause)

    def _food(self, decoder: Decoder) -> bytes:
        """Return what a decoder needs to go on."""
        if not decoder.hungry:
            return b""
        data, self._ahead = self._ahead, b""
        data = data or self._source.read(_FEED_BYTES)
        if not data:
            raise self._source.damaged("the compressed data ends too early")
        return data

    def _current(self) -> Decoder | None:
        """Return the decoder of the stream that is being read, None at the end."""
        left = b"" if self._decoder is None else self._decoder.left
        if left is not None:
            self._ahead = left.lstrip(b"\0") or self._source.read(_FEED_BYTES)
            self._decoder = self._begin() if self._ahead else None
        return self._decoder


class ZstdSource:
    """A file of zstd frames as plain bytes; it is read as a whole."""

    end = None

    def __init__(self, source: Source) -> None:
        """Take the file."""
        import pyarrow as pa

        self._source = source
        self._stream = pa.CompressedInputStream(_Pulled(source), "zstd")

    def read(self, size: int) -> bytes:
        """Return the next bytes, `b""` only at the file's end."""
        try:
            data: bytes = self._stream.read(size)
        except OSError as error:
            raise self._source.damaged(str(error)) from error
        return data

    def damaged(self, cause: str) -> DamagedFile:
        """Return the error that names the file and the compressed offset."""
        return self._source.damaged(cause)


class _Pulled:
    """A source as a file for pyarrow."""

    closed = False

    def __init__(self, source: Source) -> None:
        self._source = source

    def read(self, size: int) -> bytes:
        return self._source.read(size)

    def close(self) -> None:
        """Leave it open: who opened it closes it."""


def _gzip(source: Source) -> Source:
    return StreamSource(source, lambda: Deflate(31))


def _deflate(source: Source) -> Source:
    return StreamSource(source, lambda: Deflate(15))


def _bzip2(source: Source) -> Source:
    return StreamSource(source, Bzip2)


def _snappy(source: Source) -> Source:
    return BlockSource(source, snappy_chunk)


def _lz4(source: Source) -> Source:
    return BlockSource(source, lz4_chunk)


_BY_EXTENSION: dict[str, Callable[[Source], Source]] = {
    ".gz": _gzip,
    ".deflate": _deflate,
    ".bz2": _bzip2,
    ".snappy": _snappy,
    ".lz4": _lz4,
    ".zst": ZstdSource,
}
_UNKNOWN = (".lzo", ".lzo_deflate")


def codec_of(uri: str) -> Callable[[Source], Source] | None:
    """Return what decompresses a file, None for one that is plain.

    Raises:
        ConfigError: It is compressed in a way that needs Java.
    """
    name = base_name(uri)
    extension = name[name.rfind(".") :] if "." in name else ""
    if extension in _UNKNOWN:
        raise ConfigError(
            f"`{uri}`: files with `{extension}` cannot be read without Java",
            hint="put `java:` before the name of the Java input format",
        )
    return _BY_EXTENSION.get(extension)


def plain(source: Source, uri: str) -> Source:
    """Return the plain bytes of a file that is read from its start."""
    codec = codec_of(uri)
    return codec(source) if codec else source


def is_bzip2(uri: str) -> bool:
    """Say whether a file is compressed by bzip2, whose blocks can be found again."""
    return codec_of(uri) is _bzip2


def is_splittable(uri: str) -> bool:
    """Say whether lines can be read from the middle of a file: plain ones and bzip2."""
    return codec_of(uri) is None or is_bzip2(uri)
