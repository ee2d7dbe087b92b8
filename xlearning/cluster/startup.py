"""Starting daemons together and waiting until they are ready.

The ResourceManager starts while the NameNode is formatted; DataNodes wait for the
NameNode's port, because one that finds nobody there sleeps for 5 s.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlearning.cluster.daemons import (
    Daemon,
    format_namenode,
    is_formatted,
    require_alive,
    start_daemon,
)
from xlearning.cluster.readiness import Readiness
from xlearning.cluster.site import NAMENODE, RESOURCEMANAGER, Site
from xlearning.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlearning.cluster.artifacts import Java, Report
    from xlearning.cluster.spec import DaemonName

_POLL_S = 0.2


@dataclass
class Startup:
    """One start of some daemons of a cluster.

    Attributes:
        site: The cluster.
        java: The Java to run them with.
        living: Names of the daemons that run, also those that were not started here.
        report: Is given a line for each daemon that is ready.
        timeout_s: How long they may take, together.
    """

    site: Site
    java: Java
    living: set[str]
    report: Report
    timeout_s: float
    started: dict[DaemonName, Daemon] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._readiness = Readiness(self.site)

    def run(self, wanted: list[DaemonName], awaited: Sequence[DaemonName]) -> None:
        """Start daemons and wait.

        Args:
            wanted: The ones to start.
            awaited: The ones that must be ready, also some that ran before.

        Raises:
            ClusterError: One ended, or was not ready in time.
        """
        masters = [name for name in (RESOURCEMANAGER, NAMENODE) if name in wanted]
        workers = [name for name in wanted if name not in masters]
        for name in masters:
            if name == NAMENODE and not is_formatted(self.site):
                format_namenode(self.site, self.java)
            self._start(name)
        if NAMENODE in masters:
            self._await_namenode_port()
        for name in workers:
            self._start(name)
        self._await_ready(awaited)

    def _start(self, name: DaemonName) -> None:
        self.started[name] = start_daemon(self.site, name, self.java)
        self.living.add(str(name))

    def _await_namenode_port(self) -> None:
        while not self._readiness.listens(NAMENODE, "rpc"):
            self._pause({NAMENODE: "does not listen yet"})

    def _await_ready(self, awaited: Sequence[DaemonName]) -> None:
        missing = dict.fromkeys(awaited, "")
        while missing:
            for name in list(missing):
                missing[name] = self._readiness.missing(name, self.living)
                if not missing[name]:
                    del missing[name]
                    if name in self.started:
                        self._report_ready(name)
            if missing:
                self._pause(missing)

    def _report_ready(self, name: DaemonName) -> None:
        took_s = time.monotonic() - self._began
        web = self._readiness.web(name)
        self.report(f"{name}: ready after {took_s:.1f} s, {web}")

    def _pause(self, missing: dict[DaemonName, str]) -> None:
        """Wait a little, unless waiting has no more sense."""
        for daemon in self.started.values():
            require_alive(self.site, daemon)
        if time.monotonic() - self._began > self.timeout_s:
            reasons = ", ".join(f"{name}: {why}" for name, why in missing.items())
            raise ClusterError(
                f"not ready after {self.timeout_s:g} s: {reasons}",
                hint=f"logs: {self.site.layout.logs}",
            )
        time.sleep(_POLL_S)
