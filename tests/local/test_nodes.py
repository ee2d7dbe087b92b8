from __future__ import annotations

import pytest

from tests.local.world import SMALL, World, attempt_id
from xlearning.hadoop.ids import ContainerId
from xlearning.hadoop.records import NodeState
from xlearning.local import amounts

ID = ContainerId(attempt_id(), 1)


def test_what_is_given_back_twice_is_given_back_once() -> None:
    node = World().node(1)
    node.take(ID, SMALL)
    node.give_back(ID, SMALL)
    node.give_back(ID, SMALL)
    assert node.used == amounts.NOTHING
    assert not node.containers


@pytest.mark.parametrize(
    ("state", "alive", "takes"),
    [
        (NodeState.RUNNING, True, True),
        (NodeState.DECOMMISSIONING, True, False),
        (NodeState.LOST, False, False),
    ],
)
def test_states(state: NodeState, alive: bool, takes: bool) -> None:
    node = World().node(1)
    node.state = state
    assert (node.alive, node.takes_containers) == (alive, takes)


def test_what_masters_are_told() -> None:
    report = World(labels={1: "gpu"}).node(1).report()
    assert (report.rack, report.labels) == ("/default-rack", ("gpu",))
