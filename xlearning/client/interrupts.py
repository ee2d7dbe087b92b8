"""What a user presses and which signals come, while something is waited for.

Signals are read from a pipe (`signal.set_wakeup_fd`), not acted upon in a handler: a
press is noticed at once while waiting, and never in the middle of something.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType

_WATCHED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def tidy_ends() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl-C does: whoever is in it tidies up.

    Raises:
        SystemExit: One came; the exit code is a shell's for it.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {
        number: signal.signal(number, end)
        for number in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN  # nohup's SIGHUP
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Pressed(NamedTuple):
    """What happened during a wait.

    Attributes:
        signals: Signals that came, in order.
        line: A line that was typed, None if none was; "" at the end of the input.
    """

    signals: tuple[signal.Signals, ...] = ()
    line: str | None = None


class Interrupts:
    """Waits for time to pass, watching signals and, where asked for, the keyboard."""

    def __init__(self) -> None:
        """Prepare; nothing is watched before the `with` statement."""
        self._reader, self._writer = socket.socketpair()
        self._before: dict[signal.Signals, object] = {}
        self._fd_before = -1

    def __enter__(self) -> Self:
        """Take the signals over."""
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._fd_before = signal.set_wakeup_fd(
            self._writer.fileno(), warn_on_full_buffer=False
        )
        for number in _WATCHED:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup's SIGHUP
                self._before[number] = signal.signal(number, _noticed)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        signal.set_wakeup_fd(self._fd_before)
        self._reader.close()
        self._writer.close()

    def wait(self, seconds: float, *, keyboard: bool = False) -> Pressed:
        """Wait, but no longer than until a signal or, if wanted, a line comes."""
        sources: list[socket.socket | TextIO] = [self._reader]
        if keyboard:
            sources.append(sys.stdin)
        ready, _, _ = select.select(sources, [], [], max(0.0, seconds))
        signals = self._signals() if self._reader in ready else ()
        line = sys.stdin.readline() if sys.stdin in ready else None
        return Pressed(signals, line)

    def _signals(self) -> tuple[signal.Signals, ...]:
        numbers = os.read(self._reader.fileno(), 64)
        return tuple(signal.Signals(number) for number in numbers if number in _WATCHED)


def _noticed(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the number is in the pipe."""
