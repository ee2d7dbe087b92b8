"""YARN's records as frozen values, and their messages. Pure.

Nothing above `xlearning.hadoop` sees a protobuf message. Absent fields are tested for
presence wherever proto2's default would lie: an absent enum reads as its first value.
Local resources and launch contexts are in `launch_context`, ids in `ids`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from xlearning.hadoop.ids import ContainerId, NodeId
from xlearning.hadoop.proto import security_pb2, yarn_pb2
from xlearning.hadoop.resource import GPU, MEMORY, VIRTUAL_CORES, Resource

__all__ = [
    "ANY_HOST",
    "GPU",
    "MEMORY",
    "NO_ALLOCATION_REQUEST_ID",
    "VIRTUAL_CORES",
    "Container",
    "ContainerState",
    "ContainerStatus",
    "NMToken",
    "NodeReport",
    "NodeState",
    "Preemption",
    "Resource",
    "ResourceRequest",
    "Token",
]

ANY_HOST = "*"
NO_ALLOCATION_REQUEST_ID = -1


@dataclass(frozen=True, slots=True)
class Token:
    """A Hadoop token. Its password is a secret and never shown.

    Attributes:
        identifier: Whom and what it is for; opaque to us.
        password: The shared secret.
        kind: E.g. `YARN_AM_RM_TOKEN`.
        service: The service that it is for, often "".
    """

    identifier: bytes
    password: bytes = field(repr=False)
    kind: str = ""
    service: str = ""

    @classmethod
    def from_proto(cls, message: security_pb2.TokenProto) -> Token:
        """Read a message."""
        return cls(message.identifier, message.password, message.kind, message.service)

    def to_proto(self) -> security_pb2.TokenProto:
        """Return it as a message; Hadoop requires every field."""
        return security_pb2.TokenProto(
            identifier=self.identifier,
            password=self.password,
            kind=self.kind,
            service=self.service,
        )


@dataclass(frozen=True, slots=True)
class NMToken:
    """The token that opens one NodeManager to one application."""

    node_id: NodeId
    token: Token

    @classmethod
    def from_proto(cls, message: yarn_pb2.NMTokenProto) -> NMToken:
        """Read a message."""
        node_id = NodeId.from_proto(message.nodeId)
        return cls(node_id, Token.from_proto(message.token))

    def to_proto(self) -> yarn_pb2.NMTokenProto:
        """Return it as a message."""
        return yarn_pb2.NMTokenProto(
            nodeId=self.node_id.to_proto(), token=self.token.to_proto()
        )


@dataclass(frozen=True, slots=True)
class Container:
    """A container that was allocated.

    Attributes:
        id: Its id.
        node_id: The NodeManager to start it on.
        node_http_address: That node's web address as `host:port`.
        resource: What it really got: rounded up by the scheduler.
        priority: Of the ask that it answers.
        token: Lets the NodeManager start it, for 10 minutes by default.
        allocation_request_id: Of the ask; -1 where none was given.
        version: Raised by YARN whenever the container is changed.
    """

    id: ContainerId
    node_id: NodeId
    node_http_address: str
    resource: Resource
    priority: int
    token: Token
    allocation_request_id: int = NO_ALLOCATION_REQUEST_ID
    version: int = 0

    @classmethod
    def from_proto(cls, message: yarn_pb2.ContainerProto) -> Container:
        """Read a message."""
        return cls(
            id=ContainerId.from_proto(message.id),
            node_id=NodeId.from_proto(message.nodeId),
            node_http_address=message.node_http_address,
            resource=Resource.from_proto(message.resource),
            priority=message.priority.priority,
            token=Token.from_proto(message.container_token),
            allocation_request_id=message.allocation_request_id,
            version=message.version,
        )

    def to_proto(self) -> yarn_pb2.ContainerProto:
        """Return it as a message."""
        return yarn_pb2.ContainerProto(
            id=self.id.to_proto(),
            nodeId=self.node_id.to_proto(),
            node_http_address=self.node_http_address,
            resource=self.resource.to_proto(),
            priority=yarn_pb2.PriorityProto(priority=self.priority),
            container_token=self.token.to_proto(),
            allocation_request_id=self.allocation_request_id,
            version=self.version,
        )


class ContainerState(StrEnum):
    """How far a container is; YARN's names."""

    NEW = "NEW"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"


@dataclass(frozen=True, slots=True)
class ContainerStatus:
    """What YARN says about a container.

    Attributes:
        container_id: Whose status.
        state: How far it is; None where YARN did not say.
        exit_status: The exit code, or one of `ContainerExitStatus` of YARN.
        diagnostics: YARN's words about its end.
    """

    container_id: ContainerId
    state: ContainerState | None
    exit_status: int
    diagnostics: str

    @classmethod
    def from_proto(cls, message: yarn_pb2.ContainerStatusProto) -> ContainerStatus:
        """Read a message."""
        state = None
        if message.HasField("state"):
            name = yarn_pb2.ContainerStateProto.Name(message.state)
            state = ContainerState(name.removeprefix("C_"))
        return cls(
            ContainerId.from_proto(message.container_id),
            state,
            message.exit_status,
            message.diagnostics,
        )

    def to_proto(self) -> yarn_pb2.ContainerStatusProto:
        """Return it as a message."""
        return yarn_pb2.ContainerStatusProto(
            container_id=self.container_id.to_proto(),
            state=None if self.state is None else f"C_{self.state}",
            exit_status=self.exit_status,
            diagnostics=self.diagnostics,
        )


@dataclass(frozen=True, slots=True)
class ResourceRequest:
    """An ask. Its count is absolute and replaces the one of the same key before.

    One priority (with Hadoop 2.9 and later: priority and `allocation_request_id`) can
    have one shape only; of two shapes the later one wins.

    Attributes:
        priority: The lower, the earlier it is served.
        capability: What each container is made of.
        count: How many are missing. 0 cancels.
        resource_name: `*`, a rack or a host; without an ask for `*` none is served.
        relax_locality: Whether wider places than `resource_name` will do.
        node_label: Only with `*`; None leaves the choice to the application's label.
        allocation_request_id: Comes back in the containers; None leaves it out.
    """

    priority: int
    capability: Resource
    count: int
    resource_name: str = ANY_HOST
    relax_locality: bool = True
    node_label: str | None = None
    allocation_request_id: int | None = None

    @classmethod
    def from_proto(cls, message: yarn_pb2.ResourceRequestProto) -> ResourceRequest:
        """Read a message."""
        label = message.node_label_expression
        request_id = message.allocation_request_id
        return cls(
            priority=message.priority.priority,
            capability=Resource.from_proto(message.capability),
            count=message.num_containers,
            resource_name=message.resource_name,
            relax_locality=message.relax_locality,
            node_label=label if message.HasField("node_label_expression") else None,
            allocation_request_id=(
                request_id if message.HasField("allocation_request_id") else None
            ),
        )

    def to_proto(self) -> yarn_pb2.ResourceRequestProto:
        """Return it as a message."""
        return yarn_pb2.ResourceRequestProto(
            priority=yarn_pb2.PriorityProto(priority=self.priority),
            resource_name=self.resource_name,
            capability=self.capability.to_proto(),
            num_containers=self.count,
            relax_locality=self.relax_locality,
            node_label_expression=self.node_label,
            allocation_request_id=self.allocation_request_id,
        )


class NodeState(StrEnum):
    """What a NodeManager is to the ResourceManager; YARN's names."""

    NEW = "NEW"
    RUNNING = "RUNNING"
    UNHEALTHY = "UNHEALTHY"
    DECOMMISSIONED = "DECOMMISSIONED"
    LOST = "LOST"
    REBOOTED = "REBOOTED"
    DECOMMISSIONING = "DECOMMISSIONING"
    SHUTDOWN = "SHUTDOWN"


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What the ResourceManager says about a node.

    Attributes:
        node_id: Which node.
        state: None where YARN did not say.
        http_address: Its web address as `host:port`.
        rack: Its rack's name.
        used: What is taken of it.
        capability: What it has.
        health_report: Why it is unhealthy, else "".
        labels: Its node labels.
    """

    node_id: NodeId
    state: NodeState | None
    http_address: str
    rack: str
    used: Resource
    capability: Resource
    health_report: str = ""
    labels: tuple[str, ...] = ()

    @classmethod
    def from_proto(cls, message: yarn_pb2.NodeReportProto) -> NodeReport:
        """Read a message."""
        state = None
        if message.HasField("node_state"):
            name = yarn_pb2.NodeStateProto.Name(message.node_state)
            state = NodeState(name.removeprefix("NS_"))
        return cls(
            node_id=NodeId.from_proto(message.nodeId),
            state=state,
            http_address=message.httpAddress,
            rack=message.rackName,
            used=Resource.from_proto(message.used),
            capability=Resource.from_proto(message.capability),
            health_report=message.health_report,
            labels=tuple(message.node_labels),
        )

    def to_proto(self) -> yarn_pb2.NodeReportProto:
        """Return it as a message."""
        return yarn_pb2.NodeReportProto(
            nodeId=self.node_id.to_proto(),
            node_state=None if self.state is None else f"NS_{self.state}",
            httpAddress=self.http_address,
            rackName=self.rack,
            used=self.used.to_proto(),
            capability=self.capability.to_proto(),
            health_report=self.health_report,
            node_labels=self.labels,
        )


@dataclass(frozen=True, slots=True)
class Preemption:
    """Containers that the scheduler will take back, some seconds from now.

    Attributes:
        strict: Will be taken whatever is given back.
        contract: Will be taken unless as much is released elsewhere.
    """

    strict: tuple[ContainerId, ...] = ()
    contract: tuple[ContainerId, ...] = ()

    @property
    def container_ids(self) -> tuple[ContainerId, ...]:
        """All of them."""
        return self.strict + self.contract

    @classmethod
    def from_proto(cls, message: yarn_pb2.PreemptionMessageProto) -> Preemption:
        """Read a message; what else YARN would take instead is not used."""
        return cls(
            tuple(
                ContainerId.from_proto(c.id) for c in message.strictContract.container
            ),
            tuple(ContainerId.from_proto(c.id) for c in message.contract.container),
        )

    def to_proto(self) -> yarn_pb2.PreemptionMessageProto:
        """Return it as a message."""
        message = yarn_pb2.PreemptionMessageProto()
        for container_id in self.strict:
            message.strictContract.container.add().id.CopyFrom(container_id.to_proto())
        for container_id in self.contract:
            message.contract.container.add().id.CopyFrom(container_id.to_proto())
        return message
