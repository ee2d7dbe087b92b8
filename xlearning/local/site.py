"""What clients are told about the cluster, and what its settings come to. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.errors import ConfigError
from xlearning.hadoop.resource import Resource
from xlearning.hadoop.rpc.digest_md5 import Protection
from xlearning.io.schemes import MAPPED_ROOT
from xlearning.local.node.spec import NodeOptions
from xlearning.local.settings import SMALLEST, RmSettings, parse_queues

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xlearning.local.home import LocalSpec

HOST = "127.0.0.1"
_RM = "yarn.resourcemanager."
_NM = "yarn.nodemanager."
_NO_LIMIT = (1 << 63) - 1
"""Of resource types whose largest amount is not configured."""
_POLICY = "yarn.resourcemanager.monitor.capacity.preemption.max_wait_before_kill"
_PROTECTIONS = {
    "authentication": Protection.AUTHENTICATION,
    "integrity": Protection.INTEGRITY,
    "privacy": Protection.PRIVACY,
}


def node_host(number: int) -> str:
    """Return a node's name: an address of its own on the loopback network."""
    if not 1 <= number < 1 << 16:
        raise ConfigError(f"there is no node {number}")
    return f"127.0.{number >> 8}.{number & 0xFF}"


def node_labels(spec: LocalSpec) -> dict[int, tuple[str, ...]]:
    """Return the labels of the nodes, by number from 1.

    Raises:
        ConfigError: A label's text cannot be read.
    """
    labels: dict[int, tuple[str, ...]] = {}
    for text in spec.labels:
        label, equals, nodes = text.partition("=")
        numbers = [part.strip() for part in nodes.split(",")]
        if not equals or not all(part.isdecimal() for part in numbers):
            raise ConfigError(f"`{text}` labels no node", hint="e.g. `gpu=1,2`")
        for part in numbers:
            labels[int(part)] = (label,)
    return labels


def protections(properties: Mapping[str, str]) -> tuple[Protection, ...]:
    """Return what `hadoop.rpc.protection` allows, in its order."""
    words = properties.get("hadoop.rpc.protection", "authentication").split(",")
    try:
        return tuple(_PROTECTIONS[word.strip()] for word in words)
    except KeyError as error:
        raise ConfigError(f"hadoop.rpc.protection cannot be {error}") from error


def rm_settings(
    spec: LocalSpec, started_ms: int, web_port: int, epoch: int
) -> RmSettings:
    """Return the ResourceManager's settings.

    Raises:
        ConfigError: A property is no number.
    """
    number = _Numbers(spec.conf)
    labels = frozenset(text.partition("=")[0] for text in spec.labels)
    scheduler = "yarn.scheduler."
    smallest = Resource(
        number(scheduler + "minimum-allocation-mb", SMALLEST.memory_mb),
        number(scheduler + "minimum-allocation-vcores", SMALLEST.virtual_cores),
    )
    largest = Resource(
        number(scheduler + "maximum-allocation-mb", spec.memory_mb),
        number(scheduler + "maximum-allocation-vcores", spec.vcores),
        _NO_LIMIT,
    )
    return RmSettings(
        started_ms=started_ms,
        queues=parse_queues(spec.queues),
        minimum=smallest,
        maximum=largest,
        max_attempts=number(_RM + "am.max-attempts", 2),
        max_priority=number("yarn.cluster.max-application-priority", 10),
        am_expiry_ms=number("yarn.am.liveness-monitor.expiry-interval-ms", 600_000),
        allocation_expiry_ms=number(
            _RM + "rm.container-allocation.expiry-interval-ms", 600_000
        ),
        key_roll_ms=1000
        * number(_RM + "am-rm-tokens.master-key-rolling-interval-secs", 86_400),
        preemption_wait_ms=number(_POLICY, 15_000),
        web_address=f"{HOST}:{web_port}",
        labels=labels,
        epoch=epoch,
        heartbeat_ms=number(
            _RM + "nodemanagers.heartbeat-interval-ms", spec.heartbeat_ms
        ),
        max_completed=number(_RM + "max-completed-applications", 1000),
    )


def node_options(conf: Mapping[str, str]) -> NodeOptions:
    """Return how nodes behave, as far as properties say it.

    Raises:
        ConfigError: A property is no number.
    """
    number = _Numbers(conf)
    cache = _NM + "localizer.cache."
    return NodeOptions(
        sigkill_delay_s=number(_NM + "sleep-delay-before-sigkill.ms", 250) / 1000,
        memory_enforced=conf.get(_NM + "resource.memory.enforced") == "false",
        debug_delay_s=number(_NM + "delete.debug-delay-sec", 0),
        cache_target_mb=number(cache + "target-size-mb", 10_240),
        cache_interval_s=number(cache + "cleanup.interval-ms", 600_000) / 1000,
    )


class _Numbers:
    def __init__(self, conf: Mapping[str, str]) -> None:
        self._conf = conf

    def __call__(self, key: str, default: int) -> int:
        try:
            return int(self._conf.get(key, default))
        except ValueError as error:
            raise ConfigError(f"`{key}` is no number: {self._conf[key]}") from error


def site_files(
    spec: LocalSpec, ports: Mapping[str, int], home: Path
) -> dict[str, dict[str, str]]:
    """Return the properties of the files that clients read."""
    core = {
        "fs.defaultFS": "file:///",
        "hadoop.security.authentication": "simple",
        MAPPED_ROOT: str(home / "hdfs"),
    }
    yarn = {
        _RM + "hostname": HOST,
        _RM + "webapp.address": f"{HOST}:{ports['web']}",
        _RM + "scheduler.address": f"{HOST}:{ports['scheduler']}",
        _RM + "address": f"{HOST}:{ports['client']}",
        "yarn.log-aggregation-enable": "true",
        "yarn.nodemanager.remote-app-log-dir": str(home / "logs"),
        "yarn.nodemanager.remote-app-log-dir-suffix": "logs",
    }
    for key, value in spec.conf.items():
        (yarn if key.startswith("yarn.") else core)[key] = value
    return {"core-site.xml": core, "yarn-site.xml": yarn}
