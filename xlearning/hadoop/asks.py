"""What an allocate call carries: checks of asks, and what waits to be sent. Pure.

YARN accepts asks that do harm: a negative count starves every queue until the
ResourceManager restarts, and an unknown resource type vanishes silently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.errors import ClusterError, LocalProtocolError
from xlearning.hadoop.constraints import SchedulingRequest
from xlearning.hadoop.proto import yarn_service_pb2
from xlearning.hadoop.records import ANY_HOST, MEMORY, VIRTUAL_CORES, ResourceRequest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from xlearning.hadoop.ids import ContainerId
    from xlearning.hadoop.resource import Resource

_MOST = 0x7FFFFFFF

AnyAsk = ResourceRequest | SchedulingRequest
"""What containers are asked for with."""


class InvalidResourceRequest(ClusterError):
    """An ask will never be served; nothing of the call was taken."""


def check_ask(
    ask: AnyAsk, resource_types: Collection[str], maximum: Resource | None = None
) -> None:
    """Check an ask before it is sent.

    Args:
        ask: What is to be asked for.
        resource_types: Names of the types that the cluster counts; empty means memory
            and cores only (Hadoop up to 2.9 does not say).
        maximum: The greatest container that a node can hold. YARN compares a plain ask
            with it, and takes a scheduling request that is larger and never serves it.

    Raises:
        LocalProtocolError: YARN would take it and do harm.
        InvalidResourceRequest: It names a type that the cluster does not count, or a
            scheduling request is too large.
    """
    if not 0 <= ask.count <= _MOST:
        raise LocalProtocolError(f"{ask.count} containers cannot be asked for")
    if isinstance(ask, ResourceRequest):
        _check_label(ask)
    for name, amount in ask.capability.amounts().items():
        if amount < 0:
            raise LocalProtocolError(f"{amount} of `{name}` cannot be asked for")
        known = name in (MEMORY, VIRTUAL_CORES) or name in resource_types
        if amount and not known:
            raise InvalidResourceRequest(
                f"the cluster has no resource type `{name}`",
                protocol="ApplicationMasterProtocol",
                method="allocate",
                hint="ask for none, or name it in the cluster's resource-types.xml",
            )
    if isinstance(ask, SchedulingRequest) and maximum is not None:
        _check_size(ask, maximum)


def _check_size(ask: SchedulingRequest, maximum: Resource) -> None:
    if ask.count and not ask.capability.fits_in(maximum):
        raise InvalidResourceRequest(
            f"no node can hold a container of {_amounts(ask.capability)}: the most is "
            f"{_amounts(maximum)}",
            protocol="ApplicationMasterProtocol",
            method="allocate",
        )


def _amounts(size: Resource) -> str:
    return ", ".join(f"{name} {n}" for name, n in size.amounts().items() if n)


def _check_label(ask: ResourceRequest) -> None:
    if ask.node_label is not None and ask.resource_name != ANY_HOST:
        raise LocalProtocolError("a node label was asked for on one host or rack")


_Key = tuple[int, int | None, str, object]


class Outbox:
    """What waits to be sent by allocate calls, and the call that has no answer yet.

    Attributes:
        response_id: Of the last answer; the next request must carry it.
    """

    def __init__(self) -> None:
        self.response_id = 0
        self._asks: dict[_Key, ResourceRequest] = {}
        self._requests: dict[tuple[int, int], SchedulingRequest] = {}
        self._releases: dict[ContainerId, None] = {}
        self._blacklist: frozenset[str] = frozenset()
        self._sent_blacklist: frozenset[str] = frozenset()
        self._unanswered: yarn_service_pb2.AllocateRequestProto | None = None

    @property
    def waiting(self) -> bool:
        """Whether something has not been taken by the ResourceManager yet."""
        return bool(
            self._asks
            or self._requests
            or self._releases
            or self._unanswered is not None
            or self._blacklist != self._sent_blacklist
        )

    def add(self, asks: Iterable[AnyAsk], releases: Iterable[ContainerId]) -> None:
        """Let asks and releases go with the next request that is new.

        Of two asks of the same key the later one counts.
        """
        for ask in asks:
            if isinstance(ask, SchedulingRequest):
                self._requests[ask.priority, ask.allocation_request_id] = ask
                continue
            key = ask.priority, ask.allocation_request_id, ask.resource_name
            self._asks[*key, ask.capability] = ask
        self._releases.update(dict.fromkeys(releases))

    def avoid(self, hosts: frozenset[str]) -> None:
        """Name all hosts and racks that containers are not wanted on."""
        self._blacklist = hosts

    def request(self, progress: float) -> yarn_service_pb2.AllocateRequestProto:
        """Return what to send: the call without an answer again, else a new one.

        Scheduling requests wait for a call without plain asks: where there are both,
        the CapacityScheduler takes the plain ones and drops the others without a word
        (seen on Hadoop 3.5.0; its `allocate` joins the two updates with `||`).
        """
        if self._unanswered is None:
            constrained = {} if self._asks else self._requests
            request = yarn_service_pb2.AllocateRequestProto(
                ask=[ask.to_proto() for ask in self._asks.values()],
                release=[each.to_proto() for each in self._releases],
                response_id=self.response_id,
                progress=progress,
                scheduling_requests=[r.to_proto() for r in constrained.values()],
            )
            self._add_blacklist(request)
            constrained.clear()
            self._asks.clear()
            self._unanswered = request
            self._sending_releases = tuple(self._releases)
            self._sending_blacklist = self._blacklist
        return self._unanswered

    def _add_blacklist(self, request: yarn_service_pb2.AllocateRequestProto) -> None:
        """Put the difference to what was sent before into a request."""
        if self._blacklist == self._sent_blacklist:
            return
        changes = request.blacklist_request
        changes.blacklist_additions.extend(
            sorted(self._blacklist - self._sent_blacklist)
        )
        changes.blacklist_removals.extend(
            sorted(self._sent_blacklist - self._blacklist)
        )

    def answered(self, response_id: int) -> None:
        """Note that the call was answered: what it carried was taken."""
        self.response_id = response_id
        self._unanswered = None
        for released in self._sending_releases:
            self._releases.pop(released, None)
        self._sent_blacklist = self._sending_blacklist

    def rejected(self) -> None:
        """Note that the call was refused as a whole.

        Its asks are dropped, since one of them may be the reason; its releases and
        the blacklist go with the next call.
        """
        self._unanswered = None

    def begin_again(self) -> None:
        """Note that the ResourceManager has forgotten everything.

        Asks are dropped: whoever asks knows best what is still missing.
        """
        self.response_id = 0
        self._unanswered = None
        self._asks.clear()
        self._requests.clear()
        self._sent_blacklist = frozenset()
