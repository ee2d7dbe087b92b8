"""Where a role's containers go: by YARN's placement constraints, else by hosts. Pure.

A ResourceManager that takes constraints is told what is wanted and finds the nodes,
those that come later as well. Few have them switched on. Any other one is asked for
containers at hosts that are chosen here; for a placement it is asked for them anywhere
when they do not come for a while. What cannot be had at all is refused.

Constraints are used with `yarn.resourcemanager.placement-constraints.handler=scheduler`
and the CapacityScheduler. The handler `placement-processor` gives a request up that it
cannot place at once, adds up the numbers of those that follow and looks at no labels
(seen on Hadoop 3.5.0): with it, hosts are named as with none.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from xlearning.errors import ConfigError
from xlearning.job.spec import NodeAttribute, Placement, RoleHost

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xlearning.hadoop.reports import ClusterNode
    from xlearning.job.resources import Resources
    from xlearning.job.spec import JobSpec, RoleSpec

MOST_HOSTS = 200
"""What is asked for costs the scheduler for every host that is named."""
HANDLER = "yarn.resourcemanager.placement-constraints.handler"
SCHEDULER = "yarn.resourcemanager.scheduler.class"
_PREFIXES = ("nm.yarn.io", "rm.yarn.io")
"""Of attributes that NodeManagers tell, and that administrators give."""


class Placed(NamedTuple):
    """A job whose roles know how they are placed.

    Attributes:
        job: The job.
        warnings: What the user should know.
    """

    job: JobSpec
    warnings: tuple[str, ...] = ()


def takes_constraints(configuration: Mapping[str, str]) -> bool:
    """Say whether a ResourceManager takes placement constraints as they are used here.

    Args:
        configuration: Hadoop's properties, the ResourceManager's own if they are known.
    """
    scheduler = configuration.get(SCHEDULER, "CapacityScheduler")
    by_scheduler = configuration.get(HANDLER, "disabled").strip() == "scheduler"
    return by_scheduler and scheduler.endswith("CapacityScheduler")


def parse_attributes(role: str, texts: Sequence[str]) -> tuple[NodeAttribute, ...]:
    """Read what the nodes of a role must be like, `name=value` or `name!=value`.

    Raises:
        ConfigError: One has not the form, or no node can be like all of it.
    """
    found = tuple(_attribute(role, text) for text in texts)
    for one, other in combinations(found, 2):
        if one.name == other.name and _exclude_each_other(one, other):
            raise ConfigError(
                f"role `{role}`: no node has both `{one}` and `{other}`",
                hint="leave one of them out",
            )
    return found


def _exclude_each_other(one: NodeAttribute, other: NodeAttribute) -> bool:
    if one.value == other.value:
        return one.unequal != other.unequal
    return not one.unequal and not other.unequal


def _attribute(role: str, text: str) -> NodeAttribute:
    name, equals, value = text.partition("=")
    unequal = name.endswith("!")
    name = name.removesuffix("!").strip()
    prefix, slash, _ = name.rpartition("/")
    if not equals or not name or not value.strip():
        raise ConfigError(
            f"role `{role}`: `attribute={text}` asks for no node attribute",
            hint="attribute=os=centos7, or attribute=os!=centos7",
        )
    if slash and prefix not in _PREFIXES:
        raise ConfigError(
            f"role `{role}`: node attributes do not begin with `{prefix}/`",
            hint=" or ".join(f"{each}/" for each in _PREFIXES),
        )
    return NodeAttribute(name, value.strip(), unequal)


def is_placed(role: RoleSpec) -> bool:
    """Say whether it matters where the containers of a role are."""
    return bool(role.placement or role.attributes)


def placed(job: JobSpec, nodes: Iterable[ClusterNode], *, constraints: bool) -> Placed:
    """Decide how roles get to where they are wanted.

    With a role that is exclusive, all roles of the job are placed: they must see each
    other.

    Args:
        job: The job.
        nodes: The cluster's nodes.
        constraints: Whether the ResourceManager takes placement constraints.

    Raises:
        ConfigError: It cannot be had on this cluster.
    """
    running = [node for node in nodes if node.state == "RUNNING"]
    alone = [role for role in job.roles if role.placement is Placement.EXCLUSIVE]
    if alone and not constraints:
        raise _unavailable(alone[0], "`exclusive`")
    roles, warnings = [], []
    for role in job.roles:
        if not alone and not is_placed(role):
            roles.append(role)
            continue
        known = msgspec.structs.replace(
            role, attributes=tuple(_full(role, a, running) for a in role.attributes)
        )
        if constraints:
            roles.append(_constrained(known))
            warnings += _too_few(known, running)
        else:
            roles.append(_at_hosts(known, running))
            warnings += _unplaced(known)
    return Placed(msgspec.structs.replace(job, roles=tuple(roles)), tuple(warnings))


def _unavailable(role: RoleSpec, what: str) -> ConfigError:
    return ConfigError(
        f"role `{role.name}`: {what} needs YARN's placement constraints, which this "
        "cluster does not take",
        hint=f"its administrator can set {HANDLER} to `scheduler`, with the "
        "CapacityScheduler; or give the nodes a node label",
    )


def _full(
    role: RoleSpec, attribute: NodeAttribute, nodes: Sequence[ClusterNode]
) -> NodeAttribute:
    """Return an attribute with its prefix; refuse one that no node has."""
    known = {pair for node in nodes for pair in node.attributes}
    if "/" in attribute.name:
        names = [attribute.name]
    else:
        names = [f"{prefix}/{attribute.name}" for prefix in _PREFIXES]
    present = sorted({name for name, _ in known if name in names})
    if len(present) > 1:
        raise ConfigError(
            f"role `{role.name}`: nodes have both {' and '.join(present)}",
            hint=f"attribute={present[0]}=…, or the other one",
        )
    name = present[0] if present else names[0]
    full = msgspec.structs.replace(attribute, name=name)
    if full.unequal and present:
        return full
    if (full.name, full.value) not in known:
        others = ", ".join(sorted(f"{name}={value}" for name, value in known))
        raise ConfigError(
            f"role `{role.name}`: no node has the attribute `{attribute}`",
            hint=f"nodes' attributes: {others}" if known else "no node has any",
        )
    return full


def _has_attributes(node: ClusterNode, role: RoleSpec) -> bool:
    return all(
        ((each.name, each.value) in node.attributes) != each.unequal
        for each in role.attributes
    )


def _constrained(role: RoleSpec) -> RoleSpec:
    """Let YARN find the nodes; it looks at a label only beside one comparison."""
    ways = {each.unequal for each in role.attributes}
    if role.node_label and len(ways) > 1:
        raise ConfigError(
            f"role `{role.name}`: YARN does not take a node label together with both "
            "`=` and `!=` of attributes",
            hint=f"leave out the label `{role.node_label}`, or one kind of attributes",
        )
    return msgspec.structs.replace(role, constrained=True)


def _too_few(role: RoleSpec, nodes: Sequence[ClusterNode]) -> list[str]:
    """Return a warning where tasks will wait because there are not enough nodes."""
    if role.placement not in (Placement.SPREAD, Placement.EXCLUSIVE):
        return []
    label = role.node_label
    fitting = [
        node
        for node in nodes
        if _has_attributes(node, role)
        and (label in node.labels if label else not any(node.labels))
    ]
    if role.count <= len(fitting):
        return []
    return [
        f"`{role.placement.value}` of the role `{role.name}` allows one task on a "
        f"node: {role.count - len(fitting)} of {role.count} tasks wait, with "
        f"{len(fitting)} nodes that will do"
    ]


def _unplaced(role: RoleSpec) -> list[str]:
    if not role.placement or not role.node_label:
        return []
    return [
        f"`{role.placement.value}` of the role `{role.name}` has no effect: without "
        f"placement constraints YARN takes the node label `{role.node_label}` only "
        "without a place"
    ]


def _at_hosts(role: RoleSpec, nodes: Sequence[ClusterNode]) -> RoleSpec:
    if role.attributes and role.node_label:
        raise _unavailable(role, "a node label together with attributes")
    fitting = [node for node in nodes if _has_attributes(node, role)]
    return msgspec.structs.replace(role, hosts=hosts_for(role, fitting))


def hosts_for(role: RoleSpec, nodes: Iterable[ClusterNode]) -> tuple[RoleHost, ...]:
    """Return how many containers of a role are wanted at which host.

    Several NodeManagers may be on one host; those with the most room come first. With
    attributes all hosts are named, those that will do if need be with none.
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
        RoleHost(host, rack, count)
        for (host, rack), count in counts.items()
        if count or role.attributes
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
