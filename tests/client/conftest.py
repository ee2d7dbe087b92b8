"""A ResourceManager's REST API with one application, which follows a script.

Shapes are those of Hadoop 3.5. What a real one does is asked in `tests/e2e`; here a
story is told that no real cluster tells on demand.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from xlearning.hadoop.rest import ResourceManagerRest, SimpleAuthentication

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xlearning.job.snapshot import JobSnapshot

APPLICATION = "application_1700000000000_0001"
REFUSED = {
    "RemoteException": {"exception": "BadRequestException", "message": "no room"}
}
UNKNOWN = {
    "RemoteException": {"exception": "NotFoundException", "message": "not found"}
}


class Script:
    """What the server answers, and what it was asked.

    Attributes:
        states: The application's states, one for each look; the last one stays.
        final_status: Of a state that is final.
        diagnostics: The application's.
        aggregation: Its `logAggregationStatus`, one for each look after the end.
        snapshot: What the ApplicationMaster answers, None where there is none.
        logs: Content of logs by task and file.
        saving: The number of the save that is asked for, None if it is refused.
        obeys: Whether the ApplicationMaster ends when it is asked to.
        refuses: Whether a submission is refused.
        configuration: The ResourceManager's, None where it does not show it.
        asked: Method and path of every request.
        queries: The query of every request.
        bodies: What was submitted, put or posted.
    """

    def __init__(self) -> None:
        self.states = ["ACCEPTED", "RUNNING", "FINISHED"]
        self.final_status = "SUCCEEDED"
        self.diagnostics = ""
        self.aggregation = ["SUCCEEDED"]
        self.snapshot: JobSnapshot | None = None
        self.logs: dict[tuple[str, str], bytes] = {}
        self.saving: int | None = 4
        self.obeys = True
        self.refuses = False
        self.configuration: dict[str, str] | None = None
        self.asked: list[str] = []
        self.queries: list[dict[str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.url = ""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Return status and JSON."""
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append(f"{method} {parts.path}")
        self.queries.append(query)
        if body:
            self.bodies.append(json.loads(body))
        if parts.path.startswith(f"/proxy/{APPLICATION}/"):
            return self._master(parts.path.rpartition("/api/")[2], query)
        match (method, parts.path.removeprefix("/ws/v1/cluster/")):
            case ("GET", "metrics"):
                return 200, {"clusterMetrics": {"activeNodes": 3}}
            case ("GET", "/conf") if self.configuration is not None:
                listed = [{"key": k, "value": v} for k, v in self.configuration.items()]
                return 200, {"properties": listed}
            case ("GET", "nodes"):
                host = {"id": "n1:1", "nodeHostName": "n1", "rack": "/r"}
                return 200, {"nodes": {"node": [{**host, "state": "RUNNING"}]}}
            case ("POST", "apps/new-application"):
                return 200, {"application-id": APPLICATION}
            case ("POST", "apps"):
                return (400, REFUSED) if self.refuses else (202, None)
            case ("GET", "apps"):
                return 200, {"apps": {"app": [self._app(self.states[0])]}}
            case ("GET", path) if path == f"apps/{APPLICATION}":
                return 200, {"app": self._app(self._next_state())}
            case ("PUT", path) if path == f"apps/{APPLICATION}/state":
                self.states, self.final_status = ["KILLED"], "KILLED"
                return 202, {"state": "KILLED"}
        return 404, UNKNOWN

    def _next_state(self) -> str:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def _app(self, state: str) -> dict[str, Any]:
        is_final = state in ("FINISHED", "FAILED", "KILLED")
        aggregation = self.aggregation
        if is_final and len(aggregation) > 1:
            self.aggregation = aggregation[1:]
        return {
            "id": APPLICATION,
            "name": "demo",
            "user": "alice",
            "queue": "root.default",
            "applicationType": "TENSORFLOW",
            "state": state,
            "finalStatus": self.final_status if is_final else "UNDEFINED",
            "diagnostics": self.diagnostics,
            "trackingUrl": f"{self.url}/proxy/{APPLICATION}/",
            "startedTime": 1_700_000_000_000,
            "finishedTime": 1_700_000_060_000 if is_final else 0,
            "logAggregationStatus": aggregation[0] if is_final else "NOT_START",
        }

    def _master(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if self.snapshot is None:
            return 500, {"error": "gone"}
        if path == "job":
            return 200, msgspec.to_builtins(self.snapshot)
        if path == "session":
            return 200, {"user": "alice", "token": "t0ken"}
        if path == "save":
            refusal = {"error": "the model cannot be saved: no output", "hint": ""}
            known = self.saving is not None
            saving = {"saving": True, "number": self.saving}
            return (200, saving) if known else (409, refusal)
        if path == "stop":
            if self.obeys:
                self.states, self.final_status = ["FINISHED"], "KILLED"
            return 200, {"stopping": True}
        return self._log(query)

    def _log(self, query: dict[str, str]) -> tuple[int, Any]:
        content = self.logs.get((query["task"], query["file"]))
        if content is None:
            return 404, {"error": f"no {query['file']}"}
        offset, limit = int(query["offset"]), int(query["limit"])
        piece = content[offset : offset + min(limit, 5)]
        data = msgspec.to_builtins({"data": piece})["data"]
        return 200, {"offset": offset, "size": len(content), "data": data, "error": ""}


@pytest.fixture
def script() -> Iterator[Script]:
    """Return what a server that runs meanwhile answers."""
    story = Script()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, value = story.answer(self.command, self.path, body)
            data = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    story.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield story
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def rest(script: Script) -> Iterator[ResourceManagerRest]:
    """Return a client of the server."""
    client = ResourceManagerRest([script.url], SimpleAuthentication("alice"))
    yield client
    client.close()


@pytest.fixture
def lines() -> list[str]:
    """Return a list for lines that were said."""
    return []


@pytest.fixture
def say(lines: list[str]) -> Callable[[str], None]:
    """Return what takes lines."""
    return lines.append
