"""What happens by itself: expiry, lifetimes, key rolls, lost nodes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.hadoop.records import NodeState
from xlearning.local import lifecycle, preemption
from xlearning.local.applications import AttemptState
from xlearning.local.cluster import (
    ABORTED,
    KILLED_BY_RM,
    LOST_NODE,
    Cluster,
    SaveTokens,
    StopContainer,
)

if TYPE_CHECKING:
    from xlearning.hadoop.ids import NodeId
    from xlearning.local.applications import Application
    from xlearning.local.nodes import Node

LIFETIME_EXCEEDED = (
    "Application is killed by ResourceManager as it has exceeded the lifetime period."
)
_WATCHED = (AttemptState.LAUNCHED, AttemptState.RUNNING, AttemptState.FINISHING)


def tick(cluster: Cluster, now: int) -> None:
    """Look at all deadlines."""
    for application in list(cluster.applications.values()):
        if application.attempts:
            _masters(cluster, application, now)
            _unstarted(cluster, application, now)
        if application.lifetime_ms and now >= application.lifetime_ms:
            lifecycle.kill(cluster, application, LIFETIME_EXCEEDED, now)
    if cluster.settings.preemption:
        preemption.run(cluster, now)
    for node in list(cluster.nodes.values()):
        if node.state is NodeState.DECOMMISSIONING and not node.containers:
            node_gone(cluster, node.node_id, now, NodeState.DECOMMISSIONED)
    _keys(cluster, now)


def _masters(cluster: Cluster, application: Application, now: int) -> None:
    attempt = application.attempt
    expired = now - attempt.seen_ms >= cluster.settings.am_expiry_ms
    if attempt.state not in _WATCHED or not expired:
        return
    if application.ended:
        assert attempt.master is not None
        master = attempt.containers[attempt.master]
        lifecycle.write_off(cluster, master, KILLED_BY_RM, "", now)
        return
    text = f"ApplicationMaster for attempt {attempt.id} timed out"
    lifecycle.attempt_failed(cluster, application, text, now, counts=True)


def _unstarted(cluster: Cluster, application: Application, now: int) -> None:
    expiry = cluster.settings.allocation_expiry_ms
    for container in list(application.attempt.containers.values()):
        late = now - container.allocated_ms >= expiry
        if container.acquired and not container.started and late:
            text = "Container expired since it was unused"
            lifecycle.write_off(cluster, container, ABORTED, text, now)


def _keys(cluster: Cluster, now: int) -> None:
    """Roll master keys: announced, and current after 1.5 times the AM's expiry."""
    settings, tokens = cluster.settings, cluster.tokens
    if not cluster.rolled_ms:
        cluster.rolled_ms = now
        cluster.actions.append(SaveTokens())
    age = now - cluster.rolled_ms
    if tokens.amrm.next is not None:
        if age >= settings.am_expiry_ms * 1.5:
            tokens.amrm.activate()
            tokens.nm.activate(kept=1)
            tokens.container.activate(kept=1)
            cluster.actions.append(SaveTokens())
    elif age >= settings.key_roll_ms:
        cluster.rolled_ms = now
        tokens.amrm.announce()
        tokens.nm.announce()
        tokens.container.announce()
        cluster.actions.append(SaveTokens())


def add_node(cluster: Cluster, node: Node, now: int) -> None:
    """Take a node in, a new one or one that came back."""
    node.seen_ms = now
    cluster.nodes[node.node_id] = node
    cluster.node_changed(node.report())


def node_gone(
    cluster: Cluster, node_id: NodeId, now: int, state: NodeState = NodeState.LOST
) -> None:
    """Write a node off, with all its containers."""
    node = cluster.nodes[node_id]
    node.state = state
    cluster.node_changed(node.report())
    for application in list(cluster.applications.values()):
        if not application.attempts:
            continue
        attempt = application.attempt
        there = [c for c in attempt.containers.values() if c.node_id == node_id]
        there.sort(key=lambda each: each.id == attempt.master)  # it ends the others
        for container in there:
            lifecycle.write_off(cluster, container, ABORTED, LOST_NODE, now)
    for container in list(cluster.leaving.values()):
        if container.node_id == node_id:
            application_of = cluster.application_of(container.id)
            assert application_of is not None
            cluster.take_back(application_of, container)
            del cluster.leaving[container.id]
    # Nobody reaches a lost node: its processes run on, as on a real cluster.
    cluster.actions = [
        action
        for action in cluster.actions
        if not (isinstance(action, StopContainer) and action.node_id == node_id)
    ]


def decommission(cluster: Cluster, node_id: NodeId, now: int) -> None:
    """Give a node nothing more; it leaves with its last container."""
    node = cluster.nodes[node_id]
    if not node.containers:
        node_gone(cluster, node_id, now, NodeState.DECOMMISSIONED)
    elif node.state is not NodeState.DECOMMISSIONING:
        node.state = NodeState.DECOMMISSIONING
        cluster.node_changed(node.report())
