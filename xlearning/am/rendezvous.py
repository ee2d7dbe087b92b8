"""When a view of the cluster is complete, and who may start with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.am.actions import Action, Start, StopContainer
from xlearning.am.allocation import back_to_waiting
from xlearning.frameworks.base import ClusterView
from xlearning.job.states import FINAL_STATES, JobPhase, TaskState

if TYPE_CHECKING:
    from xlearning.am.state import JobState, Task

ALONE = ClusterView(0, {})
"""The view of a job whose tasks do not need one."""

HOLD_S = 30.0
"""After a gang was given back, asks rest so long: another job may complete its own."""


def start_alone(state: JobState, task: Task) -> list[Action]:
    """Let a task start at once when its type needs no rendezvous."""
    if state.shape.rendezvous or state.phase is not JobPhase.RUNNING:
        return []
    return [Start((task.container_id,), ALONE)]


def start_again(state: JobState, task: Task) -> list[Action]:
    """Repeat a start, if there was one, to an agent that came back."""
    if state.shape.rendezvous and state.view is None:
        return []
    return [Start((task.container_id,), state.view or ALONE)]


def start_together(state: JobState, now: float) -> list[Action]:
    """Give every task the view when the last one is ready."""
    if not state.shape.rendezvous or state.phase is not JobPhase.RUNNING:
        return []
    if state.view is not None:
        return []
    ready = state.total(TaskState.READY)
    if ready and ready + _given_up(state) == len(state.tasks):
        state.generation += 1
        state.view = ClusterView(state.generation, _members(state))
        starting = (t for t in state.tasks.values() if t.state is TaskState.READY)
        return [Start(tuple(task.container_id for task in starting), state.view)]
    _watch_gang(state, ready, now)
    return []


def _given_up(state: JobState) -> int:
    """Count the tasks that will not come and that the job can do without."""
    roles = state.shape.optional & state.counts.keys()
    return sum(state.count(role, *FINAL_STATES) for role in roles)


def _members(state: JobState) -> dict[str, tuple[str, ...]]:
    members: dict[str, list[str]] = {role: [] for role in state.counts}
    for task in state.tasks.values():
        members[task.id.role].append(task.address)
    return {role: tuple(addresses) for role, addresses in members.items()}


def _watch_gang(state: JobState, ready: int, now: float) -> None:
    """Begin to count when some tasks hold what others wait for."""
    held_in_part = ready > 0 and state.total(TaskState.WAITING) > 0
    if not held_in_part:
        state.gang_since = 0.0
    elif not state.gang_since:
        state.gang_since = now
        state.set_timer(now + state.spec.options.gang_patience_s, "gang")


def give_back(state: JobState, now: float) -> list[Action]:
    """Give back a gang that was held in part for too long.

    Two jobs that each hold half of what both need would wait for each other for ever.
    """
    if not state.gang_since or state.view is not None:
        return []
    if now < state.gang_since + state.spec.options.gang_patience_s:
        return []
    missing = state.total(TaskState.WAITING)
    state.say(
        f"{missing} of {len(state.tasks)} containers did not come: giving back the "
        f"others and asking again in {HOLD_S:.0f} s",
        now,
    )
    state.asks_held_until = now + HOLD_S
    state.set_timer(state.asks_held_until, "ask")
    return _let_go(state, now)


def begin_anew(state: JobState, why: str, now: float) -> list[Action]:
    """Start all programs again, in new containers and with another view."""
    state.say(f"{why}; starting all {len(state.tasks)} tasks anew", now)
    state.view = None
    return _let_go(state, now)


def _let_go(state: JobState, now: float) -> list[Action]:
    state.gang_since = 0.0
    actions: list[Action] = []
    for task in state.tasks.values():
        if task.state is not TaskState.WAITING:
            actions.append(StopContainer(task.container_id))
            back_to_waiting(state, task, now)
    return actions
