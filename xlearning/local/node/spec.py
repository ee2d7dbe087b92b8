"""What a NodeManager is made of, and what it is told and tells. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xlearning.hadoop.launch_context import ContainerLaunchContext


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A node.

    Attributes:
        host: Its name, `NM_HOST` in containers.
        memory_mb: What it offers.
        vcores: What it offers.
        gpus: What it offers.
        local_dir: For caches and working folders; nobody else's.
        log_dir: For the logs of containers until they are aggregated.
        labels: Its node labels.
    """

    host: str
    memory_mb: int
    vcores: int
    gpus: int
    local_dir: Path
    log_dir: Path
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContainerStart:
    """An order to start a container.

    Attributes:
        container_id: YARN's text.
        application_id: YARN's text.
        user: On whose behalf; it names folders, and `USER` in the container.
        context: Command, variables, files, tokens.
        memory_mb: The limit that `NodeOptions.memory_enforced` holds it to.
        vcores: For the web pages.
        environment: Variables that the server adds; the user cannot override them.
        node_port: Of the container protocol, `NM_PORT`.
        gpus: For the ResourceManager, after a restart.
        priority: The same.
        allocation_request_id: The same.
    """

    container_id: str
    application_id: str
    user: str
    context: ContainerLaunchContext
    memory_mb: int
    vcores: int
    environment: Mapping[str, str]
    node_port: int
    gpus: int = 0
    priority: int = 0
    allocation_request_id: int = -1


@dataclass(frozen=True, slots=True)
class ContainerEnded:
    """A container has ended.

    Attributes:
        container_id: Which.
        exit_status: The exit code, or one of YARN's own, which are negative.
        diagnostics: YARN's words; "" for success.
    """

    container_id: str
    exit_status: int
    diagnostics: str


@dataclass(frozen=True, slots=True)
class NodeOptions:
    """How a NodeManager behaves; YARN's defaults where nothing is said.

    Attributes:
        sigkill_delay_s: Between SIGTERM and SIGKILL
            (`yarn.nodemanager.sleep-delay-before-sigkill.ms`).
        memory_enforced: Measure the processes and end those over the limit; a YARN
            with default settings does not.
        vmem_ratio: Virtual memory per unit of the limit, None for no such limit.
        monitor_interval_s: Between two measurements.
        debug_delay_s: How long folders are kept after the end
            (`yarn.nodemanager.delete.debug-delay-sec`).
        debug_information: Whether the launch script and a listing of the working folder
            are put into the logs
            (`yarn.nodemanager.log-container-debug-info.enabled`).
        aggregate_logs: Whether logs are collected at an application's end; else they
            stay in the node's log folder.
        remote_log_dir: Path or URL where logs are collected.
        log_suffix: Part of the names below that folder.
        properties: Hadoop's, resolved; for the file systems.
        user_home_dir: `HOME` in containers.
        http_port: Of the node's web pages, `NM_HTTP_PORT`.
        environment: The node's own variables, of which YARN's white list is passed on.
        download_threads: How many files are fetched at a time.
        patience_s: Containers run on for so long after the server was killed.
        cache_target_mb: What no container uses is deleted above it
            (`yarn.nodemanager.localizer.cache.target-size-mb`).
        cache_interval_s: Between two looks at that
            (`yarn.nodemanager.localizer.cache.cleanup.interval-ms`).
    """

    sigkill_delay_s: float = 0.25
    memory_enforced: bool = False
    vmem_ratio: float | None = None
    monitor_interval_s: float = 0.5
    debug_delay_s: float = 0.0
    debug_information: bool = True
    aggregate_logs: bool = True
    remote_log_dir: str = "/tmp/logs"
    log_suffix: str = "logs"
    properties: Mapping[str, str] = field(default_factory=dict)
    user_home_dir: str = "/home/"
    http_port: int = 8042
    environment: Mapping[str, str] = field(default_factory=dict)
    download_threads: int = 4
    patience_s: float = 120.0
    cache_target_mb: int = 10_240
    cache_interval_s: float = 600.0


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file in a container's log folder.

    Attributes:
        name: Its name.
        size: In bytes.
        modified_ms: When it was last written to, since 1970.
    """

    name: str
    size: int
    modified_ms: int


@dataclass(frozen=True, slots=True)
class ContainerReport:
    """What the node's web pages show of a container.

    Attributes:
        start: How it was started.
        state: YARN's internal name: `LOCALIZING`, `RUNNING`, `KILLING`, `DONE` …
        exit_status: -1000 before the end.
        diagnostics: YARN's words so far.
        started_ms: When the start was accepted, since 1970.
        pid: Of the container's first process, None before it runs.
    """

    start: ContainerStart
    state: str
    exit_status: int
    diagnostics: str
    started_ms: int
    pid: int | None = None
