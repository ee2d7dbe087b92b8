"""Local files that come into being in pieces.

A file is written under a name of its own and renamed when it is whole, so that nobody
ever sees a part of one. A large one is fetched in several pieces at a time: on a real
cluster its blocks are on different disks. A piece that broke off goes on where it was.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

PIECE_BYTES = 256 << 20
"""Two of HDFS's usual blocks: far more than a reader has on its way when it stops."""


class Part:
    """One file on its way."""

    def __init__(self, target: Path, length: int, number: int) -> None:
        """Touch nothing yet.

        Args:
            target: Where the file goes.
            length: Its size in bytes.
            number: Tells it from other files on their way to the same folder.
        """
        self._target = target
        self._path = target.with_name(f".{number}.part")
        self._length = length
        self._missing = max(1, -(-length // PIECE_BYTES))
        self._lock = threading.Lock()

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces that make up the file; an empty one has one too."""
        for number in range(self._missing):
            start = number * PIECE_BYTES
            yield Piece(self, start, min(self._length, start + PIECE_BYTES))

    def open(self, offset: int) -> IO[bytes]:
        """Open the file for writing from an offset."""
        file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o666), "wb", 0)
        file.seek(offset)
        return file

    def arrived(self) -> None:
        """Count a piece that is whole; with the last one the file appears."""
        with self._lock:
            self._missing -= 1
            whole = self._missing == 0
        if whole:
            os.truncate(self._path, self._length)
            self._path.replace(self._target)

    def discard(self) -> None:
        """Delete what there is of a file that is not whole."""
        self._path.unlink(missing_ok=True)


@dataclass(slots=True)
class Piece:
    """A range of a file.

    Attributes:
        part: The file.
        position: What is before it has arrived.
        end: Where the next piece begins.
    """

    part: Part
    position: int
    end: int
