"""Owns the queue of events, the journal, and the order in which things happen.

Drain the queue, decide on all, append all journal lines, flush once, acknowledge, then
act. There is no `if` about training here.

What is said to the ResourceManager need not wait for the journal: it forgets what an
attempt asked for when the attempt ends.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Protocol

from xlearning.am.actions import Ask, Hasten, ReleaseContainer
from xlearning.am.decide import decide
from xlearning.am.events import (
    AnyEvent,
    AttemptEnded,
    Terminated,
    Ticked,
    Unregistered,
)
from xlearning.am.journal import decode_lines, encode_line, replay
from xlearning.job.states import JobPhase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xlearning.am.actions import Action
    from xlearning.am.state import JobState
    from xlearning.job.waits import Wait

logger = logging.getLogger(__name__)

_AT_ONCE = (Ask, Hasten, ReleaseContainer)

_Entry = tuple[AnyEvent, "Callable[[], None] | None"]


class Clock:
    """Seconds since the epoch that never go backwards, from attempt to attempt."""

    def __init__(self) -> None:
        """Take the wall clock's word once."""
        self._offset = time.time() - time.monotonic()

    def __call__(self) -> float:
        """Return the time now."""
        return self._offset + time.monotonic()

    def catch_up(self, at: float) -> None:
        """Be no earlier than another machine's clock was already."""
        self._offset = max(self._offset, at - time.monotonic())


class Hands(Protocol):
    """Who performs actions; nothing here waits."""

    def perform(self, actions: Sequence[Action]) -> None:
        """Begin all these actions; their results come back as events."""


class Journal(Protocol):
    """Where events are written."""

    @property
    def wait(self) -> Wait | None:
        """What it tries again at the moment."""

    def write(self, line: bytes) -> None:
        """Add a line."""

    async def flush(self) -> None:
        """Return when all lines are durable."""


class Driver:
    """The loop of the ApplicationMaster.

    Attributes:
        state: The job's state; only this loop changes it.
        journal: Where its events are written.
    """

    def __init__(self, state: JobState, clock: Clock, journal: Journal) -> None:
        """Decide on events of a job and write them to an open journal."""
        self.state = state
        self._clock = clock
        self.journal = journal
        self._queue: asyncio.Queue[_Entry] = asyncio.Queue()

    def emit(self, event: AnyEvent, settled: Callable[[], None] | None = None) -> None:
        """Queue an event; `settled` is called when it is in the journal."""
        self._queue.put_nowait((event, settled))

    async def settle(self, event: AnyEvent) -> None:
        """Queue an event, and return when it is in the journal: it will be acted on."""
        settled = asyncio.Event()
        self.emit(event, settled.set)
        await settled.wait()

    def take_over(self, journals: Iterable[bytes]) -> None:
        """Begin with the state that earlier attempts came to, before any event.

        What ended an attempt did not end the job.
        """
        lines = [
            line
            for journal in journals
            for line in decode_lines(journal)
            if not isinstance(line.event, AttemptEnded | Terminated)
        ]
        started = lines[0].at if lines else self.state.started
        if lines:
            self._clock.catch_up(lines[-1].at)
        self.state = replay(self.state.spec, started, lines)

    async def run(self, hands: Hands) -> None:
        """Decide and act until the job has ended."""
        while self.state.phase is not JobPhase.ENDED:
            await self.step(hands)

    async def step(self, hands: Hands) -> None:
        """Wait for events, decide on all that are there, and act."""
        batch = await self._next_batch()
        now = self._clock()
        actions: list[Action] = []
        for event, _ in batch:
            logger.info("event %.500s", event)
            self.journal.write(encode_line(event, now))
            actions += decide(self.state, event, now)
        asks = [action for action in actions if isinstance(action, _AT_ONCE)]
        self._perform(hands, asks)
        # With the result told no attempt follows, and the job's folder may be gone.
        if not any(isinstance(event, Unregistered) for event, _ in batch):
            await self.journal.flush()
        for _, settled in batch:
            if settled is not None:
                settled()
        rest = [action for action in actions if not isinstance(action, _AT_ONCE)]
        self._perform(hands, rest)

    def _perform(self, hands: Hands, actions: Sequence[Action]) -> None:
        for action in actions:
            logger.info("action %.500s", action)
        if actions:
            hands.perform(actions)

    async def _next_batch(self) -> list[_Entry]:
        """Wait for events or for the next deadline; take all that are there."""
        batch = [await self._next_entry()]
        while not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return batch

    async def _next_entry(self) -> _Entry:
        deadline = self.state.next_deadline()
        if deadline is None:
            return await self._queue.get()
        try:
            async with asyncio.timeout(max(0.0, deadline - self._clock())):
                return await self._queue.get()
        except TimeoutError:
            return Ticked(), None
