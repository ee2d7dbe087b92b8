"""Asks with conditions on where: YARN's scheduling requests (Hadoop 3.1+). Pure.

A scheduling request names no hosts. Its constraint speaks of the tags that containers
on a node carry, of a node's attributes and of its partition (node label); the scheduler
holds every node against it. Seen on Hadoop 3.5.0 and 3.4.3 with the CapacityScheduler
(`SingleConstraintAppPlacementAllocator`, `PlacementConstraintsUtil`): the number is
absolute, as in a plain ask, and nothing else of a request may change under its key (one
without an execution type or a constraint cannot be changed at all: a
NullPointerException); one that cannot be served waits without a word, one for more than
any node has as well; a partition is only looked for in a constraint that is single; a
call that has a plain ask too loses them all (`asks.Outbox` keeps them apart).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.resource import Resource

NODE = "node"
"""The scope of a constraint: one node."""
PARTITION = "yarn_node_partition/"
"""What an attribute is called that is a node label (`PlacementConstraints`)."""
OWN_JOB = "self"
"""Namespace of tags: containers of the same application."""
ALL_JOBS = "all"
"""Namespace of tags: containers of all applications."""
ANY_NUMBER = 0x7FFFFFFF
UNCOUNTED = -1
"""For both numbers of a constraint that looks at no tags, as Hadoop's clients write."""


class TargetKind(StrEnum):
    """What a target speaks of; YARN's names."""

    NODE_ATTRIBUTE = "NODE_ATTRIBUTE"
    ALLOCATION_TAG = "ALLOCATION_TAG"


class AttributeOperator(StrEnum):
    """How attributes are compared; YARN's names."""

    EQUAL = "EQ"
    UNEQUAL = "NE"


@dataclass(frozen=True, slots=True)
class Target:
    """What a constraint looks at on a node.

    Attributes:
        kind: Tags of containers, or an attribute of the node.
        key: The tags' namespace, or the attribute's name.
        value: The tag, or the attribute's value.
    """

    kind: TargetKind
    key: str
    value: str

    @classmethod
    def from_proto(cls, message: yarn_pb2.PlacementConstraintTargetProto) -> Target:
        """Read a message with one value."""
        name = yarn_pb2.PlacementConstraintTargetProto.TargetType.Name(
            message.targetType
        )
        return cls(TargetKind(name), message.targetKey, *message.targetValues)

    def to_proto(self) -> yarn_pb2.PlacementConstraintTargetProto:
        """Return it as a message."""
        return yarn_pb2.PlacementConstraintTargetProto(
            targetType=self.kind.value, targetKey=self.key, targetValues=[self.value]
        )


@dataclass(frozen=True, slots=True)
class Constraint:
    """What must hold for one node, all of it.

    Attributes:
        targets: Of each tag, the number is looked at; each attribute is compared.
        least: Containers with the tag that must be on the node already.
        most: Containers with the tag that may be on the node already.
        operator: How all attributes are compared; None where there are none.
    """

    targets: tuple[Target, ...]
    least: int = 0
    most: int = ANY_NUMBER
    operator: AttributeOperator | None = None

    @classmethod
    def from_proto(cls, message: yarn_pb2.SimplePlacementConstraintProto) -> Constraint:
        """Read a message of scope `node`."""
        # Hadoop's own clients write NO_OP, its first value, where there is none.
        code = yarn_pb2.NodeAttributeOpCodeProto.Name(message.attributeOpCode)
        operator = None if code == "NO_OP" else AttributeOperator(code)
        return cls(
            tuple(Target.from_proto(each) for each in message.targetExpressions),
            message.minCardinality,
            message.maxCardinality,
            operator,
        )

    def to_proto(self) -> yarn_pb2.PlacementConstraintProto:
        """Return it as a message."""
        return yarn_pb2.PlacementConstraintProto(
            simpleConstraint=yarn_pb2.SimplePlacementConstraintProto(
                scope=NODE,
                targetExpressions=[each.to_proto() for each in self.targets],
                minCardinality=self.least,
                maxCardinality=self.most,
                attributeOpCode=self.operator.value if self.operator else None,
            )
        )


def _all_of(constraints: tuple[Constraint, ...]) -> yarn_pb2.PlacementConstraintProto:
    messages = [each.to_proto() for each in constraints]
    if len(messages) == 1:
        return messages[0]
    return yarn_pb2.PlacementConstraintProto(
        compositeConstraint=yarn_pb2.CompositePlacementConstraintProto(
            compositeType="AND", childConstraints=messages
        )
    )


@dataclass(frozen=True, slots=True)
class SchedulingRequest:
    """An ask with conditions on where. Its count is absolute.

    Attributes:
        priority: The lower, the earlier it is served.
        capability: What each container is made of.
        count: How many are missing. 0 cancels.
        allocation_request_id: Comes back in the containers. One priority and id can
            have one shape only, and for ever; YARN refuses another one.
        tags: What other constraints see of these containers.
        constraints: What must hold for a node, all of them; at least one.
    """

    priority: int
    capability: Resource
    count: int
    allocation_request_id: int
    tags: tuple[str, ...]
    constraints: tuple[Constraint, ...]

    @classmethod
    def from_proto(cls, message: yarn_pb2.SchedulingRequestProto) -> SchedulingRequest:
        """Read a message whose constraint is single, or all of several."""
        constraint, sizing = message.placementConstraint, message.resourceSizing
        simple = [each.simpleConstraint for each in _children(constraint)]
        return cls(
            priority=message.priority.priority,
            capability=Resource.from_proto(sizing.resources),
            count=sizing.numAllocations,
            allocation_request_id=message.allocationRequestId,
            tags=tuple(sorted(message.allocationTags)),
            constraints=tuple(Constraint.from_proto(each) for each in simple),
        )

    def to_proto(self) -> yarn_pb2.SchedulingRequestProto:
        """Return it as a message."""
        return yarn_pb2.SchedulingRequestProto(
            allocationRequestId=self.allocation_request_id,
            priority=yarn_pb2.PriorityProto(priority=self.priority),
            executionType=yarn_pb2.ExecutionTypeRequestProto(
                execution_type="GUARANTEED"
            ),
            allocationTags=self.tags,
            resourceSizing=yarn_pb2.ResourceSizingProto(
                numAllocations=self.count, resources=self.capability.to_proto()
            ),
            placementConstraint=_all_of(self.constraints),
        )


def _children(
    constraint: yarn_pb2.PlacementConstraintProto,
) -> list[yarn_pb2.PlacementConstraintProto]:
    if constraint.HasField("compositeConstraint"):
        return list(constraint.compositeConstraint.childConstraints)
    return [constraint]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A scheduling request that will not be served.

    Attributes:
        request: As it was sent, with the number that is given up.
        reason: YARN's word.
    """

    request: SchedulingRequest
    reason: str

    @classmethod
    def from_proto(cls, message: yarn_pb2.RejectedSchedulingRequestProto) -> Rejection:
        """Read a message."""
        name = yarn_pb2.RejectionReasonProto.Name(message.reason)
        return cls(
            SchedulingRequest.from_proto(message.request), name.removeprefix("RRP_")
        )
