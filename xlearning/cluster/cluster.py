"""`Cluster`: brings a Hadoop of this machine up and down, and hurts it.

The order of things is here; how each is done is in the other modules. Commands that
change a cluster hold its home folder locked.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.cluster import artifacts, ports, processes
from xlearning.cluster.hosts import HOSTS_FILE
from xlearning.cluster.layout import Layout
from xlearning.cluster.planning import new_state, running_state, site_of
from xlearning.cluster.preparation import make_folders, set_node_labels
from xlearning.cluster.readiness import Readiness
from xlearning.cluster.site import NAMENODE, RESOURCEMANAGER, Site
from xlearning.cluster.spec import ClusterSpec, DaemonKind, DaemonName
from xlearning.cluster.startup import Startup
from xlearning.cluster.state import ClusterState, home_lock, read_state
from xlearning.cluster.status import ClusterStatus, DaemonStatus
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection

    import psutil

    from xlearning.cluster.artifacts import Report

_STOP_GRACE_S = 10.0
_CONTAINER_GRACE_S = 1.0
# Hadoop reads these paths as URLs, comma-separated lists and class paths.
_PLAIN_PATH = re.compile(r"[\w./@+-]+")


def default_home() -> Path:
    """Return $XLEARNING_CLUSTER_HOME, else `clusters/default` in our cache."""
    given = os.environ.get("XLEARNING_CLUSTER_HOME")
    return Path(given) if given else artifacts.cache_folder() / "clusters" / "default"


def _say_nothing(line: str) -> None:
    del line


class Cluster:
    """A Hadoop on this machine, known by its home folder.

    Attributes:
        layout: The cluster's paths.
    """

    def __init__(self, home: Path, *, hosts_file: Path = HOSTS_FILE) -> None:
        """Name a cluster; nothing is touched.

        Args:
            home: Its folder.
            hosts_file: Where the NodeManagers' names are written, if they may be.

        Raises:
            ConfigError: The path has characters that Hadoop would misread.
        """
        self.layout = Layout(home.expanduser().resolve())
        self._hosts_file = hosts_file
        if not _PLAIN_PATH.fullmatch(str(self.layout.home)):
            raise ConfigError(
                f"`{self.layout.home}` cannot be a cluster's home",
                hint="use a path of letters, digits and ./@+-_ only: Hadoop reads it "
                "in URLs and lists",
            )

    @property
    def conf_dir(self) -> Path:
        """The HADOOP_CONF_DIR for its clients."""
        return self.layout.conf

    @property
    def rm_url(self) -> str:
        """Address of the ResourceManager's pages and REST API."""
        return Readiness(self._site(self._state())).web(RESOURCEMANAGER)

    @property
    def namenode_url(self) -> str:
        """Address of the NameNode's pages and of WebHDFS."""
        return Readiness(self._site(self._state())).web(NAMENODE)

    def up(
        self,
        spec: ClusterSpec,
        report: Report = _say_nothing,
        *,
        timeout_s: float = 180.0,
    ) -> ClusterStatus:
        """Start what does not run, wait until all is ready.

        What this call started is stopped again if it fails or is interrupted.

        Args:
            spec: What is wanted.
            report: Is given a line for each thing that happened.
            timeout_s: How long to wait for the daemons.

        Raises:
            ConfigError: The home runs another configuration, or the machine lacks
                something.
            ClusterError: A daemon ended, or was not ready in time.
        """
        with home_lock(self.layout), ExitStack() as undo:
            living = processes.living_daemons(self.layout)
            if living:
                state = running_state(self.layout, spec, set(living))
            else:
                state = new_state(self.layout, spec, self._hosts_file, report)
            site = self._site(state)
            wanted = [name for name in spec.daemons if str(name) not in living]
            began = time.monotonic()
            undo.callback(self._stop_started, set(living))
            start = Startup(site, artifacts.find_java(), set(living), report, timeout_s)
            start.run(wanted, spec.daemons)
            self._prepare(site, spec.daemons)
            undo.pop_all()
            took_s = time.monotonic() - began
            report(f"cluster ready after {took_s:.1f} s" if wanted else "already up")
            return self.status()

    def down(self, report: Report = _say_nothing, *, wipe: bool = False) -> None:
        """Stop all daemons and what is left of containers; a stopped one is no error.

        Args:
            report: Is given a line for each thing that happened.
            wipe: Also delete the data, logs and configuration.

        Raises:
            ConfigError: The folder is not a cluster's home.
        """
        if not self.layout.home.exists():
            report(f"cluster {self.layout.home}: not there")
            return
        with home_lock(self.layout):
            self._stop(processes.living_daemons(self.layout), report)
            left = processes.container_processes(self.layout)
            if left:
                processes.end(left, _CONTAINER_GRACE_S)
                report(f"{len(left)} processes of containers ended")
            if wipe:
                self._wipe(report)

    def start(
        self, daemon: str, report: Report = _say_nothing, *, timeout_s: float = 120.0
    ) -> None:
        """Start one daemon and wait until it is ready.

        Raises:
            ConfigError: There is no such daemon, or its port is taken.
            ClusterError: It ended, or was not ready in time.
        """
        state = self._state()
        name = state.spec.daemon(daemon)
        with home_lock(self.layout):
            living = processes.living_daemons(self.layout)
            if str(name) in living:
                report(f"{name}: already runs")
            else:
                ports.refuse_taken(ports.taken_ports([name], state.ports))
                site, java = self._site(state), artifacts.find_java()
                start = Startup(site, java, set(living), report, timeout_s)
                start.run([name], [name, *self._followers(state.spec, name, living)])
                self._prepare(site, [name])

    def stop(self, daemon: str, report: Report = _say_nothing) -> None:
        """Stop one daemon (SIGTERM, later SIGKILL); a stopped one is no error.

        Raises:
            ConfigError: There is no such daemon.
        """
        name = self._state().spec.daemon(daemon)
        with home_lock(self.layout):
            self._stop(self._one(name, report), report)

    def kill(self, daemon: str, report: Report = _say_nothing) -> None:
        """Kill one daemon (SIGKILL); a stopped one is no error.

        Raises:
            ConfigError: There is no such daemon.
        """
        name = self._state().spec.daemon(daemon)
        with home_lock(self.layout):
            for process in self._one(name, report).values():
                processes.kill([process])
                report(f"{name}: killed")

    def status(self) -> ClusterStatus:
        """Return what runs and what is ready.

        Raises:
            ConfigError: There is no cluster in the home folder.
        """
        state = self._state()
        site = self._site(state)
        readiness = Readiness(site)
        living = processes.living_daemons(self.layout)
        return ClusterStatus(
            home=self.layout.home,
            hadoop=state.spec.hadoop,
            conf_dir=self.layout.conf,
            fs=f"hdfs://{site.address(NAMENODE, 'rpc')}",
            resourcemanager=readiness.web(RESOURCEMANAGER),
            namenode=readiness.web(NAMENODE),
            daemons=tuple(
                self._daemon_status(readiness, name, living)
                for name in state.spec.daemons
            ),
        )

    def _daemon_status(
        self, readiness: Readiness, name: DaemonName, living: dict[str, psutil.Process]
    ) -> DaemonStatus:
        process = living.get(str(name))
        return DaemonStatus(
            name=str(name),
            pid=process.pid if process else None,
            web=readiness.web(name),
            missing=readiness.missing(name, set(living)) if process else "",
            log=self.layout.log(name),
        )

    def _state(self) -> ClusterState:
        state = read_state(self.layout)
        if state is None:
            raise ConfigError(
                f"there is no cluster in `{self.layout.home}`",
                hint="`xl cluster up` makes one",
            )
        return state

    def _site(self, state: ClusterState) -> Site:
        return site_of(self.layout, state)

    def _one(self, name: DaemonName, report: Report) -> dict[str, psutil.Process]:
        process = processes.living_daemons(self.layout).get(str(name))
        if process is None:
            report(f"{name}: does not run")
            return {}
        return {str(name): process}

    def _followers(
        self, spec: ClusterSpec, name: DaemonName, living: Collection[str]
    ) -> list[DaemonName]:
        """Return the daemons that have to register again with a restarted one."""
        if name != RESOURCEMANAGER:
            return []
        return [
            other
            for other in spec.daemons
            if other.kind is DaemonKind.NODEMANAGER and str(other) in living
        ]

    def _prepare(self, site: Site, started: Collection[DaemonName]) -> None:
        readiness = Readiness(site)
        living = processes.living_daemons(self.layout)
        if NAMENODE in started:
            make_folders(site, readiness)
        if str(RESOURCEMANAGER) in living:
            set_node_labels(site, readiness, started)

    def _stop_started(self, before: set[str]) -> None:
        living = processes.living_daemons(self.layout)
        self._stop(
            {name: process for name, process in living.items() if name not in before},
            _say_nothing,
        )

    def _stop(self, living: dict[str, psutil.Process], report: Report) -> None:
        killed = {p.pid for p in processes.end(living.values(), _STOP_GRACE_S)}
        for name, process in sorted(living.items()):
            how = "killed, did not stop" if process.pid in killed else "stopped"
            report(f"{name}: {how}")

    def _wipe(self, report: Report) -> None:
        layout = self.layout
        for folder in (layout.conf, layout.logs, layout.data):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (layout.lock_file, layout.state_file):
            file.unlink(missing_ok=True)
        if not any(layout.home.iterdir()):
            layout.home.rmdir()
        report(f"cluster {layout.home}: wiped")
