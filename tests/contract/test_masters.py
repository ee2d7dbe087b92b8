"""ApplicationMasterProtocol and ContainerManagementProtocol, as an AM that is a test.

The ApplicationMaster's container only shows its token; the test speaks in its place.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.holding import hold
from tests.contract.test_rest import kill
from xlearning.errors import ClusterError
from xlearning.hadoop.application_master import (
    ApplicationMasterProtocol,
    FinalStatus,
)
from xlearning.hadoop.container_management import ContainerManagementProtocol
from xlearning.hadoop.launch_context import ContainerLaunchContext
from xlearning.hadoop.records import Resource, ResourceRequest
from xlearning.hadoop.rpc.failover import Address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.contract.conftest import Yarn
    from xlearning.hadoop.allocation import Allocation
    from xlearning.hadoop.records import Container, ContainerStatus, NMToken

SMALL = Resource(64, 1)


class Master:
    """A registered ApplicationMaster.

    Attributes:
        id: Its application.
        protocol: Its talk with the ResourceManager.
        tokens: Of nodes.
        queue: Its queue.
    """

    def __init__(self, application_id: str, protocol: ApplicationMasterProtocol):
        self.id = application_id
        self.protocol = protocol
        self.tokens: dict[str, NMToken] = {}

    async def beat(self, *asks: ResourceRequest, **more: Any) -> Allocation:
        """Send a heartbeat."""
        answer = await self.protocol.allocate(0.5, asks, **more)
        self.tokens |= {str(each.node_id): each for each in answer.nm_tokens}
        return answer

    async def containers(self, *asks: ResourceRequest) -> list[Container]:
        """Ask, and wait for all that is asked for."""
        # Of one priority and id the last ask counts.
        last = {(each.priority, each.allocation_request_id): each for each in asks}
        wanted = sum(each.count for each in last.values())
        found = list((await self.beat(*asks)).containers)
        for _ in range(100):
            if len(found) >= wanted:
                return found
            await asyncio.sleep(0.05)
            found += (await self.beat()).containers
        return found

    async def completed(self, count: int) -> list[ContainerStatus]:
        """Wait until so many containers have ended."""
        found: list[ContainerStatus] = []
        for _ in range(200):
            found += (await self.beat()).completed
            if len(found) >= count:
                break
            await asyncio.sleep(0.05)
        return found

    async def start(self, container: Container, command: str) -> None:
        """Start a container."""
        token = self.tokens[str(container.node_id)]
        async with ContainerManagementProtocol(token) as node:
            context = ContainerLaunchContext(command)
            outcome = await node.start_containers([(container, context)])
            assert outcome.succeeded == (container.id,), outcome


@asynccontextmanager
async def master(yarn: Yarn, folder: Path, page: str = "") -> AsyncIterator[Master]:
    """Run an application, with the test as its ApplicationMaster.

    Args:
        yarn: The cluster.
        folder: For the token.
        page: Its tracking URL.
    """
    application_id, token = await asyncio.to_thread(hold, yarn, folder)
    address = Address.parse(yarn.scheduler)
    try:
        async with ApplicationMasterProtocol([address], token) as protocol:
            await protocol.register("am.example", page)
            yield Master(application_id, protocol)
    finally:
        await asyncio.to_thread(kill, yarn, application_id)


def ask(count: int = 1, size: Resource = SMALL, number: int = 1) -> ResourceRequest:
    return ResourceRequest(number, size, count, allocation_request_id=number)


async def test_containers_are_allocated_and_run(yarn: Yarn, tmp_path: Path) -> None:
    async with master(yarn, tmp_path) as am:
        two = await am.containers(ask(2, Resource(100, 1, 1)))
        assert [c.resource for c in two] == [Resource(128, 1, 1)] * 2
        assert {c.allocation_request_id for c in two} == {1}
        first, second = two
        await am.start(first, "exit 5")
        await am.start(second, "echo boom >&2; kill -9 $$")
        done = {d.container_id: d for d in await am.completed(2)}
        assert done[first.id].exit_status == 5
        assert "Exception from container-launch.\nContainer id: " in (
            done[first.id].diagnostics
        )
        assert done[second.id].exit_status == 137
        assert "Killed by external signal" in done[second.id].diagnostics


async def test_a_container_is_stopped(yarn: Yarn, tmp_path: Path) -> None:
    async with master(yarn, tmp_path) as am:
        (one,) = await am.containers(ask(1))
        await am.start(one, "exec sleep 60")
        await asyncio.sleep(1.5)
        async with ContainerManagementProtocol(am.tokens[str(one.node_id)]) as node:
            again = await node.start_containers([(one, ContainerLaunchContext("x"))])
            assert again.failed[0].started_already
            assert (await node.stop_containers([one.id])).succeeded == (one.id,)
            strange = replace(one.id, number=one.id.number + 50)
            outcome = await node.stop_containers([strange])
            assert outcome.failed[0].text == (
                f"Container {strange} is not handled by this NodeManager"
            )
        (done,) = await am.completed(1)
        assert done.exit_status == -105
        assert "Container killed by the ApplicationMaster." in done.diagnostics
        assert "Exit code is 143" in done.diagnostics


async def test_what_was_not_started_is_released(yarn: Yarn, tmp_path: Path) -> None:
    async with master(yarn, tmp_path) as am:
        (one,) = await am.containers(ask(1))
        answer = await am.beat(releases=[one.id])
        done = answer.completed or await am.completed(1)
        assert (done[0].exit_status, done[0].diagnostics) == (
            -100,
            "Container released by application",
        )


async def test_one_shape_for_a_priority(yarn: Yarn, tmp_path: Path) -> None:
    async with master(yarn, tmp_path) as am:
        plain = replace(ask(1), allocation_request_id=None)
        found = await am.containers(plain, replace(plain, capability=Resource(192, 1)))
        assert [c.resource.memory_mb for c in found] == [192]
        assert found[0].allocation_request_id == -1
        both = await am.containers(ask(1, number=3), ask(1, Resource(128, 1), 4))
        assert {(c.priority, c.resource.memory_mb) for c in both} == {(3, 64), (4, 128)}


async def test_strict_places_and_places_to_avoid(yarn: Yarn, tmp_path: Path) -> None:
    hosts = [n["nodeHostName"] for n in yarn.get("/nodes")["nodes"]["node"]]
    wanted = hosts[1]
    async with master(yarn, tmp_path) as am:
        strict = [
            replace(ask(3), resource_name=wanted),
            replace(ask(3), resource_name="/default-rack", relax_locality=False),
            replace(ask(3), relax_locality=False),
        ]
        found = await am.containers(*strict)
        assert [c.node_id.host for c in found] == [wanted] * 3
        await am.beat(avoid=frozenset([wanted]))
        found = await am.containers(ask(3, number=5))
        assert len(found) == 3
        assert wanted not in {c.node_id.host for c in found}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (ask(1, Resource(64, 1, 3)), "Requested resource type=[yarn.io/gpu]"),
        (ask(1, Resource(5000, 1)), "Requested resource type=[memory-mb]"),
        (ask(1, Resource(64, 9)), "Requested resource type=[vcores]"),
        (
            replace(ask(1), node_label="nosuch"),
            "Invalid resource request, node label not enabled but request contains "
            "label expression",
        ),
    ],
    ids=["gpus", "memory", "cores", "label"],
)
async def test_asks_that_are_refused(
    yarn: Yarn, tmp_path: Path, given: ResourceRequest, words: str
) -> None:
    async with master(yarn, tmp_path) as am:
        with pytest.raises(ClusterError) as error:
            await am.beat(given)
        assert words in error.value.remote_text
        assert (await am.beat()).containers == ()


async def test_the_end_is_as_it_was_said(yarn: Yarn, tmp_path: Path) -> None:
    async with master(yarn, tmp_path) as am:
        await am.protocol.finish(FinalStatus.FAILED, "it broke: ü")
        app = yarn.get(f"/apps/{am.id}")["app"]
        assert (app["state"], app["finalStatus"]) == ("FINISHED", "FAILED")
        assert app["diagnostics"] == "it broke: ü"


async def beat_on(am: Master) -> None:
    for _ in range(20):
        await am.beat()
        await asyncio.sleep(0.05)


async def test_after_a_kill_the_attempt_is_unknown(yarn: Yarn, tmp_path: Path) -> None:
    async with master(yarn, tmp_path) as am:
        await asyncio.to_thread(kill, yarn, am.id)
        with pytest.raises(ClusterError, match="doesn't exist in ApplicationMaster"):
            await beat_on(am)
