"""Parquet and ORC: a record is a row as a JSON object.

Both are made of groups of rows (row groups, stripes). A split is a range of bytes as
for other files: the groups whose middle is in it are its own, as Hadoop's readers have
it. Where ORC's stripes are, pyarrow does not say: they count as being equally long,
which gives every stripe to one split too. A row group is read page after page, however
large it is; a stripe, mostly of 64 MiB, is held as a whole.
"""

from __future__ import annotations

from abc import abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from xlearning.io.formats.base import CHUNK_BYTES, DamagedFile
from xlearning.io.formats.file_format import FileFormat
from xlearning.io.formats.random_access import StorageFile
from xlearning.io.formats.rows import BATCH_ROWS, lines_of_batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlearning.io.formats.base import FormatSettings, Piece
    from xlearning.io.storage import StorageLookup


class _Grouped(FileFormat):
    """What both have in common."""

    def read_piece(
        self, piece: Piece, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield rows."""
        with StorageFile(piece, storages) as file, _damage(piece, file):
            for batch in self._batches(file, piece):
                yield from lines_of_batch(batch)
                del batch  # before the next one is made

    @abstractmethod
    def _batches(self, file: StorageFile, piece: Piece) -> Iterator[Any]:
        """Yield record batches of the groups that belong to a range."""


class ParquetInput(_Grouped):
    """Parquet files."""

    def _batches(self, file: StorageFile, piece: Piece) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import parquet

        # pyarrow would read a group's columns as a whole before the first row.
        opened = parquet.ParquetFile(
            pa.PythonFile(file, mode="r"), buffer_size=CHUNK_BYTES, pre_buffer=False
        )
        groups = [
            number
            for number in range(opened.num_row_groups)
            if _owns(piece, _middle(opened.metadata.row_group(number)))
        ]
        if groups:
            yield from opened.iter_batches(BATCH_ROWS, row_groups=groups)


class OrcInput(_Grouped):
    """ORC files."""

    def _batches(self, file: StorageFile, piece: Piece) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import orc

        opened = orc.ORCFile(pa.PythonFile(file, mode="r"))
        for number in range(opened.nstripes):
            middle = (2 * number + 1) * piece.file_length // (2 * opened.nstripes)
            if _owns(piece, middle):
                yield opened.read_stripe(number)


def _owns(piece: Piece, position: int) -> bool:
    return piece.start <= position < piece.end


def _middle(group: Any) -> int:
    """Return the middle of a row group in the file."""
    starts = [
        column.dictionary_page_offset or column.data_page_offset
        for column in (group.column(number) for number in range(group.num_columns))
    ]
    length: int = sum(
        group.column(number).total_compressed_size
        for number in range(group.num_columns)
    )
    start: int = min(starts, default=0)
    return start + length // 2


@contextmanager
def _damage(piece: Piece, file: StorageFile) -> Iterator[None]:
    """Tell what pyarrow finds wrong as damage of the file.

    Its errors are ValueErrors, or OSErrors without a number; those with one are the
    file system's.
    """
    try:
        yield
    except DamagedFile:
        raise
    except OSError as error:
        if error.errno is not None:
            raise
        raise DamagedFile(piece.uri, file.tell(), str(error)) from error
    except ValueError as error:
        raise DamagedFile(piece.uri, file.tell(), str(error)) from error
