"""Owns the queue of events, the journal, and the order in which things happen.

Drain the queue, decide on all, append all journal lines, flush once, acknowledge, then
act. There is no `if` about training here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Protocol

from xlearning.am.decide import decide
from xlearning.am.events import AnyEvent, Ticked
from xlearning.am.journal import encode_line
from xlearning.job.states import JobPhase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from xlearning.am.actions import Action
    from xlearning.am.state import JobState

logger = logging.getLogger(__name__)

_Entry = tuple[AnyEvent, "Callable[[], None] | None"]


class Clock:
    """Seconds since the epoch that never go backwards."""

    def __init__(self) -> None:
        """Take the wall clock's word once."""
        self._offset = time.time() - time.monotonic()

    def __call__(self) -> float:
        """Return the time now."""
        return self._offset + time.monotonic()


class Hands(Protocol):
    """Who performs actions; nothing here waits."""

    def perform(self, actions: Sequence[Action]) -> None:
        """Begin all these actions; their results come back as events."""


class Driver:
    """The loop of the ApplicationMaster.

    Attributes:
        state: The job's state; only this loop changes it.
    """

    def __init__(self, state: JobState, clock: Clock, journal: BinaryIO) -> None:
        """Decide on events of a job and write them to an open journal."""
        self.state = state
        self._clock = clock
        self._journal = journal
        self._queue: asyncio.Queue[_Entry] = asyncio.Queue()

    def emit(self, event: AnyEvent, settled: Callable[[], None] | None = None) -> None:
        """Queue an event; `settled` is called when it is in the journal."""
        self._queue.put_nowait((event, settled))

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
            self._journal.write(encode_line(event, now))
            actions += decide(self.state, event, now)
        self._journal.flush()
        for _, settled in batch:
            if settled is not None:
                settled()
        for action in actions:
            logger.info("action %.500s", action)
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
