"""The socket under the RPC connection: calls as awaitables, deadlines, reconnecting.

A channel belongs to one protocol, one user and one service, which may listen at several
addresses. It connects when it is first called and again after the connection broke;
it repeats no call, because only a protocol knows what may be repeated. Its one reader
task lives in the channel's own task group, from `async with` to its end.

What callers see: `ConnectionLost` (no answer; the call may or may not have been done),
`ClusterError` with the Java class (the service said no), `RemoteProtocolError`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from xlearning.errors import (
    ClusterError,
    ConnectionLost,
    LocalProtocolError,
    RemoteProtocolError,
    XLearningError,
)
from xlearning.hadoop.rpc.connection import RpcConnection
from xlearning.hadoop.rpc.events import Closed, Established, Failed, Refused, Replied

if TYPE_CHECKING:
    from types import TracebackType

    from xlearning.hadoop.rpc.events import Event
    from xlearning.hadoop.rpc.failover import Failover
    from xlearning.hadoop.rpc.sasl import Credential

LOG = logging.getLogger(__name__)

_READ_BYTES = 65536
_CLASS_NAME = re.compile(r"\A(?:[\w$]+\.)+[\w$]*(?:Exception|Error|InvalidToken): ")

# Both mean "not now" (`RetryPolicies.java`): the call may go well later or elsewhere.
_NOT_NOW = (
    "org.apache.hadoop.ipc.StandbyException",
    "org.apache.hadoop.ipc.RetriableException",
)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long to wait, in seconds.

    Attributes:
        connect_s: For a connection and its authentication, at each address.
        call_s: For the answer of a call that says nothing else.
    """

    connect_s: float = 10.0
    call_s: float = 30.0


class RpcChannel:
    """Calls to one service. Use it in `async with`."""

    def __init__(
        self,
        protocol: str,
        failover: Failover,
        credential: Credential,
        deadlines: Deadlines | None = None,
    ) -> None:
        """Name the service; nothing is connected yet.

        Args:
            protocol: The Java class of the protocol.
            failover: Where the service listens.
            credential: Who we are.
            deadlines: How long to wait.
        """
        self._protocol = protocol
        self._failover = failover
        self._credential = credential
        self._deadlines = deadlines or Deadlines()
        self._tasks = asyncio.TaskGroup()
        self._connecting = asyncio.Lock()
        self._link: _Link | None = None
        self._entered = False

    async def __aenter__(self) -> Self:
        """Begin to own tasks."""
        await self._tasks.__aenter__()
        self._entered = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection and end the reader task."""
        self._entered = False
        self.disconnect("the channel is closed")
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            await self._tasks.__aexit__(kind, error, traceback)
        else:  # a task group would wrap the caller's own error in a group
            await self._tasks.__aexit__(None, None, None)

    @property
    def pause_s(self) -> float:
        """How long to wait before a lost call is tried again, in seconds."""
        return self._failover.pause_s

    def use(self, credential: Credential) -> None:
        """Authenticate with another credential from now on.

        The connection is closed; do this while no call is under way.
        """
        self._credential = credential
        self.disconnect("another credential is used now")

    def disconnect(self, why: str) -> None:
        """Close the connection; the next call opens another one."""
        link, self._link = self._link, None
        if link is not None:
            link.end(ConnectionLost(f"the connection to {link.peer} was closed: {why}"))

    async def call(
        self, method: str, request: bytes, *, timeout_s: float | None = None
    ) -> bytes:
        """Call a method and return the response message's bytes.

        Args:
            method: Its name in Hadoop's protocol.
            request: The request message's bytes.
            timeout_s: How long to wait for the answer.

        Raises:
            ConnectionLost: No answer came.
            ClusterError: The service refused the call, or us.
            RemoteProtocolError: The service broke a rule.
        """
        link = await self._connected()
        limit = self._deadlines.call_s if timeout_s is None else timeout_s
        LOG.debug("> %s %s, %d bytes", link.peer, method, len(request))
        try:
            async with asyncio.timeout(limit):
                response = await link.call(method, request)
        except TimeoutError as error:
            self._lost(link)
            raise ConnectionLost(
                f"{link.peer} did not answer `{method}` within {limit:g} s"
            ) from error
        except ClusterError as error:
            if error.java_class not in _NOT_NOW:
                raise
            self._lost(link)
            raise ConnectionLost(f"{link.peer} cannot serve now: {error}") from error
        LOG.debug("< %s %s, %d bytes", link.peer, method, len(response))
        self._failover.answered()
        return response

    def _lost(self, link: _Link) -> None:
        """Give up a server that does not serve us, unless that was done already."""
        if self._link is link:
            self._failover.failed()
            self.disconnect("it does not serve us")

    async def _connected(self) -> _Link:
        """Return a connection on which the server knows us."""
        if not self._entered:
            raise LocalProtocolError("a channel was used outside of its `async with`")
        async with self._connecting:
            if self._link is not None and self._link.usable:
                return self._link
            self.disconnect("it is broken")
            reasons = []
            for _ in range(self._failover.count):
                try:
                    self._link = await self._connect()
                except ConnectionLost as error:
                    reasons.append(error.message)
                    self._failover.failed()
                else:
                    return self._link
        raise ConnectionLost("; ".join(reasons))

    async def _connect(self) -> _Link:
        address = self._failover.current
        limit = self._deadlines.connect_s
        link: _Link | None = None
        try:
            async with asyncio.timeout(limit):
                reader, writer = await asyncio.open_connection(
                    address.host, address.port
                )
                connection = RpcConnection(self._protocol, self._credential, os.urandom)
                link = _Link(str(address), connection, reader, writer)
                link.start(self._tasks)
                await link.established
        except TimeoutError as error:
            lost = ConnectionLost(f"{address} did not answer within {limit:g} s")
            _end(link, lost)
            raise lost from error
        except OSError as error:
            raise ConnectionLost(f"cannot connect to {address}: {error}") from error
        except ClusterError as error:
            if error.java_class in _NOT_NOW:
                raise ConnectionLost(f"{address} cannot serve: {error}") from error
            raise
        except asyncio.CancelledError:
            _end(link, ConnectionLost(f"connecting to {address} was given up"))
            raise
        LOG.debug("connected to %s", address)
        return link


def _end(link: _Link | None, error: ConnectionLost) -> None:
    if link is not None:
        link.end(error)


class _Link:
    """One socket with its connection's state machine and the calls under way.

    Attributes:
        peer: The server's `host:port`.
        established: Done when the server knows us, or failed with why it does not.
    """

    def __init__(
        self,
        peer: str,
        connection: RpcConnection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.peer = peer
        self.established: asyncio.Future[None] = asyncio.Future()
        self._connection = connection
        self._reader = reader
        self._writer = writer
        self._calls: dict[int, tuple[str, asyncio.Future[bytes]]] = {}
        self._task: asyncio.Task[None] | None = None
        self._error: XLearningError | None = None
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    @property
    def usable(self) -> bool:
        """Whether calls can be made."""
        return self._error is None

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Begin to read."""
        self._task = tasks.create_task(self._read(), name=f"rpc {self.peer}")
        self._flush()

    async def call(self, method: str, request: bytes) -> bytes:
        """Send a call and return the answer."""
        if self._error is not None:
            raise self._error
        call_id = self._connection.call(method, request)
        answer: asyncio.Future[bytes] = asyncio.Future()
        self._calls[call_id] = method, answer
        self._flush()
        try:
            return await answer
        finally:
            self._calls.pop(call_id, None)
            self._connection.forget(call_id)

    def end(self, error: XLearningError) -> None:
        """Close, and fail all that waits."""
        if self._error is not None:
            return
        self._error = error
        self._connection.close()
        calls, self._calls = self._calls, {}
        answers: list[asyncio.Future[bytes] | asyncio.Future[None]] = [
            answer for _, answer in calls.values()
        ]
        for waiting in [self.established, *answers]:
            if not waiting.done():
                waiting.set_exception(error)
        if self.established.done() and not self.established.cancelled():
            self.established.exception()  # seen, though nobody may wait for it
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    async def _read(self) -> None:
        try:
            while self._error is None:
                data = await self._reader.read(_READ_BYTES)
                self._connection.receive_data(data)
                while (event := self._connection.next_event()) is not None:
                    self._on_event(event)
                self._flush()
        except OSError as error:
            self.end(ConnectionLost(f"the connection to {self.peer} broke: {error}"))
        except RemoteProtocolError as error:
            self.end(error)
        finally:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    def _on_event(self, event: Event) -> None:
        match event:
            case Established():
                self.established.set_result(None)
            case Replied(call_id, response):
                if call_id in self._calls:
                    _resolve(self._calls.pop(call_id)[1], response)
            case Failed(call_id, java_class, text):
                if call_id in self._calls:
                    method, answer = self._calls.pop(call_id)
                    _reject(answer, self._refusal(method, java_class, text))
            case Refused(java_class, text):
                self.end(self._refusal("", java_class, text))
            case Closed():
                self.end(ConnectionLost(f"{self.peer} closed the connection"))

    def _refusal(self, method: str, java_class: str, text: str) -> ClusterError:
        remote_text = clean_text(text)
        what = f"`{method}`" if method else "the connection"
        return ClusterError(
            f"{self.peer} refused {what}: {remote_text or java_class}",
            protocol=self._connection.protocol,
            method=method,
            java_class=java_class,
            remote_text=remote_text,
        )

    def _flush(self) -> None:
        data = self._connection.data_to_send()
        if data:
            self._writer.write(data)


def _resolve(answer: asyncio.Future[bytes], response: bytes) -> None:
    if not answer.done():
        answer.set_result(response)


def _reject(answer: asyncio.Future[bytes], error: ClusterError) -> None:
    if not answer.done():
        answer.set_exception(error)


def clean_text(text: str) -> str:
    """Return a Java exception's message without stack trace and class names."""
    message = text.partition("\n\tat ")[0].strip()
    while match := _CLASS_NAME.match(message):
        message = message[match.end() :]
    return message
