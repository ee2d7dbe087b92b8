"""Reads splits, epoch after epoch, into a pipe.

The pipe's reader sets the pace: there is never more than a chunk or two of each lane in
memory. It may stop reading whenever it likes; that is no error. An error of a format or
a file system is one, at once: nobody skips what cannot be read.
"""

from __future__ import annotations

import os
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.errors import ClusterError, ConnectionLost, XLearningError
from xlearning.io.formats.registry import find_input_format
from xlearning.io.streams.cache import RecordCache
from xlearning.io.streams.orders import Ended, Moved, News, Waiting
from xlearning.io.streams.sequence import Turns, lanes
from xlearning.io.transfer import (
    Patience,
    Retrying,
    TransferFailed,
    is_permanent,
    reason,
)
from xlearning.io.waits import Waits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xlearning.io.formats.base import InputFormat
    from xlearning.io.storage import StorageLookup
    from xlearning.io.streams.orders import Feed
    from xlearning.io.streams.sequence import Lane
    from xlearning.job.waits import Wait

TELL_S = 0.5
"""How often it is told how far a stream is."""


@dataclass(slots=True)
class Teller:
    """Tells how far a stream is, now and then."""

    tell: Callable[[News], None]
    bytes: int = 0
    records: int = 0
    _told_at: float = field(default_factory=time.monotonic)

    def moved(self, count: int, records: int) -> None:
        """Count what was moved."""
        self.bytes += count
        self.records += records
        now = time.monotonic()
        if now - self._told_at >= TELL_S:
            self._told_at = now
            self.tell(Moved(self.bytes, self.records))

    def waits(self, wait: Wait) -> None:
        """Tell that it stands still; what is moved next is told at once."""
        self._told_at = float("-inf")
        self.tell(Waiting(wait))


class Told(Waits):
    """Passes on what is tried again, and that it goes on."""

    def __init__(self, teller: Teller) -> None:
        """Tell by a teller."""
        super().__init__()
        self._teller = teller

    def put(
        self, key: object, wait: Wait, stands: Callable[[], bool] = lambda: True
    ) -> None:
        """Tell what is tried again."""
        self._teller.waits(wait)

    def drop(self, key: object) -> None:
        """Tell how far it is, if the last that was told is that it stands still."""
        self._teller.moved(0, 0)


class StoppedReading(Exception):
    """Nobody reads the pipe any more."""


def feed(
    order: Feed,
    storages: StorageLookup,
    pipe: int,
    tell: Callable[[News], None],
) -> Ended:
    """Write all records of all epochs to a pipe, and say what it was.

    Args:
        order: What to read.
        storages: Finds file systems.
        pipe: A descriptor; it stays open.
        tell: Hears how far the stream is.

    Raises:
        XLearningError: A split could not be read; the message names file and reason.
    """
    teller = Teller(tell)
    feeder = _Feeder(order, storages, pipe, teller)
    with suppress(StoppedReading), closing(feeder):
        feeder.run()
    return Ended(teller.bytes, teller.records)


class _Feeder:
    """One stream."""

    def __init__(
        self, order: Feed, storages: StorageLookup, pipe: int, teller: Teller
    ) -> None:
        self._order = order
        self._storages = storages
        self._pipe = pipe
        self._teller = teller
        self._format: InputFormat = find_input_format(order.setup.format)
        self._reading = order.setup.settings
        self._retrying = Retrying(
            order.retries,
            order.pause_s,
            outage_s=order.outage_s,
            waits=Told(teller),
        )

    def close(self) -> None:
        """Let go of what the format keeps."""
        self._format.close()

    def run(self) -> None:
        """Read all epochs."""
        options = self._order.options
        if not options.cache or options.epochs == 1:
            for epoch in range(options.epochs):
                self._epoch(epoch, None)
            return
        path = Path(options.cache_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(RecordCache(path, options.cache_limit_mb << 20)) as cache:
            for epoch in range(options.epochs):
                self._epoch(epoch, cache)
                if cache.is_kept:
                    self.close()  # a JVM, say: it is not needed again

    def _epoch(self, epoch: int, cache: RecordCache | None) -> None:
        """Read all lanes in turns; whoever is least far is next."""
        order = self._order
        rows = lanes(order.splits, order.options, order.task, epoch)
        sizes = [sum(order.splits[n].split.length for n in row) for row in rows]
        turns = Turns(sizes)
        keeps = epoch == 0
        readers = [self._lane(row, cache, keeps=keeps) for row in rows]
        while (lane := turns.next()) is not None:
            moved = next(readers[lane], None)
            if moved is None:
                turns.ended(lane)
            else:
                turns.moved(lane, moved)

    def _lane(
        self, row: Lane, cache: RecordCache | None, *, keeps: bool
    ) -> Iterator[int]:
        """Pass on a lane's splits, and yield how much of them is done each time."""
        for number in row:
            length = self._order.splits[number].split.length
            done = 0
            for chunk in self._chunks(number, cache, keeps=keeps):
                self._write(chunk)
                # What is packed gives more than it has: the rest comes at its end.
                part = min(len(chunk), length - done)
                done += part
                self._teller.moved(part, chunk.count(b"\n"))
                yield part
            self._teller.moved(length - done, 0)
            yield length - done

    def _chunks(
        self, number: int, cache: RecordCache | None, *, keeps: bool
    ) -> Iterator[bytes]:
        if cache is None or (not keeps and not cache.is_kept):
            yield from self._read(number)
        elif keeps:
            for chunk in self._read(number):
                cache.add(number, chunk)
                yield chunk
        else:
            yield from cache.read(number)

    def _read(self, number: int) -> Iterator[bytes]:
        """Yield a split's chunks; an error says which split it is about.

        What may pass (a server that is away) is waited for: the split is read again,
        and what was passed on already is dropped.
        """
        split, given = self._order.splits[number].split, 0
        what = f"`{split.name}` could not be read"
        with Patience(self._retrying, what, lambda: given) as patience:
            while True:
                try:
                    read = self._format.read(split, self._storages, self._reading)
                    for chunk in behind(given, read):
                        yield chunk
                        given += len(chunk)
                except (OSError, XLearningError) as error:
                    if not (may_pass(error) and patience.bears(error)):
                        raise _named(split.name, error) from error
                    pause_s = patience.next_pause_s(error)
                else:
                    return
                time.sleep(pause_s)

    def _write(self, chunk: bytes) -> None:
        view = memoryview(chunk)
        try:
            while view:
                view = view[os.write(self._pipe, view) :]
        except BrokenPipeError as error:
            raise StoppedReading from error


def may_pass(error: OSError | XLearningError) -> bool:
    """Say whether a server was away; what a format itself raises comes again."""
    kinds = (OSError, ConnectionLost, ClusterError)
    return isinstance(error, kinds) and not is_permanent(error)


def behind(count: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield chunks without their first `count` bytes."""
    for chunk in chunks:
        if count < len(chunk):
            yield chunk[count:] if count else chunk
        count = max(0, count - len(chunk))


def _named(split: str, error: OSError | XLearningError) -> XLearningError:
    """Return an error that names the split, unless it names the file itself."""
    uri = split.rpartition(":")[0]
    if isinstance(error, XLearningError) and uri and uri in error.message:
        return error
    hint = error.hint if isinstance(error, XLearningError) else None
    return TransferFailed(f"`{split}` could not be read: {reason(error)}", hint=hint)
