"""A one-machine YARN for the tests, killed and started at will, and jobs on it."""

from __future__ import annotations

import getpass
import os
import signal
from typing import TYPE_CHECKING, Any

import psutil
import requests

from tests.e2e.submission import Ended, Running, user_environment
from tests.e2e.waiting import eventually
from xlearning.local.home import HOME_VARIABLE, Home
from xlearning.local.starting import machine_spec, running, start, stop

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.local.home import ServerFile

_FINAL = ("FINISHED", "FAILED", "KILLED")
_LONGEST_S = 90.0
_KILL_S = 10.0


class LocalYarn:
    """One home, in which a server runs or not."""

    def __init__(self, folder: Path) -> None:
        """Use a folder for the home and for the clients' output."""
        self.home = Home(folder / "home")
        self._folder = folder
        (folder / "conf").mkdir()

    def up(self) -> ServerFile:
        """Start the server, unless it runs."""
        return start(self.home, machine_spec(gpus=0))

    def down(self) -> None:
        """End the server with all jobs."""
        stop(self.home)

    def kill(self) -> None:
        """Kill the server, and wait until it is dead."""
        pid = self.home.server_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: self.home.server_pid() != pid, "the server is dead", _KILL_S)

    def start(self, *words: str) -> Running:
        """Start `xl-submit --master local …` or `xl …`."""
        own = self._folder / "conf"
        environment = user_environment(self.home.conf_dir, own, getpass.getuser())
        return Running(
            words,
            environment=environment | {HOME_VARIABLE: str(self.home.path)},
            cwd=self._folder,
            log_folder=self._folder,
        )

    def submit(self, *words: str) -> Ended:
        """Run `xl-submit --master local` to its end."""
        return self.start("xl-submit", "--master", "local", *words).wait()

    def report(self, application_id: str) -> dict[str, Any]:
        """Return what REST says about an application."""
        server = running(self.home)
        assert server is not None, self.home.log_file.read_text()
        url = f"http://127.0.0.1:{server.ports['web']}/ws/v1/cluster/apps"
        answer = requests.get(f"{url}/{application_id}", timeout=30)
        answer.raise_for_status()
        app: dict[str, Any] = answer.json()["app"]
        return app

    def final_report(self, application_id: str) -> dict[str, Any]:
        """Wait until an application has ended; return the report."""
        eventually(
            lambda: self.report(application_id)["state"] in _FINAL,
            lambda: f"end of {self.report(application_id)}",
            _LONGEST_S,
        )
        return self.report(application_id)

    def leftovers(self) -> list[str]:
        """Return what is left of all jobs: processes, and files on the nodes."""
        nodes = self.home.path / "nodes"
        patterns = ("*/local/nmPrivate/*", "*/local/usercache/*/appcache/*")
        files = [str(path) for each in patterns for path in nodes.glob(each)]
        return files + [
            f"process {process.pid}: {words}"
            for process in psutil.process_iter()
            if f"{nodes}/" in (words := _words(process))
        ]

    def assert_nothing_left(self) -> None:
        """Wait until nothing is left of any job."""
        eventually(
            lambda: not self.leftovers(),
            lambda: f"nothing left, but there is {self.leftovers()}",
            _KILL_S,
        )


def _words(process: psutil.Process) -> str:
    """Return a process's command line and working folder."""
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return ""
        return " ".join([*process.cmdline(), f"{process.cwd()}/"])
    except psutil.Error:
        return ""
