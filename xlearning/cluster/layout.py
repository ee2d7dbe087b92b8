"""Where everything of a cluster lies below its home folder.

Pure: names paths, touches nothing.

    <home>/
      cluster.json        what was asked for, and the ports
      lock                held by the command that changes the cluster
      conf/               HADOOP_CONF_DIR: site files, log4j.properties
      logs/               <daemon>.log and <daemon>.out
      data/namenode, data/datanode1 …, data/resourcemanager, data/nodemanager1 …
      data/home           HOME of every container
      data/tmp            hadoop.tmp.dir, java.io.tmpdir
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.cluster.spec import DaemonName


@dataclass(frozen=True)
class Layout:
    """The paths of one cluster.

    Attributes:
        home: The cluster's folder, absolute.
    """

    home: Path

    @property
    def state_file(self) -> Path:
        """What was asked for, and the ports."""
        return self.home / "cluster.json"

    @property
    def lock_file(self) -> Path:
        """Locked by the command that changes the cluster."""
        return self.home / "lock"

    @property
    def conf(self) -> Path:
        """The cluster's HADOOP_CONF_DIR."""
        return self.home / "conf"

    @property
    def logs(self) -> Path:
        """What the daemons write; containers' logs are below `node_logs`."""
        return self.home / "logs"

    @property
    def data(self) -> Path:
        """Everything that a restart keeps and a wipe deletes."""
        return self.home / "data"

    @property
    def tmp(self) -> Path:
        """Hadoop's and the JVMs' temporary folder."""
        return self.data / "tmp"

    @property
    def container_home(self) -> Path:
        """HOME of every container (`yarn.nodemanager.user-home-dir`)."""
        return self.data / "home"

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that must be there before a daemon starts.

        The hdfs jar has no web pages; without the empty `webapps` folders NameNode
        and DataNode end with "webapps/hdfs not found in CLASSPATH".
        """
        webapps = self.conf / "webapps"
        pages = [webapps / name for name in ("hdfs", "datanode", "secondary")]
        return (self.logs, self.tmp, self.container_home, *pages)

    def daemon_data(self, name: DaemonName) -> Path:
        """Return the folder of one daemon's own files."""
        return self.data / str(name)

    def node_local(self, name: DaemonName) -> Path:
        """Return a NodeManager's `yarn.nodemanager.local-dirs`."""
        return self.daemon_data(name) / "local"

    def node_logs(self, name: DaemonName) -> Path:
        """Return a NodeManager's `yarn.nodemanager.log-dirs`."""
        return self.daemon_data(name) / "container-logs"

    def log(self, name: DaemonName) -> Path:
        """Return the file that a daemon logs to."""
        return self.logs / f"{name}.log"

    def out(self, name: DaemonName) -> Path:
        """Return the file that has a daemon's stdout and stderr."""
        return self.logs / f"{name}.out"
