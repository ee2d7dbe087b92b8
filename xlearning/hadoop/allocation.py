"""What the ResourceManager tells an ApplicationMaster, as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from xlearning.hadoop.constraints import Rejection
from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.records import (
    Container,
    ContainerStatus,
    NMToken,
    NodeReport,
    Preemption,
    Resource,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.hadoop.proto import yarn_service_pb2


_NOT_PREEMPTED = Preemption()


class FinalStatus(StrEnum):
    """How an application says it ended."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    KILLED = "KILLED"


@dataclass(frozen=True, slots=True)
class Registration:
    """What the ResourceManager tells a new ApplicationMaster.

    Attributes:
        maximum: The greatest container that a node which is there can hold; None
            where the reply was lost.
        queue: Full path of the queue.
        resource_types: Names of all types that are counted, empty if it does not say.
        acls: `VIEW_APP` and `MODIFY_APP` to YARN's user and group lists.
        containers: Still running, of earlier attempts.
        nm_tokens: For their nodes.
    """

    maximum: Resource | None
    queue: str = ""
    resource_types: tuple[str, ...] = ()
    acls: tuple[tuple[str, str], ...] = ()
    containers: tuple[Container, ...] = ()
    nm_tokens: tuple[NMToken, ...] = ()

    @classmethod
    def from_proto(
        cls, message: yarn_service_pb2.RegisterApplicationMasterResponseProto
    ) -> Registration:
        """Read a message."""
        maximum = Resource.from_proto(message.maximumCapability)
        access = yarn_pb2.ApplicationAccessTypeProto
        return cls(
            maximum=maximum if message.HasField("maximumCapability") else None,
            queue=message.queue,
            resource_types=tuple(each.name for each in message.resource_types),
            acls=tuple(
                (access.Name(each.accessType).removeprefix("APPACCESS_"), each.acl)
                for each in message.application_ACLs
            ),
            containers=_containers(message.containers_from_previous_attempts),
            nm_tokens=tuple(
                NMToken.from_proto(each)
                for each in message.nm_tokens_from_previous_attempts
            ),
        )


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one heartbeat brought. All of it is told once only.

    Attributes:
        containers: Allocated. There may be more than are missing: release these.
        completed: Containers that have ended.
        nm_tokens: Newest tokens of nodes.
        recovered: Containers of earlier attempts that were found late.
        updated_nodes: Nodes that came, went or changed.
        preemption: What the scheduler will take back.
        available: What the queue may still give, roughly.
        nodes: How many NodeManagers there are.
        rejections: Scheduling requests that are given up.
    """

    containers: tuple[Container, ...] = ()
    completed: tuple[ContainerStatus, ...] = ()
    nm_tokens: tuple[NMToken, ...] = ()
    recovered: tuple[Container, ...] = ()
    updated_nodes: tuple[NodeReport, ...] = ()
    preemption: Preemption = _NOT_PREEMPTED
    available: Resource | None = None
    nodes: int = 0
    rejections: tuple[Rejection, ...] = ()

    @classmethod
    def from_proto(cls, message: yarn_service_pb2.AllocateResponseProto) -> Allocation:
        """Read a message."""
        completed = message.completed_container_statuses
        limit = Resource.from_proto(message.limit)
        return cls(
            containers=_containers(message.allocated_containers),
            completed=tuple(ContainerStatus.from_proto(each) for each in completed),
            nm_tokens=tuple(NMToken.from_proto(each) for each in message.nm_tokens),
            recovered=_containers(message.containers_from_previous_attempts),
            updated_nodes=tuple(map(NodeReport.from_proto, message.updated_nodes)),
            preemption=Preemption.from_proto(message.preempt),
            available=limit if message.HasField("limit") else None,
            nodes=message.num_cluster_nodes,
            rejections=tuple(
                Rejection.from_proto(each)
                for each in message.rejected_scheduling_requests
            ),
        )


def _containers(
    messages: Iterable[yarn_pb2.ContainerProto],
) -> tuple[Container, ...]:
    return tuple(Container.from_proto(each) for each in messages)
