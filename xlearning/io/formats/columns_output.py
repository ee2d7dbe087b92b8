"""Parquet and CSV files of what a program prints: a JSON object in each line is a row.

The first megabytes of lines say which columns there are and what they hold. A later
line that does not fit is an error, since files of one output should look alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from xlearning.errors import ConfigError
from xlearning.io.formats.line_batches import LineBatches
from xlearning.io.formats.part_files import (
    PartFile,
    compression_of,
    max_file_bytes,
    part_url,
)
from xlearning.io.formats.properties import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.io.formats.base import FormatSettings, RecordWriter
    from xlearning.io.storage import StorageLookup

_CODECS = ("SNAPPY", "GZIP", "ZSTD", "LZ4", "BROTLI", "NONE", "UNCOMPRESSED")


class ParquetOutput:
    """Parquet's layout: `part-r-000.parquet`, a row group for each batch of lines."""

    def open(
        self, folder: str, storages: StorageLookup, settings: FormatSettings
    ) -> RecordWriter:
        """Begin nothing yet: the columns are not known."""
        codec = text(settings.properties, "SNAPPY", "parquet.compression").upper()
        if codec not in _CODECS:
            raise ConfigError(
                f"`parquet.compression` is `{codec}`",
                hint=f"one of {', '.join(_CODECS)}",
            )
        codec = "NONE" if codec == "UNCOMPRESSED" else codec

        def begin(number: int) -> PartFile:
            return PartFile(part_url(folder, number, ".parquet"), storages)

        return _ParquetWriter(begin, max_file_bytes(settings.properties), codec)


class CsvOutput:
    """CSV with a first line of names: `part-r-000.csv`."""

    def open(
        self, folder: str, storages: StorageLookup, settings: FormatSettings
    ) -> RecordWriter:
        """Begin nothing yet: the columns are not known."""
        compression = compression_of(settings.properties, default=False)

        def begin(number: int) -> PartFile:
            return PartFile(part_url(folder, number, ".csv"), storages, compression)

        return _CsvWriter(begin, max_file_bytes(settings.properties))


class _Sink:
    """A part file as a file for pyarrow."""

    closed = False

    def __init__(self, file: PartFile) -> None:
        self._file = file

    def write(self, data: Any) -> int:
        self._file.write(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Leave it to the file."""

    def close(self) -> None:
        """Leave it open: it is complete only when the writer says so."""


class _RowWriter(LineBatches, ABC):
    """Writes rows into one file after another."""

    batch_bytes = 8 << 20

    def __init__(self, begin: Callable[[int], PartFile], limit: int) -> None:
        super().__init__()
        self._begin = begin
        self._limit = limit
        self._number = 0
        self._file: PartFile | None = None
        self._table_writer: Any = None
        self._schema: Any = None
        self._taken = 0

    def _write_lines(self, block: bytes) -> None:
        table = self._table(block)
        if table is None:
            return
        import pyarrow as pa

        if self._file is None:
            self._file = self._begin(self._number)
            sink = pa.PythonFile(_Sink(self._file), mode="w")
            self._table_writer = self._open(sink, table.schema)
        self._table_writer.write_table(table)
        self._taken += len(block)
        if self._taken >= self._limit:
            self._finish()
            self._taken = 0
            self._number += 1

    def _table(self, block: bytes) -> Any:
        """Return lines as a table, None for nothing but empty lines."""
        import pyarrow as pa
        from pyarrow import json

        if not block.strip():
            return None
        parse = json.ParseOptions(newlines_in_values=False)
        if self._schema is not None:
            parse = json.ParseOptions(
                newlines_in_values=False,
                explicit_schema=self._schema,
                unexpected_field_behavior="error",
            )
        size = json.ReadOptions(use_threads=False, block_size=len(block) + 1)
        try:
            table = json.read_json(
                pa.BufferReader(block), read_options=size, parse_options=parse
            )
        except pa.ArrowInvalid as error:
            raise ConfigError(
                f"a line of output is no row: {error}",
                hint="print a JSON object a line, with the same names and kinds of "
                "values in all",
            ) from error
        self._schema = table.schema
        return table

    @abstractmethod
    def _open(self, sink: Any, schema: Any) -> Any:
        """Return what writes tables into a file."""

    def _finish(self) -> None:
        if self._file is not None:
            self._table_writer.close()
            self._file.close()
            self._file = None

    def abort(self) -> None:
        """Delete the file that is being written."""
        if self._file is not None:
            self._file.abort()
            self._file = None


class _ParquetWriter(_RowWriter):
    def __init__(
        self, begin: Callable[[int], PartFile], limit: int, codec: str
    ) -> None:
        super().__init__(begin, limit)
        self._codec = codec

    def _open(self, sink: Any, schema: Any) -> Any:
        from pyarrow import parquet

        return parquet.ParquetWriter(sink, schema, compression=self._codec)


class _CsvWriter(_RowWriter):
    def _open(self, sink: Any, schema: Any) -> Any:
        from pyarrow import csv

        return csv.CSVWriter(sink, schema)
