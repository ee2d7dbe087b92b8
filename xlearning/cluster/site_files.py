"""What Hadoop's configuration files say: spec, ports and paths in, properties out.

Pure. `--conf` goes to the file that Hadoop reads a key from, and over our own values;
only the keys that hold the cluster together (addresses, folders) are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from xlearning.cluster.hdfs_site import core_site, hdfs_site
from xlearning.cluster.spec import DaemonKind, DaemonName
from xlearning.cluster.yarn_site import (
    capacity_scheduler,
    resource_types,
    resourcemanager,
    yarn_site,
)
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.cluster.site import Properties, Site

CORE = "core-site.xml"
HDFS = "hdfs-site.xml"
YARN = "yarn-site.xml"
MAPRED = "mapred-site.xml"
CAPACITY = "capacity-scheduler.xml"
RESOURCE_TYPES = "resource-types.xml"

_FILE_BY_PREFIX = (
    ("yarn.scheduler.capacity.", CAPACITY),
    ("yarn.resource-types", RESOURCE_TYPES),
    ("yarn.", YARN),
    ("dfs.", HDFS),
    ("mapreduce.", MAPRED),
)


def site_files(site: Site) -> dict[str, Properties]:
    """Return the properties of each site file.

    Raises:
        ConfigError: `conf` has a key that the cluster sets itself.
    """
    files = {
        CORE: core_site(site),
        HDFS: hdfs_site(site),
        YARN: yarn_site(site),
        MAPRED: {"mapreduce.framework.name": "yarn"},
        CAPACITY: capacity_scheduler(site),
        RESOURCE_TYPES: resource_types(),
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
    if daemon.kind is DaemonKind.DATANODE:
        return {
            "dfs.datanode.hostname": site.node(daemon),
            "dfs.datanode.data.dir": f"file://{data}",
            "dfs.datanode.address": site.address(daemon, "data"),
            "dfs.datanode.http.address": site.address(daemon, "http"),
            "dfs.datanode.ipc.address": site.address(daemon, "ipc"),
        }
    if daemon.kind is DaemonKind.NODEMANAGER:
        prefix = "yarn.nodemanager."
        return {
            prefix + "hostname": site.host(daemon),
            prefix + "address": site.address(daemon, "rpc"),
            prefix + "localizer.address": site.address(daemon, "localizer"),
            prefix + "webapp.address": site.address(daemon, "http"),
            prefix + "local-dirs": str(site.layout.node_local(daemon)),
            prefix + "log-dirs": str(site.layout.node_logs(daemon)),
            prefix + "recovery.dir": str(data / "recovery"),
        }
    return {}


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
    rm = {key for key in resourcemanager(site) if key.endswith(("address", "hostname"))}
    return fixed.union(rm, *given)


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
