"""The server's hand on the warden and on containers' processes."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import xlearning
from xlearning.local.node.protocol import (
    EXITED,
    GONE,
    KILL,
    STARTED,
    STOP,
    Report,
    meeting_address,
)

if TYPE_CHECKING:
    from xlearning.local.node.protocol import Order

_logger = logging.getLogger(__name__)

_ROOT = Path(xlearning.__file__).resolve().parent.parent
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv.pop(1));"
    " from xlearning.local.node.warden import main; main()"
)
_LOST = 137


class ContainerProcesses:
    """All processes of one container.

    Attributes:
        started: Becomes the first process's id.
        exited: Becomes its exit code, as a shell gives it: 128 + the signal's number.
        gone: Set when none of the container's processes is left.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Take the connection to the keeper."""
        loop = asyncio.get_running_loop()
        self._reader = reader
        self._writer = writer
        self.started: asyncio.Future[int] = loop.create_future()
        self.exited: asyncio.Future[int] = loop.create_future()
        self.gone = asyncio.Event()

    async def follow(self) -> None:
        """Take the keeper's reports until nothing is left of the container.

        A keeper that breaks off was killed: its container's first process died with
        it, and the warden kills the rest.
        """
        try:
            while line := await self._line():
                report = Report.from_line(line)
                if report.kind == STARTED:
                    self.started.set_result(report.number)
                elif report.kind == EXITED:
                    self.exited.set_result(report.number)
                elif report.kind == GONE:
                    break
            self._writer.close()
        finally:
            for future in (self.started, self.exited):
                if not future.done():
                    future.set_result(_LOST)
            self.gone.set()

    def stop(self) -> None:
        """Send SIGTERM, then SIGKILL after the delay of the order."""
        self._writer.write(STOP)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._writer.write(KILL)

    async def end(self) -> None:
        """Send SIGKILL and wait until the keeper has ended too."""
        if not self._writer.is_closing():
            self.kill()
            while await self._line():
                pass
            self._writer.close()

    async def _line(self) -> bytes:
        # A broken pipe of `kill` or `stop` is told to whoever reads.
        with suppress(ConnectionResetError, BrokenPipeError):
            return await self._reader.readline()
        return b""


class WardenProcess:
    """The warden of one NodeManager. Use it in `async with`.

    At the end all containers are killed. When this process is killed they run on for a
    while, and the one that follows resumes them.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._launched: weakref.WeakSet[ContainerProcesses] = weakref.WeakSet()

    async def __aenter__(self) -> WardenProcess:
        """Start the warden; it is not waited for."""
        self._spawn()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let it kill what it has, and wait until nothing is left."""
        await asyncio.gather(*(each.end() for each in self._launched))
        self._forget()
        process, self._process = self._process, None
        if process is not None:
            await asyncio.to_thread(process.wait)

    async def launch(self, order: Order) -> ContainerProcesses:
        """Start a process; its reports come once `follow` runs.

        Raises:
            OSError: No process or connection can be made.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            ours.setblocking(False)
            try:
                self._send(theirs)
            except OSError:
                ours.close()
                raise
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(order.to_bytes())
        processes = ContainerProcesses(reader, writer)
        self._launched.add(processes)
        return processes

    async def resume(self, folder: Path) -> ContainerProcesses | None:
        """Return the processes that an earlier server started, None without any.

        Args:
            folder: What their order was to be kept in.
        """
        try:
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            return None
        try:
            address = meeting_address(opened)
            reader, writer = await asyncio.open_unix_connection(address)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        finally:
            os.close(opened)
        processes = ContainerProcesses(reader, writer)
        self._launched.add(processes)
        return processes

    def _send(self, connection: socket.socket) -> None:
        """Hand a connection to the warden; to a new one where the old one is dead."""
        if self._control is None or (
            self._process and self._process.poll() is not None
        ):
            _logger.warning("the warden of containers was gone and is started again")
            self._forget()
            self._spawn()
        assert self._control is not None
        socket.send_fds(self._control, [b"+"], [connection.fileno()])

    def _spawn(self) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            descriptor = theirs.fileno()
            command = [sys.executable, "-I", "-S", "-c", _PROGRAM, str(_ROOT)]
            self._process = subprocess.Popen(
                [*command, str(descriptor)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath)},
                pass_fds=[descriptor],
                start_new_session=True,
            )
        self._control = ours

    def _forget(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
