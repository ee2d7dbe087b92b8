"""Keeps a stream to the ApplicationMaster open, whichever attempt of it lives.

A stream that breaks is opened again after a pause that grows and is random, so that a
thousand agents do not come back together. When the address that the agent was given
does not answer, `am.json` in the staging folder tells where a later attempt listens.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import grpc
import grpc.aio

from xlearning.container.outbox import Outbox
from xlearning.container.place import Address
from xlearning.errors import XLearningError
from xlearning.job.environment import SERVER_NAME
from xlearning.proto import agent_pb2 as pb
from xlearning.proto import agent_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Callable

    Stream = grpc.aio.StreamStreamCall[pb.AgentMessage, pb.MasterMessage]

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
WELCOME_S = 20.0
"""A server that has not answered Hello by then is not ours, or is stuck."""
HEARTBEAT_S = 10.0
"""Until the assignment says otherwise."""

CHANNEL_OPTIONS = [
    ("grpc.ssl_target_name_override", SERVER_NAME),
    ("grpc.enable_http_proxy", 0),
    ("grpc.use_local_subchannel_pool", 1),  # else its own back-off outlives a channel
    ("grpc.max_receive_message_length", -1),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.max_pings_without_data", 0),
]


class Listener(Protocol):
    """Who hears what comes over the stream. Called on the event loop."""

    def attached(self, attempt: int) -> None:
        """Hear that a stream is open, and to which attempt."""

    def detached(self) -> None:
        """Hear that there is no stream."""

    def received(self, count: int) -> None:
        """Hear how many reports have arrived."""

    def commanded(self, message: pb.MasterMessage) -> None:
        """Hear a command."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the agent is, and whom it believes.

    Attributes:
        hello: The first message of every stream.
        certificate: PEM.
        key: PEM.
        authority: The job's certificate authority, PEM.
        tasks_secret: What the tasks of the job know each other by.
    """

    hello: pb.AgentMessage
    certificate: bytes
    key: bytes
    authority: bytes
    tasks_secret: bytes = b""


class Connection:
    """The agent's end of the protocol.

    Attributes:
        heartbeat_s: How long nothing may be said.
    """

    def __init__(
        self,
        identity: Identity,
        address: Address,
        listener: Listener,
        look_up: Callable[[], bytes | None],
    ) -> None:
        """Prepare to connect.

        Args:
            identity: Certificate and greeting.
            address: Where to begin.
            listener: Who hears.
            look_up: Returns the content of `am.json`, None when there is none. It
                blocks and is called in a thread.
        """
        self.heartbeat_s = HEARTBEAT_S
        self._identity = identity
        self._address = address
        self._listener = listener
        self._look_up = look_up
        self._outbox = Outbox()
        self._wake = asyncio.Event()

    def report(self, report: pb.TaskReport) -> None:
        """Say something that must arrive."""
        self._outbox.report(report)
        self._wake.set()

    def say(self, message: pb.AgentMessage) -> None:
        """Say something that is forgotten when nobody listens."""
        self._outbox.say(message)
        self._wake.set()

    async def run(self) -> None:
        """Attach, and attach again, until cancelled."""
        pause_s = FIRST_PAUSE_S
        while True:
            welcomed = await self._attach_once()
            self._listener.detached()
            pause_s = FIRST_PAUSE_S if welcomed else min(pause_s * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            if not welcomed:
                await self._find_later_attempt()

    async def _attach_once(self) -> bool:
        """Open a stream, use it until it breaks, and say whether it was one."""
        logger.info("attaching to %s", self._address)
        credentials = grpc.ssl_channel_credentials(
            root_certificates=self._identity.authority,
            private_key=self._identity.key,
            certificate_chain=self._identity.certificate,
        )
        target = str(self._address)
        channel = grpc.aio.secure_channel(target, credentials, CHANNEL_OPTIONS)
        try:
            stub = agent_pb2_grpc.ApplicationMasterStub(channel)  # type: ignore[no-untyped-call]
            stream: Stream = stub.Attach()
            return await self._use(stream)
        finally:
            self._outbox.detach()
            await channel.close(None)

    async def _use(self, stream: Stream) -> bool:
        try:
            async with asyncio.timeout(WELCOME_S):
                await stream.write(self._identity.hello)
                first = await stream.read()
            if not self._welcome(first):
                return False
        except (TimeoutError, grpc.aio.AioRpcError, asyncio.InvalidStateError) as error:
            logger.warning("cannot attach to %s: %s", self._address, _reason(error))
            return False
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._write(stream))
            await self._read(stream)
            writing.cancel()
        return True

    def _welcome(self, first: pb.MasterMessage | object) -> bool:
        if not isinstance(first, pb.MasterMessage) or not first.HasField("welcome"):
            logger.warning("%s did not say Welcome", self._address)
            return False
        attempt = first.welcome.attempt
        if attempt < self._address.attempt:
            logger.warning("%s is an earlier attempt: %d", self._address, attempt)
            return False
        host, port = self._address.host, self._address.port
        self._address = Address(host, port, attempt)
        self._outbox.attach(first.welcome.received)
        self._wake.set()
        self._listener.attached(attempt)
        self._listener.received(first.welcome.received)
        return True

    async def _read(self, stream: Stream) -> None:
        try:
            while isinstance(message := await stream.read(), pb.MasterMessage):
                logger.debug("< %s", message.WhichOneof("body"))
                if message.HasField("received"):
                    count = message.received.sequence
                    self._outbox.acknowledge(count)
                    self._listener.received(count)
                else:
                    self._listener.commanded(message)
            logger.warning("%s closed the stream", self._address)
        except grpc.aio.AioRpcError as error:
            logger.warning("lost %s: %s", self._address, _reason(error))

    async def _write(self, stream: Stream) -> None:
        """Send what there is to say; after a long silence, that we are alive."""
        try:
            while True:
                self._wake.clear()
                for message in self._outbox.messages_to_send():
                    logger.debug("> %s", message.WhichOneof("body"))
                    await stream.write(message)
                try:
                    async with asyncio.timeout(self.heartbeat_s):
                        await self._wake.wait()
                except TimeoutError:
                    self._outbox.say(pb.AgentMessage(alive=pb.Alive()))
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError) as error:
            logger.debug("cannot write: %s", _reason(error))  # the reader says why

    async def _find_later_attempt(self) -> None:
        """Go to the address in `am.json` unless it is an earlier attempt's."""
        try:
            content = await asyncio.to_thread(self._look_up)
        except (XLearningError, OSError) as error:
            logger.warning("cannot look for another ApplicationMaster: %s", error)
            return
        found = None if content is None else parse_am_file(content)
        if found is not None and found.attempt >= self._address.attempt:
            self._address = found


def parse_am_file(content: bytes) -> Address | None:
    """Read `am.json`, None when it is not one."""
    try:
        entry = json.loads(content)
        return Address(str(entry["host"]), int(entry["port"]), int(entry["attempt"]))
    except (ValueError, KeyError, TypeError):
        return None


def _reason(error: Exception) -> str:
    if isinstance(error, grpc.aio.AioRpcError):
        return f"{error.code().name} {error.details()}"
    return str(error) or type(error).__name__
