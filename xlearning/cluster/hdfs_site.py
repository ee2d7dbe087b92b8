"""Properties of core-site.xml and hdfs-site.xml.

Pure. The values are literal: Java resolves `${…}` in them, hdfs-native does not.
"""

from __future__ import annotations

from xlearning.cluster.site import NAMENODE, Properties, Site


def core_site(site: Site) -> Properties:
    """Return the properties of core-site.xml."""
    return _core(site) | _users(site)


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


def hdfs_site(site: Site) -> Properties:
    """Return the properties of hdfs-site.xml."""
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
