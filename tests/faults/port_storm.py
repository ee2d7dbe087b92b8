"""Starts tasks that hold a port, in gangs, beside a program that takes ports.

Each task goes the agent's way: a port is taken, all of the gang are waited for, the
program is started through the shim and is to listen. Run as a module, it measures how
often that fails, by how long the port is held.
"""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import time
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from tests.container.test_place import PRESENT
from xlearning.container.events import PortHeld
from xlearning.container.gpus import NvmlDevices
from xlearning.container.holdings import Holdings
from xlearning.container.place import read_place
from xlearning.container.spawn import Program, Trainer, spawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GANG = 20
PLACE = read_place({**PRESENT, "NM_HOST": "127.0.0.1"})

_SERVER = """
import socket, sys
with socket.socket(socket.{family}) as server:
    for option in {options}:
        server.setsockopt(socket.SOL_SOCKET, option, 1)
    try:
        server.bind(({address!r}, int(sys.argv[1])))
        server.listen()
    except OSError as error:
        sys.exit(error.errno)
"""


class Server(NamedTuple):
    """How a program listens.

    Attributes:
        name: Who does so.
        source: A program that ends when it has listened, with the error's number when
            it could not.
        released: Its port has to be let go.
    """

    name: str
    source: str
    released: bool = False


def _server(name: str, family: str, address: str, *options: str) -> Server:
    named = ", ".join(f"socket.{option}" for option in options)
    source = _SERVER.format(family=family, options=f"[{named}]", address=address)
    return Server(name, source, released=not options)


CPYTHON = _server("CPython", "AF_INET", "127.0.0.1", "SO_REUSEADDR")
GRPC = _server("gRPC", "AF_INET6", "::", "SO_REUSEADDR", "SO_REUSEPORT")
PLAIN = _server("plain", "AF_INET", "127.0.0.1")


class Until(StrEnum):
    """How long a port is held at least."""

    CHOSEN = "chosen"
    """The fault: only its number is known."""
    SPAWN = "spawn"
    """Until the program is forked, as XLearning did for all."""
    LISTENING = "listening"
    """Our way: until the program listens, or is there to do so."""


class Storm:
    """A loop of tasks.

    Attributes:
        folder: Where programs write.
        within: The range of their ports.
        until: How long a port is held.
    """

    def __init__(
        self, folder: Path, within: tuple[int, int], until: Until = Until.LISTENING
    ) -> None:
        """Start nothing yet."""
        self.folder = folder
        self.within = within
        self.until = until

    def collisions(self, server: Server, count: int) -> int:
        """Run so many tasks and return how many of them could not listen."""
        return sum(
            self._gang(server, min(GANG, count - begun))
            for begun in range(0, count, GANG)
        )

    def _gang(self, server: Server, size: int) -> int:
        gang = [Holdings(PLACE, NvmlDevices()) for _ in range(size)]
        ports = [self._take(task) for task in gang]
        trainers = [
            self._start(task, server, port)
            for task, port in zip(gang, ports, strict=True)
        ]
        assert not any(trainer.told() for trainer in trainers)
        codes = [trainer.process.wait() for trainer in trainers]
        for task in gang:
            task.let_go()
        assert {*codes} <= {0, errno.EADDRINUSE}, self._log().read_text()
        return codes.count(errno.EADDRINUSE)

    def _take(self, holdings: Holdings) -> int:
        event = holdings.take_ports(1, self.within)
        assert isinstance(event, PortHeld)
        if self.until is Until.CHOSEN:
            holdings.let_ports_go()
        return int(event.address.rpartition(":")[2])

    def _start(self, holdings: Holdings, server: Server, port: int) -> Trainer:
        log = self._log()
        program = Program(
            [sys.executable, "-I", "-S", "-c", server.source, str(port)],
            {"PATH": "/usr/bin:/bin"},
            log,
            log,
        )
        if self.until is Until.LISTENING and server.released:
            program = program._replace(until_exec=holdings.port_descriptors())
        elif self.until is Until.LISTENING:
            holdings.share_ports()
        elif self.until is Until.SPAWN:
            holdings.let_ports_go()
        trainer = spawn(program)
        if server.released:
            holdings.let_ports_go()
        return trainer

    def _log(self) -> Path:
        return self.folder / "log"


def ephemeral_ports() -> tuple[int, int]:
    """Return the first of the ports that the kernel chooses from, and one past."""
    first, last = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    return int(first), int(last) + 1


@contextmanager
def thief(within: tuple[int, int], kinds: Sequence[str]) -> Iterator[dict[str, int]]:
    """Run a thief; when it has ended, what it got is in the result."""
    program = Path(__file__).with_name("port_thief.py")
    words = [sys.executable, str(program), str(within[0]), str(within[1]), *kinds]
    got: dict[str, int] = {}
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield got
            said, _ = process.communicate(timeout=30)
            got |= json.loads(said)
        finally:
            process.kill()


def main() -> None:
    """Print how many of 100 tasks could not listen."""
    first, _ = ephemeral_ports()
    within = first, first + 2000
    head = f"{'server':<9}{'thief':<20}{'held until':<12}collisions of 100, seconds"
    sys.stdout.write(f"{head}\n")
    with TemporaryDirectory() as folder:
        for kinds in (["any", "connect"], ["this"], ["shared"]):
            for server in (CPYTHON, GRPC, PLAIN):
                for until in Until:
                    begun = time.monotonic()
                    with thief(within, kinds):
                        storm = Storm(Path(folder), within, until)
                        count = storm.collisions(server, 100)
                    took = time.monotonic() - begun
                    words = f"{server.name:<9}{' '.join(kinds):<20}{until:<12}"
                    sys.stdout.write(f"{words}{count:>3} {took:>6.1f} s\n")


if __name__ == "__main__":
    main()
