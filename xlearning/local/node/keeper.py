"""Keeps one container's processes; a fork of the warden, standard library only.

Starts the order that it is sent, reports the exit of its first process, and then, as
when it is told to stop, ends what is left: SIGTERM, and SIGKILL after the delay. When
the connection breaks the server is dead: a later one finds the keeper at its meeting
place and is told all again. When none comes in time, everything is killed.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

from xlearning.local.node import descendants
from xlearning.local.node.protocol import (
    EXIT,
    EXITED,
    GONE,
    HEAD_BYTES,
    KILL,
    MEETING,
    STARTED,
    STOP,
    Order,
    Report,
    length,
    meeting_address,
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
        self._server: socket.socket | None = connection
        self._meeting: socket.socket | None = None
        self._wakeup = wake_on_children()
        self._pid = os.getpid()
        self._leader = 0
        self._told: list[Report] = []
        self._kill_at: float | None = None
        self._alone_until: float | None = None

    def run(self) -> None:
        """Live until nothing is left of the container."""
        order = self._receive_order()
        if order is None:
            return
        self._order = order
        descendants.adopt_orphans()
        if order.keep_in:
            self._meeting = listen(order.keep_in)
        self._leader = start(order)
        self._tell(Report(STARTED, self._leader))
        while not self._reap():
            self._wait()
            self._kill_if_due()
        if order.keep_in:
            Path(order.keep_in, MEETING).unlink(missing_ok=True)
        self._tell(Report(GONE))

    def _receive_order(self) -> Order | None:
        head = self._receive(HEAD_BYTES)
        data = self._receive(length(head)) if head else b""
        return Order.from_bytes(data) if data else None

    def _receive(self, size: int) -> bytes:
        """Return exactly so many bytes, b"" when the server is gone."""
        assert self._server is not None
        data = b""
        while len(data) < size:
            piece = self._server.recv(size - len(data))
            if not piece:
                return b""
            data += piece
        return data

    def _wait(self) -> None:
        """Wait for a child's end, a command, a new server or a deadline."""
        poll = select.poll()
        poll.register(self._wakeup, select.POLLIN)
        for each in (self._server, self._meeting):
            if each is not None:
                poll.register(each, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(self._wait_ms())}
        if self._server is not None and self._server.fileno() in ready:
            self._obey(self._server)
        if self._meeting is not None and self._meeting.fileno() in ready:
            self._meet(self._meeting)

    def _obey(self, server: socket.socket) -> None:
        """Do what the server says, or begin to wait for another one."""
        try:
            commands = server.recv(64)
        except ConnectionResetError:
            commands = b""
        if not commands:
            server.close()
            self._server = None
            self._alone_until = time.monotonic() + self._order.patience_s
        elif KILL in commands:
            self._kill_at = 0.0
        elif STOP in commands and self._kill_at is None:
            self._stop()

    def _meet(self, meeting: socket.socket) -> None:
        """Take a new server in and tell it what the one before was told."""
        if self._server is not None:
            self._server.close()
        self._server, _ = meeting.accept()
        self._alone_until = None
        told, self._told = self._told, []
        for report in told:
            self._tell(report)

    def _stop(self) -> None:
        self._kill_at = time.monotonic() + self._order.kill_delay_s
        descendants.terminate(self._pid, self._leader)

    def _deadline(self) -> float | None:
        known = [at for at in (self._kill_at, self._alone_until) if at is not None]
        return min(known, default=None)

    def _wait_ms(self) -> int | None:
        deadline = self._deadline()
        if deadline is None:
            return None
        left_ms = (deadline - time.monotonic()) * 1000
        return max(_RETRY_MS, int(left_ms) + 1) if left_ms > 0 else _RETRY_MS

    def _kill_if_due(self) -> None:
        deadline = self._deadline()
        if deadline is not None and time.monotonic() >= deadline:
            descendants.kill(self._pid)

    def _reap(self) -> bool:
        """Take the ends of processes; True when none is left at all."""
        drain(self._wakeup)
        try:
            for pid, code in descendants.reap():
                if pid == self._leader:
                    self._note_exit(code)
        except ChildProcessError:
            return True
        return False

    def _note_exit(self, code: int) -> None:
        """Keep and tell the exit code of the first process, and end the others."""
        if self._order.keep_in:
            with suppress(OSError):  # a full disk; who listens is told all the same
                write_whole(Path(self._order.keep_in, EXIT), str(code).encode())
        self._tell(Report(EXITED, code))
        if self._kill_at is None:
            self._stop()

    def _tell(self, report: Report) -> None:
        self._told.append(report)
        if self._server is not None:
            with suppress(BrokenPipeError, ConnectionResetError):
                self._server.sendall(report.to_bytes())


def listen(folder: str) -> socket.socket:
    """Return a socket at the meeting place of a folder.

    Raises:
        OSError: The folder is gone, or the disk is full.
    """
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        meeting = socket.socket(socket.AF_UNIX)
        meeting.bind(meeting_address(opened))
        meeting.listen(1)
    finally:
        os.close(opened)
    return meeting


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is there as a whole or not at all."""
    new = path.with_name(f".{path.name}")
    new.write_bytes(data)
    new.replace(path)


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
