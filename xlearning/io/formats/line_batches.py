"""Collects what a program prints into batches of whole lines."""

from __future__ import annotations

from abc import ABC, abstractmethod

from xlearning.errors import ConfigError
from xlearning.io.formats.base import CHUNK_BYTES
from xlearning.io.formats.lines import MAX_RECORD_BYTES


class LineBatches(ABC):
    """A RecordWriter for formats that need whole lines.

    Attributes:
        written_bytes: What it was given so far.
        batch_bytes: How much is collected before it is written.
    """

    batch_bytes = CHUNK_BYTES

    def __init__(self) -> None:
        """Hold nothing yet."""
        self.written_bytes = 0
        self._parts: list[bytes] = []
        self._held = 0

    def write(self, data: bytes) -> None:
        """Take the next bytes, cut anywhere."""
        self.written_bytes += len(data)
        self._parts.append(data)
        self._held += len(data)
        if self._held >= self.batch_bytes and b"\n" in data:
            whole, newline, rest = b"".join(self._parts).rpartition(b"\n")
            self._parts, self._held = [rest], len(rest)
            self._write_lines(whole + newline)
        elif self._held > MAX_RECORD_BYTES + self.batch_bytes:
            raise ConfigError(
                f"a line of output is longer than {MAX_RECORD_BYTES >> 20} MiB",
                hint="the output format `text` writes lines of any length",
            )

    def close(self) -> None:
        """Write the rest, the last line too when it has no newline."""
        rest = b"".join(self._parts)
        self._parts, self._held = [], 0
        if rest:
            self._write_lines(rest if rest.endswith(b"\n") else rest + b"\n")
        self._finish()

    @abstractmethod
    def _write_lines(self, block: bytes) -> None:
        """Write one or more whole lines."""

    @abstractmethod
    def _finish(self) -> None:
        """Make all files complete."""

    @abstractmethod
    def abort(self) -> None:
        """Give up."""
