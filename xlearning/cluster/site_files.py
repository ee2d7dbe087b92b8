"""What Hadoop's configuration files say: spec, ports and paths in, properties out.

Pure. `--conf` goes to the file that Hadoop reads a key from, and over our own values;
only the keys that hold the cluster together (addresses, folders) are refused.

Values of core-site.xml and hdfs-site.xml are literal: Java resolves `${…}` in them,
hdfs-native does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from xlearning.cluster.spec import (
    ClusterSpec,
    DaemonKind,
    DaemonName,
    port_key,
)
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xlearning.cluster.layout import Layout

Properties = dict[str, str]

CORE = "core-site.xml"
HDFS = "hdfs-site.xml"
YARN = "yarn-site.xml"
MAPRED = "mapred-site.xml"
CAPACITY = "capacity-scheduler.xml"
RESOURCE_TYPES = "resource-types.xml"

HOST = "127.0.0.1"
"""Where all but the NodeManagers listen. Not 0.0.0.0: clients and the RM's proxy
compare `yarn.resourcemanager.hostname` with the host of a URL."""

_FILE_BY_PREFIX = (
    ("yarn.scheduler.capacity.", CAPACITY),
    ("yarn.resource-types", RESOURCE_TYPES),
    ("yarn.", YARN),
    ("dfs.", HDFS),
    ("mapreduce.", MAPRED),
)


@dataclass(frozen=True)
class Site:
    """All that the site files depend on.

    Attributes:
        spec: What was asked for.
        layout: The cluster's paths.
        ports: Its ports by key (`ClusterSpec.port_keys`).
        own_host_names: NodeManagers are called nm1, nm2 …; False: all are localhost.
        user: Who runs the daemons.
        lib: The folder with Hadoop's jars.
    """

    spec: ClusterSpec
    layout: Layout
    ports: Mapping[str, int]
    own_host_names: bool
    user: str
    lib: Path

    def host(self, daemon: DaemonName) -> str:
        """Return the host that a daemon listens at."""
        if daemon.kind is DaemonKind.NODEMANAGER and self.own_host_names:
            return f"nm{daemon.number}"
        return HOST

    def port(self, daemon: DaemonName, use: str) -> int:
        """Return a daemon's port."""
        return self.ports[port_key(daemon, use)]

    def address(self, daemon: DaemonName, use: str) -> str:
        """Return `host:port`."""
        return f"{self.host(daemon)}:{self.port(daemon, use)}"


NAMENODE = DaemonName(DaemonKind.NAMENODE)
RESOURCEMANAGER = DaemonName(DaemonKind.RESOURCEMANAGER)


def site_files(site: Site) -> dict[str, Properties]:
    """Return the properties of each site file.

    Raises:
        ConfigError: `conf` has a key that the cluster sets itself.
    """
    files = {
        CORE: _core(site) | _users(site),
        HDFS: _hdfs(site),
        YARN: _resourcemanager(site)
        | _scheduling(site)
        | _preemption()
        | _nodemanagers(site)
        | _logs(site)
        | _labels(site),
        MAPRED: {"mapreduce.framework.name": "yarn"},
        CAPACITY: _queues(site) | _queue_labels(site),
        RESOURCE_TYPES: {"yarn.resource-types": "yarn.io/gpu"},
    }
    owned = _owned_keys(site)
    for key, value in site.spec.conf.items():
        if key in owned:
            raise ConfigError(
                f"`{key}` is set by the cluster itself",
                hint="ports move with `--base-port`, folders with `--home`",
            )
        files[file_of(key)][key] = value
    return files


def file_of(key: str) -> str:
    """Return the site file that Hadoop reads a key from."""
    for prefix, name in _FILE_BY_PREFIX:
        if key.startswith(prefix):
            return name
    return CORE


def daemon_properties(site: Site, daemon: DaemonName) -> Properties:
    """Return what a daemon is given beyond the site files, as `-D` arguments."""
    data = site.layout.daemon_data(daemon)
    match daemon.kind:
        case DaemonKind.DATANODE:
            return {
                "dfs.datanode.data.dir": f"file://{data}",
                "dfs.datanode.address": site.address(daemon, "data"),
                "dfs.datanode.http.address": site.address(daemon, "http"),
                "dfs.datanode.ipc.address": site.address(daemon, "ipc"),
            }
        case DaemonKind.NODEMANAGER:
            return {
                "yarn.nodemanager.hostname": site.host(daemon),
                "yarn.nodemanager.address": site.address(daemon, "rpc"),
                "yarn.nodemanager.localizer.address": site.address(daemon, "localizer"),
                "yarn.nodemanager.webapp.address": site.address(daemon, "http"),
                "yarn.nodemanager.local-dirs": str(site.layout.node_local(daemon)),
                "yarn.nodemanager.log-dirs": str(site.layout.node_logs(daemon)),
                "yarn.nodemanager.recovery.dir": str(data / "recovery"),
            }
        case DaemonKind.NAMENODE | DaemonKind.RESOURCEMANAGER:
            return {}


def _core(site: Site) -> Properties:
    return {
        "fs.defaultFS": f"hdfs://{site.address(NAMENODE, 'rpc')}",
        # Several stores hide below /tmp/hadoop-<user> otherwise.
        "hadoop.tmp.dir": str(site.layout.tmp),
        # A daemon that is down is noticed at once, not after minutes.
        "ipc.client.connect.max.retries": "3",
        "ipc.client.connect.retry.interval": "100",
        "ipc.client.connect.timeout": "2000",
    }


def _users(site: Site) -> Properties:
    return {
        "hadoop.http.staticuser.user": site.user,
        "hadoop.security.group.mapping": (
            "org.apache.hadoop.security.ShellBasedUnixGroupsMapping"
        ),
        # A user who exists in Hadoop only: without this each look-up runs `id` in
        # vain and logs a stack trace.
        "hadoop.user.group.static.mapping.overrides": "dr.who=;alice=alice",
        f"hadoop.proxyuser.{site.user}.hosts": "*",
        f"hadoop.proxyuser.{site.user}.groups": "*",
    }


def _hdfs(site: Site) -> Properties:
    return {
        "dfs.namenode.rpc-address": site.address(NAMENODE, "rpc"),
        "dfs.namenode.http-address": site.address(NAMENODE, "http"),
        "dfs.namenode.name.dir": f"file://{site.layout.daemon_data(NAMENODE)}",
        "dfs.permissions.enabled": "true",
        "dfs.permissions.superusergroup": site.user,
        "dfs.replication": str(min(site.spec.datanodes, 3)),
        "dfs.blocksize": "16777216",
        "dfs.namenode.fs-limits.min-block-size": "1024",
        "dfs.namenode.safemode.extension": "0",
        "dfs.namenode.safemode.min.datanodes": "1",
        # The default of 100 MB makes HDFS read-only on a nearly full disk.
        "dfs.namenode.resource.du.reserved": "0",
        # No fsync for each edit: data outlives the process, not the machine.
        "dfs.namenode.edits.noeditlogchannelflush": "true",
        "dfs.heartbeat.interval": "1",
        "dfs.namenode.heartbeat.recheck-interval": "2000",
        # 127.0.0.x has no reverse names.
        "dfs.namenode.datanode.registration.ip-hostname-check": "false",
        # hdfs-native tries a refused connection for 180 s otherwise.
        "dfs.client.failover.max.attempts": "2",
    }


def _resourcemanager(site: Site) -> Properties:
    prefix = "yarn.resourcemanager."
    keys = {
        "address": "client",
        "scheduler.address": "scheduler",
        "resource-tracker.address": "tracker",
        "admin.address": "admin",
        "webapp.address": "http",
    }
    addresses = {
        prefix + key: site.address(RESOURCEMANAGER, use) for key, use in keys.items()
    }
    store = site.layout.daemon_data(RESOURCEMANAGER)
    return addresses | {
        prefix + "hostname": HOST,
        prefix + "recovery.enabled": "true",
        prefix + "store.class": (
            "org.apache.hadoop.yarn.server.resourcemanager.recovery"
            ".FileSystemRMStateStore"
        ),
        prefix + "fs.state-store.uri": f"file://{store}/state",
        prefix + "work-preserving-recovery.scheduling-wait-ms": "1000",
        prefix + "rm.container-allocation.expiry-interval-ms": "60000",
        prefix + "application-timeouts.monitor.interval-ms": "1000",
        prefix + "connect.retry-interval.ms": "300",
        prefix + "connect.max-wait.ms": "60000",
        "yarn.nm.liveness-monitor.expiry-interval-ms": "10000",
        "yarn.am.liveness-monitor.expiry-interval-ms": "15000",
        "yarn.acl.enable": "false",
        "yarn.admin.acl": "*",
        "yarn.node-attribute.fs-store.root-dir": f"file://{store}/attributes",
        # The web pages and Java ApplicationMasters; ours needs no class path.
        "yarn.application.classpath": f"{site.layout.conf},{site.lib}/*",
    }


def _scheduling(site: Site) -> Properties:
    return {
        "yarn.resourcemanager.scheduler.class": (
            "org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity"
            ".CapacityScheduler"
        ),
        "yarn.scheduler.minimum-allocation-mb": "64",
        "yarn.scheduler.maximum-allocation-mb": str(site.spec.node_memory_mb),
        "yarn.scheduler.minimum-allocation-vcores": "1",
        "yarn.scheduler.maximum-allocation-vcores": str(site.spec.node_cores),
        "yarn.scheduler.include-port-in-node-name": _boolean(not site.own_host_names),
        "yarn.cluster.max-application-priority": "10",
    }


def _preemption() -> Properties:
    """Return quick preemption; `yarn.resourcemanager.scheduler.monitor.enable`
    (YARN: false) switches it on."""
    prefix = "yarn.resourcemanager.monitor.capacity.preemption."
    return {
        prefix + "monitoring_interval": "300",
        prefix + "max_wait_before_kill": "3000",
        prefix + "total_preemption_per_round": "1.0",
        prefix + "max_ignored_over_capacity": "0",
        prefix + "natural_termination_factor": "1.0",
    }


def _nodemanagers(site: Site) -> Properties:
    prefix = "yarn.nodemanager."
    disks = prefix + "disk-health-checker."
    return {
        prefix + "resource.memory-mb": str(site.spec.node_memory_mb),
        prefix + "resource.cpu-vcores": str(site.spec.node_cores),
        prefix + "resource-type.yarn.io/gpu": str(site.spec.gpus_per_node),
        # "Enforced" means by cgroups, which the default executor has not; true (YARN's
        # default) switches the polling check off and no limit holds at all.
        prefix + "resource.memory.enforced": "false",
        prefix + "pmem-check-enabled": "true",
        # Python and CUDA reserve far more address space than they use.
        prefix + "vmem-check-enabled": "false",
        prefix + "container-monitor.interval-ms": "500",
        # A disk that is 90 % full would make every node unhealthy.
        disks + "max-disk-utilization-per-disk-percentage": "100.0",
        disks + "interval-ms": "10000",
        prefix + "user-home-dir": str(site.layout.container_home),
        prefix + "localizer.cache.target-size-mb": "2048",
        prefix + "recovery.enabled": "true",
        # Containers outlive a NodeManager that is stopped to be started again.
        prefix + "recovery.supervised": "true",
    }


def _logs(site: Site) -> Properties:
    del site
    return {
        "yarn.log-aggregation-enable": "true",
        "yarn.log-aggregation.retain-seconds": "604800",
        "yarn.nodemanager.remote-app-log-dir": "/tmp/logs",
        "yarn.nodemanager.remote-app-log-dir-suffix": "logs",
    }


def _labels(site: Site) -> Properties:
    if not site.spec.labels:
        return {}
    store = site.layout.daemon_data(RESOURCEMANAGER)
    return {
        "yarn.node-labels.enabled": "true",
        "yarn.node-labels.fs-store.root-dir": f"file://{store}/labels",
    }


def _queues(site: Site) -> Properties:
    prefix = "yarn.scheduler.capacity."
    properties = {
        # With a third resource type the RM refuses the default calculator.
        prefix + "resource-calculator": (
            "org.apache.hadoop.yarn.util.resource.DominantResourceCalculator"
        ),
        prefix + "schedule-asynchronously.enable": "false",
        prefix + "per-node-heartbeat.maximum-offswitch-assignments": "100",
        prefix + "node-locality-delay": "0",
        prefix + "rack-locality-additional-delay": "0",
        prefix + "maximum-am-resource-percent": "0.5",
        prefix + "root.queues": ",".join(queue.name for queue in site.spec.queues),
    }
    for queue in site.spec.queues:
        leaf = f"{prefix}root.{queue.name}."
        properties |= {
            leaf + "capacity": f"{queue.capacity:g}",
            leaf + "maximum-capacity": "100",
            leaf + "user-limit-factor": "10",
        }
    return properties


def _queue_labels(site: Site) -> Properties:
    """Return each queue's share of the labelled nodes: as of the others."""
    if not site.spec.labels:
        return {}
    root = "yarn.scheduler.capacity.root."
    names = ",".join(label.name for label in site.spec.labels)
    properties = {}
    for label in site.spec.labels:
        share = f"accessible-node-labels.{label.name}.capacity"
        properties[root + share] = "100"
        for queue in site.spec.queues:
            properties[f"{root}{queue.name}.{share}"] = f"{queue.capacity:g}"
    for queue in site.spec.queues:
        properties[f"{root}{queue.name}.accessible-node-labels"] = names
    return properties


def _owned_keys(site: Site) -> set[str]:
    kinds = {daemon.kind: daemon for daemon in site.spec.daemons}
    given = [daemon_properties(site, daemon) for daemon in kinds.values()]
    fixed = {
        "fs.defaultFS",
        "hadoop.tmp.dir",
        "dfs.namenode.rpc-address",
        "dfs.namenode.http-address",
        "dfs.namenode.name.dir",
        "yarn.resource-types",
        "yarn.resourcemanager.fs.state-store.uri",
        "yarn.scheduler.capacity.root.queues",
        "yarn.scheduler.include-port-in-node-name",
    }
    rm = {
        key for key in _resourcemanager(site) if key.endswith(("address", "hostname"))
    }
    return fixed.union(rm, *given)


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def to_xml(properties: Mapping[str, str]) -> str:
    """Return a Hadoop configuration file."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<configuration>"]
    lines += [
        f"  <property><name>{escape(key)}</name><value>{escape(value)}</value>"
        "</property>"
        for key, value in sorted(properties.items())
    ]
    return "\n".join([*lines, "</configuration>", ""])


LOG4J = """\
# No jar carries one; without it the daemons log nothing.
log4j.rootLogger=INFO,file
log4j.appender.file=org.apache.log4j.RollingFileAppender
log4j.appender.file.File=${hadoop.log.dir}/${hadoop.log.file}
log4j.appender.file.MaxFileSize=20MB
log4j.appender.file.MaxBackupIndex=2
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
"""
