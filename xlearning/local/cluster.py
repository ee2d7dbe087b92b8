"""All that the ResourceManager knows, and what it wants done. Pure.

The functions beside this module change a `Cluster` and append to its `actions`; the
server takes these after every call. What was done comes back as further calls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlearning.errors import ClusterError
from xlearning.hadoop.records import NodeState
from xlearning.local import amounts

if TYPE_CHECKING:
    from xlearning.hadoop.ids import ApplicationAttemptId, ContainerId, NodeId
    from xlearning.hadoop.records import NodeReport, Token
    from xlearning.hadoop.resource import Resource
    from xlearning.local.applications import Application, Attempt, RmContainer
    from xlearning.local.nodes import Node
    from xlearning.local.settings import QueueSpec, RmSettings
    from xlearning.local.tokens import Tokens

EXCEPTIONS = "org.apache.hadoop.yarn.exceptions."
BAD_REQUEST = "org.apache.hadoop.yarn.webapp.BadRequestException"
ABORTED = -100
PREEMPTED = -102
KILLED_BY_RM = -106
KILLED_AFTER_END = -107
LOST_NODE = "Container released on a *lost* node"


@dataclass(frozen=True, slots=True)
class LaunchMaster:
    """Start an ApplicationMaster on a node."""

    application_id: str
    attempt_id: ApplicationAttemptId
    container_id: ContainerId
    node_id: NodeId
    resource: Resource
    token: Token


@dataclass(frozen=True, slots=True)
class StopContainer:
    """End a container on its node."""

    node_id: NodeId
    container_id: ContainerId
    exit_status: int


@dataclass(frozen=True, slots=True)
class EndApplication:
    """End what is left of an application on all nodes, and collect its logs."""

    application_id: str


@dataclass(frozen=True, slots=True)
class SaveApplication:
    """Remember an application across restarts."""

    application_id: str


@dataclass(frozen=True, slots=True)
class SaveTokens:
    """Remember the keys of tokens across restarts."""


Action = LaunchMaster | StopContainer | EndApplication | SaveApplication | SaveTokens


@dataclass(frozen=True, slots=True)
class _Offer:
    total: Resource
    largest: Resource
    active: int


@dataclass(slots=True)
class Cluster:
    """The whole cluster.

    Attributes:
        settings: How it is set up.
        tokens: Its tokens.
        nodes: By id.
        applications: By id, in the order of submission.
        unended: Those of them that have not ended; each has an attempt that lives.
        actions: What has to be done; the server empties it.
        leaving: Containers that the ResourceManager has written off, and whose nodes
            have not reported their end: they hold their resources until then.
        queue_used: What each queue has.
        next_application: The next application's number.
        rolled_ms: When keys were last announced.
    """

    settings: RmSettings
    tokens: Tokens
    nodes: dict[NodeId, Node] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    unended: dict[str, Application] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    leaving: dict[ContainerId, RmContainer] = field(default_factory=dict)
    queue_used: dict[str, Resource] = field(default_factory=dict)
    next_application: int = 1
    rolled_ms: int = 0
    _offer: _Offer | None = None

    def take_actions(self) -> list[Action]:
        """Return what has to be done now, and forget it."""
        actions, self.actions = self.actions, []
        return actions

    @property
    def offer(self) -> _Offer:
        """What all nodes together are, counted once until a node changes."""
        if self._offer is None:
            alive = [node.total for node in self.nodes.values() if node.alive]
            active = sum(n.state is NodeState.RUNNING for n in self.nodes.values())
            most = self.settings.maximum
            largest = amounts.largest(alive) if alive else most
            self._offer = _Offer(
                amounts.total(alive), amounts.smallest([largest, most]), active
            )
        return self._offer

    def capacity(self) -> Resource:
        """Return what all living nodes offer."""
        return self.offer.total

    def largest_container(self) -> Resource:
        """Return the greatest container: of registered nodes, within what is set."""
        return self.offer.largest

    def queue(self, name: str) -> QueueSpec | None:
        """Return a leaf queue by its name or full path."""
        short = name.removeprefix("root.")
        return next((q for q in self.settings.queues if q.name == short), None)

    def used_by(self, queue: str) -> Resource:
        """Return what a queue has."""
        return self.queue_used.get(queue, amounts.NOTHING)

    def application_of(self, container_id: ContainerId) -> Application | None:
        """Return the application that a container is of."""
        return self.applications.get(container_id.attempt_id.application_id)

    def attempt(self, attempt_id: ApplicationAttemptId) -> tuple[Application, Attempt]:
        """Return a current attempt.

        Raises:
            ClusterError: It is over, or never was.
        """
        application = self.applications.get(attempt_id.application_id)
        if (
            application is None
            or not application.attempts
            or application.attempt.id != attempt_id
            or application.attempt.finished_ms
            or (application.ended and application.kill is not None)
        ):
            raise refusal(
                "ApplicationAttemptNotFoundException",
                f"Application attempt {attempt_id} doesn't exist in "
                "ApplicationMasterService cache.",
            )
        return application, application.attempt

    def give(
        self, application: Application, container: RmContainer, node: Node
    ) -> None:
        """Give a container away."""
        node.take(container.id, container.resource)
        queue = application.queue
        self.queue_used[queue] = amounts.add(self.used_by(queue), container.resource)
        application.attempt.containers[container.id] = container

    def take_back(self, application: Application, container: RmContainer) -> None:
        """Have a container's resources back; a second time it does nothing."""
        node = self.nodes[container.node_id]
        if container.id in node.containers:
            node.give_back(container.id, container.resource)
            used = self.used_by(application.queue)
            self.queue_used[application.queue] = amounts.subtract(
                used, container.resource
            )

    def node_changed(self, report: NodeReport) -> None:
        """Count nodes anew, and tell every ApplicationMaster of this one."""
        self._offer = None
        for application in self.unended.values():
            application.attempt.news.nodes[report.node_id] = report

    @property
    def active_nodes(self) -> int:
        """How many nodes serve."""
        return self.offer.active


def refusal(java_class: str, message: str) -> ClusterError:
    """Return YARN's refusal; a short class is one of YARN's exceptions."""
    name = java_class if "." in java_class else EXCEPTIONS + java_class
    return ClusterError(message, java_class=name, remote_text=message)
