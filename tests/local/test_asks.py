from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.local.world import SMALL, World, ask
from xlearning.hadoop.resource import Resource
from xlearning.local.asks import AskTable
from xlearning.local.nodes import RACK

if TYPE_CHECKING:
    from xlearning.hadoop.records import ResourceRequest


def table(*asks: ResourceRequest) -> AskTable:
    made = AskTable()
    made.update(asks)
    return made


def sizes(asks: AskTable, world: World, number: int) -> list[Resource]:
    return [size for _, size in asks.servable(world.node(number), 2)]


def at(place: str, *, relax: bool = True, count: int = 1) -> ResourceRequest:
    return replace(ask(count), resource_name=place, relax_locality=relax)


WORLD = World()


def test_a_count_replaces_the_one_before() -> None:
    asks = table(ask(3))
    asks.update([ask(1)])
    assert asks.pending == 1
    asks.update([ask(0)])
    assert asks.pending == 0


def test_of_two_shapes_without_an_id_the_last_one_counts() -> None:
    other = replace(ask(1, Resource(512, 1)), allocation_request_id=None)
    first = replace(ask(1), allocation_request_id=None)
    assert sizes(table(first, other), WORLD, 1) == [Resource(512, 1)]


def test_two_shapes_with_ids_are_both_served() -> None:
    other = replace(ask(1, Resource(512, 1)), allocation_request_id=7)
    assert len(sizes(table(ask(1), other), WORLD, 1)) == 2


def test_lower_priorities_come_first() -> None:
    asks = table(ask(1, Resource(512, 1), priority=9), ask(1, SMALL, priority=2))
    assert sizes(asks, WORLD, 1) == [SMALL, Resource(512, 1)]


def test_a_strict_ask_for_a_host() -> None:
    asks = table(at("n2"), at(RACK, relax=False), at("*", relax=False))
    assert sizes(asks, WORLD, 1) == []
    assert sizes(asks, WORLD, 2) == [SMALL]


@pytest.mark.parametrize(
    "asks",
    [
        (at("n2"), at("*")),
        (at("n2"),),
        (at("nowhere"), at(RACK, relax=False), at("*", relax=False)),
    ],
    ids=["no rack", "host alone", "unknown host"],
)
def test_asks_that_are_never_served(asks: tuple[ResourceRequest, ...]) -> None:
    made = table(*asks)
    for _ in range(10):
        assert sizes(made, WORLD, 1) == []
        assert sizes(made, WORLD, 2) == []


def test_a_relaxed_ask_for_a_host_goes_elsewhere_after_a_while() -> None:
    asks = table(at("n2"), at(RACK), at("*"))
    tries = [sizes(asks, WORLD, 1) for _ in range(4)]
    assert tries == [[], [], [SMALL], [SMALL]]


def test_a_place_that_is_avoided() -> None:
    asks = table(ask(1))
    asks.blacklist.add("n1")
    assert sizes(asks, WORLD, 1) == []
    assert sizes(asks, WORLD, 2) == [SMALL]


def test_labels_part_the_nodes() -> None:
    world = World(labels={2: "gpu"})
    plain, labelled = table(ask(1)), table(replace(ask(1), node_label="gpu"))
    assert (sizes(plain, world, 1), sizes(plain, world, 2)) == ([SMALL], [])
    assert (sizes(labelled, world, 1), sizes(labelled, world, 2)) == ([], [SMALL])


def test_what_is_served_is_counted_down_everywhere() -> None:
    asks = table(at("n2", count=2), at(RACK, count=2), at("*", count=2))
    key, _ = next(asks.servable(WORLD.node(2), 2))
    asks.served(key, "n2")
    assert asks.pending == 1
    asks.served(key, "n2")
    assert list(asks.servable(WORLD.node(2), 2)) == []


def test_a_negative_count_wants_nothing() -> None:
    """YARN's books go wrong by it; ours do not."""
    assert table(ask(-1)).pending == 0
