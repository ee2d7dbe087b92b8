"""The talk that authenticates a connection: SASL messages in, SASL messages out. Pure.

Hadoop: `security/SaslRpcClient.java`. The client says NEGOTIATE, the server lists what
it takes (for tokens with the first challenge in it), the client INITIATEs one, and the
server ends with SUCCESS. A server without any security says SUCCESS at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from xlearning.errors import RemoteProtocolError
from xlearning.hadoop.proto import rpc_pb2
from xlearning.hadoop.rpc.digest_md5 import Challenge, Digest, Protection, choose
from xlearning.hadoop.rpc.protection import CIPHERS, Wrapping, wrapping_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlearning.hadoop.records import Token

SaslMessage = rpc_pb2.RpcSaslProto
SaslAuth = rpc_pb2.RpcSaslProto.SaslAuth

MECHANISM = "DIGEST-MD5"
LEAST_FIRST = (Protection.AUTHENTICATION, Protection.INTEGRITY, Protection.PRIVACY)
"""The cheapest protection that the server allows."""


@dataclass(frozen=True, slots=True)
class TokenCredential:
    """Authentication with a token.

    Attributes:
        token: Whose identifier and password are used.
        protections: What to choose of the server's offer, the first choice first.
        ciphers: The same for sealing.
    """

    token: Token
    protections: tuple[Protection, ...] = LEAST_FIRST
    ciphers: tuple[str, ...] = CIPHERS


@dataclass(frozen=True, slots=True)
class SimpleUser:
    """No authentication: a name that the server believes."""

    name: str


Credential = TokenCredential | SimpleUser


class _State(Enum):
    NEGOTIATING = auto()
    AUTHENTICATING = auto()
    DONE = auto()


class SaslTalk:
    """One talk.

    Attributes:
        done: Whether the talk has ended well.
        wrapping: What the bytes after it must go through, None for nothing.
        protection: What was agreed.
    """

    def __init__(self, credential: Credential, client_nonce: str) -> None:
        """Begin a talk.

        Args:
            credential: Who we are.
            client_nonce: Fresh random text without quotes.
        """
        self._credential = credential
        self._client_nonce = client_nonce
        self._state = _State.NEGOTIATING
        self._uri = ""
        self._digest: Digest | None = None
        self.wrapping: Wrapping | None = None
        self.protection = Protection.AUTHENTICATION

    @property
    def done(self) -> bool:
        """Whether the talk has ended well."""
        return self._state is _State.DONE

    def first_message(self) -> SaslMessage:
        """Return what opens the talk."""
        return SaslMessage(state=SaslMessage.NEGOTIATE)

    def receive(self, message: SaslMessage) -> SaslMessage | None:
        """Take a message of the server and return the answer, if there is one.

        Raises:
            RemoteProtocolError: The server breaks the rules, wants what we cannot, or
                does not know the token.
        """
        match self._state, message.state:
            case _State.NEGOTIATING, SaslMessage.NEGOTIATE:
                return self._initiate(message)
            case _State.NEGOTIATING, SaslMessage.SUCCESS:
                self._accept_no_security()
            case _State.AUTHENTICATING, SaslMessage.SUCCESS:
                self._finish(message)
            case _State.AUTHENTICATING, SaslMessage.CHALLENGE:
                return self._respond(message)
            case _:
                name = SaslMessage.SaslState.Name(message.state)
                raise RemoteProtocolError(
                    f"the server sent SASL {name} while {self._state.name.lower()}"
                )
        return None

    def _initiate(self, message: SaslMessage) -> SaslMessage:
        match self._credential:
            case SimpleUser():
                chosen = _find(message.auths, "SIMPLE")
                self._state = _State.DONE  # no reply comes
                token = None
            case TokenCredential() as credential:
                chosen = _find(message.auths, "TOKEN")
                token = self._answer(credential, chosen)
                self._state = _State.AUTHENTICATING
        # The server compares: all fields as it sent them, but without the challenge.
        echo = SaslAuth()
        echo.CopyFrom(chosen)
        echo.ClearField("challenge")
        return SaslMessage(state=SaslMessage.INITIATE, token=token, auths=[echo])

    def _answer(self, credential: TokenCredential, auth: SaslAuth) -> bytes:
        if auth.mechanism != MECHANISM:
            raise RemoteProtocolError(
                f"the server takes tokens by `{auth.mechanism}` only",
                hint=f"set hadoop.security.sasl.mechanism to {MECHANISM}",
            )
        self._uri = f"{auth.protocol}/{auth.serverId}"
        if not auth.HasField("challenge"):
            return b""
        return self._digest_for(credential, auth.challenge)

    def _digest_for(self, credential: TokenCredential, data: bytes) -> bytes:
        challenge = Challenge.parse(data)
        self._digest = _digest(credential, challenge, self._client_nonce, self._uri)
        return self._digest.to_bytes()

    def _respond(self, message: SaslMessage) -> SaslMessage:
        """Answer a challenge that did not come with the server's offer."""
        if self._digest is not None or not isinstance(
            self._credential, TokenCredential
        ):
            raise RemoteProtocolError("the server sent a second challenge")
        token = self._digest_for(self._credential, message.token)
        return SaslMessage(state=SaslMessage.RESPONSE, token=token)

    def _finish(self, message: SaslMessage) -> None:
        if self._digest is None:
            raise RemoteProtocolError("the server accepted us without a challenge")
        self._digest.verify(message.token)
        self.wrapping = wrapping_for(self._digest)
        self.protection = self._digest.protection
        self._state = _State.DONE

    def _accept_no_security(self) -> None:
        if not isinstance(self._credential, SimpleUser):
            raise RemoteProtocolError("the server takes no tokens")
        self._state = _State.DONE


def _find(auths: Sequence[SaslAuth], method: str) -> SaslAuth:
    for auth in auths:
        if auth.method == method:
            return auth
    offered = ", ".join(auth.method for auth in auths) or "nothing"
    raise RemoteProtocolError(f"the server wants {offered}, not {method}")


def _digest(
    credential: TokenCredential, challenge: Challenge, client_nonce: str, uri: str
) -> Digest:
    wanted = [each.value for each in credential.protections]
    protection = Protection(choose(challenge.protections, wanted, "protection"))
    cipher = ""
    if protection is Protection.PRIVACY:
        cipher = choose(challenge.ciphers, credential.ciphers, "ciphers")
    return Digest(challenge, credential.token, client_nonce, uri, protection, cipher)
