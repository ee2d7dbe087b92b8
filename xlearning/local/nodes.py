"""The nodes as the ResourceManager sees them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlearning.hadoop.records import NodeReport, NodeState
from xlearning.local import amounts

if TYPE_CHECKING:
    from xlearning.hadoop.ids import ContainerId, NodeId
    from xlearning.hadoop.resource import Resource

RACK = "/default-rack"
_SCHEDULABLE = (NodeState.RUNNING,)


@dataclass(slots=True)
class Node:
    """A NodeManager.

    Attributes:
        node_id: Its address.
        http_address: `host:port` of its pages.
        total: What it offers.
        labels: Its labels; YARN allows one.
        state: YARN's.
        used: What is given away.
        containers: Which containers are there.
        seen_ms: Its last heartbeat.
    """

    node_id: NodeId
    http_address: str
    total: Resource
    labels: tuple[str, ...] = ()
    state: NodeState = NodeState.RUNNING
    used: Resource = amounts.NOTHING
    containers: set[ContainerId] = field(default_factory=set)
    seen_ms: int = 0

    @property
    def label(self) -> str:
        """Its partition: its label, "" for none."""
        return self.labels[0] if self.labels else ""

    @property
    def alive(self) -> bool:
        """Whether it counts as there."""
        return self.state in (NodeState.RUNNING, NodeState.DECOMMISSIONING)

    @property
    def takes_containers(self) -> bool:
        """Whether new containers may be put there."""
        return self.state in _SCHEDULABLE

    def fits(self, amount: Resource) -> bool:
        """Say whether so much is free."""
        return amounts.add(self.used, amount).fits_in(self.total)

    def take(self, container_id: ContainerId, amount: Resource) -> None:
        """Give a part away."""
        self.containers.add(container_id)
        self.used = amounts.add(self.used, amount)

    def give_back(self, container_id: ContainerId, amount: Resource) -> None:
        """Have a part back; a second time it does nothing."""
        if container_id in self.containers:
            self.containers.remove(container_id)
            self.used = amounts.subtract(self.used, amount)

    def report(self) -> NodeReport:
        """Return what ApplicationMasters are told."""
        return NodeReport(
            self.node_id,
            self.state,
            self.http_address,
            RACK,
            self.used,
            self.total,
            labels=self.labels,
        )
