"""What holds for all tests."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Begin with the signals of a program that a terminal has started.

    A shell's `&`, nohup and some runners of CI leave SIGINT or SIGHUP ignored, which
    programs inherit and which ours respect.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
