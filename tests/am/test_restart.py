"""A later attempt goes on where the one before stopped, wherever that was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.am.actions import (
    Ask,
    Assign,
    CommitOutputs,
    CommitSave,
    DiscardOutputs,
    Finish,
    ListInput,
    ReleaseAgent,
    Start,
    StopContainer,
    StopTask,
)
from xlearning.am.events import (
    AgentAttached,
    AgentDetached,
    ContainerCompleted,
    ContainerStarted,
    InputListed,
    OutputsCommitted,
    OutputsDiscarded,
    Registered,
    ResourceManagerLost,
    SaveAsked,
    StartRefused,
    StopRequested,
    TaskEnded,
    TaskReady,
    TaskRunning,
    TaskSaved,
    Ticked,
)
from xlearning.am.restart import GONE_PATIENCE_S, RETURN_PATIENCE_S
from xlearning.am.state import Stage
from xlearning.am.tasks import DETACHED_PATIENCE_S
from xlearning.am.verdict import GIVE_UP_S
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.ids import TaskId
from xlearning.job.states import JobPhase, Outcome, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.am.conftest import Story
    from xlearning.am.actions import Action
    from xlearning.job.spec import JobSpec

OUT = "hdfs://nn:8020/out"
WELL = Cause(CauseKind.SUCCEEDED)
STOPPED = Cause(CauseKind.STOPPED)
TYPES = ("memory-mb", "vcores")


def restart(story: Story, kept: Sequence[str], attempt: int = 2) -> list[Action]:
    """Begin another attempt, a while after the one before."""
    story.now += 5.0
    return story.tell(Registered(attempt, TYPES, tuple(kept)))


def test_programs_run_on_and_their_agents_are_told_what_they_know(
    training: Story,
) -> None:
    containers = training.run("worker", "worker", "ps")
    assert restart(training, containers) == []
    assert training.state.attempt == 2
    assert training.state.phase is JobPhase.RUNNING
    assert "3 of 3 containers are there" in training.state.messages[-1].text
    for container in containers:
        told = training.tell(AgentAttached(container))
        assert [type(action) for action in told] == [Assign, Start]
    assert training.state.generation == 1, "nobody is started anew"
    training.now += RETURN_PATIENCE_S
    assert training.tell(Ticked()) == []
    assert training.state.total(TaskState.RUNNING) == 3


def test_a_registration_that_is_said_again_changes_nothing(training: Story) -> None:
    containers = training.run("worker", "worker", "ps")
    restart(training, containers)
    before = training.state.messages[-1]
    training.tell(AgentAttached(containers[0]))
    assert training.tell(Registered(2, TYPES, ())) == []
    assert training.state.messages[-1] == before
    assert training.state.containers[containers[0]].stage is Stage.ATTACHED


def test_what_was_asked_for_is_asked_for_again(training: Story) -> None:
    training.tell(Registered(1, TYPES))
    training.tell(InputListed({}))
    containers, _ = training.allocate("worker")
    training.tell(ResourceManagerLost("connection refused"))
    assert restart(training, containers) == [Ask("worker", 1), Ask("ps", 1)]
    assert training.state.rm_lost_since == 0.0


def test_a_container_that_is_not_known_is_ended(training: Story) -> None:
    containers = training.run("worker", "worker", "ps")
    told = restart(training, [*containers, "container_1_1_01_000099"])
    assert told == [StopContainer("container_1_1_01_000099")]
    story = [StopTask("container_1_1_01_000099", 5.0)]
    told = training.tell(AgentAttached("container_1_1_01_000099"))
    assert told == [*story, ReleaseAgent("container_1_1_01_000099")]


def test_an_attempt_that_finds_no_journal_begins_anew(training: Story) -> None:
    told = training.tell(Registered(2, TYPES, ("container_1_1_01_000002",)))
    assert told[:2] == [StopContainer("container_1_1_01_000002"), ListInput()]
    assert training.state.attempt == 2


def test_a_container_that_did_not_survive_is_heard_of_or_given_up(
    tell: Callable[[JobSpec], Story], job: Callable[..., JobSpec]
) -> None:
    story = tell(job("TENSORFLOW", worker=2))
    story.tell(Registered(1, TYPES))
    story.tell(InputListed({}))
    (first, second), _ = story.allocate("worker", "worker")
    restart(story, [])
    told = story.tell(ContainerCompleted(first, -100, "Container of a completed app"))
    assert told == [Ask("worker", 1)]
    story.now += GONE_PATIENCE_S
    assert story.tell(Ticked()) == [StopContainer(second), Ask("worker", 2)]
    assert not story.state.containers, "nobody will tell of its end"


def test_a_program_whose_agent_does_not_come_back_is_lost(training: Story) -> None:
    containers = training.run("worker", "worker", "ps")
    restart(training, containers)
    for container in containers[1:]:
        training.tell(AgentAttached(container))
    training.now += RETURN_PATIENCE_S
    training.tell(Ticked())
    verdict = training.state.verdict
    assert verdict is not None
    assert "did not come back to the new ApplicationMaster" in verdict.diagnostics


def test_patience_with_a_broken_stream_begins_anew(training: Story) -> None:
    containers = training.run("worker", "worker", "ps")
    training.tell(AgentDetached(containers[0]))
    training.now += 29.0
    restart(training, containers)
    assert training.tell(Ticked()) == []
    training.tell(AgentAttached(containers[0]))
    assert training.state.verdict is None


def test_the_list_of_input_is_made_again(training: Story) -> None:
    training.tell(Registered(1, TYPES))
    assert ListInput() in restart(training, [])
    training.tell(StopRequested("alice"))
    assert training.state.phase is JobPhase.STOPPING
    assert ListInput() in restart(training, [], 3), "what was claimed is given up"
    assert training.tell(InputListed({})) == [DiscardOutputs((OUT,))]


def stopping(training: Story) -> list[str]:
    """Bring a job to where its service has to be ended."""
    containers = training.run("worker", "worker", "ps")
    for worker in containers[:2]:
        training.tell(TaskEnded(worker, 0, WELL, (OUT,)))
        training.tell(ContainerCompleted(worker, 0, ""))
    assert training.state.phase is JobPhase.STOPPING
    return containers


def test_a_service_is_stopped_again_with_its_time(training: Story) -> None:
    ps = stopping(training)[2]
    assert restart(training, [ps]) == []
    assert training.state.phase_since == training.now
    told = training.tell(AgentAttached(ps))
    assert told[-1] == StopTask(ps, 5.0, keep_outputs=True)
    training.tell(TaskEnded(ps, 0, STOPPED, (OUT,)))
    committed = training.tell(ContainerCompleted(ps, 0, ""))
    assert [type(action) for action in committed] == [CommitOutputs]


def test_a_service_that_does_not_come_back_is_ended(training: Story) -> None:
    ps = stopping(training)[2]
    restart(training, [ps])
    training.now += RETURN_PATIENCE_S
    assert training.tell(Ticked()) == [StopContainer(ps)]


def test_a_service_that_comes_back_late_has_its_time_to_upload(
    training: Story,
) -> None:
    ps = stopping(training)[2]
    restart(training, [ps])
    training.now += 25.0
    assert training.tell(Ticked()) == []
    training.tell(AgentAttached(ps))
    training.now += 5.0
    assert training.tell(Ticked()) == []
    training.tell(TaskEnded(ps, 0, STOPPED, (OUT,)))
    (commit,) = training.tell(ContainerCompleted(ps, 0, ""))
    assert isinstance(commit, CommitOutputs)
    assert len(commit.plan.renames) == 3


def test_whoever_is_stopped_in_vain_is_not_waited_for_when_a_job_fails(
    training: Story,
) -> None:
    containers = training.run("worker", "worker", "ps")
    training.tell(StopRequested("alice"))
    restart(training, containers)
    training.now += 10.0
    assert training.tell(Ticked()) == [*map(StopContainer, containers)]
    restart(training, containers, 3)
    training.now += GIVE_UP_S - 5.0
    assert training.tell(Ticked()) == [*map(StopContainer, containers)]
    training.now += GIVE_UP_S
    assert training.tell(Ticked()) == [DiscardOutputs((OUT,))]


def test_a_container_that_ended_unheard_does_not_hold_up_the_end(
    training: Story,
) -> None:
    """YARN told the attempt before of its end, which died before it wrote that down."""
    ps = stopping(training)[2]
    training.tell(TaskEnded(ps, 0, STOPPED, (OUT,)))
    restart(training, [])
    training.now += GONE_PATIENCE_S
    assert isinstance(training.tell(Ticked())[-1], CommitOutputs)


def test_an_agent_on_a_lost_node_is_not_looked_for(training: Story) -> None:
    ps = stopping(training)[2]
    training.tell(ContainerCompleted(ps, -100, "lost"))
    assert training.state.containers[ps].lost
    told = restart(training, [])
    assert [type(action) for action in told] == [CommitOutputs]
    assert training.tell(AgentAttached(ps))[-1] == ReleaseAgent(ps)


def test_a_stream_that_breaks_again_has_its_whole_time(training: Story) -> None:
    containers = training.run("worker", "worker", "ps")
    restart(training, containers)
    for container in containers:
        training.tell(AgentAttached(container))
    training.now += RETURN_PATIENCE_S - 1.0
    training.tell(AgentDetached(containers[0]))
    training.now += 1.0
    assert training.tell(Ticked()) == []
    assert training.state.verdict is None
    training.now += DETACHED_PATIENCE_S
    training.tell(Ticked())
    assert training.state.verdict is not None


def test_an_agent_that_is_still_being_installed_has_the_time_for_that(
    training: Story,
) -> None:
    training.tell(Registered(1, TYPES))
    training.tell(InputListed({}))
    (first, second), _ = training.allocate("worker", "worker")
    training.tell(ContainerStarted(first))
    patience_s = training.state.spec.options.localisation_timeout_s
    assert patience_s > RETURN_PATIENCE_S + 5.0
    restart(training, [first, second])
    training.now += RETURN_PATIENCE_S
    assert training.tell(Ticked()) == []
    restart(training, [first], 3)
    assert training.tell(AgentAttached(first))
    training.now = patience_s
    assert StopContainer(first) not in training.tell(Ticked())


def test_an_agent_whose_time_was_nearly_over_has_time_to_find_the_new_attempt(
    training: Story,
) -> None:
    training.tell(Registered(1, TYPES))
    training.tell(InputListed({}))
    (first,), _ = training.allocate("worker")
    training.now = training.state.spec.options.localisation_timeout_s - 10.0
    restart(training, [first])
    training.now += 10.0
    assert training.tell(Ticked()) == []
    training.now += RETURN_PATIENCE_S
    assert StopContainer(first) in training.tell(Ticked())


def test_a_container_that_was_given_back_in_vain_is_stopped(training: Story) -> None:
    training.tell(Registered(1, TYPES))
    training.tell(InputListed({}))
    (first,), _ = training.allocate("worker")
    training.tell(StartRefused(first, "no answer"))
    restart(training, [first])
    training.now += training.state.spec.options.localisation_timeout_s
    assert StopContainer(first) in training.tell(Ticked())


def test_a_commit_is_ordered_again_and_only_once_in_each_attempt(
    training: Story,
) -> None:
    ps = stopping(training)[2]
    training.tell(TaskEnded(ps, 0, STOPPED))
    committed = training.tell(ContainerCompleted(ps, 0, ""))
    assert training.state.phase is JobPhase.COMMITTING
    assert restart(training, []) == committed
    assert training.tell(OutputsCommitted()) == [Finish(Outcome.SUCCEEDED, "")]
    assert restart(training, [], 3) == [Finish(Outcome.SUCCEEDED, "")]


def test_what_was_uploaded_is_deleted_again(training: Story) -> None:
    containers = training.run("worker", "worker", "ps")
    boom = Cause(CauseKind.EXITED, 3)
    training.tell(TaskEnded(containers[0], 0, boom))
    for container in containers:
        training.tell(ContainerCompleted(container, 1, ""))
    assert training.state.phase is JobPhase.COMMITTING
    assert restart(training, []) == [DiscardOutputs((OUT,))]
    (told,) = training.tell(OutputsDiscarded())
    assert isinstance(told, Finish)
    assert told.outcome is Outcome.FAILED


def test_a_save_is_asked_for_and_named_again(training: Story) -> None:
    containers = training.run("worker", "worker", "ps")
    (order, *_) = training.tell(SaveAsked("alice"))
    restart(training, containers)
    told = training.tell(AgentAttached(containers[0]))
    assert told[-1] == order
    named: list[Action] = []
    for container in containers:
        named = training.tell(TaskSaved(container, 0, 1, files=1))
    (commit,) = named
    assert isinstance(commit, CommitSave)


def test_a_save_that_was_being_named_is_named(training: Story) -> None:
    containers = training.run("worker", "worker", "ps")
    training.tell(SaveAsked("alice"))
    named: list[Action] = []
    for container in containers:
        named = training.tell(TaskSaved(container, 0, 1, files=1))
    assert named
    told = restart(training, containers)
    assert told == named


def test_a_task_that_is_ready_starts_when_the_last_one_comes(
    tell: Callable[[JobSpec], Story], job: Callable[..., JobSpec]
) -> None:
    story = tell(job("TENSORFLOW", worker=1, ps=1))
    (first,) = story.begin("worker")
    restart(story, [first])
    told = story.tell(AgentAttached(first))
    assert [type(action) for action in told] == [Assign]
    (second,), _ = story.allocate("ps")
    story.tell(AgentAttached(second))
    (start,) = story.tell(TaskReady(second, 0, "n2:1"))
    assert isinstance(start, Start)
    assert start.container_ids == (first, second)
    story.tell(TaskRunning(first, 0))
    assert story.state.tasks[TaskId("worker", 0)].state is TaskState.RUNNING


LOST = "Container of a completed application"


def test_what_yarn_ended_with_its_master_begins_anew_together(
    training: Story,
) -> None:
    containers = training.run("worker", "worker", "ps")
    restart(training, containers[:2])
    told = training.tell(ContainerCompleted(containers[2], -100, LOST))
    stopped = [StopContainer(container) for container in containers]
    assert told == [*stopped, Ask("worker", 2), Ask("ps", 1)]
    assert "starting all 3 tasks anew" in training.state.messages[-1].text
    for container in containers[:2]:
        assert training.tell(ContainerCompleted(container, -105, "stopped")) == []
    again, _ = training.allocate("worker", "worker", "ps")
    start: list[Action] = []
    for container in again:
        training.tell(AgentAttached(container))
        start = training.tell(TaskReady(container, 1, "n1:1"))
    (view,) = start
    assert isinstance(view, Start)
    assert view.view.generation == 2
    assert view.container_ids == tuple(again)


def test_nothing_begins_anew_when_a_task_has_ended_well(training: Story) -> None:
    containers = training.run("worker", "worker", "ps")
    training.tell(TaskEnded(containers[0], 0, WELL, (OUT,)))
    restart(training, containers[1:2])
    training.tell(ContainerCompleted(containers[2], -100, LOST))
    verdict = training.state.verdict
    assert verdict is not None
    assert "lost its container" in verdict.diagnostics


def test_an_independent_task_that_yarn_ended_with_its_master_has_a_new_try(
    tell: Callable[[JobSpec], Story], job: Callable[..., JobSpec]
) -> None:
    story = tell(job(worker=2))
    containers = story.run("worker", "worker")
    restart(story, containers[:1])
    told = story.tell(ContainerCompleted(containers[1], -100, LOST))
    assert told == [Ask("worker", 1)]
    assert story.state.tasks[TaskId("worker", 0)].state is TaskState.RUNNING
