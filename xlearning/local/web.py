"""The web applications: the ResourceManager's and the nodes'."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.routing import Route

from xlearning.errors import ClusterError
from xlearning.hadoop.records import NodeState
from xlearning.local import rest_json
from xlearning.local.cluster import BAD_REQUEST, refusal
from xlearning.local.node_pages import NodePages
from xlearning.local.proxy import Proxy
from xlearning.local.rest import NOT_FOUND, Rest, not_allowed, refused

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from typing import Any

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from xlearning.local.applications import Application
    from xlearning.local.yarn import Yarn

_STATES = ("LOST", "DECOMMISSIONED", "RUNNING")
_PAGE = """<!doctype html><meta charset="utf-8"><title>{title}</title>
<style>body{{font:14px system-ui;margin:2em}}table{{border-collapse:collapse}}
td,th{{padding:.3em .8em;border-bottom:1px solid #ccc;text-align:left}}
pre{{white-space:pre-wrap}}</style><h1>{title}</h1>{body}"""


class _Noted:
    """Says that somebody asked."""

    def __init__(self, app: ASGIApp, touch: Callable[[], None]) -> None:
        self._app = app
        self._touch = touch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._touch()
        await self._app(scope, receive, send)


def _app(routes: list[Any], touch: Callable[[], None]) -> Starlette:
    app = Starlette(
        routes=routes, exception_handlers={ClusterError: refused, 405: not_allowed}
    )
    app.add_middleware(_Noted, touch=touch)
    return app


def rm_app(
    yarn: Yarn, properties: MutableMapping[str, str], touch: Callable[[], None]
) -> Starlette:
    """Return the ResourceManager's web application.

    Args:
        yarn: The cluster.
        properties: What `/conf` shows.
        touch: Called at every request.
    """
    pages = _Pages(yarn)
    routes = [
        *Rest(yarn, dict(properties)).routes(),
        *Proxy(yarn).routes(),
        Route("/local/nodes/{node}/{state}", pages.node, methods=["PUT"]),
        Route("/", pages.home),
        Route("/cluster", pages.all),
        Route("/cluster/app/{application_id}", pages.one),
    ]
    return _app(routes, touch)


def node_app(yarn: Yarn, touch: Callable[[], None]) -> Starlette:
    """Return the web application of all nodes."""
    return _app(NodePages(yarn).routes(), touch)


def _cells(values: list[str]) -> str:
    return "".join(f"<td>{value}</td>" for value in values)


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%F %T") if ms else ""


class _Pages:
    def __init__(self, yarn: Yarn) -> None:
        self._yarn = yarn

    async def node(self, request: Request) -> Response:
        """Change a node's state; `xl local node` asks for it."""
        wanted, name = request.path_params["node"], request.path_params["state"]
        if name.upper() not in _STATES:
            raise refusal(BAD_REQUEST, f"a node cannot become {name}")
        for node_id in self._yarn.managers:
            if wanted in (str(node_id), node_id.host):
                self._yarn.change_node(node_id, NodeState(name.upper()))
                node = self._yarn.cluster.nodes[node_id]
                return JSONResponse({"node": str(node_id), "state": node.state})
        raise refusal(NOT_FOUND, f"nodeId, {wanted}, is not found")

    async def home(self, _: Request) -> Response:
        return RedirectResponse("/cluster", 302)

    async def all(self, _: Request) -> Response:
        apps = reversed(self._yarn.cluster.applications.values())
        rows = "".join(f"<tr>{_cells(self._row(app))}</tr>" for app in apps)
        head = "".join(
            f"<th>{name}</th>"
            for name in ("Job", "Name", "User", "Queue", "State", "Result", "Begun")
        )
        body = f"<table><tr>{head}</tr>{rows}</table>"
        return HTMLResponse(_PAGE.format(title="Jobs on this machine", body=body))

    @staticmethod
    def _row(app: Application) -> list[str]:
        return [
            f'<a href="/cluster/app/{app.id}">{app.id}</a>',
            html.escape(app.submission.name),
            html.escape(app.submission.user),
            html.escape(app.queue),
            app.state.value,
            app.final_status,
            _time(app.submitted_ms),
        ]

    async def one(self, request: Request) -> Response:
        application_id = request.path_params["application_id"]
        app = self._yarn.cluster.applications.get(application_id)
        if app is None:
            body = f"There is no {html.escape(application_id)}."
            return HTMLResponse(_PAGE.format(title="Unknown job", body=body), 404)
        url = rest_json.page_url(self._yarn.cluster, app)
        body = (
            f"<table><tr>{_cells(self._row(app))}</tr></table>"
            f'<p><a href="{html.escape(url)}">page</a></p>'
            f"<pre>{html.escape(app.diagnostics)}</pre>"
        )
        return HTMLResponse(_PAGE.format(title=application_id, body=body))
