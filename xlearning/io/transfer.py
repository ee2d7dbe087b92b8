"""What downloads and uploads share: a pool, retries with back-off, counted bytes."""

from __future__ import annotations

import errno
import logging
import random
import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from xlearning.errors import (
    AuthenticationError,
    ConfigError,
    ConnectionLost,
    XLearningError,
)
from xlearning.io.waits import Waits
from xlearning.job.waits import Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

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
        waits: Told what is tried again, for those who show it.
    """

    retries: int = 3
    first_pause_s: float = 0.5
    longest_pause_s: float = 20.0
    outage_s: float = 0.0
    waits: Waits = field(default_factory=Waits, compare=False)

    def pause_s(self, retry: int) -> float:
        """Return how long to wait before retry 0, 1, …: half fixed, half by chance."""
        return self._longest_s(retry) * random.uniform(0.5, 1.0)

    def left_s(self, retry: int) -> float:
        """Return how long all pauses from a retry on may last together."""
        return sum(self._longest_s(each) for each in range(retry, self.retries))

    def _longest_s(self, retry: int) -> float:
        return float(min(self.longest_pause_s, self.first_pause_s * 2**retry))


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


class Patience:
    """Decides how often something that fails is tried again, and tells of it.

    A context: what it has told is taken back at its end.
    """

    def __init__(
        self,
        retrying: Retrying,
        what: str,
        position: Callable[[], int] = lambda: 0,
    ) -> None:
        """Begin with the first try.

        Args:
            retrying: How often, and how long, it is tried again.
            what: What cannot be done when it fails, with the file's name in it.
            position: How far it is; tries that got further are not counted.
        """
        self._retrying = retrying
        self._what = what
        self._position = position
        self._retry, self._began_at, self._reached = 0, 0.0, position()
        self._since_ms = 0

    def __enter__(self) -> Self:
        """Return the patience."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take back what was told."""
        self._retrying.waits.drop(self)

    def bears(self, error: Exception) -> bool:
        """Say whether it is tried again after an error."""
        if self._retry == 0 or self._moves():
            self._retry, self._reached = 0, self._position()
            self._began_at, self._since_ms = time.monotonic(), _now_ms()
        return not is_permanent(error) and (
            self._outage_left_s(error) > 0 or self._retry < self._retrying.retries
        )

    def next_pause_s(self, error: Exception) -> float:
        """Return how long to wait before the next try, and tell of it."""
        left_s = max(self._outage_left_s(error), self._retrying.left_s(self._retry))
        pause_s = self._retrying.pause_s(self._retry)
        self._retry += 1
        _log.warning("%s, trying again in %.1f s: %s", self._what, pause_s, error)
        until_ms = _now_ms() + int(1000 * left_s)
        wait = Wait(self._what, reason(error), self._since_ms, until_ms)
        self._retrying.waits.put(self, wait, lambda: not self._moves())
        return pause_s

    def _moves(self) -> bool:
        return self._position() > self._reached

    def _outage_left_s(self, error: Exception) -> float:
        if not isinstance(error, ConnectionLost):
            return 0.0
        return self._began_at + self._retrying.outage_s - time.monotonic()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def persist(
    action: Callable[[], T],
    retrying: Retrying,
    stop: threading.Event,
    what: str,
    position: Callable[[], int] = lambda: 0,
) -> T:
    """Run an action until it succeeds.

    Args:
        action: What is to be done.
        retrying: How often, and how long, it is tried again.
        stop: Set from outside to end early.
        what: As for `Patience`.
        position: As for `Patience`.

    Raises:
        TransferStopped: `stop` was set.
        OSError: It failed for good, or too often.
        XLearningError: The same.
    """
    with Patience(retrying, what, position) as patience:
        while True:
            check(stop)
            try:
                return action()
            except (OSError, XLearningError) as error:
                if not patience.bears(error):
                    raise
                pause_s = patience.next_pause_s(error)
            stop.wait(pause_s)


def persist_or_fail(
    action: Callable[[], None],
    retrying: Retrying,
    stop: threading.Event,
    failed: str,
    position: Callable[[], int] = lambda: 0,
) -> None:
    """Run an action until it succeeds, and say what failed when it does not.

    Args:
        action: As for `persist`.
        retrying: As for `persist`.
        stop: As for `persist`.
        failed: What is said first, with the file's name in it.
        position: As for `Patience`.

    Raises:
        TransferStopped: `stop` was set.
        TransferFailed: It failed for good, or too often.
    """
    try:
        persist(action, retrying, stop, failed, position)
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
