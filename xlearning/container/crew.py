"""Runs several processes of one container as its trainer. `python -m` this module.

An application type may want more than one process in a container (`Launch.processes`):
a rank for each GPU, or a coordinator beside the program. This process then stands where
the trainer stands otherwise: it starts them, each through `shim`, writes their lines to
the task's stdout and stderr with the process's name before each, and ends as they do:

- the first that fails ends the others, and what it was is the last line on stderr;
- when all but services have ended well, services are ended too, and all is well;
- when the agent tells it to end, it waits for the others: the agent tells them itself,
  and kills what does not obey.

A signal of anybody else (`trap 'kill 0' EXIT` in a script) does not end it. Little is
imported here, and what is imported does so too: programs wait for this to start.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from xlearning.container.crew_lines import Lines
from xlearning.container.shim import (
    NOT_FOUND,
    die_with_parent,
    read_descriptors,
    read_environment,
)
from xlearning.container.signals import ENDING, SignalQueue
from xlearning.container.spawn import PROCESSES, Program, Trainer, spawn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GRACE_S = 5.0
"""From TERM to KILL for what is left when one has failed, or services are done."""
_STDERR = 2


class Order(NamedTuple):
    """A `frameworks.base.Process`, as it comes over the pipe."""

    name: str
    environment: dict[str, str]
    command: list[str]
    service: bool


class Member:
    """One process.

    Attributes:
        order: What it is.
        trainer: The same, running.
        code: Its exit code, negative for a signal, None while it runs.
    """

    def __init__(self, order: Order, trainer: Trainer) -> None:
        """Own a process that runs."""
        self.order = order
        self.trainer = trainer
        self.code: int | None = None


class Pipe(NamedTuple):
    """What a process writes, on its way to the task's own file."""

    member: Member
    target: int
    lines: Lines


class Refused(Exception):
    """A process cannot be started; the text is what the shim said."""


class Crew:
    """All processes of a container.

    Attributes:
        failed: The first that failed.
        told_to_end: The agent ends all processes.
        kill_at: TERM was sent, and who is left then is killed; None before that.
    """

    def __init__(self, signals: SignalQueue) -> None:
        """Begin with nobody."""
        self.signals = signals
        self.selector = selectors.DefaultSelector()
        self.members: list[Member] = []
        self.pipes: list[Pipe] = []
        self.failed: Member | None = None
        self.told_to_end = False
        self.kill_at: float | None = None

    def start(self, orders: Sequence[Order], program: Program) -> None:
        """Start all processes.

        Raises:
            Refused: One of them cannot be executed.
        """
        for order in orders:
            self._start(order, program)
        for member in self.members:
            refusal = member.trainer.told()
            if refusal:
                raise Refused(refusal)

    def run(self) -> int:
        """Work until all have ended, and return the exit code."""
        self.selector.register(self.signals.fileno(), selectors.EVENT_READ)
        while any(member.code is None for member in self.members):
            ready = self.selector.select(self._patience())
            pipes = [key for key, _ in ready if isinstance(key.data, Pipe)]
            for key in pipes:
                self._copy(key.fd, key.data)
            if len(pipes) < len(ready):
                self._hear()
            if self.kill_at is not None and time.monotonic() >= self.kill_at:
                self._send(signal.SIGKILL)
        for pipe in self.pipes:
            os.write(pipe.target, pipe.lines.rest())
        return self._verdict()

    def _patience(self) -> float | None:
        return self.kill_at and max(0.1, self.kill_at - time.monotonic())

    def _start(self, order: Order, program: Program) -> None:
        outputs = [os.pipe(), os.pipe()]
        given = Program(
            command=order.command or program.command,
            environment={**program.environment, **order.environment},
            stdout=outputs[0][1],
            stderr=outputs[1][1],
            keep=program.keep,
        )
        trainer = spawn(given)
        member = Member(order, trainer)
        self.members.append(member)
        for target, (read, write) in enumerate(outputs, 1):
            os.close(write)
            os.set_blocking(read, False)
            pipe = Pipe(member, target, Lines(f"[{order.name}] ".encode()))
            self.pipes.append(pipe)
            self.selector.register(read, selectors.EVENT_READ, pipe)

    def _copy(self, descriptor: int, pipe: Pipe) -> bool:
        """Copy what there is; say whether there was something."""
        try:
            data = os.read(descriptor, 65536)
        except BlockingIOError:
            return False
        if not data:
            self.selector.unregister(descriptor)
            os.close(descriptor)
            return False
        _write(pipe.target, pipe.lines.feed(data))
        return True

    def _hear(self) -> None:
        for arrived in self.signals.pending():
            if arrived.number in ENDING and arrived.sender == os.getppid():
                self.told_to_end = True
        for member in self.members:
            if member.code is None and member.trainer.process.poll() is not None:
                self._ended(member, member.trainer.process.returncode)

    def _ended(self, member: Member, code: int) -> None:
        member.code = code
        self._drain(member)
        working = [m for m in self.members if m.code is None and not m.order.service]
        if self.told_to_end or self.kill_at is not None:
            return
        if code:
            self.failed = member
        if code or not working:
            self._end()

    def _drain(self, member: Member) -> None:
        """Read what an ended process has left in its pipes, before what follows."""
        for key in list(self.selector.get_map().values()):
            if isinstance(key.data, Pipe) and key.data.member is member:
                while self._copy(key.fd, key.data):
                    pass

    def _end(self) -> None:
        self.kill_at = time.monotonic() + GRACE_S
        self._send(signal.SIGTERM)

    def _send(self, number: signal.Signals) -> None:
        for member in self.members:
            if member.code is None:
                with suppress(ProcessLookupError):
                    member.trainer.process.send_signal(number)

    def _verdict(self) -> int:
        if self.failed is not None:
            code = self.failed.code
            assert code is not None
            _write(_STDERR, f"{self._words(self.failed, code)}\n".encode())
            return code if code > 0 else 128 - code
        return 128 + signal.SIGTERM if self.told_to_end else 0

    def _words(self, member: Member, code: int) -> str:
        [said] = [p for p in self.pipes if p.member is member and p.target == _STDERR]
        last = said.lines.last.decode(errors="replace")
        how = f"exited with code {code}" if code > 0 else f"ended by signal {-code}"
        return f"{member.order.name} {how}" + (f": {last}" if last else "")


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def main(arguments: list[str]) -> int:
    """Run the crew.

    Args:
        arguments: As those of `shim`.
    """
    parent, environment_fd = (int(word) for word in arguments[:2])
    error_fd, *held = read_descriptors(arguments[2])
    signals = SignalQueue()
    die_with_parent(parent)
    given = read_environment(environment_fd)
    os.set_inheritable(error_fd, False)
    for descriptor in held:
        os.close(descriptor)
    program, orders = _read(given, arguments[3:])
    crew = Crew(signals)
    try:
        crew.start(orders, program)
    except Refused as refusal:
        os.write(error_fd, str(refusal).encode(errors="surrogateescape"))
        return NOT_FOUND
    os.close(error_fd)
    return crew.run()


def _read(
    given: Mapping[bytes, bytes], command: list[str]
) -> tuple[Program, list[Order]]:
    environment = {os.fsdecode(name): os.fsdecode(v) for name, v in given.items()}
    orders = [Order(**each) for each in json.loads(environment.pop(PROCESSES))]
    return Program(command, environment, 1, _STDERR), orders


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
