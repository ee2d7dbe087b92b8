"""The agents' side of the ApplicationMaster: one gRPC stream for each of them.

Turns what agents say into events and tells them what was decided. A report is
acknowledged only after its event is in the journal; until then its agent keeps it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

import grpc
import grpc.aio
import msgspec

from xlearning.am import agent_messages
from xlearning.am.events import (
    AgentAttached,
    AgentDetached,
    AgentSilent,
    AnyEvent,
    TaskTroubled,
)
from xlearning.am.gate import Gate
from xlearning.errors import ConnectionLost
from xlearning.job.environment import SERVER_NAME
from xlearning.proto import agent_pb2 as pb
from xlearning.proto import agent_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from xlearning.am.actions import Assign, SaveTask, Start, StopTask
    from xlearning.am.certificates import CertificateAuthority
    from xlearning.am.overview import Telemetry
    from xlearning.job.ids import TaskId

    Context = grpc.aio.ServicerContext[pb.AgentMessage, pb.MasterMessage]

logger = logging.getLogger(__name__)

PROTOCOL_VERSION = 1
LOG_TIMEOUT_S = 20.0

VIEWS_AT_ONCE = 64
"""Streams that the view is written to at a time. It names every task and goes to every
task: written to all at once it would be in memory as often as there are tasks."""
VIEW_PATIENCE_S = 10.0
"""After that the view is written all the same: the agents of others may be stuck."""

SERVER_OPTIONS = [
    ("grpc.so_reuseport", 0),  # else two servers may share a port in silence
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_receive_message_length", 16 << 20),
    ("grpc.max_send_message_length", -1),
    ("grpc.server.max_pending_requests", 10_000),
    ("grpc.server.max_pending_requests_hard_limit", 20_000),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 5_000),
]


class Emit(Protocol):
    """Where events go."""

    def __call__(
        self, event: AnyEvent, settled: Callable[[], None] | None = None
    ) -> None:
        """Queue an event; `settled` is called when it is in the journal."""


@dataclass(slots=True)
class _Link:
    """One open stream; None in the outbox closes it."""

    container_id: str
    outbox: asyncio.Queue[pb.MasterMessage | None] = field(
        default_factory=asyncio.Queue
    )


class Agents(agent_pb2_grpc.ApplicationMasterServicer):
    """All agents of the job.

    Attributes:
        telemetry: What each task's agent last said about its trainer.
        port: Where agents attach, 0 before `start`.
    """

    def __init__(
        self,
        authority: CertificateAuthority,
        phrases: agent_messages.Phrasebook,
        emit: Emit,
        *,
        attempt: int,
        silence_s: float,
    ) -> None:
        """Serve agents; one that says nothing for `silence_s` is given up."""
        self.telemetry: dict[TaskId, Telemetry] = {}
        self.port = 0
        self._authority = authority
        self._phrases = phrases
        self._emit = emit
        self._attempt = attempt
        self._silence_s = silence_s
        self._links: dict[str, _Link] = {}
        self._tasks: dict[str, TaskId] = {}
        self._received: dict[str, int] = {}
        self._settled: dict[str, int] = {}
        self._logs: dict[int, asyncio.Future[pb.LogChunk]] = {}
        self._log_numbers = itertools.count(1)
        self._views = Gate(VIEWS_AT_ONCE, VIEW_PATIENCE_S)
        self._server: grpc.aio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        leaf = self._authority.leaf(SERVER_NAME)
        credentials = grpc.ssl_server_credentials(
            [(leaf.key, leaf.certificate)],
            root_certificates=self._authority.certificate,
            require_client_auth=True,
        )
        self._server = grpc.aio.server(options=SERVER_OPTIONS)
        agent_pb2_grpc.add_ApplicationMasterServicer_to_server(  # type: ignore[no-untyped-call]
            self, self._server
        )
        self.port = self._server.add_secure_port("0.0.0.0:0", credentials)
        await self._server.start()

    async def close(self) -> None:
        """Close all streams and stop listening."""
        for link in self._links.values():
            link.outbox.put_nowait(None)
        if self._server is not None:
            await self._server.stop(0.2)

    # ---- what agents say

    async def Attach(
        self, messages: AsyncIterator[pb.AgentMessage], context: Context
    ) -> None:
        """Serve one agent's stream until it breaks or a newer one replaces it."""
        container_id = await self._greet(messages, context)
        link = _Link(container_id)
        self._tell(container_id, None)
        self._links[container_id] = link
        received = self._settled.get(container_id, 0)
        welcome = pb.Welcome(received=received, attempt=self._attempt)
        try:
            await context.write(pb.MasterMessage(welcome=welcome))
            self._emit(AgentAttached(container_id))
            await self._talk(link, messages, context)
        finally:
            if self._links.get(container_id) is link:
                del self._links[container_id]
                self._emit(AgentDetached(container_id))

    async def _greet(
        self, messages: AsyncIterator[pb.AgentMessage], context: Context
    ) -> str:
        """Read Hello and check that the agent is who it says it is."""
        async with asyncio.timeout(self._silence_s):
            hello = (await anext(aiter(messages))).hello
        if hello.protocol_version != PROTOCOL_VERSION:
            reason = f"protocol version {hello.protocol_version} is not spoken here"
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, reason)
        names = context.auth_context().get("x509_common_name", [])
        # A common name holds 64 characters (RFC 5280), a container id is shorter.
        if hello.container_id.encode() not in names:
            reason = "the certificate is another container's"
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, reason)
        logger.debug("< %s hello from %s", hello.container_id, hello.host)
        return hello.container_id

    async def _talk(
        self, link: _Link, messages: AsyncIterator[pb.AgentMessage], context: Context
    ) -> None:
        async def read() -> None:
            try:
                await self._read(link, messages)
            finally:
                link.outbox.put_nowait(None)

        async with asyncio.TaskGroup() as group:
            reading = group.create_task(read())
            while (message := await link.outbox.get()) is not None:
                if message.HasField("start"):
                    async with self._views.passing():
                        await context.write(message)
                else:
                    await context.write(message)
            reading.cancel()

    async def _read(
        self, link: _Link, messages: AsyncIterator[pb.AgentMessage]
    ) -> None:
        stream = aiter(messages)
        while True:
            try:
                async with asyncio.timeout(self._silence_s):
                    message = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                self._emit(AgentSilent(link.container_id, self._silence_s))
                return
            self._hear(link.container_id, message)

    def _hear(self, container_id: str, message: pb.AgentMessage) -> None:
        match message.WhichOneof("body"):
            case "report":
                self._hear_report(container_id, message.sequence, message.report)
            case "telemetry":
                task = self._tasks.get(container_id)
                said = agent_messages.telemetry_of(message.telemetry)
                if task is not None and said.try_number >= self._try_shown(task):
                    self._show(container_id, task, said)
            case "log_chunk":
                waiting = self._logs.pop(message.log_chunk.request, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message.log_chunk)
            case _:
                pass  # Alive, or something that a later version says

    def _show(self, container_id: str, task: TaskId, said: Telemetry) -> None:
        before = self.telemetry.get(task)
        self.telemetry[task] = said
        if said.problem and (before is None or before.problem != said.problem):
            self._emit(TaskTroubled(container_id, said.try_number, said.problem))

    def _try_shown(self, task: TaskId) -> int:
        shown = self.telemetry.get(task)
        return shown.try_number if shown else 0

    def _hear_report(
        self, container_id: str, sequence: int, report: pb.TaskReport
    ) -> None:
        if sequence <= self._received.get(container_id, 0):
            return  # said again on a new stream
        self._received[container_id] = sequence
        acknowledge = partial(self._acknowledge, container_id, sequence)
        event = agent_messages.event_of(container_id, report)
        if event is None:
            acknowledge()
        else:
            self._emit(event, acknowledge)

    def _acknowledge(self, container_id: str, sequence: int) -> None:
        settled = max(sequence, self._settled.get(container_id, 0))
        self._settled[container_id] = settled
        self._tell(container_id, agent_messages.received(settled))

    # ---- what is said to agents

    def _tell(self, container_id: str, message: pb.MasterMessage | None) -> None:
        """Queue a message; an agent that is away is told when it comes back."""
        link = self._links.get(container_id)
        if link is not None:
            link.outbox.put_nowait(message)

    def assign(self, action: Assign) -> None:
        """Tell an agent which task it is."""
        self._tasks[action.container_id] = action.run.task
        self._tell(action.container_id, self._phrases.assignment(action))

    def begin(self, action: Start) -> None:
        """Give the view, encoded once, to all agents that it is for."""
        view = msgspec.json.encode(action.view)
        message = agent_messages.start(action.view.generation, view)
        for container_id in action.container_ids:
            self._tell(container_id, message)

    def stop(self, action: StopTask) -> None:
        """Tell an agent to end its trainer."""
        self._tell(action.container_id, agent_messages.stop(action))

    def save(self, action: SaveTask) -> None:
        """Tell an agent to copy its outputs while its trainer runs."""
        self._tell(action.container_id, agent_messages.save(action))

    def cancel_save(self, container_id: str, number: int) -> None:
        """Tell an agent that a save has been given up."""
        self._tell(container_id, agent_messages.cancel_save(number))

    def release(self, container_id: str) -> None:
        """Tell an agent that it may end."""
        self._tell(container_id, agent_messages.release())

    async def read_log(
        self, container_id: str, file: str, offset: int, limit: int
    ) -> pb.LogChunk:
        """Return a piece of a log file of a container.

        Raises:
            ConnectionLost: Its agent is not there or does not answer.
        """
        if container_id not in self._links:
            raise ConnectionLost(f"the agent of `{container_id}` is not attached")
        number = next(self._log_numbers)
        self._logs[number] = asyncio.get_running_loop().create_future()
        question = agent_messages.read_log(number, file, offset, limit)
        self._tell(container_id, question)
        try:
            async with asyncio.timeout(LOG_TIMEOUT_S):
                return await self._logs[number]
        except TimeoutError as error:
            text = f"the agent of `{container_id}` does not answer"
            raise ConnectionLost(text) from error
        finally:
            self._logs.pop(number, None)
