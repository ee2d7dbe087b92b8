"""Where events are written before anything is done about them.

Always to a file in the container's log folder. Where a later attempt may follow, also
to the job's folder, in a file for each attempt: the later one goes on from there.
Holding that file is the fence between two ApplicationMasters: a new attempt makes its
own file first and then takes those of earlier ones; whoever opens its own file, for the
first time or again, looks whether a later one is there. So no two attempts ever both
believe that they may act.
"""

from __future__ import annotations

import asyncio
import errno
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from xlearning.errors import ConnectionLost, XLearningError
from xlearning.io import uris
from xlearning.io.transfer import Retrying, persist
from xlearning.job.environment import attempt_journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from xlearning.io.storage import Log, Storage, StorageLookup
    from xlearning.job.waits import Wait

T = TypeVar("T")

OUTAGE_S = 3600.0
"""A file system that does not answer for so long is given up, and the attempt with it.
Programs run on meanwhile; nothing new is decided."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NAME = re.compile(re.escape(attempt_journal(0)).replace("0", r"(\d+)"))


class AttemptLost(XLearningError):
    """A later attempt has taken over: this one may not do anything any more."""


class DurableJournal:
    """An attempt's journal in the job's folder. All calls block."""

    def __init__(
        self,
        storages: StorageLookup,
        staging_url: str,
        attempt: int,
        retrying: Retrying | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            storages: Finds the file system.
            staging_url: The job's folder.
            attempt: Number of this attempt, from 1.
            retrying: How often, and how long, it is tried again.
        """
        self._storages = storages
        self._folder = staging_url
        self._attempt = attempt
        self._path = uris.join(staging_url, attempt_journal(attempt))
        self._log: Log | None = None
        self._sure = 0
        self._unsure = bytearray()
        self._retrying = retrying or Retrying(outage_s=OUTAGE_S)
        self._stop = threading.Event()

    @property
    def wait(self) -> Wait | None:
        """What is tried again at the moment."""
        return self._retrying.waits.oldest()

    def open(self) -> list[bytes]:
        """Begin the journal; return those of earlier attempts, which end with it.

        Raises:
            AttemptLost: A later attempt is there.
            OSError: The file system refused.
            XLearningError: The same, or it did not answer.
        """
        if not self._persist(self._begin):
            raise _lost(self._attempt)
        earlier = range(1, self._attempt)
        return [self._persist(partial(self._take, each)) for each in earlier]

    def write(self, data: bytes) -> None:
        """Add lines; they are durable when this returns.

        Raises:
            AttemptLost: A later attempt is there.
            OSError: The file system refused.
            XLearningError: The same, or it did not answer.
        """
        self._unsure += data
        if not self._persist(self._write_out):
            raise _lost(self._attempt)

    def close(self) -> None:
        """Write no more; what is durable stays, or the job's folder is gone."""
        if self._log is not None:
            with suppress(OSError, XLearningError):
                self._log.close()

    def abandon(self) -> None:
        """End whatever is tried in another thread."""
        self._stop.set()

    def _begin(self) -> bool:
        """Make our file; say whether it is the latest."""
        try:
            self._log = self._storage.start_log(self._path)
        except FileExistsError:  # the answer to an earlier try was lost
            self._go_on()
        return self._is_latest()

    def _write_out(self) -> bool:
        """Write what is not known to be there; say whether we may go on."""
        try:
            return self._try_to_write()
        except OSError as error:
            if error.errno in _FULL:  # somebody may make room
                raise ConnectionLost(f"there is no room: {error}") from error
            raise

    def _try_to_write(self) -> bool:
        if self._log is None and not (self._is_latest() and self._goes_on()):
            return False
        log, self._log = self._log, None  # what fails has to be opened again
        assert log is not None, "it was just opened"
        log.write(bytes(self._unsure))
        self._log = log
        self._sure += len(self._unsure)
        self._unsure.clear()
        return True

    def _goes_on(self) -> bool:
        """Open our file again; say whether no later attempt came meanwhile.

        A later one that was there before is left in peace: what it reads would end
        before our last block (HDFS counts none that is being written).
        """
        self._go_on()
        if not self._is_latest():
            self._log = None
        return self._log is not None

    def _go_on(self) -> None:
        """Open our file again, and see how much of what was written is in it."""
        self._storage.take_log(self._path)
        status = self._storage.stat(self._path)
        assert status is not None, "it was just taken"
        there = status.length - self._sure
        self._log = self._storage.continue_log(self._path)
        self._sure += there
        del self._unsure[:there]

    def _is_latest(self) -> bool:
        names = [status.name for status in self._storage.list(self._folder)]
        found = [int(match[1]) for name in names if (match := _NAME.fullmatch(name))]
        return max(found, default=self._attempt) <= self._attempt

    def _take(self, attempt: int) -> bytes:
        """Return what an earlier attempt wrote, and let it write no more."""
        path = uris.join(self._folder, attempt_journal(attempt))
        try:
            self._storage.take_log(path)
            found, status = self._storage.read(path), self._storage.stat(path)
        except FileNotFoundError:
            return b""  # it ended before it began
        if status is not None and len(found) < status.length:
            raise ConnectionLost(f"`{path}` is still written by attempt {attempt}")
        return found

    @property
    def _storage(self) -> Storage:
        return self._storages(self._folder)

    def _persist(self, action: Callable[[], T]) -> T:
        what = f"the journal `{self._path}` cannot be written"
        return persist(action, self._retrying, self._stop, what)


def _lost(attempt: int) -> AttemptLost:
    return AttemptLost(f"attempt {attempt} is over: a later one writes the journal")


class JournalWriter:
    """The journal of an attempt, as its driver sees it."""

    def __init__(self, file: BinaryIO, durable: DurableJournal | None = None) -> None:
        """Write to an open file and, once it is open, to a durable one."""
        self._file = file
        self._durable = durable
        self._unsent = bytearray()
        self._opened = False
        self._lock = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "journal")

    @property
    def wait(self) -> Wait | None:
        """What the durable half tries again at the moment."""
        return self._durable.wait if self._durable else None

    def write(self, line: bytes) -> None:
        """Add a line."""
        self._file.write(line)
        if self._durable is not None:
            self._unsent += line

    async def flush(self) -> None:
        """Return when all lines are durable.

        Until the durable half is open nobody acts on them, so that they need not be.

        Raises:
            AttemptLost: A later attempt is there.
            OSError: The file system refused.
            XLearningError: The same, or it did not answer for too long.
        """
        self._file.flush()
        if self._durable is None or not self._opened:
            return
        async with self._lock:
            data = bytes(self._unsent)
            self._unsent.clear()
            if data:
                await self._in_thread(self._durable.write, data)

    async def open(self) -> list[bytes]:
        """Open the durable half; return the journals of earlier attempts.

        Raises:
            AttemptLost: A later attempt is there.
            OSError: The file system refused.
            XLearningError: The same, or it did not answer for too long.
        """
        if self._durable is None:
            return []
        found = await self._in_thread(self._durable.open)
        self._opened = True
        await self.flush()
        return found

    async def close(self) -> None:
        """Write no more; what is durable stays."""
        if self._durable is not None:
            await self._in_thread(self._durable.close)

    def abandon(self) -> None:
        """Wait for nothing any more: the attempt ends."""
        if self._durable is not None:
            self._durable.abandon()

    async def _in_thread(self, call: Callable[..., T], *arguments: bytes) -> T:
        """Run what blocks in a thread of its own: others may all be waiting."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, call, *arguments)
