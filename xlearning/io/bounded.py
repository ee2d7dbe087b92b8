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
from typing import TYPE_CHECKING, TypeVar

from xlearning.errors import ConnectionLost

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

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
        threading.Thread(target=_work, args=(self._orders,), daemon=True).start()
        weakref.finalize(self, self._orders.put, None)

    def call(self, action: Callable[[], T]) -> T:
        """Return what the call returns, or raise what it raises.

        Raises:
            ConnectionLost: It has not returned in time. No more calls can be made.
        """
        answer: Future[T] = Future()
        self._orders.put((answer, action))  # type: ignore[arg-type]  # T is an object
        try:
            return answer.result(self._limit_s)
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
