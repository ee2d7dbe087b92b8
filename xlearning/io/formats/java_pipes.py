"""The ends of pipes to a process that must not keep us waiting for ever."""

from __future__ import annotations

import os
import select


class Silent(Exception):
    """The other side did nothing for as long as it may."""


class PatientPipe:
    """An end of a pipe; what takes longer than the deadline is `Silent`."""

    def __init__(self, descriptor: int, patience_s: float) -> None:
        """Take a descriptor, which stays the caller's.

        Args:
            descriptor: An end for reading or one for writing.
            patience_s: How long the other side may do nothing, 0 for ever.
        """
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._patience_ms = patience_s * 1000 or None

    def read(self, length: int) -> bytes:
        """Return so many bytes, fewer only at the pipe's end.

        Raises:
            Silent: None of them came in time.
        """
        data = bytearray(length)
        missing = memoryview(data)
        while missing:
            self._wait(select.POLLIN)
            count = os.readv(self._descriptor, [missing])
            if not count:
                break
            missing = missing[count:]
        return bytes(data[: length - len(missing)])

    def write(self, data: bytes) -> None:
        """Write all of some bytes.

        Raises:
            Silent: None of them was taken in time.
            BrokenPipeError: Nobody reads the pipe any more.
        """
        left = memoryview(data)
        while left:
            self._wait(select.POLLOUT)
            left = left[os.write(self._descriptor, left) :]

    def flush(self) -> None:
        """Nothing is held back."""

    def _wait(self, event: int) -> None:
        poll = select.poll()
        poll.register(self._descriptor, event)
        if not poll.poll(self._patience_ms):
            raise Silent
