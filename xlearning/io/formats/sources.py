"""Bytes to make records of, read from the place where a split begins."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from xlearning.io.formats.base import CHUNK_BYTES, DamagedFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlearning.io.formats.base import Piece
    from xlearning.io.storage import Reader, StorageLookup


class Source(Protocol):
    """Bytes from the start of a split to the end of its file."""

    @property
    def end(self) -> int | None:
        """How many of them are the split's own; None while that is not known.

        It is known at the latest when bytes beyond it have been returned.
        """

    def read(self, size: int) -> bytes:
        """Return the next bytes, about `size` at most, `b""` only at the file's end.

        Raises:
            DamagedFile: The file ends too early, or cannot be decompressed.
        """

    def damaged(self, cause: str) -> DamagedFile:
        """Return the error that names the file and the place where reading is."""


class FileSource:
    """A file as it is stored.

    A file that is shorter than it was when it was listed, or that ends before its
    length, is an error: what is missing were records.
    """

    def __init__(self, reader: Reader, piece: Piece) -> None:
        """Take a reader that was opened at the start of a piece."""
        self._reader = reader
        self._piece = piece
        self.position = piece.start
        if reader.length < piece.file_length:
            raise self.damaged(
                f"it has {reader.length} bytes and had {piece.file_length} when it "
                "was listed"
            )

    @property
    def end(self) -> int | None:
        """The length of the piece."""
        return self._piece.length

    @property
    def uri(self) -> str:
        """The file."""
        return self._piece.uri

    def read(self, size: int) -> bytes:
        """Return the next bytes, `size` unless the file ends there."""
        parts: list[bytes] = []
        missing = size
        while missing > 0 and (part := self._reader.read(missing)):
            parts.append(part)
            missing -= len(part)
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        self.position += len(data)
        if missing and self.position < self._piece.file_length:
            raise self.damaged("it ends here, before its length")
        return data

    def damaged(self, cause: str) -> DamagedFile:
        """Return the error that names the file and how far it was read."""
        return DamagedFile(self.uri, self.position, cause)


@contextmanager
def open_piece(piece: Piece, storages: StorageLookup) -> Iterator[FileSource]:
    """Open a file at the start of a piece."""
    with storages(piece.uri).open(piece.uri, piece.start) as reader:
        yield FileSource(reader, piece)


def exactly(source: Source, size: int) -> bytes:
    """Read `size` bytes.

    Raises:
        DamagedFile: There are fewer.
    """
    parts: list[bytes] = []
    missing = size
    while missing > 0:
        part = source.read(min(missing, CHUNK_BYTES))
        if not part:
            raise source.damaged(f"it ends {missing} bytes too early")
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
