"""The NodeManager: the containers of one node."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from xlearning.errors import ClusterError
from xlearning.hadoop.ids import ContainerId
from xlearning.hadoop.records import ContainerState, ContainerStatus
from xlearning.local.node import diagnostics, log_folder
from xlearning.local.node.cache import keep_small
from xlearning.local.node.container import NodeContainer, Tools
from xlearning.local.node.housekeeping import Housekeeping
from xlearning.local.node.layout import NodeLayout
from xlearning.local.node.localizer import Localizer
from xlearning.local.node.monitor import watch_memory
from xlearning.local.node.processes import WardenProcess
from xlearning.local.node.spec import (
    ContainerEnded,
    ContainerReport,
    ContainerStart,
    LogFile,
    NodeOptions,
    NodeSpec,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "ContainerEnded",
    "ContainerReport",
    "ContainerStart",
    "LogFile",
    "NodeManager",
    "NodeOptions",
    "NodeSpec",
]

_logger = logging.getLogger(__name__)

_NOT_READY = "org.apache.hadoop.yarn.exceptions.NMNotYetReadyException"
_KNOWN_AFTER_END_S = 1.0


class NodeManager:
    """The containers of one node.

    Attributes:
        ready: Set once containers can be started.
    """

    def __init__(
        self,
        spec: NodeSpec,
        ended: Callable[[ContainerEnded], None],
        options: NodeOptions,
        found: Callable[[list[ContainerStart]], None] = lambda _: None,
    ) -> None:
        """Start nothing yet.

        Args:
            spec: The node.
            ended: Called on the event loop of `run` when a container has ended.
            options: How it behaves.
            found: Called once, before it is ready, with the containers of an earlier
                life; they go on, and their ends follow.
        """
        self.ready = asyncio.Event()
        self._ended = ended
        self._found = found
        self._options = options
        layout = NodeLayout.of(spec)
        self._tools = Tools(
            host=spec.host,
            layout=layout,
            options=options,
            localizer=Localizer(layout, options),
            warden=WardenProcess(),
        )
        self._housekeeping = Housekeeping(layout, options)
        self._group: asyncio.TaskGroup | None = None
        self._applications: dict[str, dict[str, NodeContainer]] = {}
        self._containers: dict[str, NodeContainer] = {}

    async def run(self) -> None:
        """Own the containers until cancelled; then no process is left.

        Raises:
            OSError: The node's folders cannot be made.
        """
        try:
            async with self._tools.warden:
                kept = await asyncio.to_thread(self._housekeeping.begin)
                try:
                    await self._serve(kept)
                finally:
                    for container in self._containers.values():
                        await container.meet()
        finally:
            self.ready.clear()
            self._group = None
            self._tools.localizer.close()

    async def _serve(self, kept: list[ContainerStart]) -> None:
        async with asyncio.TaskGroup() as self._group:
            self._found(kept)
            for start in kept:
                self._admit(start, self._group)
            self.ready.set()
            local_dir = self._tools.layout.local_dir
            small = keep_small(local_dir, self._cached_in_use, self._options)
            self._group.create_task(small)
            await watch_memory(self._running, self._options)

    def start(self, start: ContainerStart) -> None:
        """Accept a container; `ended` tells what became of it.

        Raises:
            ClusterError: Refused, with YARN's class and words.
        """
        if self._group is None:
            text = (
                "Rejecting new containers as NodeManager has not yet connected with"
                " ResourceManager"
            )
            raise _refusal("startContainers", _NOT_READY, text)
        if start.container_id in self._containers:
            text = diagnostics.relaunched(start.container_id)
            raise _refusal("startContainers", diagnostics.YARN_EXCEPTION, text)
        if "/" in start.user or start.user in ("", ".", ".."):
            text = f"Invalid user name '{start.user}'"
            raise _refusal("startContainers", diagnostics.YARN_EXCEPTION, text)
        self._admit(start, self._group)

    def _admit(self, start: ContainerStart, group: asyncio.TaskGroup) -> None:
        container = NodeContainer(start, self._tools)
        siblings = self._applications.setdefault(start.application_id, {})
        siblings[start.container_id] = container
        self._containers[start.container_id] = container
        group.create_task(self._live(container))

    def stop(self, container_id: str, exit_status: int = -105) -> bool:
        """End a container: SIGTERM, then SIGKILL; `ended` follows.

        Returns:
            False where this node does not know the container.
        """
        container = self._containers.get(container_id)
        if container is not None:
            container.stop(exit_status, diagnostics.killed(exit_status))
        return container is not None

    async def application_ended(self, application_id: str) -> None:
        """End what is left (-107), collect the logs, delete the folders.

        Also those of an application that ran when an earlier server was killed.
        """
        containers = self._applications.get(application_id, {})
        status = diagnostics.KILLED_AFTER_APPLICATION_COMPLETION
        for container in containers.values():
            container.stop(status, diagnostics.killed(status))
        for container in tuple(containers.values()):
            await container.gone.wait()
        self._applications.pop(application_id, None)
        await asyncio.to_thread(self._housekeeping.end_application, application_id)
        for container_id in containers:
            self._containers.pop(container_id, None)

    def containers(self) -> tuple[str, ...]:
        """Return the ids of the containers that have not ended."""
        return tuple(
            name for name, each in self._containers.items() if each.ended_s is None
        )

    def status(self, container_id: str) -> ContainerStatus:
        """Return what the container protocol says of a container.

        Raises:
            ClusterError: It ended a while ago or was never here, in YARN's words.
        """
        container = self._containers.get(container_id)
        if container is None:
            text = diagnostics.not_handled(container_id)
            raise _refusal("getContainerStatuses", diagnostics.YARN_EXCEPTION, text)
        state = ContainerState.RUNNING
        if container.ended_s is not None:
            if time.monotonic() - container.ended_s > _KNOWN_AFTER_END_S:
                text = diagnostics.recently_stopped(container_id)
                raise _refusal("getContainerStatuses", diagnostics.YARN_EXCEPTION, text)
            state = ContainerState.COMPLETE
        report = container.report()
        return ContainerStatus(
            ContainerId.parse(container_id),
            state,
            report.exit_status,
            report.diagnostics,
        )

    def report(self, container_id: str) -> ContainerReport | None:
        """Return what the web pages show of a container, None if it was not here."""
        container = self._containers.get(container_id)
        return None if container is None else container.report()

    def log_files(self, container_id: str) -> tuple[LogFile, ...]:
        """Return a container's log files, by name; none once they are collected."""
        container = self._containers.get(container_id)
        return () if container is None else log_folder.list_files(container.log_folder)

    def read_log(
        self, container_id: str, name: str, offset: int = 0, length: int | None = None
    ) -> bytes:
        """Return a part of a log file; a negative offset counts from the end.

        Raises:
            FileNotFoundError: There is no such file, or not any more.
        """
        container = self._containers.get(container_id)
        if container is None:
            raise FileNotFoundError(name)
        return log_folder.read(container.log_folder, name, offset, length)

    async def _live(self, container: NodeContainer) -> None:
        await container.run(self._ended)
        if self._options.debug_delay_s > 0:
            await asyncio.sleep(self._options.debug_delay_s)
        await asyncio.to_thread(self._housekeeping.end_container, container.start)

    def _cached_in_use(self) -> set[Path]:
        """Return the folders in the caches that containers use which are not gone."""
        living = [each for each in self._containers.values() if not each.gone.is_set()]
        folders = (self._tools.localizer.folders(each.start) for each in living)
        return set().union(*folders)

    def _running(self) -> list[NodeContainer]:
        return [each for each in self._containers.values() if each.state == "RUNNING"]


def _refusal(method: str, java_class: str, text: str) -> ClusterError:
    return ClusterError(
        text,
        protocol="ContainerManagementProtocol",
        method=method,
        java_class=java_class,
        remote_text=text,
    )
