"""The states of a task and of a job."""

from __future__ import annotations

from xlearning.job.states import JobPhase, Outcome, TaskState


def test_a_state_is_before_the_agent_with_it_or_final() -> None:
    final = {state for state in TaskState if state.is_final}
    agents = {state for state in TaskState if state.has_agent}
    assert final == {TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED}
    assert agents == {
        TaskState.LOCALISING,
        TaskState.READY,
        TaskState.RUNNING,
        TaskState.SAVING,
    }
    assert set(TaskState) - final - agents == {TaskState.WAITING, TaskState.LAUNCHING}


def test_outcomes_are_yarns_words() -> None:
    assert {str(outcome) for outcome in Outcome} == {"SUCCEEDED", "FAILED", "KILLED"}


def test_phases_stand_in_the_order_in_which_they_come() -> None:
    assert [str(phase) for phase in JobPhase] == [
        "STARTING",
        "RUNNING",
        "STOPPING",
        "COMMITTING",
        "FINISHING",
        "ENDED",
    ]
