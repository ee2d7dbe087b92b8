"""TFRecord files: records go to the program as they stand there, frames and all.

They are bytes, mostly of a `tf.train.Example`, and no text: so a program reads its
stdin as one TFRecord file, for which TensorFlow has `TFRecordDataset("/dev/stdin")`.
Checksums are looked at here. A file has no marks to begin at: it is one split.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.io.formats.codecs import plain
from xlearning.io.formats.cursor import Cursor
from xlearning.io.formats.file_format import FileFormat
from xlearning.io.formats.sources import open_piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xlearning.io.formats.base import FormatSettings, Piece
    from xlearning.io.storage import StorageLookup

_HEAD = struct.Struct("<QI")
_CRC = struct.Struct("<I")
_MASK = 0xA282EAD8


class TFRecordInput(FileFormat):
    """A record is a frame: length, its checksum, data, its checksum."""

    def splittable(self, settings: FormatSettings) -> Callable[[str], bool]:
        """Say no: a file has no marks."""
        return lambda uri: False

    def read_piece(
        self, piece: Piece, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield frames."""
        with open_piece(piece, storages) as file:
            yield from frames(Cursor(plain(file, piece.uri), 0), _checksum())


def _checksum() -> Callable[[bytes], int]:
    try:
        import google_crc32c
    except ImportError as error:
        raise ConfigError(
            "TFRecord files need google-crc32c",
            hint="pip install 'xlearning[formats]' where you submit",
        ) from error
    found: Callable[[bytes], int] = google_crc32c.value
    return found


def frames(cursor: Cursor, checksum: Callable[[bytes], int]) -> Iterator[bytes]:
    """Yield chunks of whole frames.

    Raises:
        DamagedFile: A checksum is wrong, or the file ends in a frame.
    """
    while cursor.fill(_HEAD.size):
        (length, _) = _HEAD.unpack_from(cursor.data, cursor.place)
        _check(cursor, cursor.place, 8, checksum, "of a length")
        if not cursor.fill(_HEAD.size + length + _CRC.size):
            break
        begin = cursor.place
        while _whole(cursor, checksum):
            pass
        yield cursor.data[begin : cursor.place]
    if cursor.place < len(cursor.data):
        raise cursor.damaged("the file ends in the middle of a record")


def _whole(cursor: Cursor, checksum: Callable[[bytes], int]) -> bool:
    """Go over a frame if all of it is held."""
    place, data = cursor.place, cursor.data
    if place + _HEAD.size > len(data):
        return False
    (length, _) = _HEAD.unpack_from(data, place)
    end = place + _HEAD.size + length + _CRC.size
    if end > len(data):
        return False
    _check(cursor, place, 8, checksum, "of a length")
    _check(cursor, place + _HEAD.size, length, checksum, "of a record")
    cursor.place = end
    return True


def _check(
    cursor: Cursor, place: int, length: int, checksum: Callable[[bytes], int], what: str
) -> None:
    data = cursor.data
    crc = checksum(data[place : place + length])
    masked = ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF
    if (masked,) != _CRC.unpack_from(data, place + length):
        raise cursor.damaged(f"the checksum {what} is wrong")
