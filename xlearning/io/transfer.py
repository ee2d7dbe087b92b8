"""What downloads and uploads share: a pool, retries with back-off, counted bytes."""

from __future__ import annotations

import errno
import logging
import random
import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from xlearning.errors import (
    AuthenticationError,
    ConfigError,
    ConnectionLost,
    XLearningError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xlearning.io.storage import Progress

T = TypeVar("T")

_log = logging.getLogger(__name__)

_PERMANENT = frozenset(
    {
        errno.ENOENT,
        errno.EACCES,
        errno.EPERM,
        errno.EEXIST,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.ENOTEMPTY,
        errno.EINVAL,
        errno.ENAMETOOLONG,
        errno.EROFS,
        errno.ENOSPC,
        errno.EDQUOT,
    }
)


class TransferFailed(XLearningError):
    """A file could not be moved for good; the message names it and the reason."""


class TransferStopped(TransferFailed):
    """The transfer was ended from outside."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often something is tried again, and after what pauses.

    Attributes:
        retries: Further tries after the first.
        first_pause_s: The longest first pause; each further one may be twice as long.
        longest_pause_s: The limit of that growth.
        outage_s: How long a server that does not answer is tried at least, however
            often that is: a NameNode needs its time to start again.
    """

    retries: int = 3
    first_pause_s: float = 0.5
    longest_pause_s: float = 20.0
    outage_s: float = 0.0

    def pause_s(self, retry: int) -> float:
        """Return how long to wait before retry 0, 1, …: half fixed, half by chance."""
        longest = min(self.longest_pause_s, self.first_pause_s * 2**retry)
        return float(longest * random.uniform(0.5, 1.0))


OUTAGE_S = 300.0
"""The usual patience with servers that start again."""
PATIENT = Retrying(outage_s=OUTAGE_S)
"""The usual retries."""


@dataclass(frozen=True, slots=True)
class TransferSummary:
    """What was moved."""

    files: int
    bytes: int


def is_permanent(error: Exception) -> bool:
    """Say whether trying again cannot help."""
    if isinstance(error, OSError):
        return error.errno in _PERMANENT
    return isinstance(error, ConfigError | AuthenticationError | TransferFailed)


def reason(error: Exception) -> str:
    """Return an error in words, without file names that the sentence has anyway."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)


def persist(
    action: Callable[[], T],
    retrying: Retrying,
    stop: threading.Event,
    position: Callable[[], int] = lambda: 0,
) -> T:
    """Run an action until it succeeds.

    Args:
        action: What is to be done.
        retrying: How often, and how long, it is tried again.
        stop: Set from outside to end early.
        position: How far it is; tries that got further are not counted.

    Raises:
        TransferStopped: `stop` was set.
        OSError: It failed for good, or too often.
        XLearningError: The same.
    """
    retry, began_at, reached = 0, 0.0, position()
    while True:
        check(stop)
        try:
            return action()
        except (OSError, XLearningError) as error:
            if retry == 0 or position() > reached:
                retry, began_at, reached = 0, time.monotonic(), position()
            away_s = time.monotonic() - began_at
            waits = isinstance(error, ConnectionLost) and away_s < retrying.outage_s
            if is_permanent(error) or not (waits or retry < retrying.retries):
                raise
            pause_s = retrying.pause_s(retry)
            _log.warning("trying again in %.1f s: %s", pause_s, error)
        stop.wait(pause_s)
        retry += 1


def persist_or_fail(
    action: Callable[[], None], retrying: Retrying, stop: threading.Event, failed: str
) -> None:
    """Run an action until it succeeds, and say what failed when it does not.

    Args:
        action: As for `persist`.
        retrying: As for `persist`.
        stop: As for `persist`.
        failed: What is said first, with the file's name in it.

    Raises:
        TransferStopped: `stop` was set.
        TransferFailed: It failed for good, or too often.
    """
    try:
        persist(action, retrying, stop)
    except TransferStopped:
        raise
    except UnicodeEncodeError as error:
        shown = failed.encode(errors="backslashreplace").decode()
        raise TransferFailed(f"{shown}: its name is not UTF-8") from error
    except (OSError, XLearningError) as error:
        raise TransferFailed(
            f"{failed}: {reason(error)}", hint=getattr(error, "hint", None)
        ) from error


def check(stop: threading.Event) -> None:
    """Raise TransferStopped once `stop` is set."""
    if stop.is_set():
        raise TransferStopped("the transfer was stopped")


def run_all(
    items: Sequence[T], do: Callable[[T], None], threads: int, stop: threading.Event
) -> None:
    """Do something with all items in a pool; the first failure ends the rest.

    Raises:
        XLearningError: The first failure; `stop` is then set.
    """
    if not items:
        return
    with ThreadPoolExecutor(min(threads, len(items)), "transfer") as pool:
        futures = [pool.submit(do, item) for item in items]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            if any(f.done() and f.exception() is not None for f in futures):
                stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
    errors = [f.exception() for f in futures if not f.cancelled()]
    found = [error for error in errors if error is not None]
    for error in sorted(found, key=lambda error: isinstance(error, TransferStopped)):
        raise error


class Meter:
    """Counts bytes from many threads and passes them on, one call at a time."""

    def __init__(self, progress: Progress | None) -> None:
        """Start at 0."""
        self._progress = progress
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """Report bytes; a negative number takes back."""
        if self._progress is not None and count:
            with self._lock:
                self._progress(count)


class Tally:
    """The bytes of one try, which are taken back when it fails."""

    def __init__(self, meter: Meter, stop: threading.Event) -> None:
        """Start at 0."""
        self._meter = meter
        self._stop = stop
        self.count = 0

    def add(self, count: int) -> None:
        """Report bytes just moved.

        Raises:
            TransferStopped: The transfer is to end.
        """
        self.count += count
        self._meter.add(count)
        check(self._stop)

    def take_back(self) -> None:
        """Report that all of it has to be done again."""
        self._meter.add(-self.count)
        self.count = 0
