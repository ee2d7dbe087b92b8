"""The state by itself: counts, timers, messages, who runs where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from xlearning.am.events import StopRequested
from xlearning.am.state import MESSAGES_KEPT, Container, Verdict, new_state
from xlearning.job.ids import TaskId, TryId
from xlearning.job.spec import JobOptions
from xlearning.job.states import JobPhase, Outcome, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.am.conftest import Story
    from xlearning.job.spec import JobSpec

W0 = TaskId("worker", 0)


def test_at_first_every_task_waits(job: Callable[..., JobSpec]) -> None:
    state = new_state(job("TENSORFLOW", worker=2, ps=1), 5.0)
    assert list(map(str, state.tasks)) == ["worker-0", "worker-1", "ps-0"]
    assert state.count("worker", TaskState.WAITING) == 2
    assert state.total(TaskState.WAITING, TaskState.RUNNING) == 3
    assert (state.phase, state.phase_since) == (JobPhase.STARTING, 5.0)
    assert state.next_deadline() is None


def test_a_move_is_counted_and_told_once(job: Callable[..., JobSpec]) -> None:
    state = new_state(job(worker=2), 0.0)
    task = state.tasks[W0]
    task.container_id = "container_1"
    state.move(task, TaskState.LAUNCHING, 1.0)
    state.move(task, TaskState.LAUNCHING, 2.0)
    assert task.since == 1.0
    assert state.count("worker", TaskState.LAUNCHING) == 1
    assert [(m.number, m.time_ms, m.text) for m in state.messages] == [
        (1, 1000, "container container_1 status is LAUNCHING (worker 0)")
    ]


def test_moves_are_not_told_to_those_who_do_not_want_to_know(
    job: Callable[..., JobSpec],
) -> None:
    quiet = JobOptions(report_container_status=False)
    state = new_state(replace(job(worker=1), options=quiet), 0.0)
    state.move(state.tasks[W0], TaskState.LAUNCHING, 1.0)
    assert not state.messages


def test_messages_are_kept_to_a_number_and_never_renumbered(
    job: Callable[..., JobSpec],
) -> None:
    state = new_state(job(worker=1), 0.0)
    for number in range(MESSAGES_KEPT + 5):
        state.say(f"line {number}", 0.0)
    assert len(state.messages) == MESSAGES_KEPT
    assert state.messages[0].number == 6
    assert state.messages[-1].number == state.last_message == MESSAGES_KEPT + 5


def test_timers_come_in_the_order_of_time(job: Callable[..., JobSpec]) -> None:
    state = new_state(job(worker=1), 0.0)
    state.set_timer(9.0, "gang")
    state.set_timer(3.0, "launch", "container_1")
    assert state.next_deadline() == 3.0
    assert state.pop_timer() == (3.0, "launch", "container_1")
    assert state.next_deadline() == 9.0


def test_a_container_tells_its_task_while_the_try_is_current(training: Story) -> None:
    w0, _, _ = training.run("worker", "worker", "ps")
    state = training.state
    task = state.tasks[W0]
    assert state.task_of(w0, 0) is task
    assert state.task_of(w0, 1) is None
    assert state.task_of("container_of_nobody", 0) is None
    task.container_id = "container_of_the_next_try"
    assert state.task_of(w0, 0) is None
    assert state.containers[w0].host == "n1"
    assert Container("c", TryId(W0, 0), "n2:45454", "n2:8042", until=0.0).host == "n2"


def test_outputs_of_a_stopped_task_are_kept_for_a_success_only(training: Story) -> None:
    state = training.state
    assert not state.keeps_outputs("ps")
    state.verdict = Verdict(Outcome.SUCCEEDED, "", 0.0)
    assert state.keeps_outputs("ps")
    assert not state.keeps_outputs("scheduler")
    state.verdict = Verdict(Outcome.FAILED, "", 0.0)
    assert not state.keeps_outputs("ps")


def test_the_first_verdict_stands(training: Story) -> None:
    training.run("worker", "worker", "ps")
    training.tell(StopRequested("alice"))
    training.tell(StopRequested("bob"))
    assert training.state.verdict is not None
    assert training.state.verdict.diagnostics == "stopped by alice"
