"""The ResourceManager's REST API.

Errors have YARN's shape, and its status: 503 also stands for bad input.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import msgspec
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from xlearning.errors import ClusterError
from xlearning.hadoop.reports import Json, member, number, text
from xlearning.local import (
    lifecycle,
    rest_json,
    rest_labels,
    rest_query,
    submissions,
)
from xlearning.local.cluster import BAD_REQUEST, refusal
from xlearning.local.rest_submission import check_configured, parse_submission

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from xlearning.local.applications import Application
    from xlearning.local.yarn import Yarn

STATIC_USER = "dr.who"
NOT_FOUND = "org.apache.hadoop.yarn.webapp.NotFoundException"
NO_JSON = "javax.ws.rs.WebApplicationException"
NO_SUCH_TYPE = "javax.ws.rs.NotSupportedException"
NO_SUCH_METHOD = "javax.ws.rs.NotAllowedException"
_BASE = "/ws/v1/cluster"
_APPLICATION = _BASE + "/apps/{application_id}"
_ID = re.compile(r"application_(\d+)_(\d+)\Z")
_STATUS = {
    BAD_REQUEST: HTTPStatus.BAD_REQUEST,
    NO_JSON: HTTPStatus.BAD_REQUEST,
    rest_query.ILLEGAL_ARGUMENT: HTTPStatus.BAD_REQUEST,
    NOT_FOUND: HTTPStatus.NOT_FOUND,
    "org.apache.hadoop.yarn.exceptions.InvalidResourceRequestException": (
        HTTPStatus.BAD_REQUEST
    ),
    "org.apache.hadoop.yarn.exceptions.InvalidLabelResourceRequestException": (
        HTTPStatus.BAD_REQUEST
    ),
}


def user_of(request: Request) -> str:
    """Return who asks: whoever it says, as YARN without security believes it."""
    return request.query_params.get("user.name", "").strip() or STATIC_USER


async def refused(_: Request, error: Exception) -> Response:
    """Answer with YARN's words."""
    assert isinstance(error, ClusterError)
    status = _STATUS.get(error.java_class, HTTPStatus.SERVICE_UNAVAILABLE)
    if "InvalidResource" in error.java_class or "InvalidLabel" in error.java_class:
        error.java_class = BAD_REQUEST
    remote = {
        "exception": error.java_class.rpartition(".")[2],
        "message": error.remote_text,
        "javaClassName": error.java_class,
    }
    if not error.remote_text:
        del remote["message"]
    return JSONResponse({"RemoteException": remote}, status)


async def not_allowed(request: Request, _: Exception) -> Response:
    """Answer a method that a path has not, which Jersey takes for a failure."""
    return await refused(
        request, refusal(NO_SUCH_METHOD, "HTTP 405 Method Not Allowed")
    )


async def _body(request: Request) -> Json:
    kind = request.headers.get("content-type", "application/json").partition(";")[0]
    if kind.strip().lower() != "application/json":
        raise refusal(NO_SUCH_TYPE, "HTTP 415 Unsupported Media Type")
    try:
        data = msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refusal(NO_JSON, "") from error
    return cast("Json", data) if isinstance(data, dict) else {}


def _plain(words: str) -> Response:
    """Answer as YARN does where it has no exception: text that is called JSON."""
    return Response(words, HTTPStatus.BAD_REQUEST, media_type="application/json")


class Rest:
    """The endpoints below `/ws/v1/cluster`."""

    def __init__(self, yarn: Yarn, properties: dict[str, str]) -> None:
        """Answer for a cluster; `properties` is what `/conf` shows."""
        self._yarn = yarn
        self._properties = properties

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route("/conf", self._conf),
            Route(_BASE, self._info),
            Route(_BASE + "/info", self._info),
            Route(_BASE + "/metrics", self._metrics),
            Route(_BASE + "/scheduler", self._scheduler),
            Route(_BASE + "/nodes", self._nodes),
            Route(_BASE + "/nodes/{node_id}", self._node),
            *self._label_routes(),
            Route(_BASE + "/apps/new-application", self._new, methods=["POST"]),
            Route(_BASE + "/apps", self._submit, methods=["POST"]),
            Route(_BASE + "/apps", self._list),
            Route(_BASE + "/appstatistics", self._statistics),
            Route(_APPLICATION, self._one),
            Route(_APPLICATION + "/appattempts", self._attempts),
            Route(_APPLICATION + "/state", self._state),
            Route(_APPLICATION + "/state", self._kill, methods=["PUT"]),
            Route(_APPLICATION + "/priority", self._priority),
            Route(_APPLICATION + "/priority", self._set_priority, methods=["PUT"]),
            Route(_APPLICATION + "/queue", self._queue),
            Route(_APPLICATION + "/queue", self._move, methods=["PUT"]),
            Route(_APPLICATION + "/timeouts", self._timeouts),
            Route(_APPLICATION + "/timeouts/{kind}", self._lifetime),
            Route(_APPLICATION + "/timeout", self._set_lifetime, methods=["PUT"]),
        ]

    def _label_routes(self) -> list[BaseRoute]:
        node = _BASE + "/nodes/{node_id}"
        changes = ("add-node-labels", "remove-node-labels", "replace-node-to-labels")
        paths = [f"{_BASE}/{each}" for each in changes] + [f"{node}/replace-labels"]
        return [
            Route(_BASE + "/get-node-labels", self._labels),
            Route(_BASE + "/get-rm-node-labels", self._partitions),
            Route(_BASE + "/get-node-to-labels", self._labels_by_node),
            Route(_BASE + "/label-mappings", self._nodes_by_label),
            Route(node + "/get-labels", self._labels_of_node),
            *(Route(path, self._change_labels, methods=["POST"]) for path in paths),
        ]

    async def _labels(self, _: Request) -> Response:
        return JSONResponse(rest_labels.known(self._yarn.cluster))

    async def _partitions(self, _: Request) -> Response:
        return JSONResponse(rest_labels.partitions(self._yarn.cluster))

    async def _labels_by_node(self, _: Request) -> Response:
        return JSONResponse(rest_labels.by_node(self._yarn.cluster))

    async def _nodes_by_label(self, request: Request) -> Response:
        wanted = request.query_params.getlist("labels")
        return JSONResponse(rest_labels.by_label(self._yarn.cluster, wanted))

    async def _labels_of_node(self, request: Request) -> Response:
        node_id = request.path_params["node_id"]
        return JSONResponse(rest_labels.of_node(self._yarn.cluster, node_id))

    async def _change_labels(self, _: Request) -> Response:
        rest_labels.change(self._yarn.cluster)
        return Response()

    def _find(self, request: Request) -> Application:
        given = request.path_params["application_id"]
        match = _ID.match(given)
        if match is None:
            what = "" if given.startswith("application_") else " prefix"
            raise refusal(BAD_REQUEST, f"Invalid ApplicationId{what}: {given}")
        name = f"application_{match[1]}_{int(match[2]):04d}"
        application = self._yarn.cluster.applications.get(name)
        if application is None:
            raise refusal(NOT_FOUND, f"app with id: {given} not found")
        return application

    async def _conf(self, _: Request) -> Response:
        listed = [
            {"key": key, "value": value, "isFinal": False, "resource": "yarn-site.xml"}
            for key, value in self._properties.items()
        ]
        return JSONResponse({"properties": listed})

    async def _info(self, _: Request) -> Response:
        return JSONResponse(rest_json.info(self._yarn.cluster))

    async def _metrics(self, _: Request) -> Response:
        return JSONResponse(rest_json.metrics(self._yarn.cluster))

    async def _scheduler(self, _: Request) -> Response:
        return JSONResponse(rest_json.scheduler(self._yarn.cluster))

    async def _nodes(self, request: Request) -> Response:
        words = request.query_params.get("states", "").upper().split(",")
        states = frozenset(filter(None, words))
        rest_query.check_nodes(states)
        return JSONResponse(rest_json.nodes(self._yarn.cluster, states))

    async def _node(self, request: Request) -> Response:
        wanted = request.path_params["node_id"]
        rest_query.check_node_id(wanted)
        for node in self._yarn.cluster.nodes.values():
            if str(node.node_id) == wanted:
                return JSONResponse({"node": rest_json.node(node)})
        raise refusal(NOT_FOUND, f"nodeId, {wanted}, is not found")

    async def _new(self, _: Request) -> Response:
        cluster = self._yarn.cluster
        application_id = submissions.new_application_id(cluster)
        return JSONResponse(rest_json.new_application(cluster, application_id))

    async def _submit(self, request: Request) -> Response:
        body = await _body(request)
        default = self._yarn.cluster.settings.queues[0].name
        given = parse_submission(body, user_of(request), default)
        check_configured(self._yarn.cluster.settings.maximum, given.resource)
        with self._yarn.change() as (cluster, now):
            submissions.submit(cluster, given, now)
        location = f"{request.base_url}ws/v1/cluster/apps/{given.application_id}"
        return Response(status_code=202, headers={"Location": location})

    async def _list(self, request: Request) -> Response:
        query: dict[str, list[str]] = {}
        for key, value in request.query_params.multi_items():
            query.setdefault(key, []).append(value)
        cluster, now = self._yarn.cluster, self._yarn.now()
        rest_query.check_applications(cluster, query)
        found = rest_json.select(cluster, query)
        listed = [rest_json.application(cluster, app, now) for app in found]
        return JSONResponse({"apps": {"app": listed} if listed else {}})

    async def _statistics(self, request: Request) -> Response:
        kinds = request.query_params.get("applicationTypes", "").strip().lower()
        if "," in kinds:
            words = "# of applicationTypes = 2, we temporarily support at most one "
            raise refusal(BAD_REQUEST, words + "applicationType")
        states = rest_query.states(request.query_params.get("states", ""))
        found = rest_json.statistics(self._yarn.cluster, states, kinds)
        return JSONResponse(found)

    async def _one(self, request: Request) -> Response:
        app = self._find(request)
        cluster, now = self._yarn.cluster, self._yarn.now()
        return JSONResponse({"app": rest_json.application(cluster, app, now)})

    async def _attempts(self, request: Request) -> Response:
        app = self._find(request)
        return JSONResponse(rest_json.attempts(self._yarn.cluster, app))

    async def _state(self, request: Request) -> Response:
        return JSONResponse({"state": self._find(request).state.value})

    async def _kill(self, request: Request) -> Response:
        application = self._find(request)
        body = await _body(request)
        rest_query.target_state(body)
        before = application.state
        words = f"Application {application.id} was killed by user {user_of(request)}"
        if text(body, "diagnostics"):
            words += f" with diagnostic message: {text(body, 'diagnostics')}"
        with self._yarn.change() as (cluster, now):
            lifecycle.kill(cluster, application, words, now)
        status = 200 if before is application.state else 202
        return JSONResponse({"state": before.value}, status)

    async def _priority(self, request: Request) -> Response:
        return JSONResponse({"priority": self._find(request).priority})

    async def _set_priority(self, request: Request) -> Response:
        application = self._find(request)
        priority = number(await _body(request), "priority", 0)
        with self._yarn.change() as (cluster, _):
            value = submissions.set_priority(cluster, application, priority)
        return JSONResponse({"priority": value})

    async def _queue(self, request: Request) -> Response:
        return JSONResponse({"queue": f"root.{self._find(request).queue}"})

    async def _move(self, request: Request) -> Response:
        application = self._find(request)
        queue = text(await _body(request), "queue") or "null"
        if application.ended:
            return _plain(f"App in {application.state} state cannot be moved.")
        with self._yarn.change() as (cluster, _):
            submissions.move(cluster, application, queue)
        return JSONResponse({"queue": f"root.{application.queue}"})

    async def _timeouts(self, request: Request) -> Response:
        lifetime = rest_json.timeout(self._find(request), self._yarn.now())
        return JSONResponse({"timeouts": {"timeout": [lifetime]}})

    async def _lifetime(self, request: Request) -> Response:
        lifetime = rest_json.timeout(self._find(request), self._yarn.now())
        kind = request.path_params["kind"]
        if kind != "LIFETIME":
            raise refusal(
                BAD_REQUEST,
                f"Invalid application-state {kind} specified. It should be one of "
                "[LIFETIME]",
            )
        return JSONResponse({"timeout": lifetime})

    async def _set_lifetime(self, request: Request) -> Response:
        application = self._find(request)
        given = member(await _body(request), "timeout")
        at = rest_query.lifetime_ms(given, self._yarn.now())
        if at is None:
            return _plain("Timeout type or ExpiryTime is null.")
        with self._yarn.change() as (cluster, _):
            submissions.set_lifetime(cluster, application, at)
        lifetime = rest_json.timeout(application, self._yarn.now())
        return JSONResponse({"timeout": lifetime})
