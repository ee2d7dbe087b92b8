"""Keeps one container's processes; a fork of the warden, standard library only.

Starts the order that it is sent, reports the exit of its first process, and then, as
when it is told to stop, ends what is left: SIGTERM, and SIGKILL after the delay. When
the connection breaks the server is dead, and everything is killed at once.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from contextlib import suppress

from xlearning.local.node import descendants
from xlearning.local.node.protocol import (
    EXITED,
    GONE,
    HEAD_BYTES,
    KILL,
    STARTED,
    STOP,
    Order,
    Report,
    length,
)

_RETRY_MS = 20
_CANNOT_RUN = 127


def wake_on_children() -> socket.socket:
    """Return a socket that becomes readable when a child ends."""
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)
    return reader


def drain(wakeup: socket.socket) -> None:
    """Forget what woke us."""
    with suppress(BlockingIOError):
        while wakeup.recv(4096):
            pass


class Keeper:
    """One container's processes."""

    def __init__(self, connection: socket.socket) -> None:
        """Take the connection to the server; nothing runs yet."""
        self._connection = connection
        self._wakeup = wake_on_children()
        self._pid = os.getpid()
        self._leader = 0
        self._delay_s = 0.0
        self._exited = False
        self._deadline: float | None = None

    def run(self) -> None:
        """Live until nothing is left of the container."""
        order = self._order()
        if order is None:
            return
        descendants.adopt_orphans()
        self._delay_s = order.kill_delay_s
        self._leader = start(order)
        self._tell(Report(STARTED, self._leader))
        poll = select.poll()
        poll.register(self._connection, select.POLLIN)
        poll.register(self._wakeup, select.POLLIN)
        while not self._reap():
            ready = {descriptor for descriptor, _ in poll.poll(self._wait_ms())}
            if self._connection.fileno() in ready and not self._obey():
                poll.unregister(self._connection)
            self._kill_if_due()
        self._tell(Report(GONE))

    def _order(self) -> Order | None:
        head = self._receive(HEAD_BYTES)
        data = self._receive(length(head)) if head else b""
        return Order.from_bytes(data) if data else None

    def _receive(self, size: int) -> bytes:
        """Return exactly so many bytes, b"" when the server is gone."""
        data = b""
        while len(data) < size:
            piece = self._connection.recv(size - len(data))
            if not piece:
                return b""
            data += piece
        return data

    def _obey(self) -> bool:
        """Do what the server says; False when it is gone."""
        try:
            commands = self._connection.recv(64)
        except ConnectionResetError:
            commands = b""
        if not commands or KILL in commands:
            self._deadline = 0.0
        elif STOP in commands and self._deadline is None:
            self._stop()
        return bool(commands)

    def _stop(self) -> None:
        self._deadline = time.monotonic() + self._delay_s
        descendants.terminate(self._pid, self._leader)

    def _wait_ms(self) -> int | None:
        if self._deadline is None:
            return None
        left_ms = (self._deadline - time.monotonic()) * 1000
        return max(_RETRY_MS, int(left_ms) + 1) if left_ms > 0 else _RETRY_MS

    def _kill_if_due(self) -> None:
        if self._deadline is not None and time.monotonic() >= self._deadline:
            descendants.kill(self._pid)

    def _reap(self) -> bool:
        """Take the ends of processes; True when none is left at all."""
        drain(self._wakeup)
        try:
            for pid, code in descendants.reap():
                if pid == self._leader:
                    self._exited = True
                    self._tell(Report(EXITED, code))
        except ChildProcessError:
            return True
        if self._exited and self._deadline is None:
            self._stop()
        return False

    def _tell(self, report: Report) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):
            self._connection.sendall(report.to_bytes())


def start(order: Order) -> int:
    """Start a process and return its id; it dies with this one."""
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            become(order, parent)
        except OSError as error:
            os.write(2, f"{order.command[0]}: {error.strerror}\n".encode())
        finally:
            os._exit(_CANNOT_RUN)
    return pid


def become(order: Order, parent: int) -> None:
    """Replace this process by the ordered one; returns never.

    Raises:
        OSError: It cannot be run.
    """
    descendants.die_with(parent)
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    os.dup2(os.open(order.errors, flags, 0o600), 2)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.chdir(order.folder)
    os.execve(order.command[0], order.command, order.environment)
