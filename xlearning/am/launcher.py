"""Starts and stops containers on NodeManagers.

One call to a node for all that was allocated there; nodes do not wait for each other.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

from xlearning.am.agent_launch import (
    agent_credentials,
    cached_files,
    launch_context,
)
from xlearning.am.events import ContainerStarted, StartRefused
from xlearning.errors import ClusterError, ConnectionLost
from xlearning.hadoop.container_management import ContainerManagementProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xlearning.am.actions import Launch
    from xlearning.am.agents import Emit
    from xlearning.am.certificates import CertificateAuthority
    from xlearning.am.surroundings import Surroundings
    from xlearning.hadoop.container_management import Outcome
    from xlearning.hadoop.launch_context import ContainerLaunchContext
    from xlearning.hadoop.records import Container, NMToken

logger = logging.getLogger(__name__)

TASKS_FILE = "tasks.json"
"""In the log folder: container id to task, so that logs can be named after the end."""

START_TRIES = 3
"""Calls to a NodeManager that does not answer, before its containers are given up."""

RETRY_PAUSE_S = 1.0


class Allocations(Protocol):
    """Who receives containers and tokens from the ResourceManager."""

    def container(self, container_id: str) -> Container | None:
        """Return a container that has not ended, with its token."""

    def nm_token(self, node: str) -> NMToken:
        """Return the newest token of a NodeManager (`host:port`)."""


class Launcher:
    """All NodeManagers.

    Attributes:
        am_address: Where agents attach, as `host:port`.
    """

    def __init__(
        self,
        given: Surroundings,
        authority: CertificateAuthority,
        allocations: Allocations,
        emit: Emit,
        tasks: Callable[[], Mapping[str, str]],
    ) -> None:
        """Start agents for a job; results go to `emit`.

        `tasks` names the tasks in containers: an earlier attempt started some.
        """
        self.am_address = ""
        self._given = given
        self._authority = authority
        self._allocations = allocations
        self._emit = emit
        self._tasks_now = tasks
        self._tasks: dict[str, str] = {}

    async def launch(self, launches: Sequence[Launch]) -> None:
        """Start agents, node by node, side by side."""
        by_node: dict[str, list[tuple[Container, ContainerLaunchContext]]]
        by_node = defaultdict(list)
        for action in launches:
            container = self._allocations.container(action.container_id)
            if container is None:
                continue  # it has ended meanwhile, and its completion says so
            start = (container, self._context(action))
            by_node[str(container.node_id)].append(start)
        self._tasks |= self._tasks_now()
        tasks = json.dumps(self._tasks)
        (self._given.log_dir / TASKS_FILE).write_text(tasks, encoding="ascii")
        async with asyncio.TaskGroup() as group:
            for node, starts in by_node.items():
                group.create_task(self._launch_on(node, starts))

    def _context(self, action: Launch) -> ContainerLaunchContext:
        own, container_id = self._given.credentials, action.container_id
        return launch_context(
            self._given.spec,
            action.run.task.role,
            self.am_address,
            agent_credentials(own, self._authority, container_id),
            cached_files(action.share),
        )

    async def _launch_on(
        self, node: str, starts: Sequence[tuple[Container, ContainerLaunchContext]]
    ) -> None:
        try:
            outcome = await self._start(node, starts)
        except (ClusterError, ConnectionLost) as error:
            for container, _ in starts:
                self._emit(StartRefused(str(container.id), f"{node}: {error}"))
            return
        for container_id in outcome.succeeded:
            self._emit(ContainerStarted(str(container_id)))
        for failure in outcome.failed:
            failed_id = str(failure.container_id)
            if failure.started_already:
                self._emit(ContainerStarted(failed_id))
            else:
                self._emit(StartRefused(failed_id, f"{node}: {failure.text}"))

    async def _start(
        self, node: str, starts: Sequence[tuple[Container, ContainerLaunchContext]]
    ) -> Outcome:
        """Start containers; a call whose answer was lost is repeated.

        Repeating is safe: a NodeManager starts a container once only and says of a
        second order that the first one was accepted.
        """
        token = self._allocations.nm_token(node)
        async with ContainerManagementProtocol(token) as protocol:
            for number in range(1, START_TRIES + 1):
                try:
                    return await protocol.start_containers(starts)
                except ConnectionLost as error:
                    logger.warning("start %d on %s: %s", number, node, error)
                    if number == START_TRIES:
                        raise
                    await asyncio.sleep(RETRY_PAUSE_S)
        raise AssertionError("the loop above returns or raises")

    async def stop(self, container_id: str) -> None:
        """Tell a NodeManager to end a container; the ResourceManager says when."""
        container = self._allocations.container(container_id)
        if container is None:
            return
        token = self._allocations.nm_token(str(container.node_id))
        try:
            async with ContainerManagementProtocol(token) as protocol:
                await protocol.stop_containers([container.id])
        except (ClusterError, ConnectionLost) as error:
            logger.warning("%s was not stopped: %s", container_id, error)
