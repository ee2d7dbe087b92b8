"""Submit the floor through the ResourceManager's REST API and wait for its end."""

from __future__ import annotations

import base64
import json
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[3]
_AM = "tests.bench.floor.am"
_FINAL = ("FINISHED", "FAILED", "KILLED")
_POLL_S = 0.02


@dataclass(frozen=True)
class FloorJob:
    """What the floor runs.

    Attributes:
        command: The command line of every container, as YARN wants it.
        containers: How many of them.
        memory_mb: Memory of each.
    """

    command: str
    containers: int = 1
    memory_mb: int = 128


class Floor:
    """Submits to one cluster.

    Attributes:
        rm_url: Address of the ResourceManager's REST API.
        scheduler: `host:port` of its ApplicationMaster protocol.
    """

    def __init__(self, rm_url: str, scheduler: str, user: str) -> None:
        self.rm_url, self.scheduler, self._user = rm_url, scheduler, user

    def submit(self, job: FloorJob) -> str:
        """Submit a job; return its application id."""
        made = self._request("POST", "/apps/new-application", {})
        application: str = made["application-id"]
        self._request("POST", "/apps", self._context(application, job))
        return application

    def wait(self, application: str, states: tuple[str, ...] = _FINAL) -> None:
        """Wait until an application is in one of the states.

        Raises:
            RuntimeError: It ended without success.
        """
        while True:
            app = self._request("GET", f"/apps/{application}")["app"]
            if app["state"] in _FINAL and app["finalStatus"] != "SUCCEEDED":
                raise RuntimeError(f"{application}: {app['diagnostics']}")
            if app["state"] in states:
                return
            time.sleep(_POLL_S)

    def nodes(self) -> list[dict[str, Any]]:
        """Return the nodes as the ResourceManager describes them."""
        answer = self._request("GET", "/nodes")
        nodes: list[dict[str, Any]] = answer["nodes"]["node"]
        return nodes

    def _context(self, application: str, job: FloorJob) -> dict[str, Any]:
        python = Path(sys.executable).resolve()
        variables = {
            "FLOOR_SCHEDULER": self.scheduler,
            "FLOOR_CONTAINERS": str(job.containers),
            "FLOOR_MEMORY_MB": str(job.memory_mb),
            "FLOOR_COMMAND": base64.b64encode(job.command.encode()).decode(),
            "PYTHONPATH": str(_ROOT),
        }
        command = f"exec {python} -S -m {_AM} 1><LOG_DIR>/stdout 2><LOG_DIR>/stderr"
        entries = [{"key": key, "value": text} for key, text in variables.items()]
        return {
            "application-id": application,
            "application-name": "floor",
            "application-type": "FLOOR",
            "queue": "default",
            "priority": 0,
            "max-app-attempts": 1,
            "resource": {"memory": 128, "vCores": 1},
            "am-container-spec": {
                "commands": {"command": command},
                "environment": {"entry": entries},
            },
        }

    def _request(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.rm_url}/ws/v1/cluster{path}?user.name={self._user}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            text = reply.read()
        return json.loads(text) if text else {}
