"""What happens to a try, from its agent's first word to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.am.actions import (
    Action,
    Ask,
    Assign,
    ReleaseAgent,
    StopContainer,
    StopTask,
)
from xlearning.am.events import (
    AgentAttached,
    AgentDetached,
    AgentSilent,
    AnyEvent,
    ContainerCompleted,
    ContainerStarted,
    InputListed,
    Registered,
    StartRefused,
    StopRequested,
    TaskEnded,
    TaskLocalising,
    TaskReady,
    TaskRunning,
    TaskSaving,
    Ticked,
)
from xlearning.am.state import Stage
from xlearning.am.tasks import DETACHED_PATIENCE_S, RELEASED_PATIENCE_S
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.ids import TaskId
from xlearning.job.states import JobPhase, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.am.conftest import Story
    from xlearning.am.state import Task
    from xlearning.job.spec import JobSpec

STRANGER = "container_1700000000000_0001_01_000099"
WELL = Cause(CauseKind.SUCCEEDED)
LOST = "Container released on a *lost* node"
W0 = TaskId("worker", 0)


@pytest.fixture
def alone(job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]) -> Story:
    """Return three independent workers, of which one may fail, untouched."""
    story = tell(job(worker=3))
    story.now = 1.0
    return story


def ends(actions: list[Action]) -> list[str]:
    """Return the containers whose agents are told to end, or that are ended."""
    kinds = (ReleaseAgent, StopContainer, StopTask)
    return [action.container_id for action in actions if isinstance(action, kinds)]


def first(story: Story) -> Task:
    """Return worker 0."""
    return story.state.tasks[W0]


@pytest.mark.parametrize(
    "event",
    [
        AgentDetached(STRANGER),
        AgentSilent(STRANGER, 300.0),
        TaskLocalising(STRANGER, 0),
        TaskReady(STRANGER, 0, "n1:1"),
        TaskRunning(STRANGER, 0),
        TaskSaving(STRANGER, 0),
        ContainerCompleted(STRANGER, 0, ""),
        StartRefused(STRANGER, "connection refused"),
    ],
)
def test_a_container_that_nobody_knows_changes_nothing(
    alone: Story, event: AnyEvent
) -> None:
    alone.run("worker", "worker", "worker")
    assert alone.tell(event) == []
    assert alone.state.total(TaskState.RUNNING) == 3


def test_an_agent_that_nobody_needs_is_let_go(alone: Story) -> None:
    alone.run("worker", "worker", "worker")
    assert set(ends(alone.tell(AgentAttached(STRANGER)))) == {STRANGER}
    assert alone.tell(TaskEnded(STRANGER, 0, WELL)) == [ReleaseAgent(STRANGER)]


def test_an_agent_whose_try_has_ended_is_let_go(alone: Story) -> None:
    w0, _, _ = alone.run("worker", "worker", "worker")
    alone.tell(TaskEnded(w0, 0, WELL))
    assert set(ends(alone.tell(AgentAttached(w0)))) == {w0}


def test_an_agent_that_comes_when_the_job_ends_is_told_to_stop(training: Story) -> None:
    training.tell(Registered(1, ()))
    training.tell(InputListed({}))
    (w0,), _ = training.allocate("worker")
    assert training.tell(StopRequested("alice"))[0] == StopContainer(w0)
    actions = training.tell(AgentAttached(w0))
    assert StopTask(w0, 5.0) in actions


def test_the_states_of_a_task_come_in_their_order(alone: Story) -> None:
    alone.tell(Registered(1, ()))
    alone.tell(InputListed({}))
    (w0,), _ = alone.allocate("worker")
    alone.tell(AgentAttached(w0))
    alone.tell(TaskLocalising(w0, 0, "a free GPU"))
    assert first(alone).waiting_for == "a free GPU"
    alone.tell(TaskSaving(w0, 0))
    alone.tell(TaskRunning(w0, 0))
    assert first(alone).state is TaskState.LOCALISING, "nothing is skipped"
    alone.tell(TaskReady(w0, 0, "n1:1", ("GPU-1",)))
    assert (first(alone).gpus, first(alone).waiting_for) == (("GPU-1",), "")
    alone.tell(TaskLocalising(w0, 0))
    alone.tell(TaskSaving(w0, 0))
    assert first(alone).state is TaskState.READY, "nothing goes back"
    alone.tell(TaskRunning(w0, 0))
    alone.now = 5.0
    alone.tell(TaskRunning(w0, 0))
    assert (first(alone).state, first(alone).started) == (TaskState.RUNNING, 1.0)
    alone.tell(TaskSaving(w0, 0))
    alone.tell(TaskEnded(w0, 0, WELL, ("hdfs://nn:8020/out",)))
    assert (first(alone).state, first(alone).ended) == (TaskState.SUCCEEDED, 5.0)
    assert first(alone).uploaded == ("hdfs://nn:8020/out",)


def test_what_an_older_try_says_does_not_count(alone: Story) -> None:
    w0, _, _ = alone.run("worker", "worker", "worker")
    alone.tell(TaskEnded(w0, 1, WELL))
    assert first(alone).state is TaskState.RUNNING


def test_the_agents_word_counts_more_than_yarns(alone: Story) -> None:
    w0, _, _ = alone.run("worker", "worker", "worker")
    boom = Cause(CauseKind.EXITED, 3, "", "boom\n")
    alone.tell(TaskEnded(w0, 0, boom))
    alone.tell(ContainerCompleted(w0, 0, ""))
    assert first(alone).cause == boom
    assert w0 not in alone.state.containers


def test_an_agent_that_yarn_ends_leaves_the_cause_to_yarn(alone: Story) -> None:
    w0, _, _ = alone.run("worker", "worker", "worker")
    alone.tell(TaskEnded(w0, 0, Cause(CauseKind.YARN)))
    assert first(alone).state is TaskState.RUNNING
    alone.tell(ContainerCompleted(w0, -102, "Container preempted by scheduler"))
    cause = first(alone).cause
    assert cause is not None
    assert cause.kind is CauseKind.PREEMPTED


def test_a_container_that_stays_after_its_agents_end_is_stopped(alone: Story) -> None:
    w0, w1, _ = alone.run("worker", "worker", "worker")
    alone.tell(TaskEnded(w0, 0, WELL))
    alone.tell(TaskEnded(w1, 0, WELL))
    alone.tell(ContainerCompleted(w1, 0, ""))
    alone.now += RELEASED_PATIENCE_S
    assert alone.tell(Ticked()) == [StopContainer(w0)]
    assert first(alone).state is TaskState.SUCCEEDED


def test_an_agent_on_a_lost_node_is_told_to_end_until_it_is_gone(alone: Story) -> None:
    w0, _, _ = alone.run("worker", "worker", "worker")
    assert alone.tell(ContainerCompleted(w0, -100, LOST)) == [StopTask(w0, 5.0)]
    assert first(alone).state is TaskState.FAILED
    assert alone.state.containers[w0].lost
    alone.tell(AgentDetached(w0))
    assert w0 not in alone.state.containers


def test_a_lost_node_without_an_agent_is_forgotten_at_once(alone: Story) -> None:
    w0, _, _ = alone.run("worker", "worker", "worker")
    alone.tell(AgentDetached(w0))
    assert alone.tell(ContainerCompleted(w0, -100, LOST)) == []
    assert w0 not in alone.state.containers


def test_an_agent_that_is_away_has_some_time_to_come_back(alone: Story) -> None:
    w0, _, _ = alone.run("worker", "worker", "worker")
    alone.tell(AgentDetached(w0))
    assert alone.state.containers[w0].stage is Stage.DETACHED
    alone.now += DETACHED_PATIENCE_S
    assert alone.tell(Ticked()) == [StopContainer(w0)]
    assert first(alone).cause == Cause(
        CauseKind.AGENT_SILENT, 0, "its stream broke 30 s ago"
    )


def test_a_silent_agent_is_given_up(alone: Story) -> None:
    w0, _, _ = alone.run("worker", "worker", "worker")
    assert alone.tell(AgentSilent(w0, 300.0)) == [StopContainer(w0)]
    cause = first(alone).cause
    assert cause is not None
    assert cause.words == "gave no sign of life: its agent said nothing for 300 s"
    # It speaks again: it has nothing to do any more.
    assert set(ends(alone.tell(AgentAttached(w0)))) == {w0}


def test_the_cluster_may_cost_a_task_that_has_not_begun_three_tries(
    alone: Story,
) -> None:
    alone.tell(Registered(1, ()))
    for _ in range(3):
        (container,), _ = alone.allocate("worker")
        refused = alone.tell(StartRefused(container, "connection refused"))
        assert refused == [StopContainer(container), Ask("worker", 3)]
    (container,), _ = alone.allocate("worker")
    alone.tell(StartRefused(container, "connection refused"))
    assert first(alone).state is TaskState.FAILED
    told = [message.text for message in alone.state.messages]
    assert (
        told.count(
            "worker 0 was not started by its NodeManager: connection refused; "
            "asking for another container"
        )
        == 3
    )


def test_a_refusal_that_comes_too_late_does_not_count(alone: Story) -> None:
    alone.tell(Registered(1, ()))
    (w0,), _ = alone.allocate("worker")
    alone.tell(ContainerStarted(w0))
    assert alone.tell(StartRefused(w0, "timed out")) == []


def test_a_refused_start_of_a_try_that_was_given_up_stops_its_container(
    alone: Story,
) -> None:
    alone.tell(Registered(1, ()))
    (w0,), _ = alone.allocate("worker")
    alone.tell(StartRefused(w0, "timed out"))
    assert alone.tell(StartRefused(w0, "timed out")) == [StopContainer(w0)]
    assert first(alone).number == 1


def test_a_program_that_ran_is_not_tried_again(alone: Story) -> None:
    w0, _, _ = alone.run("worker", "worker", "worker")
    alone.tell(ContainerCompleted(w0, -102, "Container preempted by scheduler"))
    assert first(alone).state is TaskState.FAILED


def test_after_the_verdict_ends_are_stops_unless_outputs_are_lost(
    training: Story,
) -> None:
    training.now = 1.0
    w0, w1, ps = training.run("worker", "worker", "ps")
    training.tell(StopRequested("alice"))
    training.tell(TaskEnded(w0, 0, Cause(CauseKind.SIGNALLED, 15)))
    training.tell(TaskEnded(w1, 0, Cause(CauseKind.OUTPUT, 0, "disk full")))
    training.tell(TaskEnded(ps, 0, WELL))
    states = [task.state for task in training.state.tasks.values()]
    assert states == [TaskState.STOPPED, TaskState.FAILED, TaskState.SUCCEEDED]


def test_input_that_is_listed_late_goes_to_those_who_are_there(alone: Story) -> None:
    alone.tell(Registered(1, ()))
    (w0, w1), _ = alone.allocate("worker", "worker")
    alone.tell(AgentAttached(w0))
    assert alone.state.containers[w1].stage is Stage.STARTING
    actions = alone.tell(InputListed({}))
    assert [a.container_id for a in actions if isinstance(a, Assign)] == [w0]
    assert alone.tell(InputListed({})) == [], "it is listed once"


def test_a_started_container_without_an_agent_has_a_deadline(alone: Story) -> None:
    alone.tell(Registered(1, ()))
    alone.tell(InputListed({}))
    (w0, w1, w2), _ = alone.allocate("worker", "worker", "worker")
    alone.tell(ContainerCompleted(w2, 1, "exit"))
    alone.tell(ContainerStarted(w0))
    alone.tell(AgentAttached(w1))
    alone.tell(TaskLocalising(w1, 0))
    alone.now += 300.0
    assert ends(alone.tell(Ticked())) == [w0]
    assert alone.state.phase is JobPhase.RUNNING
