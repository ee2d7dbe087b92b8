"""A job to decide on, a story-teller that feeds events and watches, a real agent."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import msgspec
import pytest

from xlearning.am.agent_messages import Phrasebook
from xlearning.am.agents import Agents
from xlearning.am.certificates import CertificateAuthority, Leaf
from xlearning.am.decide import decide
from xlearning.am.events import (
    AgentAttached,
    Allocated,
    AnyEvent,
    ContainersAllocated,
    ContainerStarted,
    InputListed,
    Registered,
    TaskReady,
    TaskRunning,
)
from xlearning.am.invariants import Watcher
from xlearning.am.state import JobState, new_state
from xlearning.am.surroundings import Surroundings
from xlearning.hadoop.credentials import AMRM_TOKEN_KIND, Credentials
from xlearning.hadoop.ids import ContainerId
from xlearning.hadoop.records import Token
from xlearning.job.environment import SERVER_NAME
from xlearning.job.handover import Handover, pack
from xlearning.job.resources import Resources
from xlearning.job.spec import (
    JobSpec,
    OutputSpec,
    RoleSpec,
    RuntimeSpec,
    encode_spec,
)
from xlearning.proto import agent_pb2 as pb
from xlearning.proto import agent_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from xlearning.am.actions import Action

    Settled = Callable[[], None] | None

APPLICATION = "application_1700000000000_0001"


def make_job(application_type: str = "XLEARNING", **counts: int) -> JobSpec:
    """Return a job with so many tasks of each role."""
    roles = tuple(
        RoleSpec(name, count, Resources(1024, 1), ("python", "train.py"))
        for name, count in counts.items()
    )
    return JobSpec(
        application_id=APPLICATION,
        name="a job",
        application_type=application_type,
        user="alice",
        queue="default",
        priority=3,
        am=Resources(1024, 1),
        roles=roles,
        staging_url=f"hdfs://nn:8020/tmp/XLearning/staging/{APPLICATION}",
        runtime=RuntimeSpec("/opt/xlearning/bin/python"),
        default_fs="hdfs://nn:8020",
    )


class Story:
    """Tells a job what happens, and checks its invariants after every event.

    Attributes:
        state: The job's state.
        now: The time at which the next event happens, in seconds.
    """

    def __init__(self, spec: JobSpec) -> None:
        self.state: JobState = new_state(spec, 0.0)
        self.now = 0.0
        self._watcher = Watcher(self.state)
        self._numbers = iter(range(2, 1000))

    def tell(self, event: AnyEvent) -> list[Action]:
        """Return what is done about an event."""
        actions = decide(self.state, event, self.now)
        self._watcher.check(event, actions)
        return actions

    def allocate(self, *roles: str) -> tuple[list[str], list[Action]]:
        """Give a container for each role; return their ids and what is done."""
        given = tuple(
            Allocated(
                f"container_1700000000000_0001_01_{next(self._numbers):06}",
                role,
                "n1:45454",
                "n1:8042",
            )
            for role in roles
        )
        actions = self.tell(ContainersAllocated(given))
        return [container.container_id for container in given], actions

    def begin(self, *roles: str) -> list[str]:
        """Register, list no input, and bring a container of each role to READY."""
        self.tell(Registered(1, ("memory-mb", "vcores", "yarn.io/gpu")))
        self.tell(InputListed({}))
        containers, _ = self.allocate(*roles)
        for number, container in enumerate(containers):
            self.tell(ContainerStarted(container))
            self.tell(AgentAttached(container))
            self.tell(TaskReady(container, 0, f"n1:{20000 + number}"))
        return containers

    def run(self, *roles: str) -> list[str]:
        """Bring a container of each role to RUNNING."""
        containers = self.begin(*roles)
        for container in containers:
            self.tell(TaskRunning(container, 0))
        return containers


@pytest.fixture
def job() -> Callable[..., JobSpec]:
    """Return the maker of jobs: `job("TENSORFLOW", worker=2, ps=1)`."""
    return make_job


@pytest.fixture
def tell() -> Callable[[JobSpec], Story]:
    """Return the maker of stories."""
    return Story


@pytest.fixture
def training() -> Story:
    """Return two workers, one parameter server and one output, untouched."""
    spec = make_job("TENSORFLOW", worker=2, ps=1)
    outputs = (OutputSpec("hdfs://nn:8020/out", "model"),)
    return Story(msgspec.structs.replace(spec, outputs=outputs))


class Ears:
    """Hears events, in their order, with what is to be called when they are settled."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[tuple[AnyEvent, Settled]] = asyncio.Queue()

    def __call__(self, event: AnyEvent, settled: Settled = None) -> None:
        """Queue an event: the `Emit` of whoever is tested."""
        self._heard.put_nowait((event, settled))

    async def next(self) -> AnyEvent:
        """Return the next event, settled at once."""
        event, settled = await self.next_unsettled()
        if settled is not None:
            settled()
        return event

    async def next_unsettled(self) -> tuple[AnyEvent, Settled]:
        """Return the next event and what settles it."""
        async with asyncio.timeout(10):
            return await self._heard.get()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing was said that was not heard."""
        return self._heard.empty()


class AgentClient:
    """The other end of an agent's stream, over real TLS."""

    def __init__(
        self, port: int, authority: CertificateAuthority, leaf: Leaf | None
    ) -> None:
        credentials = grpc.ssl_channel_credentials(
            authority.certificate,
            leaf.key if leaf else None,
            leaf.certificate if leaf else None,
        )
        options = [
            ("grpc.ssl_target_name_override", SERVER_NAME),
            ("grpc.enable_http_proxy", 0),
        ]
        address = f"127.0.0.1:{port}"
        self._channel = grpc.aio.secure_channel(address, credentials, options)
        stub: Any = agent_pb2_grpc.ApplicationMasterStub(self._channel)  # type: ignore[no-untyped-call]
        self.stream = stub.Attach()

    async def say(self, message: pb.AgentMessage) -> None:
        """Send a message."""
        await self.stream.write(message)

    async def report(self, sequence: int, **facts: Any) -> None:
        """Send a report: `report(3, state=pb.READY)`."""
        report = pb.TaskReport(**facts)
        await self.say(pb.AgentMessage(sequence=sequence, report=report))

    async def greet(self, container_id: str, version: int = 1) -> pb.MasterMessage:
        """Say hello; return the first answer."""
        hello = pb.Hello(protocol_version=version, container_id=container_id, host="n1")
        await self.say(pb.AgentMessage(hello=hello))
        return await self.hear()

    async def hear(self) -> pb.MasterMessage:
        """Return what the ApplicationMaster says next.

        Raises:
            EOFError: It closed the stream.
        """
        async with asyncio.timeout(10):
            message = await self.stream.read()
        if isinstance(message, pb.MasterMessage):
            return message
        raise EOFError

    async def close(self) -> None:
        """Break the stream."""
        await self._channel.close(None)


class Exchange:
    """A real gRPC server for the agents of a job, and clients for it."""

    def __init__(self, spec: JobSpec, silence_s: float) -> None:
        self.ears = Ears()
        self.authority = CertificateAuthority(secrets.token_bytes(32))
        phrases = Phrasebook(spec, encode_spec(spec), {"fs.defaultFS": "hdfs://nn"})
        self.agents = Agents(
            self.authority, phrases, self.ears, attempt=2, silence_s=silence_s
        )
        self._clients: list[AgentClient] = []

    def connect(
        self,
        name: str | None,
        *,
        issuer: CertificateAuthority | None = None,
    ) -> AgentClient:
        """Open a stream with a certificate for `name`, or with none."""
        leaf = (issuer or self.authority).leaf(name) if name else None
        client = AgentClient(self.agents.port, self.authority, leaf)
        self._clients.append(client)
        return client

    async def attach(self, container_id: str) -> AgentClient:
        """Return an agent that has been welcomed."""
        client = self.connect(container_id)
        await client.greet(container_id)
        await self.ears.next()
        return client

    async def close(self) -> None:
        """Close all streams and the server."""
        for client in self._clients:
            await client.close()
        await self.agents.close()


@pytest.fixture
async def exchange(job: Callable[..., JobSpec]) -> AsyncIterator[Exchange]:
    """Return a server for agents that have a minute to speak."""
    exchange = Exchange(job("TENSORFLOW", worker=2, ps=1), 60.0)
    await exchange.agents.start()
    yield exchange
    await exchange.close()


@pytest.fixture
async def impatient(job: Callable[..., JobSpec]) -> AsyncIterator[Exchange]:
    """Return a server for agents that have a fifth of a second to speak."""
    exchange = Exchange(job("TENSORFLOW", worker=2, ps=1), 0.2)
    await exchange.agents.start()
    yield exchange
    await exchange.close()


@pytest.fixture
def given(tmp_path: Path) -> Surroundings:
    """Return an attempt's surroundings, on the local disk, with no cluster behind."""
    staging = tmp_path / "staging"
    staging.mkdir()
    logs = tmp_path / "logs"
    logs.mkdir()
    spec = msgspec.structs.replace(
        make_job(worker=1), staging_url=f"file://{staging}", default_fs="file:///"
    )
    token = Token(b"identifier", b"password", AMRM_TOKEN_KIND)
    hadoop = {
        "fs.defaultFS": "file:///",
        "yarn.resourcemanager.hostname": "127.0.0.1",
    }
    secrets = pack(Handover(spec, hadoop, bytes(32)))
    return Surroundings(
        job=encode_spec(spec),
        spec=spec,
        hadoop=hadoop,
        secret=bytes(32),
        credentials=Credentials({"": token}, secrets),
        container_id=ContainerId.parse("container_1700000000000_0001_01_000001"),
        host="localhost",
        log_dir=logs,
        proxy_base=f"/proxy/{APPLICATION}",
    )


@pytest.fixture
def ears() -> Ears:
    """Return somebody who hears events."""
    return Ears()


@pytest.fixture
def alone(job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]) -> Story:
    """Return two independent workers, registered at second 1."""
    story = tell(job(worker=2))
    story.now = 1.0
    story.tell(Registered(1, ()))
    return story
