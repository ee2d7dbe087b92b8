"""Scheduling requests against Hadoop's own classes."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from xlearning.hadoop.constraints import (
    ALL_JOBS,
    OWN_JOB,
    PARTITION,
    UNCOUNTED,
    AttributeOperator,
    Constraint,
    Rejection,
    SchedulingRequest,
    Target,
    TargetKind,
)
from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.records import Resource

if TYPE_CHECKING:
    from tests.hadoop.conftest import Java


def tag(name: str, namespace: str = OWN_JOB) -> Target:
    return Target(TargetKind.ALLOCATION_TAG, namespace, name)


def attribute(name: str, value: str) -> Target:
    return Target(TargetKind.NODE_ATTRIBUTE, name, value)


ALONE = Constraint((tag("w"),), 0, 0)
BESIDE = Constraint((tag("w"),), 1)
EXCLUSIVE = Constraint((tag("x", ALL_JOBS),), 0, 0)
OTHER = Constraint(
    (attribute("os", "b"),), UNCOUNTED, UNCOUNTED, AttributeOperator.UNEQUAL
)
EQUAL = Constraint(
    (attribute("os", "a"),), UNCOUNTED, UNCOUNTED, AttributeOperator.EQUAL
)
LABELLED = Constraint((tag("w"), attribute(PARTITION, "gpu")), 0, 0)
EVERYTHING = Constraint(
    (tag("w"), attribute("os", "a"), attribute(PARTITION, "gpu")),
    0,
    0,
    AttributeOperator.EQUAL,
)
_UNDERSTOOD = {
    (ALONE,): "notin,node,w",
    (BESIDE,): "in,node,w",
    (EXCLUSIVE,): "notin,node,x",
    (OTHER,): "node,NE,os=[b]",
    (EQUAL, OTHER): "and(node,EQ,os=[a]:node,NE,os=[b])",
}
"""What Hadoop calls a constraint that it has read."""


def request(*constraints: Constraint) -> SchedulingRequest:
    return SchedulingRequest(7, Resource(256, 1), 3, 9, ("w",), constraints)


@pytest.mark.parametrize(
    "sent",
    [*_UNDERSTOOD, (LABELLED, EQUAL), (EVERYTHING,)],
)
def test_what_is_written_is_read_again(sent: tuple[Constraint, ...]) -> None:
    assert SchedulingRequest.from_proto(request(*sent).to_proto()) == request(*sent)


@pytest.mark.java
def test_hadoop_understands_our_requests(java: Java) -> None:
    lines = [
        base64.b64encode(request(*sent).to_proto().SerializeToString()).decode()
        for sent in _UNDERSTOOD
    ]

    answers = java.run("Placements", lines=lines)[5:]

    assert answers == [
        f"7 9 GUARANTEED [w] 3 <memory:256, vCores:1> {words}"
        for words in _UNDERSTOOD.values()
    ]


@pytest.mark.java
def test_we_understand_requests_that_hadoop_builds(java: Java) -> None:
    answers = java.run("Placements", lines=[])[:5]

    found = [
        SchedulingRequest.from_proto(
            yarn_pb2.SchedulingRequestProto.FromString(base64.b64decode(answer))
        )
        for answer in answers
    ]
    assert [_by_meaning(each) for each in found] == [
        _by_meaning(request(*sent))
        for sent in [(ALONE,), (BESIDE,), (EXCLUSIVE,), (OTHER,), (LABELLED, EQUAL)]
    ]


def _by_meaning(read: SchedulingRequest) -> object:
    """Return a request without the order of targets, which Hadoop keeps in a set."""
    unordered = [
        (frozenset(each.targets), replace(each, targets=()))
        for each in read.constraints
    ]
    return unordered, replace(read, constraints=())


def test_a_rejection_says_why() -> None:
    message = yarn_pb2.RejectedSchedulingRequestProto(
        reason="RRP_COULD_NOT_PLACE_ON_NODE", request=request(ALONE).to_proto()
    )

    assert Rejection.from_proto(message) == Rejection(
        request(ALONE), "COULD_NOT_PLACE_ON_NODE"
    )
