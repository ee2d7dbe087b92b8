"""Snapshots to show, and a caller of ASGI applications."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from xlearning.job.resources import Resources
from xlearning.job.snapshot import JobSnapshot, RoleView, TaskView
from xlearning.job.states import JobPhase, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message

APPLICATION = "application_1700000000000_0001"


def make_snapshot(**changes: Any) -> JobSnapshot:
    """Return a running job with one worker, and what is changed in it."""
    facts: dict[str, Any] = {
        "cursor": 1,
        "application_id": APPLICATION,
        "attempt": 1,
        "name": "a job",
        "application_type": "TENSORFLOW",
        "user": "alice",
        "queue": "default",
        "phase": JobPhase.RUNNING,
        "started_ms": 1_700_000_000_000,
        "now_ms": 1_700_000_005_000,
        "roles": (RoleView("worker", 1, Resources(2048, 1, 1)),),
        "tasks": (TaskView("worker", 0, 0, TaskState.RUNNING),),
    }
    return JobSnapshot(**(facts | changes))


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Browser:
    """Calls an ASGI application as a server would."""

    def __init__(self, app: ASGIApp, *, host: str | None, cookie: str) -> None:
        """Come from an address, with a cookie header."""
        self._app = app
        self._client = (host, 40000) if host else None
        self._headers = [(b"cookie", cookie.encode())] if cookie else []

    def call(self, method: str, target: str, body: bytes = b"") -> Answer:
        """Return the answer to a request."""
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": self._headers,
            "client": self._client,
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            sent.append(message)

        async def serve() -> None:
            await self._app(scope, receive, send)

        asyncio.run(serve())
        headers = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        content = b"".join(message["body"] for message in sent[1:])
        return Answer(sent[0]["status"], headers, content)

    def get(self, target: str) -> Answer:
        """Return the answer to a GET."""
        return self.call("GET", target)


@pytest.fixture(scope="session")
def snapshot_of() -> Callable[..., JobSnapshot]:
    """Return the maker of snapshots."""
    return make_snapshot


@pytest.fixture
def browse() -> Callable[..., Browser]:
    """Return the maker of browsers: `browse(app, host=…, cookie=…)`."""

    def make(
        app: ASGIApp, *, host: str | None = "10.0.0.1", cookie: str = ""
    ) -> Browser:
        return Browser(app, host=host, cookie=cookie)

    return make
