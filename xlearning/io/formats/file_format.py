"""What formats have in common whose splits are ranges of files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from xlearning.io.formats.file_splits import file_splits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from xlearning.io.formats.base import (
        FormatSettings,
        Piece,
        RecordSplit,
        SourceFile,
    )
    from xlearning.io.storage import StorageLookup


class FileFormat(ABC):
    """An `InputFormat` that reads each range of a file by itself.

    Files are split at their blocks, as Hadoop does it; a format that has other splits
    makes its own. Empty files are not even opened.

    Attributes:
        looks_into_files: Whether `splits` reads them.
        least_bytes: What a split has at least.
    """

    looks_into_files = False
    least_bytes = 1

    def splits(
        self,
        files: Sequence[SourceFile],
        storages: StorageLookup,
        settings: FormatSettings,
    ) -> tuple[RecordSplit, ...]:
        """Return block-sized splits of what can be split, and one for other files."""
        splittable = self.splittable(settings)
        return file_splits(files, settings.properties, splittable, self.least_bytes)

    def read(
        self, split: RecordSplit, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield the records of all ranges of a split."""
        for piece in split.pieces:
            if piece.file_length:
                yield from self.read_piece(piece, storages, settings)

    def close(self) -> None:  # noqa: B027 - a format may keep something
        """Nothing is kept."""

    def splittable(self, settings: FormatSettings) -> Callable[[str], bool]:
        """Return what says of a URL whether records are found from its middle too."""
        return lambda uri: True

    @abstractmethod
    def read_piece(
        self, piece: Piece, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield the records that belong to a range of a file that is not empty."""
