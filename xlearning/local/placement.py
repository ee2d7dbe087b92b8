"""What a node's heartbeat leads to: asks that are served there. Pure.

Queues that have the least of what is theirs come first, then applications by priority
and age (`CapacityScheduler`); no container is larger than what is free, and no queue
gets more than its maximum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.local import amounts
from xlearning.local.applications import Attempt, AttemptState, RmContainer
from xlearning.local.cluster import LaunchMaster, SaveApplication

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlearning.hadoop.ids import NodeId
    from xlearning.hadoop.resource import Resource
    from xlearning.local.applications import Application
    from xlearning.local.asks import AskKey
    from xlearning.local.cluster import Cluster
    from xlearning.local.nodes import Node

MASTER_PRIORITY = 0


def node_heartbeat(cluster: Cluster, node_id: NodeId, now: int) -> None:
    """Take a node's heartbeat, and put there what may be put there."""
    node = cluster.nodes[node_id]
    node.seen_ms = now
    if not node.takes_containers:
        return
    while _place_one(cluster, node, now):
        pass


def _place_one(cluster: Cluster, node: Node, now: int) -> bool:
    for application in _by_claim(cluster):
        attempt = application.attempt
        if attempt.state is AttemptState.SCHEDULED:
            if attempt.master is None and _place_master(
                cluster, application, node, now
            ):
                return True
            continue
        for key, size in attempt.asks.servable(node, cluster.active_nodes):
            if _has_room(cluster, application, node, size):
                _place(cluster, application, node, (key, size), now)
                return True
    return False


def _by_claim(cluster: Cluster) -> Iterator[Application]:
    """Yield applications that want something, the first claim first."""
    waiting = [
        application for application in cluster.unended.values() if _wants(application)
    ]
    if not waiting:
        return
    whole = cluster.capacity()
    shares = {
        queue.name: amounts.dominant_share(cluster.used_by(queue.name), whole)
        / max(queue.capacity, 1e-6)
        for queue in cluster.settings.queues
    }
    waiting.sort(
        key=lambda each: (shares[each.queue], -each.priority, each.submitted_ms)
    )
    yield from waiting


def _wants(application: Application) -> bool:
    attempt = application.attempt
    if attempt.state is AttemptState.SCHEDULED:
        return attempt.master is None
    return attempt.state is AttemptState.RUNNING and attempt.asks.pending > 0


def _has_room(
    cluster: Cluster, application: Application, node: Node, size: Resource
) -> bool:
    if not node.fits(size):
        return False
    queue = cluster.queue(application.queue)
    assert queue is not None
    most = amounts.scaled(cluster.capacity(), queue.maximum)
    return amounts.add(cluster.used_by(queue.name), size).fits_in(most)


def _place_master(
    cluster: Cluster, application: Application, node: Node, now: int
) -> bool:
    submission = application.submission
    size = submission.resource
    if (submission.am_label or submission.label) != node.label:
        return False
    if not _has_room(cluster, application, node, size):
        return False
    attempt = application.attempt
    container = RmContainer(
        attempt.new_container_id(cluster.settings.epoch),
        node.node_id,
        size,
        MASTER_PRIORITY,
        allocated_ms=now,
        acquired=True,
        started=True,
    )
    cluster.give(application, container, node)
    attempt.master, attempt.master_node = container.id, node.node_id
    attempt.state = AttemptState.LAUNCHED
    attempt.seen_ms = now
    application.launched_ms = application.launched_ms or now
    token = cluster.tokens.begin(attempt.id)
    cluster.actions.append(SaveApplication(application.id))
    cluster.actions.append(
        LaunchMaster(
            application.id, attempt.id, container.id, node.node_id, size, token
        )
    )
    return True


def _place(
    cluster: Cluster,
    application: Application,
    node: Node,
    what: tuple[AskKey, Resource],
    now: int,
) -> None:
    key, size = what
    attempt: Attempt = application.attempt
    container = RmContainer(
        attempt.new_container_id(cluster.settings.epoch),
        node.node_id,
        size,
        key.priority,
        key,
        allocated_ms=now,
    )
    attempt.asks.served(key, node.node_id.host)
    cluster.give(application, container, node)
    attempt.news.allocated.append(container.id)
