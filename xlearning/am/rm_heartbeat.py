"""Speaks with the ResourceManager: registers, asks, collects, unregisters.

What it collects becomes events; what is asked for is kept here, so that it can be said
again when the ResourceManager has forgotten it. It never waits for a file system.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from xlearning.am.constraints import BESIDE, scheduling_requests, where
from xlearning.am.events import (
    Allocated,
    AskRefused,
    AttemptEnded,
    ContainerCompleted,
    ContainersAllocated,
    PreemptionAnnounced,
    ResourceManagerFound,
    ResourceManagerLost,
    ResourceManagerResynced,
    Unregistered,
)
from xlearning.am.pace import Pace
from xlearning.errors import ConnectionLost
from xlearning.hadoop.allocation import FinalStatus
from xlearning.hadoop.application_master import (
    ApplicationAttemptNotFound,
    ApplicationMasterNotRegistered,
)
from xlearning.hadoop.asks import InvalidResourceRequest
from xlearning.hadoop.records import Resource, ResourceRequest
from xlearning.job.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xlearning.am.agents import Emit
    from xlearning.hadoop.allocation import Allocation, Registration
    from xlearning.hadoop.application_master import ApplicationMasterProtocol
    from xlearning.hadoop.asks import AnyAsk
    from xlearning.hadoop.constraints import Rejection
    from xlearning.hadoop.ids import ContainerId
    from xlearning.hadoop.records import Container, NMToken
    from xlearning.io.locality import Place
    from xlearning.job.spec import RoleSpec
    from xlearning.job.states import Outcome

logger = logging.getLogger(__name__)

FIRST_PRIORITY = 1
"""Each role has a priority and an allocation request id of its own: one key of YARN's
table of asks holds one shape only."""

UNREGISTER_TRIES = 15
"""Of one minute each; after that YARN is left to find out by itself."""


class RmHeartbeat:
    """The talk with the ResourceManager.

    Attributes:
        progress: Asked before every heartbeat for the job's progress, 0 to 1.
        headroom: What the queue could still give, by the last answer; None before it.
    """

    def __init__(
        self,
        protocol: ApplicationMasterProtocol,
        roles: Sequence[RoleSpec],
        emit: Emit,
        *,
        host: str,
        tracking_url: str,
        idle_s: float,
    ) -> None:
        """Speak for an ApplicationMaster on `host`, whose page is `tracking_url`."""
        self.progress: Callable[[], float] = lambda: 0.0
        self.headroom: Resources | None = None
        self._protocol = protocol
        self._roles = {role.name: role for role in roles}
        self._names = [role.name for role in roles]
        self._emit = emit
        self._host = host
        self._tracking_url = tracking_url
        self._pace = Pace(idle_s)
        self._wake = asyncio.Event()
        self._standing: dict[str, int] = {}
        self._places: dict[str, tuple[Place, ...]] = {}
        self._beside: dict[str, int] = {}
        self._named: dict[str, frozenset[str]] = {}
        self._unsaid: set[str] = set()
        self._accepted: set[str] = set()
        self._releases: list[ContainerId] = []
        self._containers: dict[str, Container] = {}
        self._nm_tokens: dict[str, NMToken] = {}
        self._expected = 0
        self._result: tuple[Outcome, str] | None = None
        self._lost = False

    # ---- what the hands do

    def ask(
        self, role: str, count: int, places: tuple[Place, ...] = (), beside: int = 0
    ) -> None:
        """Say with the next heartbeat, which is now, how many are missing and where."""
        self._standing[role] = count
        self._places[role], self._beside[role] = places, beside
        if count or role in self._accepted:
            self._unsaid.add(role)
        self._hurry()

    def release(self, container_id: str) -> None:
        """Give a container back with the next heartbeat, if it has not ended."""
        container = self._containers.pop(container_id, None)
        if container is not None:
            self._releases.append(container.id)
            self._hurry()

    def expect(self) -> None:
        """Beat faster: a container is about to end."""
        self._expected += 1
        self._hurry()

    def finish(self, outcome: Outcome, diagnostics: str) -> None:
        """End the talk with a result; `Unregistered` follows."""
        self._result = (outcome, diagnostics)
        self._hurry()

    def _hurry(self) -> None:
        self._pace.hurry()
        self._wake.set()

    # ---- what the launcher asks

    def container(self, container_id: str) -> Container | None:
        """Return a container that has not ended, with its token."""
        return self._containers.get(container_id)

    def nm_token(self, node: str) -> NMToken:
        """Return the newest token of a NodeManager (`host:port`)."""
        return self._nm_tokens[node]

    # ---- the talk

    async def register(self) -> Registration:
        """Register; wait for a ResourceManager that is not there.

        Raises:
            ClusterError: It refused us.
        """
        while True:
            try:
                found = await self._protocol.register(self._host, self._tracking_url)
            except ConnectionLost as error:
                logger.warning("the ResourceManager does not answer: %s", error)
                await asyncio.sleep(self._protocol.pause_s)
            else:
                self._know(found.containers, found.nm_tokens)
                return found

    async def run(self) -> None:
        """Beat until the result is told or the attempt is over."""
        while self._result is None:
            await self._rest()
            if not await self.beat():
                return
        problem = await self.unregister(*self._result)
        self._emit(AttemptEnded(problem) if problem else Unregistered())

    async def unregister(self, outcome: Outcome, diagnostics: str) -> str:
        """Tell the result until the ResourceManager has stored it.

        Returns:
            Why it could not be told, "" when it is stored. A later attempt will tell
            it, or YARN find out by itself.
        """
        status, problem = FinalStatus(outcome.value), ""
        for _ in range(UNREGISTER_TRIES):
            try:
                await self._protocol.finish(status, diagnostics)
            except ConnectionLost as error:
                self._note_lost(error)
                problem = str(error)
            except ApplicationAttemptNotFound as error:
                logger.warning("the result could not be told: %s", error)
                return str(error)
            else:
                return ""
        return problem

    async def _rest(self) -> None:
        """Wait for the next beat, or until there is something to say."""
        open_asks = any(self._standing.values())
        if self._lost:
            pause = self._protocol.pause_s
        else:
            pause = self._pace.pause(expecting=open_asks or self._expected > 0)
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def beat(self) -> bool:
        """Send one heartbeat; say whether another one may follow.

        The protocol keeps what it could not send: nothing is given to it twice.
        """
        self._wake.clear()
        asks = [ask for role in sorted(self._unsaid) for ask in self._requests(role)]
        said, self._unsaid = self._unsaid, set()
        releases, self._releases = self._releases, []
        try:
            allocation = await self._protocol.allocate(self.progress(), asks, releases)
        except ConnectionLost as error:
            self._note_lost(error)
        except ApplicationMasterNotRegistered:
            await self._resync()
        except ApplicationAttemptNotFound as error:
            self._emit(AttemptEnded(str(error)))
            return False
        except InvalidResourceRequest as error:
            self._emit(AskRefused(error.remote_text or str(error)))
        else:
            self._accepted |= said
            self._note_found()
            self._take(allocation)
        return True

    async def _resync(self) -> None:
        """Register again with a ResourceManager that has forgotten us and our asks."""
        logger.info("the ResourceManager was restarted: registering again")
        self._note_found()
        await self.register()
        self._standing.clear()
        self._places.clear()
        self._beside.clear()
        self._named.clear()
        self._unsaid.clear()
        self._accepted.clear()
        self._emit(ResourceManagerResynced())

    def _requests(self, role: str) -> Sequence[AnyAsk]:
        """Return what says how many are missing, and where they would be near data.

        Hosts and racks that were named before and are not now are taken back.
        """
        spec = self._roles[role]
        if spec.constrained:
            number, beside = self._number(role), self._beside.get(role, 0)
            return scheduling_requests(spec, number, self._standing[role], beside)
        places = self._places.get(role, ())
        wider = not any(place.only for place in places)
        anywhere = replace(self._request(role), relax_locality=wider)
        counts = {place.name: place.count for place in places}
        names = self._named.get(role, frozenset()).union(counts)
        self._named[role] = frozenset(counts)
        return [anywhere, *(_at(anywhere, n, counts.get(n, 0)) for n in sorted(names))]

    def _number(self, role: str) -> int:
        return FIRST_PRIORITY + self._names.index(role)

    def _request(self, role_name: str) -> ResourceRequest:
        role, number = self._roles[role_name], self._number(role_name)
        size = role.resources
        return ResourceRequest(
            priority=number,
            capability=Resource(size.memory_mb, size.vcores, size.gpus),
            count=self._standing[role_name],
            node_label=role.node_label or None,
            allocation_request_id=number,
        )

    def _know(
        self, containers: Iterable[Container], nm_tokens: Iterable[NMToken]
    ) -> None:
        """Note containers of earlier attempts, and tokens of nodes."""
        self._containers |= {str(container.id): container for container in containers}
        self._nm_tokens |= {str(token.node_id): token for token in nm_tokens}

    def _take(self, allocation: Allocation) -> None:
        """Turn what a heartbeat brought into events."""
        if allocation.available is not None:
            self.headroom = _amounts(allocation.available)
        self._know(allocation.recovered, allocation.nm_tokens)
        if allocation.containers:
            self._pace.hurry()
            self._emit(
                ContainersAllocated(tuple(map(self._allocated, allocation.containers)))
            )
        for status in allocation.completed:
            self._expected = max(0, self._expected - 1)
            self._containers.pop(str(status.container_id), None)
            self._emit(
                ContainerCompleted(
                    str(status.container_id), status.exit_status, status.diagnostics
                )
            )
        for refused in allocation.rejections:
            role = self._roles[self._names[refused.request.priority - FIRST_PRIORITY]]
            self._emit(AskRefused(_rejected(role, refused)))
        preempted = tuple(map(str, allocation.preemption.container_ids))
        if preempted:
            self._emit(PreemptionAnnounced(preempted))

    def _allocated(self, container: Container) -> Allocated:
        container_id = str(container.id)
        self._containers[container_id] = container
        role = self._names[container.priority - FIRST_PRIORITY]
        self._standing[role] = max(0, self._standing.get(role, 0) - 1)
        if container.allocation_request_id >= BESIDE:
            self._beside[role] = max(0, self._beside.get(role, 0) - 1)
        return Allocated(
            container_id, role, str(container.node_id), container.node_http_address
        )

    def _note_lost(self, error: ConnectionLost) -> None:
        if not self._lost:
            self._lost = True
            self._emit(ResourceManagerLost(str(error)))

    def _note_found(self) -> None:
        if self._lost:
            self._lost = False
            self._emit(ResourceManagerFound())


def _at(anywhere: ResourceRequest, name: str, count: int) -> ResourceRequest:
    """Return the same ask for a host or rack.

    YARN allocates at a host that is named unless the host's own ask forbids it, and
    looks at the wider asks for whether their other hosts will do.
    """
    is_rack = name.startswith("/")
    wider = anywhere.relax_locality or not is_rack
    return replace(anywhere, resource_name=name, count=count, relax_locality=wider)


def _rejected(role: RoleSpec, refused: Rejection) -> str:
    return (
        f"YARN gave up placing {refused.request.count} containers of the role "
        f"`{role.name}`{where(role)}: {refused.reason}"
    )


def _amounts(left: Resource) -> Resources:
    """Return what is left; YARN goes below 0 where a queue is over its share."""
    amounts = (left.memory_mb, left.virtual_cores, left.gpus)
    return Resources(*(max(0, amount) for amount in amounts))
