from __future__ import annotations

import pytest

from xlearning.errors import LocalProtocolError
from xlearning.hadoop.asks import InvalidResourceRequest, Outbox, check_ask
from xlearning.hadoop.constraints import (
    OWN_JOB,
    Constraint,
    SchedulingRequest,
    Target,
    TargetKind,
)
from xlearning.hadoop.ids import ContainerId
from xlearning.hadoop.records import Resource, ResourceRequest

C1 = ContainerId.parse("container_e01_1700000000000_0042_01_000001")
TYPES = ("memory-mb", "vcores", "yarn.io/gpu")


def ask(count: int, priority: int = 1) -> ResourceRequest:
    """Return an ask."""
    return ResourceRequest(priority, Resource(256, 1), count)


@pytest.mark.parametrize(
    "bad",
    [
        ask(-1),
        ask(2**31),
        ResourceRequest(1, Resource(-1, 1), 1),
        ResourceRequest(1, Resource(1, 1, gpus=-1), 1),
        ResourceRequest(1, Resource(1, 1), 1, resource_name="nm1", node_label="gpu"),
    ],
)
def test_asks_that_do_harm_are_not_sent(bad: ResourceRequest) -> None:
    with pytest.raises(LocalProtocolError):
        check_ask(bad, TYPES)


def test_a_type_that_the_cluster_does_not_count_is_refused() -> None:
    gpu = ResourceRequest(1, Resource(1, 1, gpus=1), 1)

    check_ask(gpu, TYPES)
    with pytest.raises(InvalidResourceRequest, match=r"no resource type `yarn.io/gpu`"):
        check_ask(gpu, ())


def test_what_is_asked_goes_once() -> None:
    outbox = Outbox()
    outbox.add([ask(2), ask(3), ask(1, priority=2)], [C1, C1])
    outbox.avoid(frozenset({"b", "a"}))

    request = outbox.request(0.5)

    assert [(each.priority.priority, each.num_containers) for each in request.ask] == [
        (1, 3),
        (2, 1),
    ]
    assert len(request.release) == 1
    assert list(request.blacklist_request.blacklist_additions) == ["a", "b"]
    assert outbox.waiting
    outbox.answered(1)
    assert not outbox.waiting
    assert outbox.request(0.5).response_id == 1
    assert not outbox.request(0.5).ask


def test_a_call_without_an_answer_is_sent_again_unchanged() -> None:
    outbox = Outbox()
    outbox.add([ask(2)], [])
    before = outbox.request(0.5).SerializeToString()
    outbox.add([ask(5)], [C1])

    assert outbox.request(0.9).SerializeToString() == before
    outbox.answered(1)
    assert outbox.request(0.9).ask[0].num_containers == 5
    assert outbox.request(0.9).release


def test_after_a_refusal_the_asks_are_dropped_and_the_rest_is_kept() -> None:
    outbox = Outbox()
    outbox.add([ask(2)], [C1])
    outbox.avoid(frozenset({"a"}))
    outbox.request(0.5)

    outbox.rejected()

    request = outbox.request(0.5)
    assert not request.ask
    assert request.release
    assert list(request.blacklist_request.blacklist_additions) == ["a"]
    assert request.response_id == 0


def test_after_a_restart_the_whole_blacklist_goes_again() -> None:
    outbox = Outbox()
    outbox.avoid(frozenset({"a", "b"}))
    outbox.request(0.5)
    outbox.answered(7)
    outbox.avoid(frozenset({"b"}))
    removed = outbox.request(0.5).blacklist_request
    outbox.answered(8)

    outbox.begin_again()

    request = outbox.request(0.5)
    assert list(removed.blacklist_removals) == ["a"]
    assert list(request.blacklist_request.blacklist_additions) == ["b"]
    assert request.response_id == 0


def scheduled(count: int, memory_mb: int = 256) -> SchedulingRequest:
    """Return an ask with a condition."""
    target = Target(TargetKind.ALLOCATION_TAG, OWN_JOB, "w")
    alone = (Constraint((target,), 0, 0),)
    return SchedulingRequest(1, Resource(memory_mb, 1), count, 1, ("w",), alone)


def test_asks_with_conditions_go_once_and_by_themselves() -> None:
    outbox = Outbox()
    outbox.add([ask(2), scheduled(3), scheduled(1)], ())

    plain = outbox.request(0.5)
    assert [each.num_containers for each in plain.ask] == [2]
    assert not plain.scheduling_requests
    outbox.answered(1)
    assert outbox.waiting
    request = outbox.request(0.5)
    assert not request.ask
    sizes = [each.resourceSizing for each in request.scheduling_requests]
    assert [each.numAllocations for each in sizes] == [1]
    outbox.answered(2)
    assert not outbox.waiting
    assert not outbox.request(0.5).scheduling_requests
    outbox.begin_again()
    outbox.add([scheduled(1)], ())
    outbox.begin_again()
    assert not outbox.waiting


def test_a_scheduling_request_that_no_node_can_hold_is_refused_here() -> None:
    most = Resource(4096, 8)

    check_ask(scheduled(1, 4096), TYPES, most)
    check_ask(scheduled(0, 4097), TYPES, most)
    with pytest.raises(InvalidResourceRequest, match="of memory-mb 4097, vcores 1: "):
        check_ask(scheduled(1, 4097), TYPES, most)
    with pytest.raises(LocalProtocolError):
        check_ask(scheduled(-1), TYPES, most)
