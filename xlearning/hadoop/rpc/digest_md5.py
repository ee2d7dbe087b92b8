"""The sums of SASL DIGEST-MD5 (RFC 2831, md5-sess), as Hadoop's tokens use it. Pure.

The token's identifier is the user, its password the password, both in base64. MD5 is
what the mechanism prescribes, not a choice of ours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from xlearning.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlearning.hadoop.records import Token

MAX_BUFFER = 65536
_NONCE_COUNT = "00000001"
_PAIR = re.compile(r'\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,\s]*))\s*(?:,|\Z)')
_NO_BODY = "0" * 32


class Protection(StrEnum):
    """What happens to the bytes after the authentication (SASL: qop)."""

    AUTHENTICATION = "auth"
    INTEGRITY = "auth-int"
    PRIVACY = "auth-conf"


def md5(data: bytes) -> bytes:
    """Return the MD5 sum, also where policies forbid MD5 for security."""
    return hashlib.md5(data, usedforsecurity=False).digest()


def hmac_md5(key: bytes, data: bytes) -> bytes:
    """Return the HMAC over MD5, also where policies forbid it."""
    # A Python function keeps `hmac` from asking OpenSSL, which may refuse.
    return hmac.new(key, data, _permitted_md5).digest()


def _permitted_md5(data: bytes = b"") -> hashlib._Hash:
    return hashlib.md5(data, usedforsecurity=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the server asks to be answered.

    Attributes:
        realm: E.g. `default`.
        nonce: The server's random text.
        protections: What it allows, in its order.
        ciphers: For PRIVACY.
    """

    realm: str
    nonce: str
    protections: tuple[str, ...]
    ciphers: tuple[str, ...]

    @classmethod
    def parse(cls, data: bytes) -> Challenge:
        """Read a challenge.

        Raises:
            RemoteProtocolError: It lacks something, or uses another algorithm.
        """
        pairs = _parse_pairs(data)
        if "nonce" not in pairs or pairs.get("algorithm") != "md5-sess":
            raise RemoteProtocolError("the server's DIGEST-MD5 challenge is incomplete")
        return cls(
            realm=pairs.get("realm", ""),
            nonce=pairs["nonce"],
            protections=_words(pairs.get("qop", Protection.AUTHENTICATION)),
            ciphers=_words(pairs.get("cipher", "")),
        )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _parse_pairs(data: bytes) -> dict[str, str]:
    text = data.decode("utf-8", "replace")
    pairs: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PAIR.match(text, position)
        if match is None:
            raise RemoteProtocolError("the server's DIGEST-MD5 challenge is unreadable")
        quoted, plain = match[2], match[3]
        value = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        pairs.setdefault(match[1], value)
        position = match.end()
    return pairs


@dataclass(frozen=True, slots=True)
class Digest:
    """An answer to a challenge, and the keys that follow from it.

    Attributes:
        challenge: The server's.
        token: Who we are.
        client_nonce: Our random text.
        uri: `<protocol>/<server id>` of the server.
        protection: What was chosen.
        cipher: With PRIVACY, what was chosen; else "".
    """

    challenge: Challenge
    token: Token
    client_nonce: str
    uri: str
    protection: Protection
    cipher: str = ""

    @property
    def user(self) -> str:
        """The user's name on the wire."""
        return base64.b64encode(self.token.identifier).decode()

    @property
    def session_key(self) -> bytes:
        """RFC 2831's H(A1): 16 bytes that only both sides know."""
        password = base64.b64encode(self.token.password).decode()
        secret = md5(f"{self.user}:{self.challenge.realm}:{password}".encode())
        return md5(secret + f":{self.challenge.nonce}:{self.client_nonce}".encode())

    def response(self) -> str:
        """Return what proves that we know the password."""
        return self._proof("AUTHENTICATE")

    def server_response(self) -> str:
        """Return what the server proves the same with."""
        return self._proof("")

    def _proof(self, verb: str) -> str:
        body = "" if self.protection is Protection.AUTHENTICATION else f":{_NO_BODY}"
        what = md5(f"{verb}:{self.uri}{body}".encode()).hex()
        parts = (
            self.session_key.hex(),
            self.challenge.nonce,
            _NONCE_COUNT,
            self.client_nonce,
            self.protection.value,
            what,
        )
        return md5(":".join(parts).encode()).hex()

    def to_bytes(self) -> bytes:
        """Return the answer as it is sent."""
        pairs = [
            "charset=utf-8",
            f'username="{self.user}"',
            f'realm="{_escape(self.challenge.realm)}"',
            f'nonce="{_escape(self.challenge.nonce)}"',
            f"nc={_NONCE_COUNT}",
            f'cnonce="{self.client_nonce}"',
            f'digest-uri="{_escape(self.uri)}"',
            f"maxbuf={MAX_BUFFER}",
            f"response={self.response()}",
            f"qop={self.protection}",
        ]
        if self.cipher:
            pairs.append(f'cipher="{self.cipher}"')
        return ",".join(pairs).encode()

    def verify(self, data: bytes) -> None:
        """Check that the server knows the password too.

        Raises:
            RemoteProtocolError: It does not.
        """
        proof = _parse_pairs(data).get("rspauth", "")
        if not hmac.compare_digest(proof.encode(), self.server_response().encode()):
            raise RemoteProtocolError(
                "the server could not prove that it knows the token"
            )


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def choose(offered: Sequence[str], wanted: Sequence[str], what: str) -> str:
    """Return the first of ours that the server offers.

    Raises:
        RemoteProtocolError: There is none.
    """
    for each in wanted:
        if each in offered:
            return each
    raise RemoteProtocolError(
        f"the server offers {what} `{','.join(offered)}`; "
        f"known here: `{','.join(wanted)}`"
    )
