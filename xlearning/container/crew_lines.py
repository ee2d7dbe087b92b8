"""Lines of one process among those of others. Pure."""

from __future__ import annotations

import re

_END = re.compile(rb"[\r\n]")
LONGEST = 65536
"""A line that is longer is cut."""


class Lines:
    """Puts a prefix before each line of a stream.

    A line ends with a line feed or a carriage return: progress bars are lines too.

    Attributes:
        last: The last line that was not empty, without its prefix.
    """

    def __init__(self, prefix: bytes) -> None:
        """Begin with nothing."""
        self.last = b""
        self._prefix = prefix
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """Take the next piece of the stream and return the lines that it completes."""
        data = self._rest + data
        done: list[bytes] = []
        start = 0
        for end in _END.finditer(data):
            done.append(self._line(data[start : end.start()], end[0]))
            start = end.end()
        self._rest = data[start:]
        if len(self._rest) >= LONGEST:
            done.append(self.rest())
        return b"".join(done)

    def rest(self) -> bytes:
        """Return what has no end yet, as a line."""
        rest, self._rest = self._rest, b""
        return self._line(rest, b"\n") if rest else b""

    def _line(self, line: bytes, end: bytes) -> bytes:
        if line.strip():
            self.last = line.strip()
        elif end == b"\n" and not line:
            return end
        return self._prefix + line + end
