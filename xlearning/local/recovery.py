"""What becomes of what a node still has when the process starts again. Pure.

As `AbstractYarnScheduler.recoverContainersOnNode`: containers whose attempt goes on are
given to it, others are ended. An ApplicationMaster that its node does not have is lost;
YARN would wait for its expiry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.local import lifecycle
from xlearning.local.applications import AttemptState
from xlearning.local.cluster import (
    KILLED_BY_RM,
    Cluster,
    EndApplication,
    StopContainer,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.hadoop.ids import NodeId
    from xlearning.local.applications import Application, Attempt, RmContainer

LOST_MASTER = "the ApplicationMaster's container was lost when the cluster restarted"
_NO_QUEUE = (
    "Application killed on recovery as it was submitted to queue {} which no longer "
    "exists after restart."
)


def begin(cluster: Cluster, application: Application, now: int) -> None:
    """Take an application in that was remembered; the nodes are known already."""
    cluster.applications[application.id] = application
    if not application.ended:
        cluster.unended[application.id] = application
    attempt = _living(application)
    if attempt is None:
        if application.log_aggregation != "SUCCEEDED":
            cluster.actions.append(EndApplication(application.id))
        return
    cluster.tokens.begin(attempt.id)
    if not application.ended and cluster.queue(application.queue) is None:
        text = _NO_QUEUE.format(application.queue)
        lifecycle.kill(cluster, application, text, now)
    elif attempt.master_node is not None and attempt.master_node not in cluster.nodes:
        _master_lost(cluster, application, now)


def _living(application: Application) -> Attempt | None:
    """Return the attempt that has not ended."""
    attempt = application.attempts[-1] if application.attempts else None
    return None if attempt is None or attempt.finished_ms else attempt


def node_found(
    cluster: Cluster, node_id: NodeId, containers: Iterable[RmContainer], now: int
) -> None:
    """Take a node's first report: all that it still has of an earlier life."""
    for container in containers:
        application = cluster.application_of(container.id)
        if application is not None and _goes_on(application, container):
            cluster.give(application, container, cluster.nodes[node_id])
        else:
            cluster.actions.append(StopContainer(node_id, container.id, KILLED_BY_RM))
    for application in list(cluster.applications.values()):
        attempt = _living(application)
        if (
            attempt is not None
            and attempt.master_node == node_id
            and attempt.master not in attempt.containers
        ):
            _master_lost(cluster, application, now)


def _goes_on(application: Application, container: RmContainer) -> bool:
    attempt = _living(application)
    if attempt is None:
        return False
    if any(end.container_id == container.id for end in attempt.news.completed):
        return False  # written off before the restart
    if container.id.attempt_id == attempt.id:
        return True
    masters = [each.master for each in application.attempts]
    return application.submission.keep_containers and container.id not in masters


def _master_lost(cluster: Cluster, application: Application, now: int) -> None:
    if application.ended:
        lifecycle.end_attempt(cluster, application, AttemptState.FINISHED, now)
        cluster.actions.append(EndApplication(application.id))
    else:
        lifecycle.attempt_failed(cluster, application, LOST_MASTER, now, counts=False)
