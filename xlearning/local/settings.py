"""How the cluster is set up. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from xlearning.errors import ConfigError
from xlearning.hadoop.resource import Resource

SMALLEST = Resource(64, 1)
LARGEST = Resource(1 << 20, 1 << 10, 1 << 10)


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A leaf queue below `root`.

    Attributes:
        name: Its name, without `root.`.
        capacity: Its guaranteed share of the cluster, 0 to 1.
        maximum: The most that it may have, 0 to 1.
    """

    name: str
    capacity: float
    maximum: float = 1.0


@dataclass(frozen=True, slots=True)
class RmSettings:
    """The ResourceManager's settings; times in ms.

    Attributes:
        started_ms: Its start since 1970; part of every application's id.
        queues: The leaf queues; the first is the default one.
        minimum: The smallest container, and the step of memory.
        maximum: The largest container that is configured.
        max_attempts: Of any application (`yarn.resourcemanager.am.max-attempts`).
        max_priority: `yarn.cluster.max-application-priority`.
        am_expiry_ms: An ApplicationMaster silent for so long is given up.
        allocation_expiry_ms: A container not started for so long is taken back.
        key_roll_ms: Between two master keys of the tokens.
        preemption: Whether queues get back what they are owed.
        preemption_wait_ms: Between the warning and the kill.
        web_address: `host:port` of the ResourceManager's pages.
        labels: Node labels that exist.
        epoch: How often it was restarted.
        heartbeat_ms: Between two heartbeats of a node
            (`yarn.resourcemanager.nodemanagers.heartbeat-interval-ms`).
        max_completed: So many ended applications are remembered at a start
            (`yarn.resourcemanager.max-completed-applications`).
    """

    started_ms: int
    queues: tuple[QueueSpec, ...] = (QueueSpec("default", 1.0),)
    minimum: Resource = SMALLEST
    maximum: Resource = LARGEST
    max_attempts: int = 2
    max_priority: int = 10
    am_expiry_ms: int = 600_000
    allocation_expiry_ms: int = 600_000
    key_roll_ms: int = 86_400_000
    preemption: bool = True
    preemption_wait_ms: int = 15_000
    web_address: str = "127.0.0.1:8088"
    labels: frozenset[str] = field(default_factory=frozenset)
    epoch: int = 0
    heartbeat_ms: int = 20
    max_completed: int = 1000


def parse_queues(text: str) -> tuple[QueueSpec, ...]:
    """Read `default,prod` or `default:40,prod:60:80` (share, most; in percent).

    Raises:
        ConfigError: A part cannot be read, or the shares do not add up to 100.
    """
    parts = [part.strip().split(":") for part in text.split(",") if part.strip()]
    if not parts:
        raise ConfigError("no queue is named")
    equal = 100 / len(parts)
    try:
        queues = tuple(
            QueueSpec(
                words[0],
                float(words[1]) / 100 if len(words) > 1 else equal / 100,
                float(words[2]) / 100 if len(words) > 2 else 1.0,
            )
            for words in parts
        )
    except ValueError as error:
        raise ConfigError(
            f"`{text}` names no queues", hint="e.g. `default:40,prod:60:80`"
        ) from error
    if abs(sum(queue.capacity for queue in queues) - 1) > 0.001:
        raise ConfigError(f"the shares in `{text}` do not add up to 100")
    return queues
