"""Hadoop RPC's bytes: connection header, frames, headers of calls and replies. Pure.

A frame is a 4-byte big-endian length and as many bytes. These begin with a header
message; it and what follows are delimited, each by a protobuf varint before it (Hadoop:
`ipc/Server.java`, `ipc/RpcWritable.java`). What frames mean is `connection`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.message import DecodeError, Message

from xlearning.errors import RemoteProtocolError
from xlearning.hadoop.proto import rpc_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FRAME = 128 * 1024 * 1024
"""`ipc.maximum.data.length` and `ipc.maximum.response.length` of Hadoop."""
_VERSION = 9
_LENGTH_BYTES = 4
_VARINT_BYTES = 5
_SIGN = 1 << 31

M = TypeVar("M", bound=Message)


class AuthProtocol(IntEnum):
    """How a connection announces that it authenticates."""

    NONE = 0x00
    SASL = 0xDF


class CallId(IntEnum):
    """Calls that are none; real ones count from 0."""

    AUTHORIZATION_FAILED = -1
    CONNECTION_CONTEXT = -3
    SASL = -33


class Status(IntEnum):
    """What became of a call; after FATAL the server closes the connection."""

    SUCCESS = 0
    ERROR = 1
    FATAL = 2


@dataclass(frozen=True, slots=True)
class Reply:
    """A frame from the server.

    Attributes:
        call_id: Of the call, or one of `CallId`.
        status: What became of it.
        java_class: Of the exception, "" with SUCCESS.
        text: The exception's message, often with a Java stack trace after it.
        payload: The delimited response message, b"" without SUCCESS.
    """

    call_id: int
    status: Status
    java_class: str = ""
    text: str = ""
    payload: bytes = b""


def connection_header(auth: AuthProtocol) -> bytes:
    """Return the first bytes of a connection: magic, version, service class."""
    return b"hrpc" + bytes((_VERSION, 0, auth))


def varint(number: int) -> bytes:
    """Encode a number that is not negative as a protobuf varint."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def delimited(message: Message) -> bytes:
    """Encode a message with its length before it."""
    data = message.SerializeToString()
    return varint(len(data)) + data


def split_delimited(data: bytes) -> tuple[bytes, bytes]:
    """Take the first delimited message off `data`.

    Returns:
        Its bytes, and what follows.

    Raises:
        RemoteProtocolError: `data` ends before the message does.
    """
    length = 0
    for position, byte in enumerate(data[:_VARINT_BYTES]):
        length |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            start = position + 1
            if len(data) - start < length:
                break
            return data[start : start + length], data[start + length :]
    raise RemoteProtocolError("a message of the server is longer than its frame")


def parse(kind: type[M], data: bytes) -> M:
    """Decode a message.

    Raises:
        RemoteProtocolError: `data` is no message of this kind.
    """
    try:
        return kind.FromString(data)
    except DecodeError as error:
        name = kind.DESCRIPTOR.name
        raise RemoteProtocolError(f"the server sent no readable {name}") from error


def frame(*parts: bytes) -> bytes:
    """Put parts into one frame."""
    length = sum(map(len, parts))
    return b"".join((length.to_bytes(_LENGTH_BYTES, "big"), *parts))


def request_header(call_id: int, client_id: bytes, *, first: bool) -> bytes:
    """Return the delimited header of a frame to the server.

    Args:
        call_id: Of the call, or one of `CallId`.
        client_id: 16 bytes of our choice; empty for SASL.
        first: Whether this is a call, sent for the first time.
    """
    header = rpc_pb2.RpcRequestHeaderProto(
        rpcKind=rpc_pb2.RPC_PROTOCOL_BUFFER,
        rpcOp=rpc_pb2.RpcRequestHeaderProto.RPC_FINAL_PACKET,
        callId=call_id,
        clientId=client_id,
        retryCount=0 if first else -1,
    )
    return delimited(header)


def call_frame(call_id: int, client_id: bytes, target: bytes, request: bytes) -> bytes:
    """Return the frame of a call.

    Args:
        call_id: Of the call, from 0.
        client_id: 16 bytes of our choice.
        target: As `call_target` gives it.
        request: The request message's bytes.
    """
    header = request_header(call_id, client_id, first=True)
    return frame(header, target, varint(len(request)), request)


def call_target(protocol: str, method: str) -> bytes:
    """Return the delimited name of a method of a protocol, version 1."""
    header = rpc_pb2.RequestHeaderProto(
        methodName=method, declaringClassProtocolName=protocol, clientProtocolVersion=1
    )
    return delimited(header)


def context_frame(client_id: bytes, protocol: str, user: str | None) -> bytes:
    """Return the frame that says who calls what.

    Args:
        client_id: 16 bytes of our choice.
        protocol: The Java class of the protocol.
        user: With simple authentication only; with a token any name is refused.
    """
    context = rpc_pb2.IpcConnectionContextProto(protocol=protocol)
    if user is not None:
        context.userInfo.effectiveUser = user
    header = request_header(CallId.CONNECTION_CONTEXT, client_id, first=False)
    return frame(header, delimited(context))


def sasl_frame(message: rpc_pb2.RpcSaslProto) -> bytes:
    """Return the frame of a SASL message."""
    return frame(request_header(CallId.SASL, b"", first=False), delimited(message))


def parse_reply(data: bytes) -> Reply:
    """Read a frame from the server.

    Raises:
        RemoteProtocolError: It is none.
    """
    head, rest = split_delimited(data)
    header = parse(rpc_pb2.RpcResponseHeaderProto, head)
    # Negative ids come as unsigned 32-bit numbers.
    call_id = header.callId - 2 * _SIGN if header.callId >= _SIGN else header.callId
    status = Status(header.status)
    if status is Status.SUCCESS:
        return Reply(call_id, status, payload=split_delimited(rest)[0])
    return Reply(call_id, status, header.exceptionClassName, header.errorMsg)


class FrameBuffer:
    """Bytes of a stream, given out as frames."""

    def __init__(self) -> None:
        self._data = bytearray()

    def __len__(self) -> int:
        """Return how many bytes wait for the rest of their frame."""
        return len(self._data)

    def append(self, data: bytes) -> None:
        """Take bytes as they came, cut anywhere."""
        self._data += data

    def frames(self) -> Iterator[bytes]:
        """Yield every frame that is complete, without its length.

        Raises:
            RemoteProtocolError: A length is out of bounds.
        """
        while len(self._data) >= _LENGTH_BYTES:
            length = int.from_bytes(self._data[:_LENGTH_BYTES], "big")
            if length > MAX_FRAME:
                raise RemoteProtocolError(f"the server sent a frame of {length} bytes")
            end = _LENGTH_BYTES + length
            if len(self._data) < end:
                return
            data = bytes(self._data[_LENGTH_BYTES:end])
            del self._data[:end]
            yield data
