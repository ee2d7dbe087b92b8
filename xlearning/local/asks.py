"""What one attempt asks for: the table, and what of it may be served where. Pure.

The rules are `AppSchedulingInfo` and `RegularContainerAllocator` of YARN's: one shape
for each priority and allocation request id, of which the last one counts; a count
replaces the one before; nothing is served without an entry for `*`, and nothing at a
host without one for its rack.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from xlearning.hadoop.records import ANY_HOST, NO_ALLOCATION_REQUEST_ID
from xlearning.local.nodes import RACK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xlearning.hadoop.records import ResourceRequest
    from xlearning.hadoop.resource import Resource
    from xlearning.local.nodes import Node


@dataclass(frozen=True, slots=True, order=True)
class AskKey:
    """What has one shape: the lower priorities come first."""

    priority: int
    allocation_request_id: int


@dataclass(slots=True)
class _Entry:
    by_name: dict[str, ResourceRequest] = field(default_factory=dict)
    missed: int = 0


@dataclass(slots=True)
class AskTable:
    """The open asks of one attempt.

    Attributes:
        blacklist: Hosts and racks where nothing is wanted.
    """

    blacklist: set[str] = field(default_factory=set)
    _entries: dict[AskKey, _Entry] = field(default_factory=dict)

    def update(self, asks: Iterable[ResourceRequest]) -> None:
        """Take asks, already rounded; each replaces the one of its key and place."""
        for ask in asks:
            request_id = ask.allocation_request_id
            key = AskKey(
                ask.priority,
                NO_ALLOCATION_REQUEST_ID if request_id is None else request_id,
            )
            entry = self._entries.setdefault(key, _Entry())
            entry.by_name[ask.resource_name] = ask
            entry.missed = 0

    @property
    def pending(self) -> int:
        """How many containers are missing."""
        return sum(max(0, each.count) for each in self.wanted())

    def wanted(self) -> Iterator[ResourceRequest]:
        """Yield the entries for `*` that are not served."""
        for key in sorted(self._entries):
            ask = self._entries[key].by_name.get(ANY_HOST)
            if ask is not None and ask.count > 0:
                yield ask

    def servable(self, node: Node, nodes: int) -> Iterator[tuple[AskKey, Resource]]:
        """Yield what may be served at a node, the most important first.

        Args:
            node: Where there is room.
            nodes: How many nodes there are: a relaxed ask for a host passes so many
                heartbeats of others before it goes elsewhere.
        """
        if self.blacklist & {node.node_id.host, RACK}:
            return
        for key in sorted(self._entries):
            entry = self._entries[key]
            ask = entry.by_name.get(ANY_HOST)
            if ask is None or ask.count <= 0 or (ask.node_label or "") != node.label:
                continue
            if self._may_be_at(entry, ask, node, nodes):
                yield key, ask.capability

    @staticmethod
    def _may_be_at(entry: _Entry, ask: ResourceRequest, node: Node, nodes: int) -> bool:
        hosts = entry.by_name.keys() - {ANY_HOST, RACK}
        rack = entry.by_name.get(RACK)
        if hosts and rack is None:
            return False
        here = entry.by_name.get(node.node_id.host)
        if here is not None and here.count > 0:
            return True
        if rack is not None and rack.count > 0:
            if not rack.relax_locality:
                return False
        elif not ask.relax_locality:
            return False
        if any(entry.by_name[host].count > 0 for host in hosts):
            entry.missed += 1
            return entry.missed > nodes
        return True

    def served(self, key: AskKey, host: str) -> None:
        """Count one container down, at every place that it was asked for."""
        by_name = self._entries[key].by_name
        for name in (ANY_HOST, RACK, host):
            ask = by_name.get(name)
            if ask is not None and ask.count > 0:
                by_name[name] = replace(ask, count=ask.count - 1)
        self._entries[key].missed = 0

    def clear(self) -> None:
        """Forget all asks; the blacklist stays."""
        self._entries.clear()
