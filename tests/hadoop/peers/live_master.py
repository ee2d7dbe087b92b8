"""A small ApplicationMaster: two containers, each must end as it was told to.

Run by YARN in the live test. Says in the diagnostics what it saw, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.hadoop.allocation import FinalStatus
from xlearning.hadoop.application_master import (
    ApplicationMasterProtocol,
    InvalidResourceRequest,
)
from xlearning.hadoop.container_management import ContainerManagementProtocol
from xlearning.hadoop.credentials import AMRM_TOKEN_KIND, Credentials
from xlearning.hadoop.launch_context import (
    ContainerLaunchContext,
    command_line,
    environment_value,
)
from xlearning.hadoop.records import Resource, ResourceRequest
from xlearning.hadoop.rpc.digest_md5 import Protection
from xlearning.hadoop.rpc.failover import Address

if TYPE_CHECKING:
    from xlearning.hadoop.records import Container, ContainerStatus, NMToken, Token

NASTY = """it's "a" $HOME `b` \\ {{HOME}} <LOG_DIR> <CPS> ü"""
SCRIPT = """
import os, sys, time
if sys.argv[2:] != [os.environ["NASTY"], sys.argv[3]] or sys.argv[3] != "" :
    sys.exit(99)
assert len(os.environ["NASTY"]) == int(os.environ["LENGTH"])
if sys.argv[1] == "wait":
    time.sleep(60)
sys.exit(int(sys.argv[1]))
"""
EACH = Resource(128, 1, gpus=1)


def context_for(what: str) -> ContainerLaunchContext:
    """Return a container that exits with the status `what`, or waits."""
    words = [sys.executable, "-c", SCRIPT, what, NASTY, ""]
    return ContainerLaunchContext(
        command_line(words, stdout="stdout", stderr="stderr"),
        {"NASTY": environment_value(NASTY), "LENGTH": str(len(NASTY))},
    )


class Master:
    """The life of the ApplicationMaster."""

    def __init__(
        self, protocol: ApplicationMasterProtocol, protections: tuple[Protection, ...]
    ) -> None:
        self.protocol = protocol
        self.protections = protections
        self.nm_tokens: dict[str, NMToken] = {}
        self.ended: list[ContainerStatus] = []
        self.seen: dict[str, object] = {}

    async def beat(self, *asks: ResourceRequest) -> list[Container]:
        """Send a heartbeat and return new containers."""
        allocation = await self.protocol.allocate(0.5, asks)
        for nm_token in allocation.nm_tokens:
            self.nm_tokens[str(nm_token.node_id)] = nm_token
        self.ended += allocation.completed
        return list(allocation.containers)

    async def containers(self, count: int) -> list[Container]:
        """Ask for containers and wait until they came."""
        got = await self.beat(ResourceRequest(1, EACH, count, allocation_request_id=7))
        while len(got) < count:
            await asyncio.sleep(0.05)
            got += await self.beat()
        await self.beat(ResourceRequest(1, EACH, 0, allocation_request_id=7))
        return got

    async def wait_for_ends(self, count: int) -> None:
        """Beat until so many containers have ended."""
        while len(self.ended) < count:
            await asyncio.sleep(0.05)
            await self.beat()

    async def run(self) -> None:
        """Start one container that ends and one that is stopped."""
        registration = await self.protocol.register(socket.gethostname(), "")
        self.seen["queue"] = registration.queue
        self.seen["types"] = registration.resource_types
        try:
            await self.beat(ResourceRequest(2, Resource(128, 1, gpus=99), 1))
        except InvalidResourceRequest as error:
            self.seen["refused"] = error.remote_text
        ending, waiting = await self.containers(2)
        for container, what in ((ending, "3"), (waiting, "wait")):
            await self.start(container, what)
        await self.wait_for_ends(1)
        await self.stop(waiting)
        await self.wait_for_ends(2)
        self.seen["exits"] = {
            "ending": self.exit_of(ending),
            "waiting": self.exit_of(waiting),
        }

    def exit_of(self, container: Container) -> int:
        """Return how a container ended."""
        statuses = {each.container_id: each for each in self.ended}
        return statuses[container.id].exit_status

    async def start(self, container: Container, what: str) -> None:
        """Start a container twice; the second start must be refused."""
        async with self.node(container) as node:
            outcome = await node.start_containers([(container, context_for(what))])
            assert outcome.succeeded == (container.id,), outcome
            statuses = await node.container_statuses([container.id])
            assert statuses.known[0].container_id == container.id
            again = await node.start_containers([(container, context_for(what))])
            self.seen["again"] = again.failed[0].started_already

    async def stop(self, container: Container) -> None:
        """Stop a container."""
        async with self.node(container) as node:
            outcome = await node.stop_containers([container.id])
            assert outcome.succeeded == (container.id,), outcome

    def node(self, container: Container) -> ContainerManagementProtocol:
        """Return a talk with a container's node."""
        token = self.nm_tokens[str(container.node_id)]
        return ContainerManagementProtocol(token, protections=self.protections)


async def main(token: Token) -> None:
    """Live, and say in the diagnostics what was seen."""
    protections = (Protection(sys.argv[2]),)
    address = Address.parse(sys.argv[1])
    async with ApplicationMasterProtocol(
        [Address("127.0.0.1", 1), address], token, protections=protections
    ) as protocol:
        master = Master(protocol, protections)
        await master.run()
        await protocol.finish(FinalStatus.SUCCEEDED, json.dumps(master.seen))


if __name__ == "__main__":
    file = Path(os.environ["HADOOP_TOKEN_FILE_LOCATION"])
    master_token = Credentials.from_bytes(file.read_bytes()).token_of_kind(
        AMRM_TOKEN_KIND
    )
    assert master_token is not None
    asyncio.run(main(master_token))
