"""The NodeManager: the containers of one node."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

    from xlearning.hadoop.records import ContainerStatus

__all__ = [
    "ContainerEnded",
    "ContainerReport",
    "ContainerStart",
    "LogFile",
    "NodeManager",
    "NodeOptions",
    "NodeSpec",
]


class NodeManager:
    """The containers of one node."""

    def __init__(
        self,
        spec: NodeSpec,
        ended: Callable[[ContainerEnded], None],
        options: NodeOptions,
    ) -> None:
        """Start nothing yet; `ended` is called on the event loop of `run`."""

    async def run(self) -> None:
        """Own the containers until cancelled; then no process is left."""

    def start(self, start: ContainerStart) -> None:
        """Accept a container; `ended` tells what became of it.

        Raises:
            ClusterError: Refused, with YARN's class and words.
        """

    def stop(self, container_id: str, exit_status: int = -105) -> bool:
        """End a container: SIGTERM, then SIGKILL; `ended` follows.

        Returns:
            False where this node does not know the container.
        """
        return False

    async def application_ended(self, application_id: str) -> None:
        """End what is left (-107), collect the logs, delete the folders."""

    def containers(self) -> tuple[str, ...]:
        """Return the ids of the containers that have not ended."""
        return ()

    def status(self, container_id: str) -> ContainerStatus:
        """Return what the container protocol says of a container.

        Raises:
            ClusterError: It ended a while ago or was never here, in YARN's words.
        """
        raise NotImplementedError

    def report(self, container_id: str) -> ContainerReport | None:
        """Return what the web pages show of a container, None if it was not here."""
        return None

    def log_files(self, container_id: str) -> tuple[LogFile, ...]:
        """Return a container's log files, by name; none once they are collected."""
        return ()

    def read_log(
        self, container_id: str, name: str, offset: int = 0, length: int | None = None
    ) -> bytes:
        """Return a part of a log file; a negative offset counts from the end.

        Raises:
            FileNotFoundError: There is no such file, or not any more.
        """
        raise FileNotFoundError(name)
