"""Calls of a library that may never return, each with a limit.

hdfs-native has no time-outs of its own where a DataNode is silent, and was seen to wait
for ever for one that was killed. Nothing ends such a call: it is left behind, in a
thread that nobody waits for.
"""

from __future__ import annotations

import threading
import weakref
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING

from xlearning.errors import ConnectionLost

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_S = 120.0
"""Twice what hdfs-native waits for an acknowledgement (Java's clients too)."""

_Order = tuple["Future[object]", "Callable[[], object]"]


class Bounded:
    """Makes calls one after the other in a thread of its own."""

    def __init__(self, what: str, limit_s: float = LIMIT_S) -> None:
        """Begin the thread, which ends with this object.

        Args:
            what: Who does not answer when the limit is over.
            limit_s: How long each call may take.
        """
        self._what = what
        self._limit_s = limit_s
        self._orders: SimpleQueue[_Order | None] = SimpleQueue()
        self._under_way: Future[object] | None = None
        threading.Thread(target=_work, args=(self._orders,), daemon=True).start()
        weakref.finalize(self, self._orders.put, None)

    def begin(self, action: Callable[[], object]) -> None:
        """Begin a call when the one before has returned; nobody waits for this one.

        Raises:
            ConnectionLost: The one before has not returned in time. No more calls can
                be made.
            Exception: What the one before has raised.
        """
        self.end()
        self._under_way = Future()
        self._orders.put((self._under_way, action))

    def end(self) -> None:
        """Wait until the call that was begun has returned; raise as `begin` does."""
        answer = self._under_way
        if answer is None:
            return
        try:
            answer.result(self._limit_s)
        except TimeoutError as error:
            if answer.done():
                raise
            why = f"{self._what} did not answer for {self._limit_s:g} s"
            raise ConnectionLost(why) from error


def _work(orders: SimpleQueue[_Order | None]) -> None:
    while (order := orders.get()) is not None:
        answer, action = order
        try:
            answer.set_result(action())
        except BaseException as error:  # noqa: BLE001 - the caller raises it
            answer.set_exception(error)
        del order, answer, action
