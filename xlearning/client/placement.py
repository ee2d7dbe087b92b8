"""Which hosts a role is spread over, or packed onto. Pure.

YARN is asked for containers at these hosts alone, and anywhere when they do not come
for a while. Its own placement constraints need no hosts' names, but a ResourceManager
that has them switched on, which few have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.job.spec import Placement, RoleHost

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.hadoop.reports import ClusterNode
    from xlearning.job.resources import Resources
    from xlearning.job.spec import JobSpec, RoleSpec

MOST_HOSTS = 200
"""What is asked for costs the scheduler for every host that is named."""


def with_hosts(job: JobSpec, nodes: Iterable[ClusterNode]) -> JobSpec:
    """Return the job with hosts for the roles that are spread or packed."""
    known = [node for node in nodes if node.state == "RUNNING"]
    roles = tuple(
        msgspec.structs.replace(role, hosts=hosts_for(role, known))
        if role.placement
        else role
        for role in job.roles
    )
    return msgspec.structs.replace(job, roles=roles)


def hosts_for(role: RoleSpec, nodes: Iterable[ClusterNode]) -> tuple[RoleHost, ...]:
    """Return how many containers of a role are wanted at which host.

    Several NodeManagers may be on one host; those with the most room come first.
    """
    rooms: dict[tuple[str, str], int] = {}
    for node in nodes:
        place = (node.host, node.rack)
        rooms[place] = rooms.get(place, 0) + _room(role.resources, node)
    places = sorted(rooms, key=lambda place: (-rooms[place], place))[:MOST_HOSTS]
    counts = dict.fromkeys(places, 0)
    if role.placement is Placement.SPREAD and places:
        for number in range(role.count):
            counts[places[number % len(places)]] += 1
    left = role.count if role.placement is Placement.PACK else 0
    for place in places:
        counts[place] += min(left, rooms[place])
        left -= min(left, rooms[place])
    return tuple(
        RoleHost(host, rack, count) for (host, rack), count in counts.items() if count
    )


def _room(size: Resources, node: ClusterNode) -> int:
    """Return how many containers of a size a node has room for now.

    Cores are not counted: most schedulers do not, and give more than there are.
    """
    free_mb = node.total.memory_mb - node.used.memory_mb
    rooms = [free_mb // max(1, size.memory_mb)]
    if size.gpus:
        rooms.append((node.total.gpus - node.used.gpus) // size.gpus)
    return max(0, min(rooms))
