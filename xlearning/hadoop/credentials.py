"""Hadoop's token files and URL strings. Pure.

Format 0 (Writable) is what every Hadoop reads, so it is what is written; format 1
(protobuf) is read too. Bytes after the end are ignored, as Hadoop does
(`security/Credentials.java`, `security/token/Token.java`, `io/WritableUtils.java`).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError

from xlearning.errors import ConfigError
from xlearning.hadoop.proto import security_pb2
from xlearning.hadoop.records import Token

if TYPE_CHECKING:
    from collections.abc import Mapping

AMRM_TOKEN_KIND = "YARN_AM_RM_TOKEN"
TOKEN_FILE_VARIABLE = "HADOOP_TOKEN_FILE_LOCATION"

_MAGIC = b"HDTS"
_WRITABLE = 0
_PROTOBUF = 1
_NOTHING: Mapping[str, bytes] = MappingProxyType({})


class _Cut(Exception):
    """Bytes ended too early."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Tokens and secrets, by alias.

    Attributes:
        tokens: In the order of the file.
        secrets: Bytes that the submitter put there.
    """

    tokens: Mapping[str, Token] = field(default_factory=dict)
    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def token_of_kind(self, kind: str) -> Token | None:
        """Return the first token of a kind."""
        return next((each for each in self.tokens.values() if each.kind == kind), None)

    def for_containers(self, secrets: Mapping[str, bytes] = _NOTHING) -> Credentials:
        """Return what containers may have.

        That is every token but the ApplicationMaster's own, and these secrets only.
        """
        tokens = {
            alias: token
            for alias, token in self.tokens.items()
            if token.kind != AMRM_TOKEN_KIND
        }
        return Credentials(tokens, dict(secrets))

    @classmethod
    def from_bytes(cls, data: bytes) -> Credentials:
        """Read a token file.

        Raises:
            ConfigError: It is none, or is cut off.
        """
        if data[:4] != _MAGIC or len(data) < 5:
            raise ConfigError("this is no Hadoop token file")
        try:
            if data[4] == _WRITABLE:
                return cls._from_writable(_Reader(data, 5))
            if data[4] == _PROTOBUF:
                return cls._from_protobuf(_Reader(data, 5))
        except (_Cut, UnicodeDecodeError, DecodeError) as error:
            raise ConfigError("the Hadoop token file is damaged") from error
        raise ConfigError(f"the Hadoop token file has the unknown format {data[4]}")

    @classmethod
    def _from_writable(cls, reader: _Reader) -> Credentials:
        tokens = {}
        for _ in range(reader.number()):
            alias = reader.text()
            tokens[alias] = _read_token(reader)
        secrets = {}
        for _ in range(reader.number()):
            alias = reader.text()
            secrets[alias] = reader.block()
        return cls(tokens, secrets)

    @classmethod
    def _from_protobuf(cls, reader: _Reader) -> Credentials:
        data = reader.take(reader.protobuf_number())
        message = security_pb2.CredentialsProto.FromString(data)
        return cls(
            {each.alias: Token.from_proto(each.token) for each in message.tokens},
            {each.alias: each.secret for each in message.secrets},
        )

    def to_bytes(self) -> bytes:
        """Return a token file of format 0."""
        parts = [_MAGIC, bytes([_WRITABLE]), vint(len(self.tokens))]
        for alias, token in self.tokens.items():
            parts += [_block(alias.encode()), _token_bytes(token)]
        parts.append(vint(len(self.secrets)))
        for alias, secret in self.secrets.items():
            parts += [_block(alias.encode()), _block(secret)]
        return b"".join(parts)


def token_to_url_string(token: Token) -> str:
    """Return the form of a token in URLs and in YARN's REST API."""
    return base64.urlsafe_b64encode(_token_bytes(token)).rstrip(b"=").decode()


def token_from_url_string(text: str) -> Token:
    """Read the form of a token in URLs, with or without padding.

    Raises:
        ConfigError: `text` is no token.
    """
    try:
        data = base64.urlsafe_b64decode(
            text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
        )
        return _read_token(_Reader(data, 0))
    except (ValueError, _Cut) as error:
        raise ConfigError("this is no Hadoop token") from error


def vint(number: int) -> bytes:
    """Encode a number as `WritableUtils.writeVLong` does."""
    if -112 <= number <= 127:
        return number.to_bytes(1, "big", signed=True)
    first, rest = (-112, number) if number >= 0 else (-120, ~number)
    count = (rest.bit_length() + 7) // 8
    head = (first - count).to_bytes(1, "big", signed=True)
    return head + rest.to_bytes(count, "big")


def _block(data: bytes) -> bytes:
    return vint(len(data)) + data


def _token_bytes(token: Token) -> bytes:
    parts = (
        token.identifier,
        token.password,
        token.kind.encode(),
        token.service.encode(),
    )
    return b"".join(map(_block, parts))


def _read_token(reader: _Reader) -> Token:
    return Token(reader.block(), reader.block(), reader.text(), reader.text())


class _Reader:
    """Bytes with a position."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        end = self._position + count
        if count < 0 or end > len(self._data):
            raise _Cut
        data = self._data[self._position : end]
        self._position = end
        return data

    def number(self) -> int:
        """Read a number as `WritableUtils.readVLong` does."""
        first = int.from_bytes(self.take(1), "big", signed=True)
        if first >= -112:
            return first
        if first >= -120:
            return int.from_bytes(self.take(-112 - first), "big")
        return ~int.from_bytes(self.take(-120 - first), "big")

    def protobuf_number(self) -> int:
        """Read a protobuf varint."""
        number = shift = 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    def block(self) -> bytes:
        """Read bytes with their length before them."""
        return self.take(self.number())

    def text(self) -> str:
        """Read text with its length before it."""
        return self.block().decode()
