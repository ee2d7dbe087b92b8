"""TFRecord files: records go to the program as they stand there, frames and all.

They are bytes, mostly of a `tf.train.Example`, and no text: so a program reads its
stdin as one TFRecord file, for which TensorFlow has `TFRecordDataset("/dev/stdin")`.
Checksums are looked at here.

A file has no marks, but lengths have checksums: from its middle, a record begins where
one is right and frames follow each other from there for a megabyte, or to the file's
end. That a record of many megabytes is a file of records itself could deceive a reader.
So all readers look for the beginning behind a place in the same way, and each ends
where the next one begins: one whose own frames do not lead there raises an error.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.io.formats.codecs import codec_of, plain
from xlearning.io.formats.cursor import Cursor
from xlearning.io.formats.file_format import FileFormat
from xlearning.io.formats.file_splits import MIN_KEYS
from xlearning.io.formats.sources import open_piece

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlearning.io.formats.base import DamagedFile, FormatSettings, Piece
    from xlearning.io.storage import StorageLookup

_HEAD = struct.Struct("<QI")
_CRC = struct.Struct("<I")
_MASK = 0xA282EAD8
_WINDOW_BYTES = 1 << 20
_POSSIBLE = re.compile(rb"(?=.{4}\0{4}.{4})(?!\0{12})", re.DOTALL)
"""Lengths, of 8 bytes, end in zeros, and the checksum of a length of 0 is not 0."""
_HINT = (
    "if its records are files of records, make splits larger than it: "
    f"--conf {MIN_KEYS[0]}=…"
)

Checksum = Callable[[bytes], int]


class TFRecordInput(FileFormat):
    """A record is a frame: length, its checksum, data, its checksum."""

    def splittable(self, settings: FormatSettings) -> Callable[[str], bool]:
        """Say yes to plain files."""
        return lambda uri: codec_of(uri) is None

    def read_piece(
        self, piece: Piece, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield frames, from the first that begins in the range."""
        checksum = _checksum()
        start, stop = 0, None
        if piece.start:
            start = first_frame(piece, storages, checksum)
        if piece.end < piece.file_length:
            stop = first_frame(piece.begun_at(piece.end), storages, checksum)
        if start in (stop, piece.file_length):
            return
        with open_piece(piece.begun_at(start), storages) as file:
            cursor = Cursor(plain(file, piece.uri), start)
            yield from frames(cursor, checksum, stop)


def _checksum() -> Checksum:
    try:
        import google_crc32c
    except ImportError as error:
        raise ConfigError(
            "TFRecord files need google-crc32c",
            hint="pip install 'xlearning[formats]' where you submit",
        ) from error
    found: Checksum = google_crc32c.value
    return found


def first_frame(piece: Piece, storages: StorageLookup, checksum: Checksum) -> int:
    """Return where the first record at or behind the start of a range begins.

    That is where the file ends when there is none.
    """
    with open_piece(piece, storages) as file:
        cursor = Cursor(file, piece.start)
        while cursor.fill(_HEAD.size):
            found = _POSSIBLE.search(cursor.data, cursor.place)
            if found is None:
                cursor.place = len(cursor.data) - _HEAD.size + 1
                continue
            cursor.place = found.start()
            is_end = not cursor.fill(_WINDOW_BYTES)
            if _leads_on(cursor, checksum, is_end):
                return cursor.position
            cursor.place += 1
        return cursor.position + len(cursor.data) - cursor.place


def _leads_on(cursor: Cursor, checksum: Checksum, is_end: bool) -> bool:
    """Say whether frame follows frame from here for a window, or to the end."""
    data, place = cursor.data, cursor.place
    stop = len(data) if is_end else place + _WINDOW_BYTES
    while place + _HEAD.size <= stop:
        (length, _) = _HEAD.unpack_from(data, place)
        end = place + _HEAD.size + length + _CRC.size
        if not _fits(data, place, 8, checksum):
            return False
        if end <= stop and not _fits(data, place + _HEAD.size, length, checksum):
            return False
        place = end
    return place == stop or not is_end


def frames(
    cursor: Cursor, checksum: Checksum, stop: int | None = None
) -> Iterator[bytes]:
    """Yield chunks of whole frames.

    Args:
        cursor: It stands at a frame.
        checksum: CRC-32C.
        stop: Where to end, None for the end of the file.

    Raises:
        DamagedFile: A checksum is wrong, the file ends in a frame, or no frame begins
            at `stop`.
    """
    while cursor.position != stop and cursor.fill(_HEAD.size):
        if stop is not None and cursor.position > stop:
            raise _apart(cursor, stop)
        (length, _) = _HEAD.unpack_from(cursor.data, cursor.place)
        _check(cursor, cursor.place, 8, checksum, "of a length")
        if not cursor.fill(_HEAD.size + length + _CRC.size):
            break
        begin = cursor.place
        edge = -1 if stop is None else begin + stop - cursor.position
        while cursor.place != edge and _whole(cursor, checksum):
            pass
        yield cursor.data[begin : cursor.place]
    if cursor.position == stop:
        return
    if cursor.place < len(cursor.data):
        raise cursor.damaged("the file ends in the middle of a record")
    if stop is not None:
        raise _apart(cursor, stop)


def _apart(cursor: Cursor, stop: int) -> DamagedFile:
    error = cursor.damaged(
        f"no record ends at byte {stop}, where another seems to begin"
    )
    error.hint = f"{error.hint}; {_HINT}"
    return error


def _whole(cursor: Cursor, checksum: Checksum) -> bool:
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
    cursor: Cursor, place: int, length: int, checksum: Checksum, what: str
) -> None:
    if not _fits(cursor.data, place, length, checksum):
        raise cursor.damaged(f"the checksum {what} is wrong")


def _fits(data: bytes, place: int, length: int, checksum: Checksum) -> bool:
    """Say whether the checksum behind some bytes is theirs."""
    crc = checksum(data[place : place + length])
    masked = ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF
    return (masked,) == _CRC.unpack_from(data, place + length)
