"""A file that is read by ranges, as Python's own kind of file."""

from __future__ import annotations

import io
from abc import abstractmethod
from typing import Any


class RangeFile(io.RawIOBase):
    """A file of known length; who has it says how a range is read."""

    def __init__(self, length: int) -> None:
        """Begin at the start of so many bytes."""
        super().__init__()
        self._length = length
        self._position = 0

    @abstractmethod
    def _read_range(self, start: int, size: int) -> bytes:
        """Return bytes that are within the file."""

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
        data = self._read_range(self._position, wanted)
        self._position += len(data)
        return data

    def readall(self) -> bytes:
        """Return the rest."""
        return self.read()

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as the file goes."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)
