"""The processes that the simulated agents live in, from outside."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tests.scale.messages import Begin, End, Ended, Finish, Order, Report, Told
from xlearning.hadoop.credentials import Credentials
from xlearning.job.environment import (
    AGENT_CERTIFICATE,
    AGENT_KEY,
    AM_ADDRESS,
    CA_CERTIFICATE,
)

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable

    from xlearning.local.node.spec import ContainerStart

ROOT = Path(__file__).resolve().parents[2]


class AgentHosts:
    """A few processes, which take agents in turn.

    Attributes:
        told: What agents said when they got the view.
        all_told: Set when as many as are expected have it.
    """

    def __init__(self, expected: int, ended: Callable[[str], None]) -> None:
        """Expect so many agents; `ended` hears of each that has ended."""
        self.told: list[Told] = []
        self.all_told = asyncio.Event()
        self._expected = expected
        self._ended = ended
        self._processes: list[Process] = []
        self._of: dict[str, Process] = {}

    @property
    def pids(self) -> list[int]:
        """Process ids."""
        return [process.pid for process in self._processes]

    async def start(self, count: int) -> None:
        """Start the processes."""
        for _ in range(count):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.scale.agents"),
                cwd=ROOT,
                env={**os.environ, "GRPC_VERBOSITY": "NONE"},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            self._processes.append(process)

    async def listen(self) -> None:
        """Hear reports until cancelled; then no process is left."""
        try:
            async with asyncio.TaskGroup() as group:
                for process in self._processes:
                    group.create_task(self._listen_to(process))
        finally:
            for process in self._processes:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def _listen_to(self, process: Process) -> None:
        assert process.stdout is not None
        decoder: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)
        while line := await process.stdout.readline():
            report = decoder.decode(line)
            match report:
                case Told() as told:
                    self.told.append(told)
                    if len(self.told) == self._expected:
                        self.all_told.set()
                case Ended(container_id):
                    self._ended(container_id)
        raise RuntimeError("a process with agents has ended")

    def begin(self, start: ContainerStart, host: str) -> None:
        """Start an agent with what its start request says."""
        process = self._processes[len(self._of) % len(self._processes)]
        self._of[start.container_id] = process
        secrets = Credentials.from_bytes(start.context.credentials or b"").secrets
        address = start.context.environment[AM_ADDRESS]
        am_host, _, am_port = address.rpartition(":")
        order = Begin(
            start.container_id,
            host,
            am_host,
            int(am_port),
            secrets[AGENT_CERTIFICATE],
            secrets[AGENT_KEY],
            secrets[CA_CERTIFICATE],
        )
        _say(process, order)

    def finish(self) -> None:
        """Let all workers' programs end well."""
        for process in self._processes:
            _say(process, Finish())

    def end(self, container_id: str) -> None:
        """End an agent."""
        _say(self._of[container_id], End(container_id))


def _say(process: Process, order: Order) -> None:
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(order) + b"\n")
