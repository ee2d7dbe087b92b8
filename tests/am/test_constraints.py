"""What a placement means in YARN's placement constraints."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from xlearning.am.constraints import (
    BESIDE,
    EXCLUSIVE,
    OURS,
    scheduling_requests,
    where,
)
from xlearning.hadoop.constraints import (
    ALL_JOBS,
    OWN_JOB,
    PARTITION,
    UNCOUNTED,
    AttributeOperator,
    Constraint,
    Target,
    TargetKind,
)
from xlearning.job.resources import Resources
from xlearning.job.spec import NodeAttribute, Placement, RoleSpec

ROLE = RoleSpec("w", 4, Resources(256, 1, 1), ("run",), constrained=True)
NOBODY_EXCLUSIVE = Target(TargetKind.ALLOCATION_TAG, ALL_JOBS, EXCLUSIVE)
NOBODY_OF_OURS = Target(TargetKind.ALLOCATION_TAG, ALL_JOBS, OURS)
OWN = Target(TargetKind.ALLOCATION_TAG, OWN_JOB, "xlearning-role-w")
SSD = NodeAttribute("rm.yarn.io/disk", "ssd")
NEW = NodeAttribute("rm.yarn.io/os", "old", unequal=True)
ON_SSD = Target(TargetKind.NODE_ATTRIBUTE, SSD.name, "ssd")
NOT_OLD = Target(TargetKind.NODE_ATTRIBUTE, NEW.name, "old")
ON_GPU = Target(TargetKind.NODE_ATTRIBUTE, PARTITION, "gpu")
EQUAL, UNEQUAL = AttributeOperator.EQUAL, AttributeOperator.UNEQUAL
OLD_AWAY = Constraint((NOT_OLD,), UNCOUNTED, UNCOUNTED, UNEQUAL)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (ROLE, [Constraint((NOBODY_EXCLUSIVE,), 0, 0)]),
        (
            replace(ROLE, placement=Placement.SPREAD),
            [Constraint((NOBODY_EXCLUSIVE, OWN), 0, 0)],
        ),
        (
            replace(ROLE, placement=Placement.EXCLUSIVE),
            [Constraint((NOBODY_OF_OURS,), 0, 0)],
        ),
        (
            replace(ROLE, attributes=(SSD,), node_label="gpu"),
            [Constraint((NOBODY_EXCLUSIVE, ON_GPU, ON_SSD), 0, 0, EQUAL)],
        ),
        (
            replace(ROLE, attributes=(NEW,)),
            [Constraint((NOBODY_EXCLUSIVE, NOT_OLD), 0, 0, UNEQUAL)],
        ),
        (
            replace(ROLE, attributes=(SSD, NEW)),
            [Constraint((NOBODY_EXCLUSIVE, ON_SSD), 0, 0, EQUAL), OLD_AWAY],
        ),
    ],
)
def test_a_role_says_what_its_nodes_are_like(
    role: RoleSpec, expected: list[Constraint]
) -> None:
    (request,) = scheduling_requests(role, 3, 4, 0)

    assert list(request.constraints) == expected
    assert (request.priority, request.allocation_request_id) == (3, 3)
    assert (request.count, request.capability.gpus) == (4, 1)
    alone = role.placement is Placement.EXCLUSIVE
    assert request.tags == (OURS, OWN.value, EXCLUSIVE)[: 3 if alone else 2]


def test_a_packed_role_has_a_first_one_and_others_beside_it() -> None:
    role = replace(ROLE, placement=Placement.PACK, attributes=(SSD,), node_label="gpu")

    first, others = scheduling_requests(role, 3, 4, 3)

    assert (first.count, others.count) == (1, 3)
    assert first.constraints == (
        Constraint((NOBODY_EXCLUSIVE, ON_GPU, ON_SSD), 0, 0, EQUAL),
    )
    # The first one's node is as it must be: only the label has to be said again.
    assert others.constraints == (Constraint((OWN, ON_GPU), 1),)
    assert (others.priority, others.allocation_request_id) == (3, BESIDE + 3)
    assert others.tags == first.tags


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (ROLE, ""),
        (replace(ROLE, placement=Placement.PACK), ""),
        (replace(ROLE, placement=Placement.SPREAD), " on a node without another w"),
        (replace(ROLE, placement=Placement.SPREAD, constrained=False), ""),
        (
            replace(ROLE, placement=Placement.EXCLUSIVE),
            " on a node that no other task of a placed role is on",
        ),
        (
            replace(ROLE, attributes=(SSD, NEW)),
            " on a node with rm.yarn.io/disk=ssd and with rm.yarn.io/os!=old",
        ),
    ],
)
def test_it_is_said_which_nodes_will_do(role: RoleSpec, words: str) -> None:
    assert where(role) == words
