"""One Hadoop RPC connection from the server's side, without a socket. Pure.

    session = RpcSession(offer, find_password, random)
    session.receive_data(socket.recv(65536))
    while (call := session.next_call()) is not None:
        session.reply(call.call_id, response_bytes)
    socket.sendall(session.data_to_send())

The server's rules are those of `ipc/Server.java`: an answer to NEGOTIATE that carries
the challenge, one INITIATE that must echo it, then the context, then calls; from the
context on everything goes through the agreed protection. A fatal answer ends it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from xlearning.errors import ClusterError, RemoteProtocolError
from xlearning.hadoop.proto import rpc_pb2
from xlearning.hadoop.records import Token
from xlearning.hadoop.rpc import wire
from xlearning.hadoop.rpc.digest_md5 import Challenge, Digest, Protection
from xlearning.hadoop.rpc.sasl import MECHANISM, SaslAuth, SaslMessage
from xlearning.local.rpc_protection import server_wrapping
from xlearning.local.tokens import INVALID_TOKEN, InvalidToken, UnreadableToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.hadoop.rpc.protection import Wrapping

ACCESS_CONTROL = "org.apache.hadoop.security.AccessControlException"
SASL_EXCEPTION = "javax.security.sasl.SaslException"
NO_SUCH_METHOD = "org.apache.hadoop.ipc.RpcNoSuchMethodException"
SERVER_ID = "default"
CIPHER = "rc4"
_HEADER_BYTES = 7
_NONCE_BYTES = 30
_UNSIGNED = 1 << 32
_PAIR = re.compile(r'([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^,]*))(?:,|\Z)')
_UNAUTHORIZED = rpc_pb2.RpcResponseHeaderProto.FATAL_UNAUTHORIZED


@dataclass(frozen=True, slots=True)
class Offer:
    """How callers may authenticate.

    Attributes:
        tokens: With a token; else with a name that is believed.
        protections: Allowed ones, in the server's order.
    """

    tokens: bool = True
    protections: tuple[Protection, ...] = (Protection.AUTHENTICATION,)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that waits for its answer.

    Attributes:
        call_id: For the answer.
        client_id: The caller's, for the answer.
        protocol: The Java class that was named.
        method: What is called.
        request: The request message's bytes.
        identifier: Of the caller's token, b"" without one.
        user: The name in the context, "" with a token.
    """

    call_id: int
    client_id: bytes
    protocol: str
    method: str
    request: bytes
    identifier: bytes
    user: str


class _State(Enum):
    HEADER = auto()
    TALKING = auto()
    CONTEXT = auto()
    OPEN = auto()
    CLOSED = auto()


class RpcSession:
    """One connection."""

    def __init__(
        self,
        offer: Offer,
        find_password: Callable[[bytes], bytes],
        random: Callable[[int], bytes],
    ) -> None:
        """Wait for a client.

        Args:
            offer: How it may authenticate.
            find_password: Gives the password of a token's identifier, or raises
                `InvalidToken`.
            random: Gives so many random bytes.
        """
        self._offer = offer
        self._find_password = find_password
        self._nonce = base64.b64encode(random(_NONCE_BYTES)).decode()
        self._state = _State.HEADER
        self._start = b""
        self._received = wire.FrameBuffer()
        self._unwrapped = wire.FrameBuffer()
        self._calls: deque[Call] = deque()
        self._out: list[bytes] = []
        self._wrapping: Wrapping | None = None
        self._agreed: Wrapping | None = None
        self._identifier = b""
        self._user = ""

    @property
    def closed(self) -> bool:
        """Whether nothing more is read, and the socket is to be closed."""
        return self._state is _State.CLOSED

    def data_to_send(self) -> bytes:
        """Return what must be sent now, and forget it."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def next_call(self) -> Call | None:
        """Return the next call, None when more bytes are needed."""
        return self._calls.popleft() if self._calls else None

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the client; b"" says that no more will come."""
        if not data:
            self._state = _State.CLOSED
        if self._state is _State.HEADER:
            data = self._on_start(data)
        if self.closed or not data:
            return
        self._received.append(data)
        try:
            for frame in self._received.frames():
                if self.closed:
                    return
                self._on_frame(frame)
        except RemoteProtocolError:
            self._state = _State.CLOSED  # Hadoop closes without a word

    def reply(self, call: Call, response: bytes) -> None:
        """Answer a call."""
        header = _header(call.call_id, call.client_id, "SUCCESS")
        message = wire.varint(len(response)) + response
        self._send(wire.frame(wire.delimited(header), message))

    def fail(self, call: Call, error: ClusterError) -> None:
        """Answer a call with an exception; the connection stays."""
        header = _header(call.call_id, call.client_id, "ERROR")
        header.exceptionClassName = error.java_class
        header.errorMsg = error.remote_text
        codes = rpc_pb2.RpcResponseHeaderProto
        if error.java_class == NO_SUCH_METHOD:
            header.errorDetail = codes.ERROR_NO_SUCH_METHOD
        else:
            header.errorDetail = codes.ERROR_APPLICATION
        self._send(wire.frame(wire.delimited(header)))

    # ---- what comes

    def _on_start(self, data: bytes) -> bytes:
        self._start += data
        if len(self._start) < _HEADER_BYTES:
            return b""
        head, rest = self._start[:_HEADER_BYTES], self._start[_HEADER_BYTES:]
        if head[:4] != b"hrpc":
            self._state = _State.CLOSED
        elif head[6] == wire.AuthProtocol.SASL:
            self._state = _State.TALKING
        elif self._offer.tokens:
            text = "SIMPLE authentication is not enabled.  Available:[TOKEN]"
            self._refuse(wire.CallId.AUTHORIZATION_FAILED, ACCESS_CONTROL, text)
        else:
            self._state = _State.CONTEXT
        return rest

    def _on_frame(self, data: bytes) -> None:
        head, rest = wire.split_delimited(data)
        header = wire.parse(rpc_pb2.RpcRequestHeaderProto, head)
        if header.callId == wire.CallId.SASL:
            payload = wire.split_delimited(rest)[0]
            self._on_sasl(wire.parse(SaslMessage, payload))
        elif self._wrapping is not None:
            self._state = _State.CLOSED
        else:
            self._on_plain(header, rest)

    def _on_plain(self, header: rpc_pb2.RpcRequestHeaderProto, rest: bytes) -> None:
        if header.callId == wire.CallId.CONNECTION_CONTEXT:
            self._on_context(rest)
        elif header.callId >= 0 and self._state is _State.OPEN:
            target, rest = wire.split_delimited(rest)
            named = wire.parse(rpc_pb2.RequestHeaderProto, target)
            self._calls.append(
                Call(
                    header.callId,
                    header.clientId,
                    named.declaringClassProtocolName,
                    named.methodName,
                    wire.split_delimited(rest)[0],
                    self._identifier,
                    self._user,
                )
            )

    def _on_context(self, rest: bytes) -> None:
        payload = wire.split_delimited(rest)[0]
        context = wire.parse(rpc_pb2.IpcConnectionContextProto, payload)
        self._user = context.userInfo.effectiveUser
        if self._offer.tokens and (self._state is not _State.CONTEXT or self._user):
            text = "Authenticated user doesn't match what the client claims to be"
            self._refuse(wire.CallId.CONNECTION_CONTEXT, ACCESS_CONTROL, text)
            return
        self._state = _State.OPEN

    # ---- SASL

    def _on_sasl(self, message: SaslMessage) -> None:
        match message.state:
            case SaslMessage.WRAP if self._wrapping is not None:
                self._unwrapped.append(self._wrapping.unwrap(message.token))
                for frame in self._unwrapped.frames():
                    head, rest = wire.split_delimited(frame)
                    header = wire.parse(rpc_pb2.RpcRequestHeaderProto, head)
                    self._on_plain(header, rest)
            case SaslMessage.NEGOTIATE if self._state is _State.TALKING:
                self._answer_sasl(self._offer_message())
            case SaslMessage.INITIATE if self._state is _State.TALKING:
                self._on_initiate(message)
            case _:
                self._state = _State.CLOSED

    def _auth(self) -> SaslAuth:
        return SaslAuth(
            method="TOKEN", mechanism=MECHANISM, protocol="", serverId=SERVER_ID
        )

    def _challenge(self) -> str:
        allowed = ",".join(self._offer.protections)
        cipher = f',cipher="{CIPHER}"' if Protection.PRIVACY in allowed else ""
        return (
            f'realm="{SERVER_ID}",nonce="{self._nonce}",qop="{allowed}",charset=utf-8,'
            f"algorithm=md5-sess{cipher}"
        )

    def _offer_message(self) -> SaslMessage:
        if not self._offer.tokens:
            self._state = _State.CONTEXT
            return SaslMessage(state=SaslMessage.SUCCESS)
        auth = self._auth()
        auth.challenge = self._challenge().encode()
        return SaslMessage(state=SaslMessage.NEGOTIATE, auths=[auth])

    def _on_initiate(self, message: SaslMessage) -> None:
        if list(message.auths) != [self._auth()]:
            method = message.auths[0].method if message.auths else ""
            text = f"{method} authentication is not enabled.  Available:[TOKEN]"
            self._refuse(wire.CallId.SASL, ACCESS_CONTROL, text)
            return
        try:
            proof = self._authenticate(message.token)
        except UnreadableToken:
            self._state = _State.CLOSED
        except InvalidToken as error:
            self._refuse(wire.CallId.SASL, INVALID_TOKEN, str(error))
        except (KeyError, ValueError, binascii.Error) as error:
            text = f"DIGEST-MD5: digest response format violation. {error}"
            self._refuse(wire.CallId.SASL, SASL_EXCEPTION, text)
        else:
            self._state = _State.CONTEXT
            # Our proof goes as it is; all after it goes through the protection.
            self._answer_sasl(SaslMessage(state=SaslMessage.SUCCESS, token=proof))
            self._wrapping = self._agreed

    def _authenticate(self, answer: bytes) -> bytes:
        """Check a digest and return our own proof."""
        pairs = {
            m[1]: m[3] if m[2] is None else m[2]
            for m in _PAIR.finditer(answer.decode("utf-8"))
        }
        identifier = base64.b64decode(pairs["username"], validate=True)
        protection = Protection(pairs.get("qop", Protection.AUTHENTICATION))
        if protection not in self._offer.protections:
            raise ValueError("Mismatched qop.")
        digest = Digest(
            Challenge.parse(self._challenge().encode()),
            Token(identifier, self._find_password(identifier)),
            pairs["cnonce"],
            f"/{SERVER_ID}",
            protection,
            pairs.get("cipher", "") if protection is Protection.PRIVACY else "",
        )
        expected = digest.response().encode()
        if not hmac.compare_digest(expected, pairs["response"].encode()):
            raise ValueError("Mismatched response.")
        self._identifier = identifier
        self._agreed = server_wrapping(digest)
        return f"rspauth={digest.server_response()}".encode()

    def _answer_sasl(self, message: SaslMessage) -> None:
        header = _header(wire.CallId.SASL, b"", "SUCCESS")
        self._out.append(wire.frame(wire.delimited(header), wire.delimited(message)))

    # ---- what goes

    def _refuse(self, call_id: int, java_class: str, text: str) -> None:
        header = _header(call_id, b"", "FATAL")
        header.exceptionClassName, header.errorMsg = java_class, text
        header.errorDetail = _UNAUTHORIZED
        self._out.append(wire.frame(wire.delimited(header)))
        self._state = _State.CLOSED

    def _send(self, frame: bytes) -> None:
        if self._wrapping is None:
            self._out.append(frame)
            return
        token = self._wrapping.wrap(frame)
        self._answer_sasl(SaslMessage(state=SaslMessage.WRAP, token=token))


def _header(
    call_id: int, client_id: bytes, status: str
) -> rpc_pb2.RpcResponseHeaderProto:
    return rpc_pb2.RpcResponseHeaderProto(
        callId=call_id % _UNSIGNED,
        status=status,
        serverIpcVersionNum=9,
        clientId=client_id,
        retryCount=-1 if call_id < 0 else 0,
    )
