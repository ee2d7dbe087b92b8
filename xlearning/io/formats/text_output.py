"""Text files of what a program prints: a record is a line, whatever is in it.

XLearning compresses such output always; here that is the default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ConfigError
from xlearning.io import uris
from xlearning.io.formats.line_batches import LineBatches
from xlearning.io.formats.part_files import (
    PartFile,
    compression_of,
    max_file_bytes,
    part_url,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.io.formats.base import FormatSettings, RecordWriter
    from xlearning.io.storage import StorageLookup

_EXTENSION = ".jsonl"
_UNLIMITED = 1 << 63


class TextMultiOutput:
    """XLearning's: `part-r-000.gz`, after 512 MiB of text `part-r-001.gz` and so on."""

    def open(
        self, folder: str, storages: StorageLookup, settings: FormatSettings
    ) -> RecordWriter:
        """Begin the first file."""
        compression = compression_of(settings.properties, default=True)

        def begin(number: int) -> PartFile:
            return PartFile(part_url(folder, number), storages, compression)

        return TextWriter(begin, max_file_bytes(settings.properties))


class TextOutput:
    """Hadoop's TextOutputFormat: one file, `part-r.gz`."""

    def open(
        self, folder: str, storages: StorageLookup, settings: FormatSettings
    ) -> RecordWriter:
        """Begin the file."""
        compression = compression_of(settings.properties, default=True)

        def begin(number: int) -> PartFile:
            return PartFile(uris.join(folder, "part-r"), storages, compression)

        return TextWriter(begin, _UNLIMITED)


class JsonLinesOutput:
    """Lines that are looked at: each must be a JSON value; `part-r-000.jsonl`."""

    def open(
        self, folder: str, storages: StorageLookup, settings: FormatSettings
    ) -> RecordWriter:
        """Begin the first file."""
        compression = compression_of(settings.properties, default=False)

        def begin(number: int) -> PartFile:
            return PartFile(part_url(folder, number, _EXTENSION), storages, compression)

        return JsonLinesWriter(TextWriter(begin, max_file_bytes(settings.properties)))


class TextWriter:
    """Writes bytes as they come; a new file begins only behind a newline."""

    def __init__(self, begin: Callable[[int], PartFile], limit: int) -> None:
        """Begin the first file at once, so that there is one when nothing is printed.

        Args:
            begin: Begins the file of a number.
            limit: After how many bytes of whole lines the next one follows.
        """
        self._begin = begin
        self._limit = limit
        self._number = 0
        self._file: PartFile | None = begin(0)
        self._ended = True
        self.written_bytes = 0

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self.written_bytes += len(data)
        rest = memoryview(data)
        while rest:
            file = self._current()
            cut = self._cut(bytes(rest), self._limit - file.size)
            file.write(bytes(rest[:cut]))
            self._ended = rest[cut - 1] == 0x0A
            rest = rest[cut:]
            if self._ended and file.size >= self._limit:
                self._file = None
                file.close()

    def close(self) -> None:
        """Make the last file complete, with a newline at its end."""
        if self._file is not None:
            if not self._ended:
                self._file.write(b"\n")
            self._file.close()
            self._file = None

    def abort(self) -> None:
        """Delete the file that is being written."""
        if self._file is not None:
            self._file.abort()
            self._file = None

    def _current(self) -> PartFile:
        if self._file is None:
            self._number += 1
            self._file = self._begin(self._number)
        return self._file

    @staticmethod
    def _cut(data: bytes, room: int) -> int:
        """Return how much goes into a file: all, or up to the line that fills it."""
        if len(data) < room:
            return len(data)
        return data.find(b"\n", max(room - 1, 0)) + 1 or len(data)


class JsonLinesWriter(LineBatches):
    """Writes lines that were found to be JSON."""

    def __init__(self, writer: TextWriter) -> None:
        """Hand on to another writer."""
        super().__init__()
        self._writer = writer
        self._check = msgspec.json.Decoder(msgspec.Raw)
        self._count = 0

    def _write_lines(self, block: bytes) -> None:
        """Check and write whole lines; empty ones are left out."""
        lines = [line for line in block.splitlines() if line.strip()]
        try:
            self._check.decode_lines(b"\n".join(lines))
        except msgspec.DecodeError as error:
            raise ConfigError(
                f"a line of output behind line {self._count} is no JSON: {error}",
                hint="print one JSON value a line, and all else to stderr",
            ) from error
        self._count += len(lines)
        if lines:
            self._writer.write(b"\n".join(lines) + b"\n")

    def _finish(self) -> None:
        self._writer.close()

    def abort(self) -> None:
        """Delete the file that is being written."""
        self._writer.abort()
