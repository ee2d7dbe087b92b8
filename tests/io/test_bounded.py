"""Calls that may never return."""

from __future__ import annotations

import gc
import threading

import pytest

from xlearning.errors import ConnectionLost
from xlearning.io.bounded import Bounded


def test_what_returns_in_time_is_passed_on() -> None:
    bounded = Bounded("a server")
    assert [bounded.call(lambda n=n: n + 1) for n in range(3)] == [1, 2, 3]  # type: ignore[misc]


@pytest.mark.parametrize(
    "error", [ValueError("a"), TimeoutError("a"), KeyboardInterrupt("a")]
)
def test_what_is_raised_is_passed_on(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error), match="a"):
        Bounded("a server").call(fail)


def test_what_hangs_is_left_behind() -> None:
    hangs = threading.Event()
    bounded = Bounded("a server", limit_s=0.05)
    with pytest.raises(ConnectionLost, match=r"a server did not answer for 0\.05 s"):
        bounded.call(hangs.wait)
    hangs.set()


def test_the_thread_ends_with_the_object() -> None:
    threads: list[threading.Thread] = []
    bounded = Bounded("a server")
    bounded.call(lambda: threads.append(threading.current_thread()))
    del bounded
    gc.collect()
    threads[0].join(10)
    assert not threads[0].is_alive()
