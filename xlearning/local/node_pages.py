"""The NodeManagers' web pages: containers and their logs, all nodes at one port."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route

from xlearning.local.cluster import refusal
from xlearning.local.rest import NOT_FOUND

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from xlearning.hadoop.ids import NodeId
    from xlearning.local.node.manager import ContainerReport, LogFile, NodeManager
    from xlearning.local.yarn import Yarn

_NODE = "/ws/v1/node"
_CONTAINER = _NODE + "/containers/{container_id}"
_RULE = "=" * 78
_STARS = "*" * 80


def _time(ms: int) -> str:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return at.strftime("%a %b %d %H:%M:%S +0000 %Y")


class NodePages:
    """Pages of all nodes."""

    def __init__(self, yarn: Yarn) -> None:
        """Show the nodes of a cluster."""
        self._yarn = yarn

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        logs = _NODE + "/containerlogs/{container_id}"
        return [
            Route(_NODE, self._info),
            Route(_NODE + "/info", self._info),
            Route(_NODE + "/containers", self._containers),
            Route(_CONTAINER, self._container),
            Route(_CONTAINER + "/logs", self._files),
            Route(_CONTAINER + "/logs/{file:path}", self._log),
            Route(logs, self._files),
            Route(logs + "/{file:path}", self._log),
            Route("/node/containerlogs/{container_id}/{user}", self._page),
            Route("/node/containerlogs/{container_id}/{user}/{file}", self._log),
        ]

    def _find(self, request: Request) -> tuple[NodeId, NodeManager, ContainerReport]:
        wanted = request.path_params["container_id"]
        for node_id, manager in self._yarn.managers.items():
            report = manager.report(wanted)
            if report is not None:
                return node_id, manager, report
        raise refusal(NOT_FOUND, f"container with id, {wanted}, not found")

    async def _info(self, _: Request) -> Response:
        nodes = self._yarn.cluster.nodes.values()
        total = sum(node.total.memory_mb for node in nodes)
        return JSONResponse(
            {"nodeInfo": {"nodeHealthy": True, "totalPmemAllocatedContainersMB": total}}
        )

    async def _containers(self, _: Request) -> Response:
        listed = []
        for node_id, manager in self._yarn.managers.items():
            for container_id in manager.containers():
                report = manager.report(container_id)
                if report is not None:
                    listed.append(_shown(node_id, manager, report))
        return JSONResponse({"containers": {"container": listed} if listed else {}})

    async def _container(self, request: Request) -> Response:
        return JSONResponse({"container": _shown(*self._find(request))})

    async def _files(self, request: Request) -> Response:
        _, manager, report = self._find(request)
        files = manager.log_files(report.start.container_id)
        if not files:
            raise refusal(
                "org.apache.hadoop.yarn.webapp.WebAppException", "HTTP 404 Not Found"
            )
        info = [
            {
                "fileName": file.name,
                "fileSize": str(file.size),
                "lastModifiedTime": _time(file.modified_ms),
            }
            for file in files
        ]
        entry = {
            "containerLogInfo": info,
            "logAggregationType": "LOCAL",
            "containerId": report.start.container_id,
        }
        return JSONResponse({"containerLogsInfo": entry})

    async def _page(self, request: Request) -> Response:
        _, manager, report = self._find(request)
        names = [file.name for file in manager.log_files(report.start.container_id)]
        return PlainTextResponse("\n".join(map(html.escape, names)) + "\n")

    async def _log(self, request: Request) -> Response:
        if "file" not in request.path_params:
            return RedirectResponse("/node", 302)
        node_id, manager, report = self._find(request)
        name = request.path_params["file"]
        container_id = report.start.container_id
        known = {file.name: file for file in manager.log_files(container_id)}
        if name not in known:
            return PlainTextResponse(f"Cannot find the log file {name}\n", 404)
        size = request.query_params.get("size", "")
        data = _cut(manager, container_id, known[name], size)
        head = (
            f"Container: {container_id} on {node_id}\n"
            f"LogAggregationType: LOCAL\n{_RULE}\n"
            f"LogType:{name}\nLogLastModifiedTime:{_time(known[name].modified_ms)}\n"
            f"LogLength:{known[name].size}\nLogContents:\n"
        )
        tail = (
            f"\nEnd of LogType:{name}.This log file belongs to a running container "
            f"({container_id}) and so may not be complete.\n{_STARS}\n\n"
        )
        return PlainTextResponse(head.encode() + data + tail.encode())


def _cut(manager: NodeManager, container_id: str, file: LogFile, size: str) -> bytes:
    """Read the first or, with a minus, the last bytes."""
    digits = size.removeprefix("-")
    if not digits.isdecimal():
        return manager.read_log(container_id, file.name, 0, file.size)
    count = min(int(digits), file.size)
    start = file.size - count if size.startswith("-") else 0
    return manager.read_log(container_id, file.name, start, count)


def _shown(
    node_id: NodeId, manager: NodeManager, report: ContainerReport
) -> dict[str, object]:
    start = report.start
    return {
        "id": start.container_id,
        "state": report.state,
        "exitCode": report.exit_status,
        "diagnostics": report.diagnostics,
        "user": start.user,
        "totalMemoryNeededMB": start.memory_mb,
        "totalVCoresNeeded": start.vcores,
        "nodeId": str(node_id),
        "containerLogFiles": [
            file.name for file in manager.log_files(start.container_id)
        ],
    }
