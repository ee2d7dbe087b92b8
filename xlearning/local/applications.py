"""Applications, their attempts and containers, with YARN's states. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from xlearning.hadoop.ids import ApplicationAttemptId, ContainerId, NodeId
from xlearning.hadoop.records import NO_ALLOCATION_REQUEST_ID, NodeReport
from xlearning.local import amounts
from xlearning.local.asks import AskTable

if TYPE_CHECKING:
    from xlearning.hadoop.launch_context import ContainerLaunchContext
    from xlearning.hadoop.records import Container, ContainerStatus, NMToken
    from xlearning.hadoop.resource import Resource
    from xlearning.local.asks import AskKey

APPLICATION_TYPE_LENGTH = 20


class AppState(StrEnum):
    """YARN's `YarnApplicationState`."""

    NEW = "NEW"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


ENDED = frozenset((AppState.FINISHED, AppState.FAILED, AppState.KILLED))


class AttemptState(StrEnum):
    """YARN's `YarnApplicationAttemptState`, as far as it shows."""

    SCHEDULED = "SCHEDULED"
    LAUNCHED = "LAUNCHED"
    RUNNING = "RUNNING"
    FINISHING = "FINISHING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


@dataclass(frozen=True, slots=True)
class Submission:
    """An application as it was submitted.

    Attributes:
        application_id: YARN's text.
        user: On whose behalf.
        name: Its name.
        queue: As it was named, without `root.`.
        application_type: At most 20 characters.
        tags: In lower case.
        priority: -1 where none was given.
        max_attempts: 0 for the cluster's.
        keep_containers: Across attempts.
        failures_validity_ms: Failures older than this do not count; -1: all do.
        resource: Of the ApplicationMaster.
        context: What it is launched with.
        am_label: Node label of the ApplicationMaster, "" for none.
        label: Node label of asks that name none.
    """

    application_id: str
    user: str
    context: ContainerLaunchContext
    resource: Resource
    name: str = "N/A"
    queue: str = "default"
    application_type: str = "YARN"
    tags: tuple[str, ...] = ()
    priority: int = -1
    max_attempts: int = 0
    keep_containers: bool = False
    failures_validity_ms: int = -1
    am_label: str = ""
    label: str = ""


@dataclass(slots=True)
class RmContainer:
    """A container that is given away and has not ended.

    Attributes:
        id: Its id.
        node_id: Where.
        resource: How much.
        priority: Of its ask.
        key: Which ask it answers; None for an ApplicationMaster.
        allocated_ms: When it was given.
        acquired: Whether its ApplicationMaster has been told.
        started: Whether its NodeManager has been told.
        ended: Whether its ApplicationMaster was told of an end that the NodeManager
            has yet to confirm.
        warned_ms: When its preemption was announced, 0 for never.
    """

    id: ContainerId
    node_id: NodeId
    resource: Resource
    priority: int = 0
    key: AskKey | None = None
    allocated_ms: int = 0
    acquired: bool = False
    started: bool = False
    ended: bool = False
    warned_ms: int = 0

    @property
    def allocation_request_id(self) -> int:
        """Of its ask."""
        return self.key.allocation_request_id if self.key else NO_ALLOCATION_REQUEST_ID


@dataclass(slots=True)
class News:
    """What an ApplicationMaster has not been told yet."""

    allocated: list[ContainerId] = field(default_factory=list)
    completed: list[ContainerStatus] = field(default_factory=list)
    nodes: dict[NodeId, NodeReport] = field(default_factory=dict)
    preempted: list[ContainerId] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """What `allocate` answers; kept, so that it can be repeated."""

    response_id: int
    containers: tuple[Container, ...] = ()
    completed: tuple[ContainerStatus, ...] = ()
    nodes: tuple[NodeReport, ...] = ()
    nm_tokens: tuple[NMToken, ...] = ()
    preempted: tuple[ContainerId, ...] = ()
    available: Resource = amounts.NOTHING
    node_count: int = 0
    priority: int = 0


@dataclass(slots=True)
class Attempt:
    """One life of an ApplicationMaster.

    Attributes:
        id: Its id.
        state: YARN's.
        started_ms: When it was made.
        master: Its ApplicationMaster's container, None before it is given.
        master_node: That container's node, also after its end.
        asks: What it asks for.
        containers: All of it that have not ended, the ApplicationMaster's and those of
            earlier attempts too.
        news: What it has not been told.
        answer: The last answer, None before it registered.
        nm_tokens: Master key by node of the NMTokens that it has.
        finished_ms: 0 before its end.
    """

    id: ApplicationAttemptId
    started_ms: int
    state: AttemptState = AttemptState.SCHEDULED
    master: ContainerId | None = None
    master_node: NodeId | None = None
    asks: AskTable = field(default_factory=AskTable)
    containers: dict[ContainerId, RmContainer] = field(default_factory=dict)
    news: News = field(default_factory=News)
    answer: Answer | None = None
    nm_tokens: dict[NodeId, int] = field(default_factory=dict)
    host: str = "N/A"
    rpc_port: int = -1
    tracking_url: str = ""
    progress: float = 0.0
    seen_ms: int = 0
    finished_ms: int = 0
    diagnostics: str = ""
    launch_diagnostics: str = ""
    next_container: int = 1

    @property
    def registered(self) -> bool:
        """Whether its ApplicationMaster is known."""
        return self.answer is not None

    def new_container_id(self, epoch: int) -> ContainerId:
        """Return the next container's id."""
        number = epoch << 40 | self.next_container
        self.next_container += 1
        return ContainerId(self.id, number)


@dataclass(slots=True)
class Application:
    """An application.

    Attributes:
        submission: As it was submitted.
        queue: Its queue, without `root.`.
        attempts: The last one is the current one.
        final_status: `UNDEFINED` before its end.
        kill: Words of the kill under way, None when there is none.
        lifetime_ms: When it is killed, 0 for never.
    """

    submission: Submission
    queue: str
    priority: int
    submitted_ms: int
    state: AppState = AppState.ACCEPTED
    attempts: list[Attempt] = field(default_factory=list)
    final_status: str = "UNDEFINED"
    diagnostics: str = ""
    tracking_url: str = ""
    launched_ms: int = 0
    finished_ms: int = 0
    kill: str | None = None
    lifetime_ms: int = 0
    failures_ms: list[int] = field(default_factory=list)
    memory_mb_s: float = 0.0
    vcore_s: float = 0.0
    log_aggregation: str = "DISABLED"

    @property
    def id(self) -> str:
        """YARN's text."""
        return self.submission.application_id

    @property
    def attempt(self) -> Attempt:
        """The current attempt."""
        return self.attempts[-1]

    @property
    def ended(self) -> bool:
        """Whether its state will not change."""
        return self.state in ENDED

    def begin_attempt(self, now: int) -> Attempt:
        """Begin the next attempt."""
        _, stamp, number = self.id.split("_")
        attempt_id = ApplicationAttemptId(
            int(stamp), int(number), len(self.attempts) + 1
        )
        attempt = Attempt(attempt_id, now, seen_ms=now)
        self.attempts.append(attempt)
        self.state = AppState.ACCEPTED
        return attempt

    def used(self) -> Resource:
        """Return what its containers have."""
        if not self.attempts:
            return amounts.NOTHING
        held = self.attempt.containers.values()
        return amounts.total([each.resource for each in held])
