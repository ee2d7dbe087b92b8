"""Avro container files: a record is a JSON object, a line each.

A file is a head with the schema, the codec and a mark of 16 bytes, then blocks: number
of records, length, data, the mark. So files are split as SequenceFiles are: a split has
the blocks behind the marks that begin in it. Blocks are found and decompressed here and
decoded by fastavro.
"""

from __future__ import annotations

import bz2
import io
import json
import lzma
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from xlearning.errors import ConfigError
from xlearning.io.formats.block_codecs import snappy_chunk
from xlearning.io.formats.cursor import MAX_BYTES, Cursor
from xlearning.io.formats.file_format import FileFormat
from xlearning.io.formats.rows import BATCH_ROWS, json_lines
from xlearning.io.formats.sequence_file import CODECS
from xlearning.io.formats.sources import open_piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xlearning.io.formats.base import FormatSettings, Piece
    from xlearning.io.storage import StorageLookup

_MAGIC = b"Obj\x01"
_SYNC_BYTES = 16
_CRC_BYTES = 4


class Head(NamedTuple):
    """What stands at the beginning of a file."""

    schema: Any
    codec: str
    sync: bytes
    length: int


class AvroInput(FileFormat):
    """Avro files; logical types are decoded."""

    def read_piece(
        self, piece: Piece, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield records."""
        return _lines(piece, storages, _fastavro())


def _fastavro() -> Any:
    try:
        import fastavro
    except ImportError as error:
        raise ConfigError(
            "Avro files need fastavro",
            hint="pip install 'xlearning[formats]' where you submit",
        ) from error
    return fastavro


def _lines(piece: Piece, storages: StorageLookup, fastavro: Any) -> Iterator[bytes]:
    with open_piece(piece.begun_at(0), storages) as source:
        head = read_head(Cursor(source, 0))
    schema = fastavro.parse_schema(head.schema)
    start = max(piece.start, head.length - _SYNC_BYTES)
    with open_piece(piece.begun_at(start), storages) as source:
        cursor = Cursor(source, start)
        for count, data in _blocks(cursor, head, piece.end):
            yield from _decoded(cursor, fastavro, schema, count, data)


def read_head(cursor: Cursor) -> Head:
    """Read the head of a file.

    Raises:
        DamagedFile: It is none.
        ConfigError: The codec is unknown.
    """
    if cursor.take(len(_MAGIC)) != _MAGIC:
        cursor.place = 0
        raise cursor.damaged("it does not begin as an Avro file does")
    found: dict[bytes, bytes] = {}
    while count := _long(cursor):
        if count < 0:
            _long(cursor)
        for _ in range(abs(count)):
            name = cursor.take(_long(cursor))
            found[name] = cursor.take(_long(cursor))
    sync = cursor.take(_SYNC_BYTES)
    codec = found.get(b"avro.codec", b"null").decode(errors="replace")
    if codec not in _DECOMPRESS:
        raise ConfigError(
            f"an Avro file is compressed by `{codec}`, which is not known",
            hint=f"known are {', '.join(_DECOMPRESS)}",
        )
    try:
        schema = json.loads(found[b"avro.schema"])
    except (KeyError, ValueError) as error:
        raise cursor.damaged("its head has no schema") from error
    return Head(schema, codec, sync, cursor.position)


def _long(cursor: Cursor) -> int:
    """Read a number of any length: 7 bits a byte, the lowest first, zigzag."""
    number = shift = 0
    while True:
        (byte,) = cursor.take(1)
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number >> 1 ^ -(number & 1)


def _blocks(cursor: Cursor, head: Head, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield the blocks behind the marks that begin before `end`."""
    while cursor.seek(head.sync) and cursor.position < end:
        cursor.take(_SYNC_BYTES)
        if not cursor.fill(1):
            return
        count = _long(cursor)
        packed = cursor.take(_long(cursor))
        try:
            yield count, _DECOMPRESS[head.codec](packed)
        except _DAMAGE as error:
            raise cursor.damaged(f"the block before it: {error}") from error
        if cursor.fill(_SYNC_BYTES):
            begin = cursor.place
            if cursor.data[begin : begin + _SYNC_BYTES] == head.sync:
                continue
        raise cursor.damaged("there is no mark behind a block")


def _decoded(
    cursor: Cursor, fastavro: Any, schema: Any, count: int, data: bytes
) -> Iterator[bytes]:
    """Yield the records of a block as lines."""
    stream = io.BytesIO(data)
    for start in range(0, count, BATCH_ROWS):
        size = min(BATCH_ROWS, count - start)
        try:
            rows = [fastavro.schemaless_reader(stream, schema) for _ in range(size)]
        except (EOFError, ValueError, IndexError, TypeError) as error:
            raise cursor.damaged(f"the block before it: {error!r}") from error
        yield json_lines(rows)
    if stream.tell() != len(data):
        raise cursor.damaged("the block before it has more than its records")


def _snappy(packed: bytes) -> bytes:
    """Decompress a block that ends in the checksum of its plain bytes."""
    data = snappy_chunk(packed[:-_CRC_BYTES], MAX_BYTES)
    if zlib.crc32(data) != int.from_bytes(packed[-_CRC_BYTES:], "big"):
        raise ValueError("its checksum is wrong")
    return data


_DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "null": bytes,
    "deflate": lambda packed: zlib.decompress(packed, -15),
    "bzip2": bz2.decompress,
    "snappy": _snappy,
    "xz": lzma.decompress,
    "zstandard": CODECS["org.apache.hadoop.io.compress.ZStandardCodec"].decompress,
}
_DAMAGE = (ValueError, EOFError, OSError, zlib.error, lzma.LZMAError)
