"""A file of any storage as Python's own kind of file, for libraries that seek."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.io.formats.base import DamagedFile
from xlearning.io.range_file import RangeFile

if TYPE_CHECKING:
    from xlearning.io.formats.base import Piece
    from xlearning.io.storage import StorageLookup


class StorageFile(RangeFile):
    """A file that is read by ranges."""

    def __init__(self, piece: Piece, storages: StorageLookup) -> None:
        """Name the file that a piece is of.

        Raises:
            DamagedFile: It is shorter than it was when it was listed.
        """
        self._storage = storages(piece.uri)
        self._uri = piece.uri
        with self._storage.open(piece.uri) as reader:
            super().__init__(reader.length)
        if self._length < piece.file_length:
            raise DamagedFile(
                piece.uri,
                self._length,
                f"it had {piece.file_length} bytes when it was listed",
            )

    def _read_range(self, start: int, size: int) -> bytes:
        return self._storage.read_range(self._uri, start, size)
