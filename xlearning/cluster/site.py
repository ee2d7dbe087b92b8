"""`Site`: all that the configuration of a cluster depends on.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.cluster.spec import ClusterSpec, DaemonKind, DaemonName, port_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xlearning.cluster.layout import Layout

Properties = dict[str, str]

HOST = "127.0.0.1"
"""Where all but the NodeManagers listen. Not 0.0.0.0: clients and the RM's proxy
compare `yarn.resourcemanager.hostname` with the host of a URL."""


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
        if daemon.kind is DaemonKind.NODEMANAGER:
            return self.node(daemon)
        return HOST

    def node(self, daemon: DaemonName) -> str:
        """Return the name of the node that a daemon counts as being on.

        The n-th DataNode shares the node of the n-th NodeManager, so that blocks are
        where containers can be.
        """
        on_nodes = daemon.kind in (DaemonKind.NODEMANAGER, DaemonKind.DATANODE)
        if on_nodes and self.own_host_names and daemon.number <= self.spec.nodes:
            return f"nm{daemon.number}"
        return HOST

    def port(self, daemon: DaemonName, use: str) -> int:
        """Return a daemon's port."""
        return self.ports[port_key(daemon, use)]

    def address(self, daemon: DaemonName, use: str) -> str:
        """Return `host:port`.

        A NameNode sends WebHDFS clients to the name of a DataNode, all others to the
        address that it came from when it registered, which is 127.0.0.1.
        """
        host = self.node(daemon) if use == "http" else self.host(daemon)
        return f"{host}:{self.port(daemon, use)}"


NAMENODE = DaemonName(DaemonKind.NAMENODE)
RESOURCEMANAGER = DaemonName(DaemonKind.RESOURCEMANAGER)
