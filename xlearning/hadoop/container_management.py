"""ContainerManagementProtocol: starting and stopping containers on one NodeManager.

A start that is accepted only means that the NodeManager will try: failures come later,
as completed containers, from the ResourceManager. A container is started once only: of
a start whose reply was lost ask the status before it is repeated.

The NodeManager lets in the newest token of the node, and the one that the attempt last
started a container with. `use` the newest one that the ResourceManager gave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

from google.protobuf.message import Message

from xlearning.hadoop.ids import ContainerId, NodeId
from xlearning.hadoop.proto import yarn_service_pb2
from xlearning.hadoop.records import Container, ContainerStatus
from xlearning.hadoop.rpc import wire
from xlearning.hadoop.rpc.channel import Deadlines, RpcChannel, clean_text
from xlearning.hadoop.rpc.failover import Address, Failover
from xlearning.hadoop.rpc.sasl import LEAST_FIRST, TokenCredential

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from xlearning.hadoop.launch_context import ContainerLaunchContext
    from xlearning.hadoop.records import NMToken, Token
    from xlearning.hadoop.rpc.digest_md5 import Protection

PROTOCOL = "org.apache.hadoop.yarn.api.ContainerManagementProtocolPB"

M = TypeVar("M", bound=Message)

# What a NodeManager says to the repetition of a start that it has accepted.
_STARTED_ALREADY = ("Attempt to relaunch the same container", "already is running on")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a NodeManager did not do something to one container.

    Attributes:
        container_id: Which container.
        java_class: Of the exception.
        text: Its message, without a stack trace.
    """

    container_id: ContainerId
    java_class: str
    text: str

    @property
    def started_already(self) -> bool:
        """Whether a start failed because an earlier one had been accepted."""
        return any(words in self.text for words in _STARTED_ALREADY)

    @classmethod
    def from_proto(
        cls, message: yarn_service_pb2.ContainerExceptionMapProto
    ) -> Failure:
        """Read a message."""
        exception = message.exception
        return cls(
            ContainerId.from_proto(message.container_id),
            exception.class_name,
            clean_text(exception.message),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call for several containers.

    Attributes:
        succeeded: The NodeManager will do it.
        failed: It will not, and why.
    """

    succeeded: tuple[ContainerId, ...]
    failed: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Statuses:
    """What a NodeManager says about containers.

    Attributes:
        known: Their statuses.
        failed: The others, e.g. those that ended a while ago.
    """

    known: tuple[ContainerStatus, ...]
    failed: tuple[Failure, ...]


class ContainerManagementProtocol:
    """The calls to one NodeManager. Use it in `async with`.

    Every call raises `ConnectionLost` when the node did not answer, and `ClusterError`
    when it refused the call as a whole, e.g. because of an outdated token.
    """

    def __init__(
        self,
        nm_token: NMToken,
        *,
        protections: tuple[Protection, ...] = LEAST_FIRST,
        deadlines: Deadlines | None = None,
    ) -> None:
        """Name the node; nothing is sent yet.

        Args:
            nm_token: The node and its newest token.
            protections: What to choose of the server's offer, the first choice first.
            deadlines: For connecting and for calls.
        """
        self.node_id: NodeId = nm_token.node_id
        self._protections = protections
        self._token: Token = nm_token.token
        address = Address(self.node_id.host, self.node_id.port)
        credential = TokenCredential(nm_token.token, protections)
        self._channel = RpcChannel(PROTOCOL, Failover([address]), credential, deadlines)

    async def __aenter__(self) -> Self:
        """Begin to own a connection."""
        await self._channel.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        await self._channel.__aexit__(kind, error, traceback)

    def use(self, nm_token: NMToken) -> None:
        """Use a newer token of the node from now on; not while a call is under way."""
        if nm_token.token != self._token:
            self._token = nm_token.token
            self._channel.use(TokenCredential(nm_token.token, self._protections))

    async def start_containers(
        self, starts: Sequence[tuple[Container, ContainerLaunchContext]]
    ) -> Outcome:
        """Start containers that were allocated on this node, each once."""
        request = yarn_service_pb2.StartContainersRequestProto()
        for container, context in starts:
            request.start_container_request.add(
                container_launch_context=context.to_proto(),
                container_token=container.token.to_proto(),
            )
        kind = yarn_service_pb2.StartContainersResponseProto
        return _outcome(await self._call("startContainers", request, kind))

    async def stop_containers(self, container_ids: Iterable[ContainerId]) -> Outcome:
        """Stop containers: SIGTERM, then SIGKILL after 250 ms by default.

        One that has just ended counts as succeeded, one never started as failed. The
        ResourceManager reports the end, with exit status -105.
        """
        request = yarn_service_pb2.StopContainersRequestProto(
            container_id=[each.to_proto() for each in container_ids]
        )
        kind = yarn_service_pb2.StopContainersResponseProto
        return _outcome(await self._call("stopContainers", request, kind))

    async def container_statuses(
        self, container_ids: Iterable[ContainerId]
    ) -> Statuses:
        """Ask how far containers are."""
        request = yarn_service_pb2.GetContainerStatusesRequestProto(
            container_id=[each.to_proto() for each in container_ids]
        )
        kind = yarn_service_pb2.GetContainerStatusesResponseProto
        response = await self._call("getContainerStatuses", request, kind)
        return Statuses(
            tuple(ContainerStatus.from_proto(each) for each in response.status),
            tuple(Failure.from_proto(each) for each in response.failed_requests),
        )

    async def _call(self, method: str, request: Message, kind: type[M]) -> M:
        data = await self._channel.call(method, request.SerializeToString())
        return wire.parse(kind, data)


def _outcome(
    response: yarn_service_pb2.StartContainersResponseProto
    | yarn_service_pb2.StopContainersResponseProto,
) -> Outcome:
    return Outcome(
        tuple(ContainerId.from_proto(each) for each in response.succeeded_requests),
        tuple(Failure.from_proto(each) for each in response.failed_requests),
    )
