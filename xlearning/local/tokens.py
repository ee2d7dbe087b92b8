"""The cluster's own tokens: given out, checked, rolled over.

As in Hadoop a password is the HMAC-SHA1 of the identifier under a master key, and
identifiers are its protobufs, so that only keys are kept. `AMRMTokenSecretManager`,
`NMTokenSecretManagerInRM` and `RMContainerTokenSecretManager` say which key counts.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.message import DecodeError, Message

from xlearning.hadoop.ids import ApplicationAttemptId, ContainerId, NodeId
from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.proto import yarn_security_token_pb2 as token_pb2
from xlearning.hadoop.records import Token
from xlearning.hadoop.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Callable

AMRM_KIND = "YARN_AM_RM_TOKEN"
NM_KIND = "NMToken"
CONTAINER_KIND = "ContainerToken"
INVALID_TOKEN = "org.apache.hadoop.security.token.SecretManager$InvalidToken"
_KEY_BYTES = 20

M = TypeVar("M", bound=Message)


class InvalidToken(Exception):
    """A token is not accepted; the text is Hadoop's."""


class UnreadableToken(InvalidToken):
    """A token is none of this kind; Hadoop closes the connection without a word."""


@dataclass(slots=True)
class MasterKeys:
    """The keys of one kind of token.

    Attributes:
        current: Id of the key that tokens are made with.
        next: Id of a key that will be current soon, None for none.
        keys: By id; the current, the next, the one before.
    """

    random: Callable[[int], bytes]
    current: int = 1
    next: int | None = None
    keys: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the first key."""
        self.keys.setdefault(self.current, self.random(_KEY_BYTES))

    def announce(self) -> None:
        """Make a key that will be current."""
        if self.next is None:
            self.next = max(self.keys) + 1
            self.keys[self.next] = self.random(_KEY_BYTES)

    def activate(self, kept: int = 0) -> None:
        """Make the announced key current, and forget all but `kept` older ones."""
        if self.next is not None:
            self.current, self.next = self.next, None
        older = sorted(key for key in self.keys if key < self.current)
        for key in older[: len(older) - kept]:
            del self.keys[key]

    def password(self, key: int, identifier: bytes) -> bytes | None:
        """Return the password of a token, None where its key is forgotten."""
        secret = self.keys.get(key)
        if secret is None:
            return None
        return hmac.new(secret, identifier, hashlib.sha1).digest()

    def token(self, key: int, identifier: bytes, kind: str, service: str) -> Token:
        """Make a token."""
        password = self.password(key, identifier)
        assert password is not None
        return Token(identifier, password, kind, service)


@dataclass(frozen=True, slots=True)
class ContainerGrant:
    """What a container's token says."""

    container_id: ContainerId
    node: str
    user: str
    resource: Resource
    expires_ms: int
    rm_identifier: int
    priority: int = 0
    created_ms: int = 0


class Tokens:
    """All tokens of the cluster.

    Attributes:
        amrm: Keys for ApplicationMasters at the ResourceManager.
        nm: Keys for ApplicationMasters at NodeManagers.
        container: Keys for containers.
        last_nm_use: Key's id and password of the last start, by attempt and node.
    """

    def __init__(self, random: Callable[[int], bytes]) -> None:
        """Make first keys; `random` gives so many random bytes."""
        self.amrm = MasterKeys(random)
        self.nm = MasterKeys(random)
        self.container = MasterKeys(random)
        self.last_nm_use: dict[tuple[str, NodeId], tuple[int, bytes]] = {}
        self._attempts: set[ApplicationAttemptId] = set()

    # ---- ApplicationMaster to ResourceManager

    def begin(self, attempt_id: ApplicationAttemptId) -> Token:
        """Return the token of a new attempt."""
        self._attempts.add(attempt_id)
        return self._amrm_token(attempt_id, self.amrm.current)

    def end(self, attempt_id: ApplicationAttemptId) -> None:
        """Accept an attempt's tokens no more."""
        self._attempts.discard(attempt_id)

    def newer_amrm_token(
        self, attempt_id: ApplicationAttemptId, key: int
    ) -> Token | None:
        """Return the token to use soon, None where the one in use will do.

        Args:
            attempt_id: Whose.
            key: Of the token that the connection was opened with.
        """
        if self.amrm.next is None or key == self.amrm.next:
            return None
        return self._amrm_token(attempt_id, self.amrm.next)

    def _amrm_token(self, attempt_id: ApplicationAttemptId, key: int) -> Token:
        identifier = token_pb2.AMRMTokenIdentifierProto(
            appAttemptId=attempt_id.to_proto(), keyId=key
        )
        data = identifier.SerializeToString()
        return self.amrm.token(key, data, AMRM_KIND, "")

    def check_amrm(self, identifier: bytes) -> tuple[ApplicationAttemptId, int, bytes]:
        """Return whose token it is, its key's id, and its password.

        Raises:
            InvalidToken: The attempt is over, or the key is too old.
            UnreadableToken: It is none of this kind.
        """
        message = _parse(token_pb2.AMRMTokenIdentifierProto(), identifier)
        if not message.HasField("appAttemptId"):
            raise UnreadableToken("java.io.EOFException")
        attempt_id = ApplicationAttemptId.from_proto(message.appAttemptId)
        if attempt_id not in self._attempts:
            raise InvalidToken(f"{attempt_id} not found in AMRMTokenSecretManager.")
        password = self.amrm.password(message.keyId, identifier)
        if password is None:
            raise InvalidToken(f"Invalid AMRMToken from {attempt_id}")
        return attempt_id, message.keyId, password

    # ---- ApplicationMaster to NodeManager

    def nm_token(
        self, attempt_id: ApplicationAttemptId, node_id: NodeId, user: str
    ) -> Token:
        """Return a token for a node."""
        identifier = token_pb2.NMTokenIdentifierProto(
            appAttemptId=attempt_id.to_proto(),
            nodeId=node_id.to_proto(),
            appSubmitter=user,
            keyId=self.nm.current,
        )
        data = identifier.SerializeToString()
        return self.nm.token(self.nm.current, data, NM_KIND, str(node_id))

    def check_nm(
        self, identifier: bytes, node_id: NodeId
    ) -> tuple[ApplicationAttemptId, bytes]:
        """Return whose token it is, and its password.

        A key of long ago gives a password that fits no token, as at a NodeManager.

        Raises:
            InvalidToken: It is for another node.
            UnreadableToken: It is none of this kind.
        """
        message = _parse(token_pb2.NMTokenIdentifierProto(), identifier)
        if not message.HasField("nodeId"):
            raise UnreadableToken("java.io.EOFException")
        attempt_id = ApplicationAttemptId.from_proto(message.appAttemptId)
        if NodeId.from_proto(message.nodeId) != node_id:
            raise InvalidToken(
                f"Given NMToken for application : {attempt_id} is not valid for "
                f"current node manager.expected : {node_id} found : "
                f"{NodeId.from_proto(message.nodeId)}"
            )
        password = self.nm.password(message.keyId, identifier)
        if password is None:
            key, remembered = self.last_nm_use.get((str(attempt_id), node_id), (0, b""))
            password = remembered if key == message.keyId else bytes(_KEY_BYTES)
        return attempt_id, password

    def nm_token_used(self, identifier: bytes) -> None:
        """Remember the token of an attempt's last start on a node: it stays good."""
        message = _parse(token_pb2.NMTokenIdentifierProto(), identifier)
        attempt_id = ApplicationAttemptId.from_proto(message.appAttemptId)
        password = self.nm.password(message.keyId, identifier)
        if password is not None:
            node_id = NodeId.from_proto(message.nodeId)
            self.last_nm_use[str(attempt_id), node_id] = (message.keyId, password)

    # ---- containers

    def container_token(self, grant: ContainerGrant) -> Token:
        """Return the token that lets a NodeManager start a container."""
        key = self.container.current
        identifier = token_pb2.ContainerTokenIdentifierProto(
            containerId=grant.container_id.to_proto(),
            nmHostAddr=grant.node,
            appSubmitter=grant.user,
            resource=grant.resource.to_proto(),
            expiryTimeStamp=grant.expires_ms,
            masterKeyId=key,
            rmIdentifier=grant.rm_identifier,
            priority=yarn_pb2.PriorityProto(priority=grant.priority),
            creationTime=grant.created_ms,
        )
        data = identifier.SerializeToString()
        return self.container.token(key, data, CONTAINER_KIND, grant.node)

    def check_container(self, token: Token) -> ContainerGrant:
        """Return what a container's token says.

        Raises:
            InvalidToken: It is not ours.
        """
        message = _parse(token_pb2.ContainerTokenIdentifierProto(), token.identifier)
        container_id = ContainerId.from_proto(message.containerId)
        password = self.container.password(message.masterKeyId, token.identifier)
        if password is None or not hmac.compare_digest(password, token.password):
            raise InvalidToken(
                "Invalid container token used for starting container on : "
                f"{message.nmHostAddr}"
            )
        return ContainerGrant(
            container_id,
            message.nmHostAddr,
            message.appSubmitter,
            Resource.from_proto(message.resource),
            message.expiryTimeStamp,
            message.rmIdentifier,
            message.priority.priority,
            message.creationTime,
        )


def amrm_owner(identifier: bytes) -> tuple[ApplicationAttemptId, int]:
    """Return whose token of an ApplicationMaster it is, and its key's id."""
    message = _parse(token_pb2.AMRMTokenIdentifierProto(), identifier)
    return ApplicationAttemptId.from_proto(message.appAttemptId), message.keyId


def nm_owner(identifier: bytes) -> ApplicationAttemptId:
    """Return whose NMToken it is."""
    message = _parse(token_pb2.NMTokenIdentifierProto(), identifier)
    return ApplicationAttemptId.from_proto(message.appAttemptId)


def _parse(message: M, data: bytes) -> M:
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise UnreadableToken("java.io.EOFException") from error
    return message
