"""A window on a source that moves on: for formats that are parsed, not cut at ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.io.formats.base import CHUNK_BYTES

if TYPE_CHECKING:
    from xlearning.io.formats.base import DamagedFile
    from xlearning.io.formats.sources import Source

MAX_BYTES = 256 << 20
"""No record or block is longer: such a length is damage, not worth the memory."""


class Cursor:
    """Bytes of a source, and a place in them.

    Attributes:
        data: The bytes that are held.
        place: Where in them the next thing is.
        final: Whether the source has no more.
    """

    def __init__(self, source: Source, position: int) -> None:
        """Take a source that stands at a position of its file."""
        self._source = source
        self._base = position
        self.data = b""
        self.place = 0
        self.final = False

    @property
    def position(self) -> int:
        """The place, counted from the start of the file."""
        return self._base + self.place

    def fill(self, length: int) -> bool:
        """Hold at least so many bytes from the place on; say whether there are.

        What is before the place is dropped when more is read.
        """
        if len(self.data) - self.place >= length:
            return True
        if length > MAX_BYTES:
            raise self.damaged(f"a length of {length} bytes is not possible")
        parts = [self.data[self.place :]]
        held = len(parts[0])
        self._base += self.place
        self.place = 0
        while held < length and not self.final:
            more = self._source.read(max(CHUNK_BYTES, length - held))
            self.final = not more
            parts.append(more)
            held += len(more)
        self.data = b"".join(parts)
        return held >= length

    def take(self, length: int) -> bytes:
        """Return so many bytes and go on behind them.

        Raises:
            DamagedFile: There are not so many.
        """
        if length < 0:
            raise self.damaged(f"a length of {length} bytes is not possible")
        if not self.fill(length):
            raise self.damaged("the file ends in the middle of a record")
        begin = self.place
        self.place += length
        return self.data[begin : self.place]

    def seek(self, wanted: bytes) -> bool:
        """Go to the next place where some bytes stand; say whether there is one."""
        while True:
            found = self.data.find(wanted, self.place)
            if found >= 0:
                self.place = found
                return True
            self.place = max(self.place, len(self.data) - len(wanted) + 1)
            if not self.fill(len(self.data) - self.place + 1):
                return False

    def damaged(self, cause: str) -> DamagedFile:
        """Return the error that names the file and this place."""
        error = self._source.damaged(cause)
        return type(error)(error.uri, self.position, cause)
