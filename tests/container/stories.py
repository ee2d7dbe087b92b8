"""Plays events to an agent's life cycle and checks its invariants after each."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from xlearning.container.actions import (
    Action,
    Exit,
    Report,
    SpawnTrainer,
    UploadOutputs,
)
from xlearning.container.assignment import Assignment, Output, Phase, TaskReport
from xlearning.container.events import (
    Assigned,
    Event,
    InputFetched,
    TrainerExited,
    TrainerStarted,
    TreeEnded,
    ViewArrived,
)
from xlearning.container.lifecycle import decide, next_deadline
from xlearning.container.state import AgentState, check_invariants
from xlearning.frameworks.base import ClusterView
from xlearning.job.ids import TaskId
from xlearning.job.resources import Resources
from xlearning.job.spec import JobOptions, JobSpec, RoleSpec, RuntimeSpec

OUTPUT = Output("hdfs://nn/out", "model", "hdfs://nn/out/_temporary/worker-0-0")


def a_job(**changes: object) -> JobSpec:
    """Return a job of two workers."""
    worker = RoleSpec("worker", 2, Resources(512, 1), ("true",))
    job = JobSpec(
        application_id="application_1700000000000_0001",
        name="a job",
        application_type="XLEARNING",
        user="alice",
        queue="default",
        priority=0,
        am=Resources(256, 1),
        roles=(worker,),
        staging_url="file:///staging",
        runtime=RuntimeSpec(python="/usr/bin/python3"),
        default_fs="file:///",
        options=JobOptions(agent_heartbeat_s=0.5, stop_grace_s=1.0),
    )
    return msgspec.structs.replace(job, **changes)


def with_gpus(job: JobSpec, count: int) -> JobSpec:
    """Return the job with GPUs for each worker."""
    [worker] = job.roles
    resources = msgspec.structs.replace(worker.resources, gpus=count)
    worker = msgspec.structs.replace(worker, resources=resources)
    return msgspec.structs.replace(job, roles=(worker,))


def an_assignment(
    *,
    job: JobSpec | None = None,
    command: tuple[str, ...] = ("python", "demo.py"),
    outputs: tuple[Output, ...] = (),
    ports: int = 0,
    gpus: int = 0,
) -> Assignment:
    """Return worker 0, try 0."""
    return Assignment(
        task=TaskId("worker", 0),
        try_number=0,
        command=command,
        environment={},
        inputs=(),
        aliases=(),
        outputs=outputs,
        ports=ports,
        job=with_gpus(job or a_job(), gpus),
        hadoop={},
    )


def a_view(generation: int = 1) -> ClusterView:
    """Return a view."""
    return ClusterView(generation, {"worker": ("n1:1", "n2:2")})


@dataclass
class Story:
    """An agent's life, event by event.

    Attributes:
        state: The agent's memory.
        now: The clock.
        actions: Everything it was told to do.
    """

    state: AgentState = field(default_factory=AgentState)
    now: float = 100.0
    actions: list[Action] = field(default_factory=list)

    def play(self, *events: Event, after_s: float = 0.0) -> list[Action]:
        """Let events happen and return what the last of them leads to."""
        self.now += after_s
        actions: list[Action] = []
        for event in events:
            actions = decide(self.state, event, self.now)
            self.actions += actions
            check_invariants(self.state)
            check_history(self.actions)
        return actions

    @property
    def deadline_s(self) -> float | None:
        """How long until a tick is due."""
        deadline = next_deadline(self.state)
        return None if deadline is None else deadline - self.now

    @property
    def reports(self) -> list[TaskReport]:
        """What the ApplicationMaster is told."""
        return [action.report for action in self.actions if isinstance(action, Report)]

    @property
    def phases(self) -> list[Phase]:
        """The phases that it is told of."""
        return [report.phase for report in self.reports]

    @property
    def exit_codes(self) -> list[int]:
        """With what the agent ended."""
        return [action.code for action in self.actions if isinstance(action, Exit)]

    # ---- beginnings

    def ready(self, assignment: Assignment | None = None) -> Story:
        """Be ready and wait for the view."""
        self.play(Assigned(assignment or an_assignment()), InputFetched())
        return self

    def running(self, *, outputs: tuple[Output, ...] = ()) -> Story:
        """Run a trainer."""
        self.ready(an_assignment(outputs=outputs))
        self.play(ViewArrived(a_view()), TrainerStarted())
        return self

    def saving(self) -> Story:
        """Upload the outputs of a trainer that ended well."""
        self.running(outputs=(OUTPUT,))
        self.play(TrainerExited(0, ""), TreeEnded())
        return self

    def ended(self) -> Story:
        """Have told that a trainer ended well."""
        self.running()
        self.play(TrainerExited(0, ""), TreeEnded())
        return self


def check_history(actions: list[Action]) -> None:
    """Fail when the actions so far break a rule, whatever the events were.

    Raises:
        AssertionError: They do.
    """
    spawns = [one for one in actions if isinstance(one, SpawnTrainer)]
    uploads = [one for one in actions if isinstance(one, UploadOutputs)]
    exits = [one for one in actions if isinstance(one, Exit)]
    assert len(spawns) <= 1, "a trainer is doubled"
    assert len(uploads) <= len(spawns), "an upload without a trainer, or two"
    assert len(exits) <= 1, "two ends"
    assert not exits or actions[-1] is exits[0], "something is done after the end"
    phases = [
        one.report.phase
        for one in actions
        if isinstance(one, Report) and one.report.save is None
    ]
    order = [p for p in Phase if p in phases]
    distinct = [p for i, p in enumerate(phases) if p not in phases[:i]]
    assert distinct == order, f"reports go backwards: {phases}"
    assert phases.count(Phase.ENDED) <= 1, "an end is told twice"
    reports = [one.report for one in actions if isinstance(one, Report)]
    ends = [report.phase for report in reports if report.cause is not None]
    assert ends == [Phase.ENDED] * phases.count(Phase.ENDED), "an end without a cause"
