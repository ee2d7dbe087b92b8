"""Taking back what other queues are owed. Pure.

As `ProportionalCapacityPreemptionPolicy`: where a queue below its share has asks that
nothing free can serve, containers of queues above theirs are announced, newest first,
and killed when the wait is over. ApplicationMasters are spared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.local import amounts, lifecycle
from xlearning.local.applications import AttemptState
from xlearning.local.cluster import PREEMPTED, Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlearning.hadoop.resource import Resource
    from xlearning.local.applications import Application, RmContainer

TEXT = "Container preempted by scheduler"


def run(cluster: Cluster, now: int) -> None:
    """Announce containers, and kill those whose wait is over."""
    if len(cluster.settings.queues) < 2:
        return
    missing = amounts.total(list(_owed(cluster)))
    coming = amounts.total([c.resource for c in cluster.leaving.values()])
    for application, container in _victims(cluster):
        if amounts.subtract(missing, coming).fits_in(amounts.NOTHING):
            container.warned_ms = 0
            continue
        coming = amounts.add(coming, container.resource)
        if not container.warned_ms:
            container.warned_ms = now
            application.attempt.news.preempted.append(container.id)
        elif now - container.warned_ms >= cluster.settings.preemption_wait_ms:
            lifecycle.write_off(cluster, container, PREEMPTED, TEXT, now)


def _owed(cluster: Cluster) -> Iterator[Resource]:
    """Yield asks of queues below their share that find no room."""
    whole = cluster.capacity()
    alive = [node for node in cluster.nodes.values() if node.takes_containers]
    for queue in cluster.settings.queues:
        share = amounts.scaled(whole, queue.capacity)
        used = cluster.used_by(queue.name)
        for size in _pending(cluster, queue.name):
            used = amounts.add(used, size)
            if not used.fits_in(share):
                break
            if not any(node.fits(size) for node in alive):
                yield size


def _pending(cluster: Cluster, queue: str) -> Iterator[Resource]:
    for application in cluster.applications.values():
        if application.queue != queue or application.ended or not application.attempts:
            continue
        attempt = application.attempt
        if attempt.state is AttemptState.SCHEDULED and attempt.master is None:
            yield application.submission.resource
        for ask in attempt.asks.wanted():
            yield from [ask.capability] * ask.count


def _victims(cluster: Cluster) -> list[tuple[Application, RmContainer]]:
    """Return containers that may be taken, the first to go first."""
    whole = cluster.capacity()
    found = []
    for queue in cluster.settings.queues:
        share = amounts.scaled(whole, queue.capacity)
        used = cluster.used_by(queue.name)
        for application, container in _newest_first(cluster, queue.name):
            if used.fits_in(share):
                break
            used = amounts.subtract(used, container.resource)
            found.append((application, container))
    return found


def _newest_first(
    cluster: Cluster, queue: str
) -> list[tuple[Application, RmContainer]]:
    held = [
        (application, container)
        for application in cluster.applications.values()
        if application.queue == queue and application.attempts
        for container in application.attempt.containers.values()
        if container.id != application.attempt.master
    ]
    held.sort(key=lambda each: (each[1].allocated_ms, each[1].id), reverse=True)
    return held
