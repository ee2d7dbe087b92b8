"""One RPC connection as a state machine without a socket. Pure.

    connection = RpcConnection(protocol, credential, random)
    call_id = connection.call("allocate", request_bytes)
    socket.sendall(connection.data_to_send())
    connection.receive_data(socket.recv(65536))       # b"" for the end of the stream
    while (event := connection.next_event()) is not None: ...

Calls may be made at any time; those made too early are sent once the server knows us.
Events come in the order of the bytes, however these were cut. `None` means "need more".

    state        bytes that may come                next
    TALKING      SASL                               OPEN, CLOSED
    OPEN         replies, wrapped if agreed         CLOSED
    CLOSED       none
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from xlearning.errors import LocalProtocolError, RemoteProtocolError
from xlearning.hadoop.rpc import wire
from xlearning.hadoop.rpc.events import (
    Closed,
    Established,
    Event,
    Failed,
    Refused,
    Replied,
)
from xlearning.hadoop.rpc.protection import MAX_CHUNK
from xlearning.hadoop.rpc.sasl import Credential, SaslMessage, SaslTalk, SimpleUser

if TYPE_CHECKING:
    from collections.abc import Callable

_CLIENT_ID_BYTES = 16
_NONCE_BYTES = 30
_LAST_CALL_ID = 0x7FFFFFFF


class State(Enum):
    """How far a connection is."""

    TALKING = auto()
    OPEN = auto()
    CLOSED = auto()


@dataclass(frozen=True, slots=True)
class _Waiting:
    call_id: int
    method: str
    request: bytes


class RpcConnection:
    """One connection for one protocol and one user.

    Attributes:
        state: How far it is.
        protocol: The Java class of the protocol.
    """

    def __init__(
        self, protocol: str, credential: Credential, random: Callable[[int], bytes]
    ) -> None:
        """Begin a connection: the first bytes are ready to be sent.

        Args:
            protocol: The Java class of the protocol.
            credential: Who we are.
            random: Gives so many random bytes (`os.urandom`).
        """
        self.state = State.TALKING
        self.protocol = protocol
        self._client_id = random(_CLIENT_ID_BYTES)
        self._user = credential.name if isinstance(credential, SimpleUser) else None
        self._talk = SaslTalk(credential, random(_NONCE_BYTES).hex())
        self._received = wire.FrameBuffer()
        self._unwrapped = wire.FrameBuffer()
        self._events: deque[Event] = deque()
        self._waiting: list[_Waiting] = []
        self._unanswered: set[int] = set()
        self._next_call_id = 0
        self._out: list[bytes] = [
            wire.connection_header(wire.AuthProtocol.SASL),
            wire.sasl_frame(self._talk.first_message()),
        ]

    @property
    def idle(self) -> bool:
        """Whether no call waits for its answer."""
        return not self._unanswered and not self._waiting

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent or read any more."""
        return self.state is State.CLOSED

    def call(self, method: str, request: bytes) -> int:
        """Call a method.

        Args:
            method: Its name in Hadoop's protocol, e.g. `allocate`.
            request: The request message's bytes.

        Returns:
            The id that the answer will carry.

        Raises:
            LocalProtocolError: The connection is closed.
        """
        if self.closed:
            raise LocalProtocolError(f"`{method}` was called on a closed connection")
        call_id = self._next_call_id
        self._next_call_id = (call_id + 1) & _LAST_CALL_ID
        waiting = _Waiting(call_id, method, request)
        if self.state is State.OPEN:
            self._send_call(waiting)
        else:
            self._waiting.append(waiting)
        return call_id

    def forget(self, call_id: int) -> None:
        """Drop a call whose answer nobody waits for; a late one is ignored."""
        self._unanswered.discard(call_id)
        self._waiting = [each for each in self._waiting if each.call_id != call_id]

    def close(self) -> None:
        """End the connection: nothing is sent or read any more."""
        self.state = State.CLOSED
        self._out.clear()

    def data_to_send(self) -> bytes:
        """Return what must be sent now, and forget it."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the server; b"" says that no more will come.

        Raises:
            RemoteProtocolError: The server broke the rules; the connection is closed.
        """
        if self.closed:
            return
        if not data:
            self._end(Closed(tuple(sorted(self._unanswered))))
            return
        self._received.append(data)
        try:
            for frame in self._received.frames():
                self._on_frame(frame)
                if self.closed:
                    return  # what follows a fatal reply means nothing
        except RemoteProtocolError:
            self.close()
            raise

    def next_event(self) -> Event | None:
        """Return what happened next, None when more bytes are needed."""
        return self._events.popleft() if self._events else None

    def _on_frame(self, data: bytes) -> None:
        reply = wire.parse_reply(data)
        if reply.call_id == wire.CallId.SASL and reply.status is wire.Status.SUCCESS:
            payload = wire.parse(SaslMessage, reply.payload)
            self._on_sasl(payload)
        elif self._talk.wrapping is not None and reply.status is not wire.Status.FATAL:
            raise RemoteProtocolError("the server sent an unprotected reply")
        else:
            self._on_reply(reply)

    def _on_sasl(self, message: SaslMessage) -> None:
        if message.state == SaslMessage.WRAP:
            if self._talk.wrapping is None:
                raise RemoteProtocolError(
                    "the server wraps without having agreed to it"
                )
            self._unwrapped.append(self._talk.wrapping.unwrap(message.token))
            for frame in self._unwrapped.frames():
                self._on_reply(wire.parse_reply(frame))
            return
        answer = self._talk.receive(message)
        if answer is not None:
            self._out.append(wire.sasl_frame(answer))
        if self._talk.done:
            self._open()

    def _open(self) -> None:
        self.state = State.OPEN
        self._events.append(Established(self._talk.protection))
        self._send(wire.context_frame(self._client_id, self.protocol, self._user))
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            self._send_call(each)

    def _on_reply(self, reply: wire.Reply) -> None:
        match reply.status:
            case wire.Status.FATAL:
                self._end(Refused(reply.java_class, reply.text))
            case wire.Status.ERROR if reply.call_id in self._unanswered:
                self._unanswered.discard(reply.call_id)
                failed = Failed(reply.call_id, reply.java_class, reply.text)
                self._events.append(failed)
            case wire.Status.SUCCESS if reply.call_id in self._unanswered:
                self._unanswered.discard(reply.call_id)
                self._events.append(Replied(reply.call_id, reply.payload))
            case _:
                # The answer of a call that was forgotten.
                if not 0 <= reply.call_id < self._next_call_id:
                    raise RemoteProtocolError(
                        f"the server answered call {reply.call_id}, which was not made"
                    )

    def _end(self, event: Closed | Refused) -> None:
        self._events.append(event)
        self.close()

    def _send_call(self, call: _Waiting) -> None:
        target = wire.call_target(self.protocol, call.method)
        self._unanswered.add(call.call_id)
        self._send(wire.call_frame(call.call_id, self._client_id, target, call.request))

    def _send(self, frame: bytes) -> None:
        wrapping = self._talk.wrapping
        if wrapping is None:
            self._out.append(frame)
            return
        for start in range(0, len(frame), MAX_CHUNK):
            token = wrapping.wrap(frame[start : start + MAX_CHUNK])
            message = SaslMessage(state=SaslMessage.WRAP, token=token)
            self._out.append(wire.sasl_frame(message))
