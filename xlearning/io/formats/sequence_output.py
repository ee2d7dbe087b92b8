"""Writes SequenceFiles: each line that a program prints is a Text, without a key.

The classes are NullWritable and Text. Output is compressed in blocks by zlib, unless
Hadoop's properties ask for something else; Hadoop itself compresses line by line.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.io import uris
from xlearning.io.formats.line_batches import LineBatches
from xlearning.io.formats.part_files import COMPRESS_KEYS, PartFile, codec_name
from xlearning.io.formats.properties import boolean, text
from xlearning.io.formats.sequence_file import (
    CODECS,
    DEFAULT_CODEC,
    SYNC_BYTES,
    SYNC_INTERVAL,
    Head,
)
from xlearning.io.formats.writables import NULL, TEXT, write_vint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlearning.io.formats.base import FormatSettings, RecordWriter
    from xlearning.io.storage import StorageLookup

TYPE_KEYS = (
    "mapreduce.output.fileoutputformat.compress.type",
    "mapred.output.compression.type",
)
_NO_KEY = b"\0\0\0\0"


class SequenceFileOutput:
    """Hadoop's SequenceFileOutputFormat: one file, `part-r`."""

    def open(
        self, folder: str, storages: StorageLookup, settings: FormatSettings
    ) -> RecordWriter:
        """Begin the file."""
        properties = settings.properties
        kind = text(properties, "BLOCK", *TYPE_KEYS).strip().upper()
        if not boolean(properties, True, *COMPRESS_KEYS):
            kind = "NONE"
        if kind not in ("NONE", "RECORD", "BLOCK"):
            raise ConfigError(
                f"`{TYPE_KEYS[0]}` is `{kind}`", hint="NONE, RECORD or BLOCK"
            )
        codec = (
            None if kind == "NONE" else codec_name(properties, DEFAULT_CODEC, CODECS)
        )
        head = Head(NULL, TEXT, codec, kind == "BLOCK", os.urandom(SYNC_BYTES))
        file = PartFile(uris.join(folder, "part-r"), storages)
        file.write(head.encode())
        return BlockWriter(file, head) if head.in_blocks else SingleWriter(file, head)


class _Writer(LineBatches):
    """Writes lines to a file."""

    def __init__(self, file: PartFile, head: Head) -> None:
        super().__init__()
        self._file = file
        self._mark = head.mark
        self._pack = CODECS[head.codec].compress if head.codec else bytes

    def _write_lines(self, block: bytes) -> None:
        self._write_values([_text(line) for line in block[:-1].split(b"\n")])

    @abstractmethod
    def _write_values(self, values: Sequence[bytes]) -> None:
        """Write serialised Texts."""

    def _finish(self) -> None:
        self._file.close()

    def abort(self) -> None:
        """Delete the file."""
        self._file.abort()


class SingleWriter(_Writer):
    """Values one by one, a mark after every `SYNC_INTERVAL` bytes."""

    _since_mark = 0

    def _write_values(self, values: Sequence[bytes]) -> None:
        for value in values:
            if self._since_mark >= SYNC_INTERVAL:
                self._file.write(self._mark)
                self._since_mark = 0
            packed = self._pack(value)
            record = len(packed).to_bytes(4, "big") + _NO_KEY + packed
            self._file.write(record)
            self._since_mark += len(record)


class BlockWriter(_Writer):
    """Values in blocks of a batch each."""

    def _write_values(self, values: Sequence[bytes]) -> None:
        lengths = b"".join(write_vint(len(value)) for value in values)
        parts = (bytes(len(values)), b"", lengths, b"".join(values))
        block = [self._mark, write_vint(len(values))]
        for part in parts:
            packed = self._pack(part)
            block += [write_vint(len(packed)), packed]
        self._file.write(b"".join(block))


def _text(line: bytes) -> bytes:
    return write_vint(len(line)) + line
