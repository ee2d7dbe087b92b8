"""The ResourceManager's shell: gives the core time, and does what it wants done."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from xlearning.errors import ClusterError
from xlearning.hadoop.credentials import Credentials
from xlearning.hadoop.ids import ContainerId
from xlearning.hadoop.records import NodeState
from xlearning.hadoop.resource import Resource
from xlearning.local import clock, lifecycle, placement, recovery
from xlearning.local.applications import RmContainer
from xlearning.local.asks import AskKey
from xlearning.local.cluster import (
    KILLED_BY_RM,
    EndApplication,
    LaunchMaster,
    SaveApplication,
    SaveTokens,
    StopContainer,
)
from xlearning.local.node.manager import ContainerEnded, ContainerStart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlearning.hadoop.ids import NodeId
    from xlearning.local.cluster import Action, Cluster
    from xlearning.local.node.manager import NodeManager
    from xlearning.local.store import Store

LOG = logging.getLogger(__name__)
TICK_S = 0.1


class Yarn:
    """The cluster, its NodeManagers and the time.

    Attributes:
        cluster: The core.
        managers: The NodeManagers by node.
    """

    def __init__(
        self,
        cluster: Cluster,
        store: Store,
        heartbeat_s: float,
    ) -> None:
        """Start nothing yet.

        Args:
            cluster: The core.
            store: Remembers it across restarts.
            heartbeat_s: Between two heartbeats of a node.
        """
        self.cluster = cluster
        self.managers: dict[NodeId, NodeManager] = {}
        self._store = store
        self._heartbeat_s = heartbeat_s
        self._tasks = asyncio.TaskGroup()
        self._ends: set[asyncio.Task[None]] = set()
        self._runs = False

    @staticmethod
    def now() -> int:
        """Return the time in ms since 1970."""
        return int(time.time() * 1000)

    @contextmanager
    def change(self) -> Iterator[tuple[Cluster, int]]:
        """Give the core and the time to a change, and carry out what follows."""
        try:
            yield self.cluster, self.now()
        finally:
            self._perform()

    def node_found(self, node_id: NodeId, kept: list[ContainerStart]) -> None:
        """Take a node's first report: its containers of an earlier life."""
        with self.change() as (cluster, now):
            found = [_recovered(start, node_id, now) for start in kept]
            for container in found:
                LOG.info("%s has been found on %s", container.id, node_id)
            recovery.node_found(cluster, node_id, found, now)

    def container_ended(self, ended: ContainerEnded) -> None:
        """Take a NodeManager's report."""
        container_id = ContainerId.parse(ended.container_id)
        LOG.info("%s ended with %d", container_id, ended.exit_status)
        with self.change() as (cluster, now):
            lifecycle.container_ended(
                cluster, container_id, ended.exit_status, ended.diagnostics, now
            )

    def change_node(self, node_id: NodeId, state: NodeState) -> None:
        """Lose a node, take it out of service, or have it back.

        Processes on a lost node run on; when it comes back, what it still has ends.
        """
        LOG.info("%s becomes %s", node_id, state)
        with self.change() as (cluster, now):
            node = cluster.nodes[node_id]
            if state is NodeState.RUNNING and not node.alive:
                for container_id in self.managers[node_id].containers():
                    self.managers[node_id].stop(container_id, KILLED_BY_RM)
            if state is NodeState.RUNNING:
                node.state = state
                clock.add_node(cluster, node, now)
            elif state is NodeState.LOST and node.alive:
                clock.node_gone(cluster, node_id, now)
            elif state is NodeState.DECOMMISSIONED and node.alive:
                clock.decommission(cluster, node_id, now)

    async def run(self) -> None:
        """Let time pass until cancelled; nothing is carried out before."""
        async with self._tasks:
            self._runs = True
            await self.pass_time()

    async def pass_time(self) -> None:
        """Let nodes send heartbeats, and look at deadlines, for ever."""
        ticked = 0.0
        while True:
            await asyncio.sleep(self._heartbeat_s)
            with self.change() as (cluster, now):
                for node_id, manager in self.managers.items():
                    if manager.ready.is_set():
                        placement.node_heartbeat(cluster, node_id, now)
                if time.monotonic() - ticked >= TICK_S:
                    ticked = time.monotonic()
                    clock.tick(cluster, now)
                    self._store.retry()

    async def end_all(self, text: str) -> None:
        """Kill all applications, and wait until nothing is left of them."""
        with self.change() as (cluster, now):
            for application in list(cluster.applications.values()):
                lifecycle.kill(cluster, application, text, now)
        while self._ends:
            await next(iter(self._ends))

    def _perform(self) -> None:
        while self._runs and (actions := self.cluster.take_actions()):
            for action in actions:
                self._do(action)

    def _do(self, action: Action) -> None:
        match action:
            case LaunchMaster():
                self._launch(action)
            case StopContainer(node_id, container_id, exit_status):
                known = self.managers[node_id].stop(str(container_id), exit_status)
                if not known:
                    self._gone(container_id)
            case EndApplication(application_id):
                LOG.info("%s has ended", application_id)
                end = self._tasks.create_task(self._end(application_id))
                self._ends.add(end)
                end.add_done_callback(self._ends.discard)
            case SaveApplication(application_id):
                self._store.application(self.cluster.applications[application_id])
            case SaveTokens():
                self._store.tokens(self.cluster)

    def _gone(self, container_id: ContainerId) -> None:
        """Take note of a container that its node does not have any more."""
        lifecycle.container_ended(self.cluster, container_id, 0, "", self.now())

    def _launch(self, action: LaunchMaster) -> None:
        application = self.cluster.applications[action.application_id]
        context = application.submission.context
        data = context.credentials
        own = Credentials.from_bytes(data) if data else Credentials()
        tokens = {"": action.token, **own.tokens}
        credentials = Credentials(tokens, own.secrets).to_bytes()
        start = ContainerStart(
            str(action.container_id),
            action.application_id,
            application.submission.user,
            replace(context, credentials=credentials),
            action.resource.memory_mb,
            action.resource.virtual_cores,
            {
                "APPLICATION_WEB_PROXY_BASE": f"/proxy/{action.application_id}",
                "APP_SUBMIT_TIME_ENV": str(application.submitted_ms),
            },
            action.node_id.port,
            gpus=action.resource.gpus,
            priority=placement.MASTER_PRIORITY,
        )
        LOG.info("launching %s on %s", action.attempt_id, action.node_id)
        try:
            self.managers[action.node_id].start(start)
        except ClusterError as error:
            text = f"Error launching {action.attempt_id}. Got exception: {error}"
            now = self.now()
            lifecycle.attempt_failed(self.cluster, application, text, now, counts=True)

    async def _end(self, application_id: str) -> None:
        async with asyncio.TaskGroup() as group:
            for manager in self.managers.values():
                group.create_task(manager.application_ended(application_id))
        application = self.cluster.applications[application_id]
        application.log_aggregation = "SUCCEEDED"
        self._store.application(application)


def _recovered(start: ContainerStart, node_id: NodeId, now: int) -> RmContainer:
    """Return a container as the ResourceManager knows it again."""
    return RmContainer(
        ContainerId.parse(start.container_id),
        node_id,
        Resource(start.memory_mb, start.vcores, start.gpus),
        start.priority,
        AskKey(start.priority, start.allocation_request_id),
        allocated_ms=now,
        acquired=True,
        started=True,
    )
