"""Keeps the records of the first epoch on the node's disk, for the later ones.

One gzip file, as XLearning's programs know it: a member for each chunk of records, so
that `zcat` shows all of it and any split can be read again in any order.
"""

from __future__ import annotations

import logging
import zlib
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

logger = logging.getLogger(__name__)

_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 1
"""The network is what is saved; a better level would be slower than that."""


class RecordCache:
    """A file of records; one that grows too large, or has no room, is given up.

    Attributes:
        is_kept: Whether everything that was added can be read again.
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        """Begin an empty file.

        Raises:
            OSError: It cannot be made.
        """
        self.is_kept = True
        self._path = path
        self._limit = limit_bytes
        self._members: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._size = 0
        self._file = path.open("w+b", buffering=0)

    def add(self, split: int, chunk: bytes) -> None:
        """Keep the next chunk of a split."""
        if not self.is_kept:
            return
        member = _compress(chunk)
        if self._size + len(member) > self._limit:
            self._give_up(f"it has more than {self._limit >> 20} MiB")
            return
        try:
            self._append(member)
        except OSError as error:
            self._give_up(str(error))
            return
        self._members[split].append((self._size, len(member)))
        self._size += len(member)

    def read(self, split: int) -> Iterator[bytes]:
        """Yield the chunks of a split as they were added.

        Raises:
            OSError: The file cannot be read, or is not what was written.
        """
        for offset, length in self._members[split]:
            self._file.seek(offset)
            try:
                yield zlib.decompress(self._file.read(length), _GZIP)
            except zlib.error as error:
                text = f"`{self._path}` was changed while it was in use: {error}"
                raise OSError(text) from error

    def close(self) -> None:
        """Let go of the file; it stays."""
        self._file.close()

    def _append(self, data: bytes) -> None:
        while data:
            data = data[self._file.write(data) :]

    def _give_up(self, why: str) -> None:
        logger.warning("`%s` is not kept for later epochs: %s", self._path, why)
        self.is_kept = False
        self._file.close()
        self._path.unlink(missing_ok=True)


def _compress(chunk: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, wbits=_GZIP)
    return packer.compress(chunk) + packer.flush()
