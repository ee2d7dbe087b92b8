"""A file of any storage as Python's own kind of file, for libraries that seek."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from xlearning.io.formats.base import DamagedFile

if TYPE_CHECKING:
    from xlearning.io.formats.base import Piece
    from xlearning.io.storage import StorageLookup


class StorageFile(io.RawIOBase):
    """A file that is read by ranges."""

    def __init__(self, piece: Piece, storages: StorageLookup) -> None:
        """Name the file that a piece is of.

        Raises:
            DamagedFile: It is shorter than it was when it was listed.
        """
        super().__init__()
        self._storage = storages(piece.uri)
        self._uri = piece.uri
        with self._storage.open(piece.uri) as reader:
            self._length = reader.length
        self._position = 0
        if self._length < piece.file_length:
            raise DamagedFile(
                piece.uri,
                self._length,
                f"it had {piece.file_length} bytes when it was listed",
            )

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the position, perhaps beyond the end."""
        base = {io.SEEK_CUR: self._position, io.SEEK_END: self._length}.get(whence, 0)
        if base + offset < 0:
            raise ValueError(f"cannot seek to {base + offset}")
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes, all of the rest for -1 and None."""
        rest = max(0, self._length - self._position)
        wanted = rest if size is None or size < 0 else min(size, rest)
        if not wanted:
            return b""
        data = self._storage.read_range(self._uri, self._position, wanted)
        self._position += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as the file goes."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)
