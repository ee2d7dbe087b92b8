"""Retries and the pool."""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.errors import AuthenticationError, ConfigError, ConnectionLost
from xlearning.io.transfer import (
    Meter,
    Retrying,
    Tally,
    TransferFailed,
    TransferStopped,
    check,
    is_permanent,
    persist,
    reason,
    run_all,
)
from xlearning.io.waits import Waits

AT_ONCE = Retrying(retries=3, first_pause_s=0)


class Trouble:
    """Fails with each of some errors, then returns how often it was called."""

    def __init__(self, *errors: Exception) -> None:
        """Take the errors in the order in which they come."""
        self._errors = list(errors)
        self.calls = 0

    def __call__(self) -> int:
        """Raise the next error, or succeed."""
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return self.calls


def test_what_may_pass_is_tried_again() -> None:
    trouble = Trouble(ConnectionLost("a"), OSError(errno.EIO, "b"), TimeoutError())
    assert persist(trouble, AT_ONCE, threading.Event(), "x") == 4


def test_tries_are_counted() -> None:
    trouble = Trouble(*[ConnectionLost(str(number)) for number in range(9)])
    with pytest.raises(ConnectionLost, match="3"):
        persist(trouble, AT_ONCE, threading.Event(), "x")
    assert trouble.calls == 4


if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlearning.job.waits import Wait


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "x"),
        PermissionError(errno.EACCES, "x"),
        OSError(errno.EDQUOT, "x"),
        OSError(errno.ENOSPC, "x"),
        ConfigError("x"),
        AuthenticationError("x"),
        TransferFailed("x"),
    ],
)
def test_what_is_permanent_is_not_tried_again(error: Exception) -> None:
    assert is_permanent(error)
    trouble = Trouble(error)
    with pytest.raises(type(error)):
        persist(trouble, AT_ONCE, threading.Event(), "x")
    assert trouble.calls == 1


def test_a_bug_is_not_tried_again() -> None:
    trouble = Trouble(KeyError("x"))
    with pytest.raises(KeyError):
        persist(trouble, AT_ONCE, threading.Event(), "x")


def test_a_stop_ends_the_pause() -> None:
    stop = threading.Event()

    def lose() -> None:
        stop.set()
        raise ConnectionLost("x")

    with pytest.raises(TransferStopped):
        persist(lose, Retrying(first_pause_s=60), stop, "x")
    with pytest.raises(TransferStopped):
        check(stop)


@given(st.integers(0, 60))
def test_pauses_grow_up_to_a_limit(retry: int) -> None:
    pause = Retrying(first_pause_s=0.5, longest_pause_s=20).pause_s(retry)
    longest = min(20, 0.5 * 2**retry)
    assert longest / 2 <= pause <= longest


class Failing:
    """Fails a number of times, getting further with some of them."""

    def __init__(self, errors: Sequence[Exception], steps: int = 0) -> None:
        self.errors = list(errors)
        self.steps = steps
        self.position = 0

    def __call__(self) -> str:
        if not self.errors:
            return "done"
        self.position += self.steps
        raise self.errors.pop(0)


def test_a_server_that_is_away_is_waited_for() -> None:
    away = [ConnectionLost("away") for _ in range(9)]
    waiting = Retrying(retries=1, first_pause_s=0, outage_s=60)
    assert persist(Failing(away), waiting, threading.Event(), "x") == "done"
    away = [ConnectionLost("away") for _ in range(9)]
    with pytest.raises(ConnectionLost):
        persist(Failing(away), Retrying(1, first_pause_s=0), threading.Event(), "x")
    others = [OSError(errno.EIO, "broken") for _ in range(9)]
    with pytest.raises(OSError, match="broken"):
        persist(Failing(others), waiting, threading.Event(), "x")


@pytest.mark.parametrize(("steps", "left"), [(1, 0), (0, 6)])
def test_tries_that_got_further_do_not_count(steps: int, left: int) -> None:
    action = Failing([ConnectionLost("lost") for _ in range(9)], steps)
    retrying = Retrying(retries=2, first_pause_s=0)
    try:
        persist(action, retrying, threading.Event(), "x", lambda: action.position)
    except ConnectionLost:
        assert steps == 0
    assert len(action.errors) == left


def test_what_is_tried_again_is_told_while_it_stands_still() -> None:
    waits = Waits()
    retrying = Retrying(3, 0, outage_s=60, waits=waits)
    shown: list[Wait | None] = []
    position = 0

    def action() -> str:
        nonlocal position
        shown.append(waits.oldest())
        if len(shown) == 2:
            position = 5
            shown.append(waits.oldest())
        if len(shown) < 4:
            raise ConnectionLost(f"away {len(shown)}")
        return "done"

    stop = threading.Event()
    done = persist(action, retrying, stop, "`a` could not be read", lambda: position)
    assert done == "done"
    before, first, moving, second = shown
    assert (before, moving, waits.oldest()) == (None, None, None)
    assert first is not None
    assert (first.what, first.reason) == ("`a` could not be read", "away 1")
    assert 59_000 < first.until_ms - first.since_ms <= 60_000
    assert second is not None
    assert second.reason == "away 3"


def test_what_has_failed_for_good_is_told_no_longer() -> None:
    waits = Waits()
    retrying = Retrying(1, 0, waits=waits)
    errors = [OSError(errno.EIO, "broken"), OSError(errno.EIO, "broken")]
    with pytest.raises(OSError, match="broken"):
        persist(Failing(errors), retrying, threading.Event(), "x")
    assert waits.oldest() is None


def test_reasons() -> None:
    assert reason(OSError(errno.ENOENT, "gone", "/a")) == "gone"
    assert reason(ConnectionLost("lost")) == "lost"
    assert reason(TimeoutError("late")) == "late"


@given(st.integers(0, 30), st.integers(1, 5))
def test_all_is_done_once(count: int, threads: int) -> None:
    done: list[int] = []
    run_all(range(count), done.append, threads, threading.Event())
    assert sorted(done) == list(range(count))


def test_the_first_failure_ends_the_rest() -> None:
    stop = threading.Event()
    begun: list[int] = []

    def do(item: int) -> None:
        begun.append(item)
        if item == 1:
            raise TransferFailed("item 1")
        stop.wait(30)
        check(stop)

    with pytest.raises(TransferFailed, match="item 1"):
        run_all(range(100), do, 2, stop)
    assert stop.is_set()
    assert len(begun) < 100


def test_a_stop_from_outside_is_reported() -> None:
    stop = threading.Event()
    stop.set()

    def do(item: int) -> None:
        check(stop)

    with pytest.raises(TransferStopped):
        run_all([1], do, 1, stop)


def test_bytes_are_counted_and_taken_back() -> None:
    told: list[int] = []
    stop = threading.Event()
    tally = Tally(Meter(told.append), stop)
    tally.add(3)
    tally.add(4)
    tally.take_back()
    tally.take_back()
    stop.set()
    with pytest.raises(TransferStopped):
        tally.add(5)
    assert told == [3, 4, -7, 5]
    Tally(Meter(None), threading.Event()).add(1)
