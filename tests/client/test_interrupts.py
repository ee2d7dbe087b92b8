from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack

import pytest

from xlearning.client.interrupts import Interrupts, Pressed, tidy_ends


def test_nothing_happens_until_the_time_is_over() -> None:
    with Interrupts() as interrupts:
        assert interrupts.wait(0.01) == Pressed()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_wait_at_once(number: signal.Signals) -> None:
    started = time.monotonic()
    with Interrupts() as interrupts:
        os.kill(os.getpid(), number)
        assert interrupts.wait(30) == Pressed((number,))
    assert time.monotonic() - started < 5


def test_signals_before_the_wait_are_kept_in_order() -> None:
    with Interrupts() as interrupts:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGHUP)
        seen = interrupts.wait(1).signals + interrupts.wait(0).signals
    assert seen == (signal.SIGINT, signal.SIGHUP)


def test_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            os.kill(os.getpid(), signal.SIGHUP)
            assert interrupts.wait(0.01) == Pressed()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_typed_line_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        os.write(writer, b"y\n")
        with Interrupts() as interrupts:
            assert interrupts.wait(30, keyboard=True) == Pressed((), "y\n")
            os.close(writer)
            assert interrupts.wait(30, keyboard=True) == Pressed((), "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_block_so_that_it_tidies_up(number: signal.Signals) -> None:
    tidied: list[bool] = []

    def work() -> None:
        with tidy_ends(), ExitStack() as undo:
            undo.callback(tidied.append, True)
            os.kill(os.getpid(), number)

    with pytest.raises(SystemExit) as end:
        work()
    assert (end.value.code, tidied) == (128 + number, [True])
    assert signal.getsignal(number) is signal.SIG_DFL


def test_an_ignored_signal_ends_no_block() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with tidy_ends():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
