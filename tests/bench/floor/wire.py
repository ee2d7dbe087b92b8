"""Just enough of Hadoop's RPC for the floor: blocking sockets, protobuf by hand.

The floor shares no code with `xlearning`, so that a slow part there cannot hide here.
Only what its few calls use: varints, strings and messages; a token and DIGEST-MD5 at
`auth` (no integrity, no privacy).
"""

from __future__ import annotations

import base64
import hashlib
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Value = int | str | bytes
Fields = dict[int, list[int | bytes]]

_CONTEXT, _SASL = -3, -33
_NEGOTIATE, _INITIATE = 1, 2


def varint(value: int) -> bytes:
    """Encode one varint; a negative int32 or int64 takes ten bytes."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value: int) -> int:
    """Encode a sint32."""
    return (value << 1) ^ (value >> 31)


def message(*fields: tuple[int, Value]) -> bytes:
    """Encode a protobuf message from (number, value) pairs."""
    out = bytearray()
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return bytes(out)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Decode a varint; return it and the offset behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def parse(data: bytes) -> Fields:
    """Decode a protobuf message into its values by field number."""
    fields: Fields = {}
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = read_varint(data, at)
            fields.setdefault(number, []).append(value)
            continue
        if kind == 2:
            size, at = read_varint(data, at)
        else:
            size = {1: 8, 5: 4}[kind]
        fields.setdefault(number, []).append(data[at : at + size])
        at += size
    return fields


def blobs(fields: Fields, number: int) -> list[bytes]:
    """Return the values of a field that holds strings or messages."""
    return [value for value in fields.get(number, []) if isinstance(value, bytes)]


def number_of(fields: Fields, number: int, default: int = 0) -> int:
    """Return the last value of a numeric field."""
    values = [value for value in fields.get(number, []) if isinstance(value, int)]
    return values[-1] if values else default


def delimited(data: bytes) -> bytes:
    """Put a message's length before it."""
    return varint(len(data)) + data


class Connection:
    """One authenticated connection to a protocol of the RM or of an NM."""

    def __init__(
        self, address: tuple[str, int], protocol: str, token: tuple[bytes, bytes]
    ) -> None:
        self._protocol = f"org.apache.hadoop.yarn.api.{protocol}PB"
        self._client = os.urandom(16)
        self._calls = 0
        self._socket = socket.create_connection(address, timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(b"hrpc\x09\x00\xdf")
        self._authenticate(token)
        context = message((3, self._protocol))
        self._send(_CONTEXT, delimited(context), self._client, -1)

    def call(self, method: str, request: bytes) -> Fields:
        """Call a method and wait for its answer.

        Raises:
            RuntimeError: The server answered with an exception.
        """
        header = message((1, method), (2, self._protocol), (3, 1))
        body = delimited(header) + delimited(request)
        self._send(self._calls, body, self._client, 0)
        self._calls += 1
        return self._receive()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _send(self, call: int, body: bytes, client: bytes, retry: int) -> None:
        header = message(
            (1, 2), (2, 0), (3, zigzag(call)), (4, client), (5, zigzag(retry))
        )
        frame = delimited(header) + body
        self._socket.sendall(len(frame).to_bytes(4, "big") + frame)

    def _receive(self) -> Fields:
        frame = self._read(int.from_bytes(self._read(4), "big"))
        size, at = read_varint(frame, 0)
        header = parse(frame[at : at + size])
        if number_of(header, 2):
            texts = blobs(header, 4) + blobs(header, 5)
            raise RuntimeError(b": ".join(texts).decode(errors="replace"))
        size, at = read_varint(frame, at + size)
        return parse(frame[at : at + size])

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise EOFError(self._protocol)
            data += part
        return bytes(data)

    def _authenticate(self, token: tuple[bytes, bytes]) -> None:
        self._send(_SASL, delimited(message((2, _NEGOTIATE))), b"", -1)
        [offer] = blobs(self._receive(), 4)
        fields = parse(offer)
        answer = digest_response(blobs(fields, 5)[0].decode(), token)
        # The server compares: the offer as it came, only without the challenge.
        chosen = message(*((no, blobs(fields, no)[0]) for no in (1, 2, 3, 4)))
        initiate = message((2, _INITIATE), (3, answer), (4, chosen))
        self._send(_SASL, delimited(initiate), b"", -1)
        self._receive()


def digest_response(challenge: str, token: tuple[bytes, bytes]) -> str:
    """Answer a DIGEST-MD5 challenge (RFC 2831) at qop `auth`."""
    nonce = challenge.split('nonce="')[1].split('"')[0]
    user, password = (base64.b64encode(part).decode() for part in token)
    cnonce = base64.b64encode(os.urandom(30)).decode()
    secret = hashlib.md5(f"{user}:default:{password}".encode()).digest()
    first = hashlib.md5(secret + f":{nonce}:{cnonce}".encode()).hexdigest()
    second = hashlib.md5(b"AUTHENTICATE:/default").hexdigest()
    text = f"{first}:{nonce}:00000001:{cnonce}:auth:{second}"
    response = hashlib.md5(text.encode()).hexdigest()
    return (
        f'charset=utf-8,username="{user}",realm="default",nonce="{nonce}",nc=00000001,'
        f'cnonce="{cnonce}",digest-uri="/default",maxbuf=65536,response={response},'
        "qop=auth"
    )


def read_token(data: bytes, kind: str) -> tuple[bytes, bytes]:
    """Return identifier and password of a token from a credentials file (v0)."""
    at = 6  # "HDTS", the version, the number of tokens: one in an AM's file
    for _ in range(data[5]):
        parts: list[bytes] = []
        for _ in range(5):  # alias, identifier, password, kind, service
            size, at = _read_vint(data, at)
            parts.append(data[at : at + size])
            at += size
        if parts[3] == kind.encode():
            return parts[1], parts[2]
    raise LookupError(kind)


def _read_vint(data: bytes, at: int) -> tuple[int, int]:
    """Decode a length as Hadoop's WritableUtils writes it."""
    first = data[at]
    if first < 0x80:
        return first, at + 1
    size = 0x90 - first
    return int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size


def join(messages: Iterable[bytes], number: int) -> bytes:
    """Encode a repeated message field."""
    return message(*((number, data) for data in messages))
