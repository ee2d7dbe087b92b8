"""Node labels in the REST API, in the shapes of Hadoop 3.5. Pure.

Labels are given at the start; each is exclusive, and a node has at most one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.local import amounts
from xlearning.local.cluster import BAD_REQUEST, refusal
from xlearning.local.rest_json import resource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.local.cluster import Cluster
    from xlearning.local.nodes import Node
    from xlearning.local.rest_json import Answer

_DEFAULT = "<DEFAULT_PARTITION>"
_DISABLED = (
    "Node-label-based scheduling is disabled. Please check yarn.node-labels.enabled"
)
_FIXED = "The local cluster's node labels are those that it was started with."


def _label(name: str) -> Answer:
    return {"name": name, "exclusivity": True}


def _labels(labels: Iterable[Answer]) -> Answer:
    listed = list(labels)
    return {"nodeLabelInfo": listed} if listed else {}


def _with(cluster: Cluster, label: str) -> list[Node]:
    return [node for node in cluster.nodes.values() if node.label == label]


def _partition(cluster: Cluster, label: str) -> Answer:
    """Return what the living nodes of a label offer."""
    there = [node.total for node in _with(cluster, label) if node.alive]
    return {"partitionInfo": {"resourceAvailable": resource(amounts.total(there))}}


def known(cluster: Cluster) -> Answer:
    """Answer `/get-node-labels`."""
    names = sorted(cluster.settings.labels)
    return _labels(_label(each) | _partition(cluster, each) for each in names)


def partitions(cluster: Cluster) -> Answer:
    """Answer `/get-rm-node-labels`: also what has no label."""
    return _labels(
        _label(name or _DEFAULT)
        | _partition(cluster, name)
        | {"activeNMs": sum(node.alive for node in _with(cluster, name))}
        for name in ("", *sorted(cluster.settings.labels))
    )


def by_node(cluster: Cluster) -> Answer:
    """Answer `/get-node-to-labels`."""
    entries = [
        {"key": str(node.node_id), "value": _labels(map(_label, node.labels))}
        for node in cluster.nodes.values()
        if node.labels
    ]
    return {"nodeToLabels": {"entry": entries}} if entries else {}


def by_label(cluster: Cluster, wanted: Iterable[str]) -> Answer:
    """Answer `/label-mappings`; without labels all that are on a node."""
    names = set(wanted) or cluster.settings.labels
    entries = []
    for name in sorted(names & cluster.settings.labels):
        nodes = [str(node.node_id) for node in _with(cluster, name)]
        if nodes:
            value = {"nodes": nodes} | _partition(cluster, name)
            entries.append({"key": _label(name), "value": value})
    return {"labelsToNodes": {"entry": entries}} if entries else {}


def of_node(cluster: Cluster, node_id: str) -> Answer:
    """Answer `/nodes/<id>/get-labels`; of an unknown node nothing is known."""
    found = [n for n in cluster.nodes.values() if str(n.node_id) == node_id]
    return _labels(_label(label) for node in found for label in node.labels)


def change(cluster: Cluster) -> None:
    """Refuse to change labels.

    Raises:
        ClusterError: Always; in YARN's words where there are no labels.
    """
    raise refusal(BAD_REQUEST, _FIXED if cluster.settings.labels else _DISABLED)
