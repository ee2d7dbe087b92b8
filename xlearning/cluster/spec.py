"""What cluster is wanted, and the names of its daemons.

Pure: checks values against each other; whether the machine can serve them is found
out by others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from xlearning.errors import ConfigError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_DAEMON = re.compile(r"([a-z]+)(\d*)")
_RELEASE = re.compile(r"3\.\d+\.\d+")

MAX_NODES = 200
"""As many as have an address 127.0.2.x, with some to spare."""

MIN_NODE_MEMORY_MB = 64
"""The smallest container here: YARN turns away a node with less."""


class DaemonKind(StrEnum):
    """The four kinds of JVM; the value is the first part of a daemon's name."""

    NAMENODE = "namenode"
    DATANODE = "datanode"
    RESOURCEMANAGER = "resourcemanager"
    NODEMANAGER = "nodemanager"


PORT_USES: Mapping[DaemonKind, tuple[str, ...]] = {
    DaemonKind.NAMENODE: ("http", "rpc"),
    DaemonKind.DATANODE: ("http", "data", "ipc"),
    DaemonKind.RESOURCEMANAGER: ("http", "client", "scheduler", "tracker", "admin"),
    DaemonKind.NODEMANAGER: ("http", "rpc", "localizer"),
}
"""What each kind of daemon listens for."""

_SINGLE = frozenset({DaemonKind.NAMENODE, DaemonKind.RESOURCEMANAGER})
_SHORT_NAMES = {
    "nn": DaemonKind.NAMENODE,
    "dn": DaemonKind.DATANODE,
    "rm": DaemonKind.RESOURCEMANAGER,
    "nm": DaemonKind.NODEMANAGER,
}


@dataclass(frozen=True, order=True)
class DaemonName:
    """One daemon of a cluster: `namenode`, `datanode1`, `nodemanager2` …

    Attributes:
        kind: Which of Hadoop's daemons.
        number: Counted from 1; 0 for the kinds of which a cluster has one.
    """

    kind: DaemonKind
    number: int = 0

    def __str__(self) -> str:
        return f"{self.kind}{self.number or ''}"


def port_key(daemon: DaemonName, use: str) -> str:
    """Return the name of a port, e.g. `nodemanager1.http`."""
    return f"{daemon}.{use}"


@dataclass(frozen=True)
class Queue:
    """A leaf queue below `root`.

    Attributes:
        name: Its name.
        capacity: Guaranteed share of the cluster in percent.
    """

    name: str
    capacity: float


@dataclass(frozen=True)
class NodeLabel:
    """A node label (YARN: partition).

    Attributes:
        name: Its name.
        nodes: Numbers of its NodeManagers, counted from 1.
        exclusive: False lets containers without a label use idle nodes of it.
    """

    name: str
    nodes: tuple[int, ...]
    exclusive: bool = True


@dataclass(frozen=True)
class ClusterSpec:
    """A Hadoop cluster on one machine.

    Attributes:
        hadoop: Hadoop's release.
        nodes: Number of NodeManagers.
        datanodes: Number of DataNodes.
        gpus_per_node: `yarn.io/gpu` of each NodeManager: counted, not devices.
        node_memory_mb: Memory of each NodeManager for containers, MiB.
        node_cores: Virtual cores of each NodeManager.
        queues: The leaf queues; their capacities add up to 100.
        labels: Node labels; a node has at most one.
        conf: Hadoop properties that replace or add to ours.
        base_port: The first of a row of ports; None to search for free ones.

    Raises:
        ConfigError: A value is out of range or contradicts another.
    """

    hadoop: str = "3.5.0"
    nodes: int = 3
    datanodes: int = 1
    gpus_per_node: int = 2
    node_memory_mb: int = 4096
    node_cores: int = 8
    queues: tuple[Queue, ...] = (
        Queue("default", 34.0),
        Queue("prod", 33.0),
        Queue("dev", 33.0),
    )
    labels: tuple[NodeLabel, ...] = ()
    conf: Mapping[str, str] = field(default_factory=dict)
    base_port: int | None = None

    def __post_init__(self) -> None:
        if not _RELEASE.fullmatch(self.hadoop):
            raise ConfigError(
                f"`{self.hadoop}` is not a release of Hadoop 3",
                hint="tried ones are 3.5.0 and 3.4.3",
            )
        _check_range("nodes", self.nodes, 1, MAX_NODES)
        _check_range("datanodes", self.datanodes, 1, MAX_NODES)
        _check_range("gpus per node", self.gpus_per_node, 0, 1024)
        _check_range("node memory in MiB", self.node_memory_mb, MIN_NODE_MEMORY_MB)
        _check_range("node cores", self.node_cores, 1, 4096)
        if self.base_port is not None:
            _check_range("base port", self.base_port, 1024, 65000)
        _check_queues(self.queues)
        _check_labels(self.labels, self.nodes)

    @property
    def daemons(self) -> tuple[DaemonName, ...]:
        """All daemons, in the order in which they are started and listed."""
        return (
            DaemonName(DaemonKind.NAMENODE),
            *(DaemonName(DaemonKind.DATANODE, i + 1) for i in range(self.datanodes)),
            DaemonName(DaemonKind.RESOURCEMANAGER),
            *(DaemonName(DaemonKind.NODEMANAGER, i + 1) for i in range(self.nodes)),
        )

    @property
    def port_keys(self) -> tuple[str, ...]:
        """The names of all ports, in a fixed order."""
        return tuple(
            port_key(daemon, use)
            for daemon in self.daemons
            for use in PORT_USES[daemon.kind]
        )

    def daemon(self, text: str) -> DaemonName:
        """Return the daemon that a user names: `nodemanager2`, `nm2`, `rm` …

        Raises:
            ConfigError: The cluster has no such daemon.
        """
        match = _DAEMON.fullmatch(text.lower())
        if match:
            kind = _kind(match[1])
            number = int(match[2] or 0)
            if kind and kind not in _SINGLE and not match[2]:
                number = self._only_one(kind)
            if kind and DaemonName(kind, number) in self.daemons:
                return DaemonName(kind, number)
        names = ", ".join(f"`{name}`" for name in self.daemons)
        raise ConfigError(
            f"this cluster has no daemon `{text}`",
            hint=f"it has {names} (short: nn, dn1, rm, nm1)",
        )

    def _only_one(self, kind: DaemonKind) -> int:
        count = self.datanodes if kind is DaemonKind.DATANODE else self.nodes
        return 1 if count == 1 else 0

    def differences(self, other: ClusterSpec) -> list[str]:
        """Say what differs, in words: `nodes: 3 here, 2 asked for`."""
        return [
            f"{name.replace('_', ' ')}: {_shown(mine)} here, {_shown(theirs)} asked for"
            for name in self.__dataclass_fields__
            if (mine := getattr(self, name)) != (theirs := getattr(other, name))
        ]


def _shown(value: object) -> str:
    match value:
        case tuple():
            return ",".join(map(_shown, value)) or "none"
        case Mapping():
            return ",".join(f"{k}={v}" for k, v in value.items()) or "none"
        case Queue(name, capacity):
            return f"{name}:{capacity:g}"
        case NodeLabel(name, nodes, exclusive):
            kind = "" if exclusive else "(exclusive=false)"
            return f"{name}{kind}=" + ",".join(f"nm{node}" for node in nodes)
        case _:
            return str(value)


def _kind(word: str) -> DaemonKind | None:
    if word in _SHORT_NAMES:
        return _SHORT_NAMES[word]
    return DaemonKind(word) if word in list(DaemonKind) else None


def _check_range(what: str, value: int, low: int, high: int | None = None) -> None:
    if value < low:
        raise ConfigError(f"{what}: {value} is too small, the least is {low}")
    if high is not None and value > high:
        raise ConfigError(f"{what}: {value} is too large, the most is {high}")


def _check_queues(queues: tuple[Queue, ...]) -> None:
    names = [queue.name for queue in queues]
    for name in names:
        if not _NAME.fullmatch(name) or name == "root":
            raise ConfigError(f"`{name}` cannot be the name of a queue")
    if not names or len(set(names)) < len(names):
        raise ConfigError("queues: at least one, and each name once")
    total = sum(queue.capacity for queue in queues)
    # The CapacityScheduler refuses to start when the sum is not 100 %.
    if abs(total - 100.0) > 0.001 or any(queue.capacity < 0 for queue in queues):
        raise ConfigError(f"the queues' shares add up to {total:g} %, not 100 %")


def _check_labels(labels: tuple[NodeLabel, ...], nodes: int) -> None:
    seen: dict[int, str] = {}
    for label in labels:
        for number in label.nodes:
            if not 1 <= number <= nodes:
                raise ConfigError(
                    f"label `{label.name}`: there is no node nm{number}",
                    hint=f"this cluster has nm1 to nm{nodes}",
                )
            if number in seen:
                raise ConfigError(
                    f"nm{number} has two labels, `{seen[number]}` and `{label.name}`",
                    hint="YARN allows one label for each node",
                )
            seen[number] = label.name
    names = [label.name for label in labels]
    if len(set(names)) < len(names):
        raise ConfigError("a node label is given twice")
