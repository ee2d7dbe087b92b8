"""A real Hadoop for the tests, and what its own services say about a job."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import requests

from tests.e2e.hdfs import WebHdfs
from tests.e2e.submission import Ended, Running, user_environment
from tests.e2e.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlearning.cluster.cluster import Cluster
    from xlearning.cluster.layout import Layout

_FINAL = ("FINISHED", "FAILED", "KILLED")
_TIMEOUT_S = 30.0
_CLEANUP_S = 25.0


@dataclass(frozen=True)
class Setting:
    """What is tested against.

    Attributes:
        release: Hadoop's.
        protection: `hadoop.rpc.protection`: authentication, integrity or privacy.
        user: Who submits, "" for whoever runs the tests.
    """

    release: str
    protection: str = "authentication"
    user: str = ""


class Hadoop:
    """A running cluster, seen by one user.

    Attributes:
        cluster: Stops, starts and kills its daemons.
        user: The submitting user.
        hdfs: That user's view of HDFS.
    """

    def __init__(self, cluster: Cluster, user: str, folder: Path) -> None:
        """Take a cluster that is up; `folder` is for the clients' output."""
        self.cluster = cluster
        self.user = user
        self.hdfs = WebHdfs(cluster.namenode_url, user)
        self._rm = f"{cluster.rm_url}/ws/v1/cluster"
        self._folder = folder
        self.xlearning_conf = folder / "conf"
        self.xlearning_conf.mkdir()

    @property
    def layout(self) -> Layout:
        """The cluster's folders."""
        return self.cluster.layout

    def start(self, *arguments: str, cwd: Path | None = None) -> Running:
        """Start `xl-submit …` or `xl …` as the user."""
        environment = user_environment(
            self.cluster.conf_dir, self.xlearning_conf, self.user
        )
        return Running(
            arguments,
            environment=environment,
            cwd=cwd or self._folder,
            log_folder=self._folder,
        )

    def submit(self, *arguments: str, cwd: Path | None = None) -> Ended:
        """Run `xl-submit` to its end."""
        return self.start("xl-submit", *arguments, cwd=cwd).wait()

    def xl(self, *arguments: str) -> Ended:
        """Run `xl` to its end."""
        return self.start("xl", *arguments).wait(60.0)

    def report(self, application_id: str) -> dict[str, Any]:
        """Return what the ResourceManager's REST API says about an application."""
        answer = requests.get(
            f"{self._rm}/apps/{application_id}",
            headers={"Accept": "application/json"},
            timeout=_TIMEOUT_S,
        )
        answer.raise_for_status()
        app: dict[str, Any] = answer.json()["app"]
        return app

    def final_report(self, application_id: str) -> dict[str, Any]:
        """Wait until an application has ended; return the report."""
        eventually(
            lambda: self.report(application_id)["state"] in _FINAL,
            lambda: f"end of {self.report(application_id)}",
            120.0,
        )
        return self.report(application_id)

    def containers_running(self, application_id: str) -> int:
        """Return how many containers the ResourceManager has seen running.

        Its reports call a container so that was only allocated: its log is exact.
        """
        mark = f"_{application_id.removeprefix('application_')}_"
        log = (self.layout.logs / "resourcemanager.log").read_text()
        words = "Container Transitioned from ACQUIRED to RUNNING"
        return sum(mark in line and words in line for line in log.splitlines())

    def kill_application(self, application_id: str) -> None:
        """Kill an application as `yarn application -kill` does."""
        requests.put(
            f"{self._rm}/apps/{application_id}/state",
            params={"user.name": self.user},
            json={"state": "KILLED"},
            timeout=_TIMEOUT_S,
        ).raise_for_status()

    def processes(self, application_id: str) -> list[psutil.Process]:
        """Return the living processes of an application's containers."""
        mark = application_id.removeprefix("application_")
        return [process for process in psutil.process_iter() if _of(process, mark)]

    def master(self, application_id: str) -> psutil.Process:
        """Return the process of an application's ApplicationMaster."""
        return self._one(application_id, "xlearning.am")

    def agent(self, application_id: str) -> psutil.Process:
        """Return the process of the only agent of an application."""
        return self._one(application_id, "xlearning.container")

    def _one(self, application_id: str, module: str) -> psutil.Process:
        found = [
            process
            for process in self.processes(application_id)
            if module in process.cmdline()
        ]
        assert len(found) == 1, f"{module}: {found}"
        return found[0]

    def node_of(self, process: psutil.Process) -> str:
        """Return the daemon's name of the NodeManager that started a process."""
        local = process.environ()["LOCAL_DIRS"]
        below = Path(local).relative_to(self.layout.data)
        return below.parts[0]

    def leftovers(self, application_id: str) -> list[str]:
        """Return what is left of a job: processes, files in HDFS and on the nodes."""
        processes = [
            f"process {process.pid}: {' '.join(process.cmdline())}"
            for process in self.processes(application_id)
        ]
        in_hdfs = [
            path
            for path in WebHdfs(self.cluster.namenode_url, "root").walk("")
            if not path.startswith("/tmp/logs/")
            and (application_id in path or "/_temporary" in path)
        ]
        on_nodes = [
            str(path)
            for path in self.layout.data.glob(
                f"nodemanager*/local/usercache/*/appcache/{application_id}"
            )
        ]
        return processes + in_hdfs + on_nodes

    def assert_nothing_left(self, application_id: str) -> None:
        """Wait until nothing is left of a job; NodeManagers clean up by and by."""

        def still() -> list[str]:
            with suppress(psutil.NoSuchProcess):
                return self.leftovers(application_id)
            return ["a process that is just ending"]

        eventually(
            lambda: not still(),
            lambda: f"nothing left of {application_id}, but there is {still()}",
            _CLEANUP_S,
        )


def _of(process: psutil.Process, mark: str) -> bool:
    """Say whether a process was started in a container of an application."""
    try:
        if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
            return False
        container = process.environ().get("CONTAINER_ID", "")
        return f"_{mark}_" in container or any(mark in part for part in _words(process))
    except psutil.Error:
        return False


def _words(process: psutil.Process) -> Sequence[str]:
    """Return a process's command line, nothing for the commands of the tests."""
    words = process.cmdline()
    return () if any("xlearning.cli" in word for word in words) else words
