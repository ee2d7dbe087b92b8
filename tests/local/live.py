"""A running cluster, as its callers see it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.local.home import Home, ServerFile

ENDED = ("FINISHED", "FAILED", "KILLED")


@dataclass(frozen=True)
class Live:
    """A running cluster.

    Attributes:
        home: Its folder.
        server: Its ports.
    """

    home: Home
    server: ServerFile

    def url(self, use: str = "web") -> str:
        """Return the address of a web server of it."""
        return f"http://127.0.0.1:{self.server.ports[use]}"

    def call(
        self, method: str, path: str, body: object = None, use: str = "web"
    ) -> requests.Response:
        """Call a path as alice."""
        return requests.request(
            method,
            self.url(use) + path,
            params={"user.name": "alice"},
            json=body,
            timeout=10,
            allow_redirects=False,
        )

    def submit(self, command: str) -> str:
        """Submit an application and return its id."""
        base = "/ws/v1/cluster/apps"
        answer = self.call("POST", f"{base}/new-application").json()
        body = {
            "application-id": answer["application-id"],
            "resource": {"memory": 64, "vCores": 1},
            "max-app-attempts": 1,
            "am-container-spec": {"commands": {"command": command}},
        }
        assert self.call("POST", base, body).status_code == 202
        return str(answer["application-id"])

    def wait(self, application_id: str, done: Callable[[Any], bool]) -> Any:
        """Return an application's report as soon as it is as wanted."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            path = f"/ws/v1/cluster/apps/{application_id}"
            app = self.call("GET", path).json()["app"]
            if done(app):
                return app
        raise AssertionError(app)

    def kill(self, application_id: str) -> Any:
        """Kill an application and return its report."""
        path = f"/ws/v1/cluster/apps/{application_id}/state"
        self.call("PUT", path, {"state": "KILLED"})
        return self.wait(application_id, lambda app: app["state"] in ENDED)
