"""`python -m tests.scale.agents`: many agents without trainers, in one process.

Each has its own connection, with the product's own code and its own certificate, and
reports LOCALISING, READY, RUNNING, ENDED. Orders come on stdin, reports go to stdout.
A view is not parsed: real agents do that on other machines.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import resource
import sys
import time
import zlib

import msgspec

from tests.scale.messages import Begin, End, Ended, Finish, Order, Report, Told
from xlearning.container.connection import Connection, Identity
from xlearning.container.place import Address
from xlearning.job.causes import CauseKind
from xlearning.proto import agent_pb2 as pb

_LINE_BYTES = 1 << 20
_ports = itertools.count(20_000)


def say(report: Report) -> None:
    """Write a report to stdout, at once."""
    os.write(1, msgspec.json.encode(report) + b"\n")


class SimulatedAgent:
    """One agent; hears what comes over its stream."""

    def __init__(self, order: Begin) -> None:
        """Prepare to attach."""
        self._container_id = order.container_id
        self._address = f"{order.host}:{20_000 + next(_ports) % 10_000}"
        self._assigned = pb.Assignment(try_number=0)
        self._begun = self._ended = False
        self._released = asyncio.Event()
        hello = pb.Hello(
            protocol_version=1,
            container_id=order.container_id,
            host=order.host,
            pid=os.getpid(),
        )
        self._connection = Connection(
            Identity(
                pb.AgentMessage(hello=hello),
                order.certificate,
                order.key,
                order.authority,
            ),
            Address(order.am_host, order.am_port),
            self,
            lambda: None,
        )

    async def run(self) -> None:
        """Live until released or ended."""
        async with asyncio.TaskGroup() as group:
            connected = group.create_task(self._connection.run())
            await self._released.wait()
            connected.cancel()
        say(Ended(self._container_id))

    def end(self) -> None:
        """End soon."""
        self._released.set()

    def finish(self) -> None:
        """End the program well, where it is a worker's."""
        if self._assigned.role == "worker":
            self._end_program(CauseKind.SUCCEEDED)

    # ---- what is heard

    def attached(self, attempt: int) -> None:
        """Nothing follows."""

    def detached(self) -> None:
        """Nothing follows."""

    def received(self, count: int) -> None:
        """Nothing follows."""

    def commanded(self, message: pb.MasterMessage) -> None:
        """Do as told."""
        match message.WhichOneof("body"):
            case "assignment" if not self._assigned.role:
                self._assigned.CopyFrom(message.assignment)
                self._report(pb.LOCALISING)
                self._report(pb.READY, address=self._address)
            case "start" if not self._begun:
                self._begun = True
                view = message.start.view
                say(Told(time.time(), len(view), zlib.crc32(view)))
                self._report(pb.RUNNING)
            case "stop":
                self._end_program(CauseKind.STOPPED)
            case "release":
                self.end()
            case _:
                pass

    def _end_program(self, kind: CauseKind) -> None:
        if not self._ended:
            self._ended = True
            self._report(pb.ENDED, cause_kind=kind.value)

    def _report(
        self, state: pb.State, *, address: str = "", cause_kind: str = ""
    ) -> None:
        self._connection.report(
            pb.TaskReport(
                try_number=self._assigned.try_number,
                state=state,
                address=address,
                cause_kind=cause_kind,
            )
        )


async def serve() -> None:
    """Take orders until stdin is closed."""
    agents: dict[str, SimulatedAgent] = {}
    reader = asyncio.StreamReader(limit=_LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    decoder: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
    async with asyncio.TaskGroup() as group:
        while line := await reader.readline():
            order = decoder.decode(line)
            match order:
                case Begin():
                    agent = agents[order.container_id] = SimulatedAgent(order)
                    group.create_task(agent.run())
                case Finish():
                    for agent in agents.values():
                        agent.finish()
                case End(container_id):
                    agents[container_id].end()
        for agent in agents.values():
            agent.end()


def main() -> None:
    """Run the process."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(serve())


if __name__ == "__main__":
    main()
