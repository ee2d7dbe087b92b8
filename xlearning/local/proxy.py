"""The web proxy `/proxy/<application>/…`, with what YARN's lets through.

`WebAppProxyServlet`: GET, HEAD and PUT only; few request headers; the user as a cookie;
a PUT body loses its line ends and what is not Latin-1; redirects are followed here; an
answer without a body (204, 304) becomes an error.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from xlearning.local.applications import AppState
from xlearning.local.rest import user_of

if TYPE_CHECKING:
    import requests
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from xlearning.local.applications import Application
    from xlearning.local.yarn import Yarn

TIMEOUT_S = 60.0
_ID = re.compile(r"application_(\d+)_(\d+)\Z")
_ALL = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"]
_PASSED = (
    "user-agent",
    "accept",
    "accept-encoding",
    "accept-language",
    "accept-charset",
    "content-type",
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
)
_NOT_COPIED = frozenset(
    ("connection", "transfer-encoding", "content-length", "content-encoding")
)
_SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-XSS-Protection": "1; mode=block",
    "X-Frame-Options": "SAMEORIGIN",
}


def proxied_body(data: bytes) -> bytes:
    """Return what is left of a PUT's body."""
    lines = data.decode("utf-8", "replace").splitlines()
    return "".join(lines).encode("latin-1", "replace")


def proxied_query(query: str) -> str | None:
    """Return a query as it is rebuilt, None where rebuilding fails."""
    if not query:
        return ""
    parts = [part for part in re.split("[&;]", query) if part]
    if any("=" not in part for part in parts):
        return None
    pairs = parse_qsl("&".join(parts), keep_blank_values=True)
    if any(set("{}") & set(key + value) for key, value in pairs):
        return None
    return urlencode(pairs)


class Proxy:
    """The proxy of one cluster."""

    def __init__(self, yarn: Yarn) -> None:
        """Lead to the applications of a cluster."""
        self._yarn = yarn

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route("/proxy/{application_id}", self._serve, methods=_ALL),
            Route("/proxy/{application_id}/{rest:path}", self._serve, methods=_ALL),
        ]

    async def _serve(self, request: Request) -> Response:
        if request.method in ("POST", "DELETE"):
            text = f"HTTP method {request.method} is not supported by this URL"
            return HTMLResponse(text, 405)
        if request.method == "PATCH":
            return HTMLResponse("Method PATCH is not defined", 501)
        application_id = request.path_params["application_id"]
        if _ID.match(application_id) is None:
            return HTMLResponse(f"Invalid ApplicationId prefix: {application_id}", 500)
        application = self._yarn.cluster.applications.get(application_id)
        if application is None:
            words = "could not be found in RM or history server"
            return HTMLResponse(f"Application {application_id} {words}", 404)
        target = self._target(application, request)
        if target is None:
            return RedirectResponse(f"/cluster/app/{application_id}", 302)
        if application.ended:
            query = request.url.query
            return RedirectResponse(f"{target}?{query}" if query else target, 302)
        return await self._forward(request, target)

    @staticmethod
    def _target(application: Application, request: Request) -> str | None:
        """Return where a request leads, None for the application's own page."""
        if not application.attempts:
            return None
        shown = application.state in (AppState.RUNNING, AppState.FINISHED)
        url = application.tracking_url or application.attempt.tracking_url
        if application.state is AppState.FINISHED:
            url = application.tracking_url
        if not shown or not url:
            return None
        base = url if "://" in url else f"http://{url}"
        # Without parameters of path segments, as of servlets: `/x;y=z`.
        rest = re.sub(";[^/]*", "", request.path_params.get("rest", ""))
        rest = re.sub("/+", "/", rest)
        if application.ended and not rest:
            return base
        return f"{base.rstrip('/')}/{quote(rest)}"

    async def _forward(self, request: Request, target: str) -> Response:
        query = proxied_query(request.url.query)
        if query is None or set("{}") & set(request.path_params.get("rest", "")):
            return HTMLResponse("HTTP ERROR 500 java.net.URISyntaxException", 500)
        headers = {
            name: request.headers[name] for name in _PASSED if name in request.headers
        }
        headers["Cookie"] = f"proxy-user={quote(user_of(request))}"
        body = None
        if request.method == "PUT":
            body = proxied_body(await request.body())
            headers.setdefault("content-type", "text/plain; charset=ISO-8859-1")
        url = f"{target}?{query}" if query else target
        method = "PUT" if request.method == "PUT" else "GET"
        return await asyncio.to_thread(_exchange, method, url, headers, body)


def _exchange(
    method: str, url: str, headers: dict[str, str], body: bytes | None
) -> Response:
    """Ask the ApplicationMaster; in a thread of its own."""
    import requests

    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.request(
                method, url, headers=headers, data=body, timeout=TIMEOUT_S
            )
        except requests.RequestException as error:
            text = f"HTTP ERROR 500 HttpHostConnectException: {error}"
            return HTMLResponse(text, 500)
    return _answer(answer)


def _answer(answer: requests.Response) -> Response:
    if answer.status_code in (204, 304):
        return HTMLResponse("HTTP ERROR 500 java.lang.NullPointerException", 500)
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name.lower() not in _NOT_COPIED
    }
    return Response(answer.content, answer.status_code, {**_SAFE_HEADERS, **headers})
