"""Writes what a program prints to files, as records.

The first of it goes to the program's log too, for whoever looks there. The end of the
pipe is the end of the stream: by then every process that could write to it has ended.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from xlearning.errors import XLearningError
from xlearning.io.formats.registry import find_output_format
from xlearning.io.streams.feed import Teller, Told
from xlearning.io.streams.orders import Ended, News
from xlearning.io.transfer import Retrying, TransferFailed, persist, reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.io.formats.base import RecordWriter
    from xlearning.io.storage import StorageLookup
    from xlearning.io.streams.orders import Collect

T = TypeVar("T")

PIECE_BYTES = 1 << 20
CUT_OFF = b"[the rest of this program's stdout is in its output only]\n"


def collect(
    order: Collect,
    storages: StorageLookup,
    pipe: int,
    tell: Callable[[News], None],
) -> Ended:
    """Write all that comes from a pipe, and say what it was.

    The folder is made anew, and is there afterwards even if nothing came.

    Args:
        order: Where to.
        storages: Finds file systems.
        pipe: A descriptor; it stays open.
        tell: Hears how far the stream is.

    Raises:
        XLearningError: The records could not be written.
    """
    folder, teller = order.folder, Teller(tell)
    retrying = Retrying(order.retries, outage_s=order.outage_s, waits=Told(teller))

    def begin() -> RecordWriter:
        storages(folder).delete(folder, recursive=True)
        storages(folder).mkdirs(folder)
        output = find_output_format(order.setup.format)
        return output.open(folder, storages, order.setup.settings)

    def count_files() -> int:
        return sum(not each.is_dir for each in storages(folder).walk(folder))

    def patiently(action: Callable[[], T]) -> T:
        what = f"`{folder}` could not be written"
        return persist(action, retrying, threading.Event(), what)

    try:
        writer = patiently(begin)
        _copy(pipe, writer, LogCopy(order.log, order.log_bytes), teller)
        files = patiently(count_files)
    except (OSError, XLearningError) as error:
        hint = error.hint if isinstance(error, XLearningError) else None
        text = f"`{order.folder}` could not be written: {reason(error)}"
        raise TransferFailed(text, hint=hint) from error
    return Ended(teller.bytes, teller.records, files)


def _copy(pipe: int, writer: RecordWriter, log: LogCopy, teller: Teller) -> None:
    try:
        while data := os.read(pipe, PIECE_BYTES):
            writer.write(data)
            log.add(data)
            teller.moved(len(data), data.count(b"\n"))
        writer.close()
    except BaseException:
        with suppress(OSError, XLearningError):
            writer.abort()
        raise


class LogCopy:
    """The beginning of a stream in a log file."""

    def __init__(self, path: str, limit: int) -> None:
        """Copy at most `limit` bytes; nothing more is ever read from the file."""
        self._path = path
        self._left = limit

    def add(self, data: bytes) -> None:
        """Copy what still has room, and say so where it has none."""
        if self._left <= 0:
            return
        piece = data[: self._left]
        self._left -= len(piece)
        with open(self._path, "ab") as file:
            file.write(piece)
            if not self._left:
                file.write(b"" if piece.endswith(b"\n") else b"\n")
                file.write(CUT_OFF)
