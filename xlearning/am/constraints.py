"""What a role's placement means in YARN's placement constraints. Pure.

Every container that is asked for with them carries a tag of ours, one of its role and,
where nobody else may be on its node, one that says so. Constraints look at these tags
alone: containers that are asked for plainly have none, so that nothing here keeps them
away, or is kept away by them. That goes for ApplicationMasters, for other programs than
ours and for roles that are wanted anywhere.

A node that holds one of a role's containers has passed that role's constraint; whoever
is wanted beside it need not be told again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.hadoop.constraints import (
    ALL_JOBS,
    OWN_JOB,
    PARTITION,
    UNCOUNTED,
    AttributeOperator,
    Constraint,
    SchedulingRequest,
    Target,
    TargetKind,
)
from xlearning.hadoop.resource import Resource
from xlearning.job.spec import Placement

if TYPE_CHECKING:
    from xlearning.job.spec import NodeAttribute, RoleSpec

OURS = "xlearning"
"""The tag of every container of every job that is asked for here."""
EXCLUSIVE = "xlearning-exclusive"
"""The tag of those that share a node with none of these."""
BESIDE = 1 << 20
"""Added to the allocation request id of what is wanted beside others of its role."""


def scheduling_requests(
    role: RoleSpec, number: int, count: int, beside: int
) -> list[SchedulingRequest]:
    """Return what asks for containers of a role that is placed by constraints.

    Args:
        role: The role.
        number: Its priority and allocation request id.
        count: How many are missing.
        beside: How many of them will do on a node that has one of the role only.
    """
    size = role.resources
    anywhere = SchedulingRequest(
        priority=number,
        capability=Resource(size.memory_mb, size.vcores, size.gpus),
        count=count - beside,
        allocation_request_id=number,
        tags=_tags(role),
        constraints=_constraints(role),
    )
    if role.placement is not Placement.PACK:
        return [anywhere]
    near = SchedulingRequest(
        priority=number,
        capability=anywhere.capability,
        count=beside,
        allocation_request_id=BESIDE + number,
        tags=anywhere.tags,
        constraints=(Constraint((_own_tag(role), *_partition(role)), 1),),
    )
    return [anywhere, near]


def where(role: RoleSpec) -> str:
    """Return the words for the nodes that a role waits for, "" for any."""
    words = [f"with {each}" for each in role.attributes]
    if role.constrained and role.placement is Placement.SPREAD:
        words.append(f"without another {role.name}")
    if role.placement is Placement.EXCLUSIVE:
        words.append("that no other task of a placed role is on")
    return f" on a node {' and '.join(words)}" if words else ""


def _tags(role: RoleSpec) -> tuple[str, ...]:
    tags = (OURS, _own_tag(role).value)
    return (*tags, EXCLUSIVE) if role.placement is Placement.EXCLUSIVE else tags


def _own_tag(role: RoleSpec) -> Target:
    return Target(TargetKind.ALLOCATION_TAG, OWN_JOB, f"{OURS}-role-{role.name}")


def _constraints(role: RoleSpec) -> tuple[Constraint, ...]:
    """Return what holds for a node where nobody of the role has to be.

    Attributes of one constraint are compared in one way, so that there may be two.
    """
    exclusive = role.placement is Placement.EXCLUSIVE
    absent = OURS if exclusive else EXCLUSIVE
    targets = [Target(TargetKind.ALLOCATION_TAG, ALL_JOBS, absent), *_partition(role)]
    if role.placement is Placement.SPREAD:
        targets.append(_own_tag(role))
    equal = [_attribute(each) for each in role.attributes if not each.unequal]
    unequal = [_attribute(each) for each in role.attributes if each.unequal]
    if not equal or not unequal:
        operator = AttributeOperator.UNEQUAL if unequal else AttributeOperator.EQUAL
        both = (*targets, *equal, *unequal)
        return (Constraint(both, 0, 0, operator if role.attributes else None),)
    first = Constraint((*targets, *equal), 0, 0, AttributeOperator.EQUAL)
    operator = AttributeOperator.UNEQUAL
    return (first, Constraint(tuple(unequal), UNCOUNTED, UNCOUNTED, operator))


def _attribute(attribute: NodeAttribute) -> Target:
    return Target(TargetKind.NODE_ATTRIBUTE, attribute.name, attribute.value)


def _partition(role: RoleSpec) -> tuple[Target, ...]:
    if not role.node_label:
        return ()
    return (Target(TargetKind.NODE_ATTRIBUTE, PARTITION, role.node_label),)
