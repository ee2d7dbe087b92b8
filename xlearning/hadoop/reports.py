"""What the ResourceManager's REST API says, as values. Pure.

JSON comes in the shapes of Hadoop 3.5 (lists, numbers) and of 3.4 and earlier (one
element as a bare object, numbers as text, `null`); one value comes out. Absent numbers
are what YARN itself writes for "not known": -1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from xlearning.hadoop.resource import GPU, MEMORY, VIRTUAL_CORES, Resource

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ClusterInfo:
    """Which cluster answers.

    Attributes:
        started_ms: When its ResourceManager started; part of every application's id.
        ha_state: `ACTIVE`, or what a ResourceManager that cannot serve says.
        hadoop_version: E.g. `3.5.0`.
    """

    started_ms: int
    ha_state: str
    hadoop_version: str

    @classmethod
    def from_json(cls, data: Json) -> ClusterInfo:
        """Read `/info`."""
        info = member(data, "clusterInfo")
        return cls(
            number(info, "startedOn"),
            text(info, "haState"),
            text(info, "hadoopVersion"),
        )


@dataclass(frozen=True, slots=True)
class ClusterMetrics:
    """How much of the cluster is taken. Memory in MiB.

    Attributes:
        active_nodes: NodeManagers that serve.
        total_mb: All memory.
        available_mb: What is free.
        total_cores: All cores.
        available_cores: What is free.
        apps_running: Applications that run.
        apps_pending: Applications that wait.
    """

    active_nodes: int
    total_mb: int
    available_mb: int
    total_cores: int
    available_cores: int
    apps_running: int
    apps_pending: int

    @classmethod
    def from_json(cls, data: Json) -> ClusterMetrics:
        """Read `/metrics`."""
        metrics = member(data, "clusterMetrics")
        return cls(
            active_nodes=number(metrics, "activeNodes"),
            total_mb=number(metrics, "totalMB"),
            available_mb=number(metrics, "availableMB"),
            total_cores=number(metrics, "totalVirtualCores"),
            available_cores=number(metrics, "availableVirtualCores"),
            apps_running=number(metrics, "appsRunning"),
            apps_pending=number(metrics, "appsPending"),
        )


@dataclass(frozen=True, slots=True)
class ClusterNode:
    """A NodeManager.

    Attributes:
        node_id: `host:port` of its RPC server.
        host: The name that asks for this node must use.
        http_address: `host:port` of its web server.
        rack: Its rack.
        state: E.g. `RUNNING`, `LOST`, `UNHEALTHY`.
        total: What it has.
        used: What is taken.
        containers: How many run there.
        labels: Its node labels.
        health_report: Why it is unhealthy, else "".
        attributes: Its node attributes: name with prefix, value.
    """

    node_id: str
    host: str
    http_address: str
    rack: str
    state: str
    total: Resource
    used: Resource
    containers: int
    labels: tuple[str, ...] = ()
    health_report: str = ""
    attributes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_json(cls, data: Json) -> ClusterNode:
        """Read one entry of `/nodes`."""
        attributes = objects(
            member(data, "nodeAttributesInfo").get("nodeAttributeInfo")
        )
        used_mb, used_cores = (
            number(data, "usedMemoryMB"),
            number(data, "usedVirtualCores"),
        )
        free_mb, free_cores = (
            number(data, "availMemoryMB"),
            number(data, "availableVirtualCores"),
        )
        total = Resource(used_mb + free_mb, used_cores + free_cores)
        used = Resource(used_mb, used_cores)
        return cls(
            node_id=text(data, "id"),
            host=text(data, "nodeHostName"),
            http_address=text(data, "nodeHTTPAddress"),
            rack=text(data, "rack"),
            state=text(data, "state"),
            total=resource(data, "totalResource", total),
            used=resource(data, "usedResource", used),
            containers=number(data, "numContainers"),
            labels=tuple(str(label) for label in many(data.get("nodeLabels"))),
            health_report=text(data, "healthReport"),
            attributes=tuple(
                (f"{text(each, 'prefix')}/{text(each, 'name')}", text(each, "value"))
                for each in attributes
            ),
        )


@dataclass(frozen=True, slots=True)
class NewApplication:
    """An application's id, before it is submitted.

    Attributes:
        application_id: `application_<cluster time stamp>_<number>`.
        maximum_memory_mb: Of the largest node that is there.
        maximum_cores: Likewise.
    """

    application_id: str
    maximum_memory_mb: int
    maximum_cores: int

    @classmethod
    def from_json(cls, data: Json) -> NewApplication:
        """Read `/apps/new-application`."""
        maximum = member(data, "maximum-resource-capability")
        return cls(
            text(data, "application-id"),
            number(maximum, "memory"),
            number(maximum, "vCores"),
        )


@dataclass(frozen=True, slots=True)
class ApplicationReport:
    """What YARN says about an application. Times in ms since 1970, 0 for "not yet".

    Attributes:
        application_id: Its id.
        state: `NEW`, `NEW_SAVING`, `SUBMITTED`, `ACCEPTED`, `RUNNING`, `FINISHED`,
            `FAILED` or `KILLED`.
        final_status: `UNDEFINED` until the end, then what the application said.
        name: Its name.
        user: Who runs it.
        queue: Full path.
        application_type: At most 20 characters.
        tags: In lower case.
        priority: -1 where none was given.
        progress: 0 to 100.
        diagnostics: YARN's or the application's own words.
        tracking_url: Through the ResourceManager's proxy while it runs.
        started_ms: When it was submitted.
        launched_ms: When its ApplicationMaster was launched.
        finished_ms: When it ended.
        running_containers: -1 after the end, as the next two.
        allocated_mb: Memory in MiB.
        allocated_cores: Cores.
        am_host_http_address: Node of its ApplicationMaster, `host:port`.
        am_container_logs: URL of the ApplicationMaster's logs.
        log_aggregation: E.g. `NOT_START`, `SUCCEEDED`.
    """

    application_id: str
    state: str
    final_status: str = "UNDEFINED"
    name: str = ""
    user: str = ""
    queue: str = ""
    application_type: str = ""
    tags: tuple[str, ...] = ()
    priority: int = -1
    progress: float = 0.0
    diagnostics: str = ""
    tracking_url: str = ""
    started_ms: int = 0
    launched_ms: int = 0
    finished_ms: int = 0
    running_containers: int = -1
    allocated_mb: int = -1
    allocated_cores: int = -1
    am_host_http_address: str = ""
    am_container_logs: str = ""
    log_aggregation: str = ""

    @classmethod
    def from_json(cls, data: Json) -> ApplicationReport:
        """Read one entry of `/apps`."""
        tags = text(data, "applicationTags")
        return cls(
            application_id=text(data, "id"),
            state=text(data, "state"),
            final_status=text(data, "finalStatus") or "UNDEFINED",
            name=text(data, "name"),
            user=text(data, "user"),
            queue=text(data, "queue"),
            application_type=text(data, "applicationType"),
            tags=tuple(sorted(filter(None, tags.split(",")))),
            priority=number(data, "priority"),
            progress=decimal(data, "progress"),
            diagnostics=text(data, "diagnostics"),
            tracking_url=text(data, "trackingUrl"),
            started_ms=number(data, "startedTime", 0),
            launched_ms=number(data, "launchTime", 0),
            finished_ms=number(data, "finishedTime", 0),
            running_containers=number(data, "runningContainers"),
            allocated_mb=number(data, "allocatedMB"),
            allocated_cores=number(data, "allocatedVCores"),
            am_host_http_address=text(data, "amHostHttpAddress"),
            am_container_logs=text(data, "amContainerLogs"),
            log_aggregation=text(data, "logAggregationStatus"),
        )


@dataclass(frozen=True, slots=True)
class AttemptReport:
    """One life of an application's ApplicationMaster.

    Attributes:
        number: From 1.
        container_id: The ApplicationMaster's container.
        node_id: Its node, `host:port`.
        node_http_address: The node's web address, `host:port`.
        logs_url: Of its logs.
        started_ms: In ms since 1970.
        finished_ms: Likewise, 0 while it lives.
    """

    number: int
    container_id: str
    node_id: str
    node_http_address: str
    logs_url: str
    started_ms: int
    finished_ms: int

    @classmethod
    def from_json(cls, data: Json) -> AttemptReport:
        """Read one entry of `/apps/{id}/appattempts`."""
        return cls(
            number=number(data, "id"),
            container_id=text(data, "containerId"),
            node_id=text(data, "nodeId"),
            node_http_address=text(data, "nodeHttpAddress"),
            logs_url=text(data, "logsLink"),
            started_ms=number(data, "startTime", 0),
            finished_ms=number(data, "finishedTime", 0),
        )


def leaf_queues(data: Json) -> tuple[str, ...]:
    """Return the full paths of all queues that take applications, from `/scheduler`."""
    info = member(member(data, "scheduler"), "schedulerInfo")
    if "rootQueue" in info:  # FairScheduler, whose names are full paths
        return tuple(_leaves(member(info, "rootQueue"), ""))
    if text(info, "type") == "fifoScheduler":
        return ("root.default",)
    return tuple(_leaves(info, ""))


def _leaves(queue: Json, parent: str) -> list[str]:
    name = text(queue, "queueName")
    full = "." in name or not parent
    path = name if full else f"{parent}.{name}"
    children = [
        *objects(member(queue, "queues").get("queue")),
        *objects(member(queue, "childQueues").get("queue")),
    ]
    if not children:
        return [path]
    return [leaf for child in children for leaf in _leaves(child, path)]


def resource(data: Json, key: str, default: Resource) -> Resource:
    """Read an amount of a machine, with all types where they are listed."""
    info = member(data, key)
    listed = objects(member(info, "resourceInformations").get("resourceInformation"))
    amounts = {text(each, "name"): number(each, "value", 0) for each in listed}
    if not amounts:
        return default
    memory_mb, cores = amounts.pop(MEMORY, 0), amounts.pop(VIRTUAL_CORES, 0)
    gpus = amounts.pop(GPU, 0)
    return Resource(memory_mb, cores, gpus, tuple(sorted(amounts.items())))


def many(value: object) -> Sequence[object]:
    """Return a list, whatever way the server wrote it."""
    if isinstance(value, list):
        return value
    return [] if value in (None, {}, "") else [value]


def objects(value: object) -> list[Json]:
    """Return the objects of a list, whatever way the server wrote it."""
    return [cast("Json", each) for each in many(value) if isinstance(each, dict)]


def member(data: Json, key: str) -> Json:
    """Return an object, empty where it is missing."""
    value = data.get(key)
    return cast("Json", value) if isinstance(value, dict) else {}


def text(data: Json, key: str) -> str:
    """Return a text, "" where it is missing."""
    value = data.get(key)
    return "" if value is None else str(value)


def number(data: Json, key: str, default: int = -1) -> int:
    """Return an integer, the default where it is missing or unreadable."""
    try:
        return int(cast("int | str", data.get(key, default)))
    except (TypeError, ValueError):
        return default


def decimal(data: Json, key: str) -> float:
    """Return a number, 0 where it is missing or unreadable."""
    try:
        return float(cast("float | str", data.get(key, 0.0)))
    except (TypeError, ValueError):
        return 0.0
