"""The shapes are those of a Hadoop 3.5.0 with the label `gpu` on one of two nodes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.world import STARTED, World
from xlearning.errors import ClusterError
from xlearning.local import rest_labels
from xlearning.local.rest_json import resource
from xlearning.local.settings import RmSettings

GPU = {"name": "gpu", "exclusivity": True}


@pytest.fixture
def labelled() -> World:
    settings = RmSettings(STARTED, labels=frozenset({"gpu", "free"}))
    return World(2, settings=settings, labels={2: "gpu"})


def offer(world: World, number: int) -> dict[str, object]:
    amount = resource(world.node(number).total)
    return {"partitionInfo": {"resourceAvailable": amount}}


def listed(answer: Any) -> list[Any]:
    found: list[Any] = answer["nodeLabelInfo"]
    return found


def test_labels_and_what_is_behind_them(labelled: World) -> None:
    free, gpu = listed(rest_labels.known(labelled.cluster))
    assert free["name"] == "free"
    assert free["partitionInfo"]["resourceAvailable"]["memory"] == 0
    assert gpu == GPU | offer(labelled, 2)


def test_partitions(labelled: World) -> None:
    none, _, gpu = listed(rest_labels.partitions(labelled.cluster))
    name = {"name": "<DEFAULT_PARTITION>", "exclusivity": True, "activeNMs": 1}
    assert none == name | offer(labelled, 1)
    assert gpu == GPU | offer(labelled, 2) | {"activeNMs": 1}


def test_nodes_and_their_labels(labelled: World) -> None:
    cluster, node_id = labelled.cluster, str(labelled.node(2).node_id)
    found = {"nodeLabelInfo": [GPU]}
    entry = {"key": node_id, "value": found}
    assert rest_labels.by_node(cluster) == {"nodeToLabels": {"entry": [entry]}}
    assert rest_labels.of_node(cluster, node_id) == found
    assert rest_labels.of_node(cluster, str(labelled.node(1).node_id)) == {}
    assert rest_labels.of_node(cluster, "nosuch:1") == {}


def test_labels_and_their_nodes(labelled: World) -> None:
    cluster, node_id = labelled.cluster, str(labelled.node(2).node_id)
    value = {"nodes": [node_id]} | offer(labelled, 2)
    found = {"labelsToNodes": {"entry": [{"key": GPU, "value": value}]}}
    assert rest_labels.by_label(cluster, []) == found
    assert rest_labels.by_label(cluster, ["gpu", "nope"]) == found
    assert rest_labels.by_label(cluster, ["nope"]) == {}


def test_without_labels_there_is_nothing() -> None:
    cluster = World().cluster
    assert rest_labels.known(cluster) == {}
    assert rest_labels.by_node(cluster) == {}
    assert rest_labels.by_label(cluster, []) == {}


def test_labels_are_not_changed(labelled: World) -> None:
    with pytest.raises(ClusterError, match="scheduling is disabled"):
        rest_labels.change(World().cluster)
    with pytest.raises(ClusterError, match="that it was started with"):
        rest_labels.change(labelled.cluster)
