"""Signing and sealing of the bytes that follow a DIGEST-MD5 talk. Pure.

RFC 2831 §2.3 and §2.4 as the JDK speaks it. Sequence numbers and cipher states run on
over the whole connection, one for each direction, so one object belongs to one
connection and must see every token once and in order.
"""

from __future__ import annotations

import hmac
from typing import Protocol

from xlearning.errors import RemoteProtocolError
from xlearning.hadoop.rpc.digest_md5 import Digest, Protection, hmac_md5, md5

CIPHERS = ("rc4", "3des")
"""Known ciphers, the one that needs no library first."""
MAX_CHUNK = 60_000
"""Most bytes to wrap at once: below what any server's maxbuf of 64 KiB allows."""

_MAC_BYTES = 10
_TRAILER_BYTES = 6  # message type 1 in two bytes, sequence number in four
_TYPE = b"\x00\x01"
_BLOCK = 8

_SIGN_TO_SERVER = b"Digest session key to client-to-server signing key magic constant"
_SIGN_TO_CLIENT = b"Digest session key to server-to-client signing key magic constant"
_SEAL_TO_SERVER = b"Digest H(A1) to client-to-server sealing key magic constant"
_SEAL_TO_CLIENT = b"Digest H(A1) to server-to-client sealing key magic constant"


class Wrapping(Protocol):
    """One direction pair of a protected connection."""

    def wrap(self, data: bytes) -> bytes:
        """Return the token that carries `data` to the server."""

    def unwrap(self, token: bytes) -> bytes:
        """Return what a token of the server carries.

        Raises:
            RemoteProtocolError: It was changed, repeated or left out on the way.
        """


def wrapping_for(digest: Digest) -> Wrapping | None:
    """Return what the agreed protection asks for, None where that is nothing."""
    match digest.protection:
        case Protection.AUTHENTICATION:
            return None
        case Protection.INTEGRITY:
            return Integrity(digest.session_key)
        case Protection.PRIVACY:
            return Privacy(digest.session_key, digest.cipher)


class _Signatures:
    """Message authentication codes with their sequence numbers, one direction."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._sequence = 0

    def next(self, message: bytes) -> tuple[bytes, bytes]:
        """Return the code of the next message, and the trailer that follows it."""
        number = self._sequence.to_bytes(4, "big")
        self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        code = hmac_md5(self._key, number + message)[:_MAC_BYTES]
        return code, _TYPE + number


class Integrity:
    """Every token is signed."""

    def __init__(self, session_key: bytes) -> None:
        self._sent = _Signatures(md5(session_key + _SIGN_TO_SERVER))
        self._received = _Signatures(md5(session_key + _SIGN_TO_CLIENT))

    def wrap(self, data: bytes) -> bytes:
        """See `Wrapping`."""
        code, trailer = self._sent.next(data)
        return data + code + trailer

    def unwrap(self, token: bytes) -> bytes:
        """See `Wrapping`."""
        body, trailer = token[:-_TRAILER_BYTES], token[-_TRAILER_BYTES:]
        data, code = body[:-_MAC_BYTES], body[-_MAC_BYTES:]
        _check(self._received, data, code, trailer)
        return data


def _check(received: _Signatures, data: bytes, code: bytes, trailer: bytes) -> None:
    expected_code, expected_trailer = received.next(data)
    if trailer != expected_trailer or not hmac.compare_digest(code, expected_code):
        raise RemoteProtocolError("a signature of the server is wrong")


class Privacy:
    """Every token is signed and sealed."""

    def __init__(self, session_key: bytes, cipher: str) -> None:
        self._sent = _Signatures(md5(session_key + _SIGN_TO_SERVER))
        self._received = _Signatures(md5(session_key + _SIGN_TO_CLIENT))
        self._padded = cipher != "rc4"
        kind: type[Rc4 | TripleDes] = TripleDes if self._padded else Rc4
        self._seal: Cipher = kind(md5(session_key + _SEAL_TO_SERVER), seal=True)
        self._open: Cipher = kind(md5(session_key + _SEAL_TO_CLIENT), seal=False)

    def wrap(self, data: bytes) -> bytes:
        """See `Wrapping`."""
        code, trailer = self._sent.next(data)
        padding = b""
        if self._padded:
            count = _BLOCK - (len(data) + _MAC_BYTES) % _BLOCK
            padding = bytes([count]) * count
        return self._seal.update(data + padding + code) + trailer

    def unwrap(self, token: bytes) -> bytes:
        """See `Wrapping`."""
        sealed, trailer = token[:-_TRAILER_BYTES], token[-_TRAILER_BYTES:]
        if self._padded and len(sealed) % _BLOCK:
            raise RemoteProtocolError("a sealed token of the server is cut off")
        body = self._open.update(sealed)
        data, code = body[:-_MAC_BYTES], body[-_MAC_BYTES:]
        if self._padded and data:
            data = data[: -min(data[-1], len(data))]
        _check(self._received, data, code, trailer)
        return data


class Cipher(Protocol):
    """A cipher in one direction, whose state runs on."""

    def update(self, data: bytes) -> bytes:
        """Return the next bytes, sealed or opened."""


class Rc4:
    """The RC4 stream cipher."""

    def __init__(self, key: bytes, *, seal: bool) -> None:
        del seal  # both directions are the same sum
        state = list(range(256))
        j = 0
        for i in range(256):
            j = (j + state[i] + key[i % len(key)]) & 0xFF
            state[i], state[j] = state[j], state[i]
        self._state = state
        self._i = 0
        self._j = 0

    def update(self, data: bytes) -> bytes:
        """See `Cipher`."""
        state, i, j = self._state, self._i, self._j
        stream = bytearray(len(data))
        for position in range(len(data)):
            i = (i + 1) & 0xFF
            a = state[i]
            j = (j + a) & 0xFF
            b = state[j]
            state[i], state[j] = b, a
            stream[position] = state[(a + b) & 0xFF]
        self._i, self._j = i, j
        mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")
        return mixed.to_bytes(len(data), "big")


class TripleDes:
    """Two-key triple DES whose block chain runs on over all tokens."""

    def __init__(self, key: bytes, *, seal: bool) -> None:
        # Late: only servers without rc4 need it.
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
        from cryptography.hazmat.primitives.ciphers import Cipher as Chained
        from cryptography.hazmat.primitives.ciphers.modes import CBC

        first, second = _spread(key[:7]), _spread(key[7:14])
        cipher = Chained(TripleDES(first + second + first), CBC(key[8:16]))
        self._context = cipher.encryptor() if seal else cipher.decryptor()

    def update(self, data: bytes) -> bytes:
        """See `Cipher`."""
        return self._context.update(data)


def _spread(key: bytes) -> bytes:
    """Spread 7 bytes over 8, with 7 bits and odd parity in each."""
    bits = int.from_bytes(key, "big")
    sevens = (bits >> shift & 0x7F for shift in range(49, -1, -7))
    return bytes(n << 1 | (n.bit_count() + 1) % 2 for n in sevens)
