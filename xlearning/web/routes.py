"""The ASGI application: pages, JSON API, and who may see and do what."""

from __future__ import annotations

import base64
import secrets
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote_plus

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from xlearning.errors import XLearningError
from xlearning.job.ids import TaskId
from xlearning.job.snapshot import encode_snapshot
from xlearning.web import views

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from xlearning.job.snapshot import JobSnapshot

    Handler = Callable[[Request], Awaitable[Response]]

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "Cache-Control": "no-store",
}

LOG_LIMIT = 1 << 20
"""Most bytes of a log in one answer."""

_LARGEST = (1 << 63) - 1
"""Numbers beyond it are no file offsets, and no protocol of ours carries them."""

_STATIC = {
    "job.css": "text/css",
    "job.js": "text/javascript",
    "job.svg": "image/svg+xml",
}


class LogPiece(msgspec.Struct, frozen=True):
    """A piece of a log file: `data` is base64, `size` the file's size now."""

    offset: int
    size: int
    data: str
    error: str = ""


class JobSource(Protocol):
    """What is shown, and what can be done."""

    def snapshot(self, since: int) -> JobSnapshot:
        """Return the job now, with the messages after number `since`."""

    async def stop(self, who: str, reason: str) -> None:
        """Begin to end the job; when this returns it will end, whatever happens."""

    async def save(self, who: str) -> int:
        """Begin a save of the model; return its number.

        Raises:
            XLearningError: None can be begun now.
        """

    async def read_log(
        self, task: TaskId, file: str, offset: int, limit: int
    ) -> tuple[int, int, bytes]:
        """Return offset, file size and data of a piece of a task's log.

        Raises:
            XLearningError: It cannot be had now.
        """


class Access(Protocol):
    """Who may see and do what."""

    base: str
    """Path of the page behind YARN's proxy, with a slash at its end."""

    def redirect(self, client: str) -> str | None:
        """Return where a client is sent that does not come through the proxy."""

    def may_view(self, user: str) -> bool:
        """Say whether a user, "" for nobody in particular, may look."""

    def may_modify(self, user: str) -> bool:
        """Say whether a user may change."""


class Refused(XLearningError):
    """A request that is answered with an error.

    Attributes:
        status: HTTP status code.
    """

    def __init__(self, status: int, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class _Request(msgspec.Struct, frozen=True):
    """The body of a PUT."""

    token: str
    reason: str = ""


class JobSite:
    """Pages and API of one job."""

    def __init__(self, source: JobSource, access: Access) -> None:
        """Serve `source` to whom `access` lets in."""
        self._source = source
        self._access = access
        self._token = secrets.token_urlsafe(24)
        get = ["GET"]
        routes = [
            Route("/", self._viewing(self._page), methods=get),
            Route("/fragment", self._viewing(self._fragment), methods=get),
            Route("/static/{name}", self._static, methods=get),
            Route("/api/job", self._viewing(self._job), methods=get),
            Route("/api/session", self._viewing(self._session), methods=get),
            Route("/api/log", self._viewing(self._log), methods=get),
            Route("/api/stop", self._viewing(self._stop), methods=["PUT"]),
            Route("/api/save", self._viewing(self._save), methods=["PUT"]),
        ]
        self.app = Starlette(
            routes=routes,
            exception_handlers={XLearningError: _error, HTTPException: _http_error},
        )

    def _viewing(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            client = request.client.host if request.client else ""
            elsewhere = self._access.redirect(client)
            if elsewhere is not None:
                return _redirection(elsewhere, request)
            if not self._access.may_view(_user(request)):
                raise Refused(403, f"{_name(request)} may not view this job")
            response = await handler(request)
            response.headers.update(SECURITY_HEADERS)
            return response

        return guarded

    async def _page(self, request: Request) -> Response:
        page = views.page(self._source.snapshot(0), self._access.base)
        return HTMLResponse(page)

    async def _fragment(self, request: Request) -> Response:
        return HTMLResponse(views.fragment(self._source.snapshot(0)))

    async def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _STATIC:
            raise Refused(404, f"there is no `{name}`")
        content = files("xlearning.web").joinpath("static", name).read_bytes()
        return Response(content, media_type=_STATIC[name])

    async def _job(self, request: Request) -> Response:
        snapshot = self._source.snapshot(_integer(request, "since", 0))
        return Response(encode_snapshot(snapshot), media_type="application/json")

    async def _session(self, request: Request) -> Response:
        return _json({"user": _user(request), "token": self._token})

    async def _log(self, request: Request) -> Response:
        offset = _integer(request, "offset", 0)
        limit = min(_integer(request, "limit", 65536, least=0), LOG_LIMIT)
        file = request.query_params.get("file", "stdout")
        name = request.query_params.get("task", "")
        try:
            task = TaskId.parse(f"{name}-0" if name == "am" else name)
        except ValueError as error:
            raise Refused(400, str(error), hint="write e.g. task=worker-0") from error
        start, size, data = await self._source.read_log(task, file, offset, limit)
        return _json(LogPiece(start, size, base64.b64encode(data).decode()))

    async def _stop(self, request: Request) -> Response:
        wish = await self._wish(request, "stop")
        await self._source.stop(_user(request) or "an unknown user", wish.reason)
        return _json({"stopping": True})

    async def _save(self, request: Request) -> Response:
        await self._wish(request, "save")
        number = await self._source.save(_user(request) or "an unknown user")
        return _json({"saving": True, "number": number})

    async def _wish(self, request: Request, verb: str) -> _Request:
        """Read the body of a PUT, and check that its sender may change the job."""
        try:
            wish = msgspec.json.decode(await request.body(), type=_Request)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Refused(400, f"the body is not a {verb} request: {error}") from error
        if not secrets.compare_digest(wish.token.encode(), self._token.encode()):
            raise Refused(403, "wrong token", hint="read it from api/session first")
        if not self._access.may_modify(_user(request)):
            raise Refused(403, f"{_name(request)} may not {verb} this job")
        return wish


def _user(request: Request) -> str:
    """Return who comes, as YARN's proxy says (cookie `proxy-user`).

    `WebAppProxyServlet` writes the name with Java's `URLEncoder`: a blank is a plus.
    """
    return unquote_plus(request.cookies.get("proxy-user", ""))


def _name(request: Request) -> str:
    user = _user(request)
    return f"`{user}`" if user else "a user that YARN's proxy did not name"


def _redirection(elsewhere: str, request: Request) -> Response:
    url = elsewhere + request.url.path.lstrip("/")
    query = request.scope["query_string"].decode("latin-1")
    if query:
        url += f"?{query}"
    headers = {"Location": url, "Cache-Control": "no-store"}
    return PlainTextResponse(f"this page is at {url}\n", 307, headers)


def _integer(
    request: Request, name: str, default: int, *, least: int = -_LARGEST
) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        number = int(text)
    except ValueError as error:
        raise Refused(400, f"`{name}={text}` is not an integer") from error
    if not least <= number <= _LARGEST:
        raise Refused(400, f"`{name}={text}` is out of range")
    return number


def _json(value: object, status: int = 200) -> Response:
    content = msgspec.json.encode(value)
    return Response(content, status_code=status, media_type="application/json")


def _refusal(status: int, message: str, hint: str | None) -> Response:
    answer = _json({"error": message, "hint": hint or ""}, status)
    answer.headers.update(SECURITY_HEADERS)
    return answer


async def _error(request: Request, error: Exception) -> Response:
    assert isinstance(error, XLearningError), "registered for our errors only"
    status = error.status if isinstance(error, Refused) else 409
    return _refusal(status, error.message, error.hint)


async def _http_error(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: an unknown path, a wrong method."""
    assert isinstance(error, HTTPException), "registered for the router's errors only"
    message = f"{request.method} {request.url.path}: {error.detail}"
    return _refusal(error.status_code, message, None)
