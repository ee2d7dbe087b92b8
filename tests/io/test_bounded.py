"""Calls that may never return."""

from __future__ import annotations

import gc
import threading

import pytest

from xlearning.errors import ConnectionLost
from xlearning.io.bounded import Bounded


def test_calls_are_made_one_after_the_other() -> None:
    bounded, made = Bounded("a server"), list[int]()
    for number in range(100):
        bounded.begin(lambda number=number: made.append(number))  # type: ignore[misc]
    bounded.end()
    assert made == list(range(100))


@pytest.mark.parametrize(
    "error", [ValueError("a"), TimeoutError("a"), KeyboardInterrupt("a")]
)
def test_what_is_raised_comes_with_the_next_call(error: BaseException) -> None:
    made: list[int] = []

    def fail() -> None:
        raise error

    bounded = Bounded("a server")
    bounded.begin(fail)
    with pytest.raises(type(error), match="a"):
        bounded.begin(lambda: made.append(1))
    with pytest.raises(type(error), match="a"):
        bounded.end()
    assert made == []


def test_what_hangs_is_left_behind() -> None:
    hangs = threading.Event()
    bounded = Bounded("a server", limit_s=0.05)
    bounded.begin(hangs.wait)
    with pytest.raises(ConnectionLost, match=r"a server did not answer for 0\.05 s"):
        bounded.end()
    hangs.set()


def test_nothing_is_waited_for_where_nothing_was_begun() -> None:
    Bounded("a server").end()


def test_the_thread_ends_with_the_object() -> None:
    threads: list[threading.Thread] = []
    bounded = Bounded("a server")
    bounded.begin(lambda: threads.append(threading.current_thread()))
    bounded.end()
    del bounded
    gc.collect()
    threads[0].join(10)
    assert not threads[0].is_alive()
