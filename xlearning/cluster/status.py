"""What is told about a cluster: on the screen, as JSON, to a test.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class DaemonStatus:
    """One daemon.

    Attributes:
        name: `namenode`, `datanode1`, `resourcemanager`, `nodemanager1` …
        pid: Its process, None if it does not run.
        web: Address of its web pages.
        missing: What it lacks to be ready, "" if it is.
        log: The file that it logs to.
    """

    name: str
    pid: int | None
    web: str
    missing: str
    log: Path

    @property
    def state(self) -> str:
        """`ready`, `starting` (or waiting for another daemon) or `stopped`."""
        if self.pid is None:
            return "stopped"
        return "starting" if self.missing else "ready"


@dataclass(frozen=True)
class ClusterStatus:
    """A cluster.

    Attributes:
        home: Its home folder.
        hadoop: Hadoop's release.
        conf_dir: The HADOOP_CONF_DIR for its clients.
        fs: The URL of its HDFS.
        resourcemanager: Address of the ResourceManager's pages and REST API.
        namenode: Address of the NameNode's pages and of WebHDFS.
        daemons: All daemons, running or not.
    """

    home: Path
    hadoop: str
    conf_dir: Path
    fs: str
    resourcemanager: str
    namenode: str
    daemons: tuple[DaemonStatus, ...]

    @property
    def is_up(self) -> bool:
        """All daemons are ready."""
        return all(daemon.state == "ready" for daemon in self.daemons)

    @property
    def is_down(self) -> bool:
        """No daemon runs."""
        return all(daemon.state == "stopped" for daemon in self.daemons)

    def to_json(self) -> dict[str, object]:
        """Return what `--json` prints."""
        state = "up" if self.is_up else "down" if self.is_down else "partly up"
        return {
            "state": state,
            "home": str(self.home),
            "hadoop": self.hadoop,
            "conf_dir": str(self.conf_dir),
            "fs": self.fs,
            "resourcemanager": self.resourcemanager,
            "namenode": self.namenode,
            "daemons": [
                {
                    "name": daemon.name,
                    "state": daemon.state,
                    "pid": daemon.pid,
                    "web": daemon.web,
                    "missing": daemon.missing,
                    "log": str(daemon.log),
                }
                for daemon in self.daemons
            ],
        }


def export_lines(status: ClusterStatus) -> list[str]:
    """Return what `xl cluster up` prints, fit for `eval "$(…)"`."""
    nodes = [daemon for daemon in status.daemons if daemon.name.startswith("node")]
    return [
        f"export HADOOP_CONF_DIR={status.conf_dir}",
        f"# ResourceManager {status.resourcemanager}",
        f"# NameNode        {status.namenode}",
        *(f"# {node.name.replace('nodem', 'NodeM'):15} {node.web}" for node in nodes),
        f"# HDFS            {status.fs}",
    ]


def status_lines(status: ClusterStatus) -> list[str]:
    """Return what `xl cluster status` prints: a line for each daemon."""
    width = max(len(daemon.name) for daemon in status.daemons)
    return [
        " ".join(
            [
                f"{daemon.name:{width}}",
                f"{daemon.state:8}",
                f"{daemon.pid or '-':>8}",
                daemon.web,
                *([f"({daemon.missing})"] if daemon.state == "starting" else []),
            ]
        )
        for daemon in status.daemons
    ]
