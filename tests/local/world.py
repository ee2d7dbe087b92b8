"""A cluster without sockets and processes: the core, and what a test does to it."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from xlearning.hadoop.ids import ApplicationAttemptId, ContainerId, NodeId
from xlearning.hadoop.launch_context import ContainerLaunchContext
from xlearning.hadoop.records import ResourceRequest
from xlearning.hadoop.resource import Resource
from xlearning.local import (
    clock,
    lifecycle,
    masters,
    memory,
    placement,
    recovery,
    submissions,
)
from xlearning.local.applications import (
    Answer,
    Application,
    RmContainer,
    Submission,
)
from xlearning.local.cluster import Action, Cluster, StopContainer
from xlearning.local.nodes import Node
from xlearning.local.saved import SavedApplication
from xlearning.local.settings import QueueSpec, RmSettings
from xlearning.local.tokens import Tokens

STARTED = 1_700_000_000_000
SMALL = Resource(256, 1)


def fixed_bytes(count: int) -> bytes:
    """Return bytes that are the same in every run."""
    return bytes(range(count))


class World:
    """A cluster of nodes `n1`, `n2` … and its clock."""

    def __init__(
        self,
        nodes: int = 2,
        *,
        size: Resource | None = None,
        settings: RmSettings | None = None,
        labels: dict[int, str] | None = None,
    ) -> None:
        self.now = STARTED
        given = settings or RmSettings(STARTED)
        self.cluster = Cluster(given, Tokens(fixed_bytes))
        self.actions: list[Action] = []
        for number in range(1, nodes + 1):
            label = (labels or {}).get(number)
            node = Node(
                NodeId(f"n{number}", 1000 + number),
                f"n{number}:8042",
                size or Resource(4096, 8, 2),
                (label,) if label else (),
            )
            clock.add_node(self.cluster, node, self.now)

    def node(self, number: int) -> Node:
        """Return a node by its number."""
        return self.cluster.nodes[NodeId(f"n{number}", 1000 + number)]

    def submit(
        self,
        queue: str = "default",
        *,
        attempts: int = 0,
        keep: bool = False,
        size: Resource = SMALL,
    ) -> Application:
        """Submit an application."""
        submission = Submission(
            submissions.new_application_id(self.cluster),
            "alice",
            ContainerLaunchContext("true"),
            size,
            queue=queue,
            max_attempts=attempts,
            keep_containers=keep,
        )
        submissions.submit(self.cluster, submission, self.now)
        return self.cluster.applications[submission.application_id]

    def beat(self, *numbers: int) -> None:
        """Let nodes send a heartbeat, all of them without numbers."""
        chosen = [self.node(number) for number in numbers]
        for node in chosen or list(self.cluster.nodes.values()):
            placement.node_heartbeat(self.cluster, node.node_id, self.now)
        self.perform()

    def perform(self) -> None:
        """Take the actions; a stopped container's processes end at once."""
        while actions := self.cluster.take_actions():
            self.actions += actions
            for action in actions:
                if isinstance(action, StopContainer):
                    self.ended(action.container_id, 143)

    def run(
        self, queue: str = "default", *, attempts: int = 0, keep: bool = False
    ) -> Application:
        """Submit an application whose ApplicationMaster registers."""
        application = self.submit(queue, attempts=attempts, keep=keep)
        self.beat()
        self.register(application)
        return application

    def register(self, application: Application) -> masters.Registered:
        """Let an ApplicationMaster register."""
        address = ("am", -1, "http://am:1")
        attempt_id = application.attempt.id
        return masters.register(self.cluster, attempt_id, address, self.now)

    def ask(
        self,
        application: Application,
        *asks: ResourceRequest,
        releases: tuple[ContainerId, ...] = (),
        blacklist: tuple[str, ...] = (),
    ) -> Answer:
        """Send a heartbeat of an ApplicationMaster."""
        attempt = application.attempt
        assert attempt.answer is not None
        said = masters.Allocate(
            attempt.answer.response_id,
            asks=asks,
            releases=releases,
            blacklist=blacklist,
        )
        answer = masters.allocate(self.cluster, attempt.id, said, self.now)
        self.perform()
        return answer

    def get(self, application: Application, *asks: ResourceRequest) -> Answer:
        """Ask, let all nodes beat, and collect."""
        self.ask(application, *asks)
        self.beat()
        return self.ask(application)

    def start(self, application: Application) -> None:
        """Say that all containers of an application were started."""
        for container in application.attempt.containers.values():
            container.started = True

    def ended(self, container_id: ContainerId, exit_status: int = 0) -> None:
        """Report a container's end."""
        lifecycle.container_ended(
            self.cluster, container_id, exit_status, "words", self.now
        )

    def tick(self, passed_ms: int) -> None:
        """Let time pass, with one look at all deadlines at its end."""
        self.now += passed_ms
        clock.tick(self.cluster, self.now)
        self.perform()

    def restart(self, gone: tuple[ContainerId, ...] = ()) -> None:
        """End the process and start another; `gone` ended in between, unseen."""
        old, self.cluster = (
            self.cluster,
            Cluster(
                replace(self.cluster.settings, epoch=self.cluster.settings.epoch + 1),
                Tokens(fixed_bytes),
            ),
        )
        kept = memory.remember_tokens(old.tokens, old.rolled_ms)
        memory.recall_tokens(kept, self.cluster.tokens)
        for node in old.nodes.values():
            new = Node(node.node_id, node.http_address, node.total, node.labels)
            clock.add_node(self.cluster, new, self.now)
        for application in old.applications.values():
            saved = msgspec.json.encode(memory.remember(application))
            again = msgspec.json.decode(saved, type=SavedApplication)
            recovery.begin(self.cluster, memory.recall(again, self.now), self.now)
        running = [c for app in old.applications.values() for c in _of(app)]
        for node_id in self.cluster.nodes:
            there = [
                RmContainer(c.id, node_id, c.resource, acquired=True, started=True)
                for c in (*running, *old.leaving.values())
                if c.node_id == node_id and c.started and c.id not in gone
            ]
            recovery.node_found(self.cluster, node_id, there, self.now)
        self.perform()

    def check(self) -> None:
        """Check that all books agree.

        Raises:
            AssertionError: They do not.
        """
        held: dict[NodeId, list[Resource]] = {n: [] for n in self.cluster.nodes}
        queues: dict[str, list[Resource]] = {}
        seen: set[ContainerId] = set()
        for application in self.cluster.applications.values():
            given = _of(application)
            given += [
                c
                for c in self.cluster.leaving.values()
                if self.cluster.application_of(c.id) is application
            ]
            for container in given:
                assert container.id not in seen
                seen.add(container.id)
                held[container.node_id].append(container.resource)
                queues.setdefault(application.queue, []).append(container.resource)
            if application.ended and application.state != "FINISHED":
                assert not application.attempts or not application.attempt.containers
        from xlearning.local import amounts

        for node in self.cluster.nodes.values():
            assert node.used == amounts.total(held[node.node_id])
            assert node.used.fits_in(node.total)
        for queue, used in self.cluster.queue_used.items():
            assert used == amounts.total(queues.get(queue, []))
        alive = [node.total for node in self.cluster.nodes.values() if node.alive]
        assert self.cluster.capacity() == amounts.total(alive)
        assert list(self.cluster.unended) == [
            app.id for app in self.cluster.applications.values() if not app.ended
        ]


def _of(application: Application) -> list[RmContainer]:
    return [c for a in application.attempts for c in a.containers.values()]


def ask(count: int = 1, size: Resource = SMALL, priority: int = 1) -> ResourceRequest:
    """Return a plain ask."""
    return ResourceRequest(priority, size, count, allocation_request_id=priority)


def two_queues(**options: int) -> RmSettings:
    """Return settings with the queues `default` and `prod`, half each."""
    queues = (QueueSpec("default", 0.5), QueueSpec("prod", 0.5))
    return RmSettings(STARTED, queues=queues, **options)  # type: ignore[arg-type]  # all are numbers


def attempt_id(application: int = 1, attempt: int = 1) -> ApplicationAttemptId:
    """Return an attempt's id."""
    return ApplicationAttemptId(STARTED, application, attempt)
