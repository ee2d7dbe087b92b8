"""The state of a job.

Only the functions below `decide` change it. Counts are kept beside the tasks, so that
no event costs more in a large job than in a small one.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from xlearning.frameworks.registry import adapter
from xlearning.job.ids import TaskId, TryId
from xlearning.job.snapshot import Message
from xlearning.job.states import JobPhase, Outcome, TaskState

if TYPE_CHECKING:
    from xlearning.am.saving import Save
    from xlearning.frameworks.base import ClusterView, Shape
    from xlearning.io.splits import InputFile
    from xlearning.io.streams.orders import StreamSplit
    from xlearning.job.causes import Cause
    from xlearning.job.spec import JobSpec

MESSAGES_KEPT = 1000
"""Lines for the user that are kept, as in XLearning's `messages.len.max`."""


class Stage(StrEnum):
    """Where a container stands, from our side."""

    STARTING = "STARTING"
    """Its start was ordered and is not acknowledged."""
    STARTED = "STARTED"
    """The NodeManager took the order; no agent yet."""
    ATTACHED = "ATTACHED"
    """Its agent has an open stream."""
    DETACHED = "DETACHED"
    """Its agent's stream broke."""


NOT_ATTACHED_YET = (Stage.STARTING, Stage.STARTED)
"""Stages of a container of whose agent nothing was heard."""


@dataclass(slots=True)
class Container:
    """A container that is ours until YARN says that it has ended.

    Attributes:
        run: The try that it was given to; it stays when the try has ended.
        until: When it is given up unless an agent is attached.
        stop_sent: We asked its agent or its NodeManager to end it.
        lost: YARN counts it as ended, but its agent still talks to us.
    """

    container_id: str
    run: TryId
    node: str
    http_address: str
    until: float
    stage: Stage = Stage.STARTING
    stop_sent: bool = False
    lost: bool = False

    @property
    def host(self) -> str:
        """The node's host name."""
        return self.node.rpartition(":")[0]


@dataclass(slots=True)
class Task:
    """A task and its current try.

    Attributes:
        number: Number of the try.
        faults: Tries that the cluster cost us.
    """

    id: TaskId
    since: float
    state: TaskState = TaskState.WAITING
    number: int = 0
    faults: int = 0
    container_id: str = ""
    host: str = ""
    http_address: str = ""
    address: str = ""
    gpus: tuple[str, ...] = ()
    waiting_for: str = ""
    started: float = 0.0
    ended: float = 0.0
    cause: Cause | None = None
    uploaded: tuple[str, ...] = ()

    @property
    def run(self) -> TryId:
        """The current try."""
        return TryId(self.id, self.number)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the job ends, and why."""

    outcome: Outcome
    diagnostics: str
    since: float


@dataclass(slots=True)
class JobState:
    """A whole job.

    Attributes:
        listing: The outputs are being claimed and the input listed.
        shares: What came of it; None as long as the outputs are not ours.
        splits: With the strategy STREAM, what came of it as well.
        input_bytes: The size of each share.
        located: How much of each share was looked for in time.
        near: For each share, host to the bytes of it that are there.
        anywhere: Roles whose wish to be spread or packed could not be had.
        nearest: Role and host to the tasks whose input is there, the most first.
        saves: Saves of the model, the oldest first; only the last can be under way.
    """

    spec: JobSpec
    shape: Shape
    started: float
    phase: JobPhase = JobPhase.STARTING
    phase_since: float = 0.0
    attempt: int = 0
    tasks: dict[TaskId, Task] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    counts: dict[str, Counter[TaskState]] = field(default_factory=dict)
    free: dict[str, list[int]] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    asks_held_until: float = 0.0
    listing: bool = False
    shares: dict[str, tuple[InputFile, ...]] | None = None
    splits: dict[str, tuple[StreamSplit, ...]] = field(default_factory=dict)
    input_bytes: dict[str, int] = field(default_factory=dict)
    located: dict[str, int] = field(default_factory=dict)
    near: dict[str, dict[str, int]] = field(default_factory=dict)
    anywhere: set[str] = field(default_factory=set)
    nearest: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    view: ClusterView | None = None
    generation: int = 0
    gang_since: float = 0.0
    saves: list[Save] = field(default_factory=list)
    verdict: Verdict | None = None
    rm_lost_since: float = 0.0
    timers: list[tuple[float, str, str]] = field(default_factory=list)
    messages: deque[Message] = field(
        default_factory=lambda: deque(maxlen=MESSAGES_KEPT)
    )
    last_message: int = 0

    # ---- reading

    def count(self, role: str, *states: TaskState) -> int:
        """Return how many tasks of a role are in one of these states."""
        counts = self.counts[role]
        return sum(counts[state] for state in states)

    def total(self, *states: TaskState) -> int:
        """Return how many tasks of the job are in one of these states."""
        return sum(self.count(role, *states) for role in self.counts)

    def task_of(self, container_id: str, try_number: int) -> Task | None:
        """Return the task whose current try runs in a container.

        None when the container is unknown, or its try is not the current one.
        """
        container = self.containers.get(container_id)
        if container is None or container.run.number != try_number:
            return None
        task = self.tasks[container.run.task]
        return task if task.container_id == container_id else None

    def awaits_list(self, role: str) -> bool:
        """Say whether containers of a role are started with their input, once listed.

        For all others the list of input is made while containers are got and started.
        """
        cached = self.spec.data.cache_input and bool(self.spec.inputs)
        return cached and self.shares is None and role in self.shape.input_roles

    def next_deadline(self) -> float | None:
        """Return when `Ticked` is due, None when nothing has a deadline."""
        return self.timers[0][0] if self.timers else None

    def keeps_outputs(self, role: str) -> bool:
        """Say whether outputs of a stopped task are wanted: at a success they are."""
        good = self.verdict is not None and self.verdict.outcome is Outcome.SUCCEEDED
        return good and role in self.shape.output_roles

    # ---- changing

    def move(self, task: Task, state: TaskState, now: float) -> None:
        """Bring a task into a state and tell the user."""
        if task.state is state:
            return
        counts = self.counts[task.id.role]
        counts[task.state] -= 1
        counts[state] += 1
        task.state, task.since = state, now
        if state is TaskState.WAITING:
            heapq.heappush(self.free[task.id.role], task.id.index)
        elif self.spec.options.report_container_status:
            # The words that XLearning's users grep for.
            who = f"container {task.container_id}"
            self.say(f"{who} status is {state} ({task.id.label})", now)

    def say(self, text: str, now: float) -> None:
        """Add a line for the user."""
        self.last_message += 1
        self.messages.append(Message(self.last_message, int(now * 1000), text))

    def set_timer(self, at: float, kind: str, key: str = "") -> None:
        """Ask for a `Ticked`; whoever handles it checks that it still counts."""
        heapq.heappush(self.timers, (at, kind, key))

    def pop_timer(self) -> tuple[float, str, str]:
        """Take the timer that is due first."""
        return heapq.heappop(self.timers)

    def enter(self, phase: JobPhase, now: float) -> None:
        """Bring the job into a phase."""
        self.phase, self.phase_since = phase, now


def new_state(spec: JobSpec, now: float) -> JobState:
    """Return the state of a job of which nothing has happened yet."""
    state = JobState(spec, adapter(spec.application_type).shape(spec), now)
    state.phase_since = now
    for role in spec.roles:
        state.counts[role.name] = Counter({TaskState.WAITING: role.count})
        state.free[role.name] = list(range(role.count))
        state.asked[role.name] = 0
        for index in range(role.count):
            task = TaskId(role.name, index)
            state.tasks[task] = Task(task, now)
    return state
