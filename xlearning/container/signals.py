"""Tells who sent a signal: YARN, or a process below the agent.

The trainer shares the agent's process group, so `trap 'kill 0' EXIT` in a user's script
reaches the agent too. A signal handler in Python does not know the sender; a signalfd
does. The signals are blocked in all threads, so they have to be blocked before the
first thread starts; `shim` unblocks them for the trainer.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
"""Signals that mean: end."""
_BLOCKED = ENDING | {signal.SIGCHLD}
_IGNORED = frozenset({signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE})
"""Signals for the trainer that a whole group gets, e.g. YARN's thread dump (QUIT)."""

_INFO = struct.Struct("=IiiII108x")  # signalfd_siginfo: signo, errno, code, pid, uid
_SIGSET_BYTES = 128  # glibc's sigset_t
_KERNEL_SIGSET_BYTES = 8


class Signal(NamedTuple):
    """A signal that arrived.

    Attributes:
        number: Which one.
        sender: Process id of the sender; 0 for the kernel or another namespace.
    """

    number: int
    sender: int


class SignalQueue:
    """Signals as data to read."""

    def __init__(self) -> None:
        """Block the signals and open the queue. Call it before any thread starts.

        Raises:
            OSError: The kernel gives no signalfd.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
        for number in _IGNORED:
            signal.signal(number, signal.SIG_IGN)
        mask = sum(1 << (number - 1) for number in _BLOCKED)
        data = mask.to_bytes(_KERNEL_SIGSET_BYTES, "little")
        buffer = ctypes.create_string_buffer(data, _SIGSET_BYTES)
        libc = ctypes.CDLL(None, use_errno=True)
        flags = os.O_NONBLOCK | os.O_CLOEXEC
        self._descriptor = libc.signalfd(-1, buffer, flags)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "signalfd")

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return int(self._descriptor)

    def pending(self) -> Iterator[Signal]:
        """Take the signals that have arrived, in the kernel's order.

        Of two that arrived together, TERM (15) comes before CHLD (17).
        """
        while True:
            try:
                data = os.read(self._descriptor, _INFO.size)
            except BlockingIOError:
                return
            number, _, _, sender, _ = _INFO.unpack(data)
            yield Signal(number, sender)

    def close(self) -> None:
        """Close the queue and unblock the signals."""
        os.close(self._descriptor)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _BLOCKED)
