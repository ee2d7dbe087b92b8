"""Containers: how many to ask for, who gets which, which to give back."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from xlearning.am.actions import Action, Ask, Launch, ReleaseContainer, StopContainer
from xlearning.am.state import Container, Stage
from xlearning.job.ids import TaskId
from xlearning.job.states import JobPhase, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.am.events import Allocated
    from xlearning.am.state import JobState, Task


def ask_missing(state: JobState, now: float) -> list[Action]:
    """Bring what is asked for in line with what is missing.

    An ask is an absolute number; the ResourceManager counts it down as it allocates,
    and so do we, so only a difference has to be told.
    """
    asks: list[Action] = []
    wanted = state.phase is JobPhase.RUNNING and now >= state.asks_held_until
    for role, free in state.free.items():
        missing = len(free) if wanted else 0
        if state.asked[role] != missing:
            state.asked[role] = missing
            asks.append(Ask(role, missing))
    return asks


def take(state: JobState, given: Iterable[Allocated], now: float) -> list[Action]:
    """Give containers to the tasks that wait for one; give back what is too many."""
    actions: list[Action] = []
    for allocated in given:
        role = allocated.role
        state.asked[role] = max(0, state.asked[role] - 1)
        if state.phase is not JobPhase.RUNNING or not state.free[role]:
            actions.append(ReleaseContainer(allocated.container_id))
            continue
        task = state.tasks[TaskId(role, heapq.heappop(state.free[role]))]
        actions.append(_launch(state, task, allocated, now))
    return actions


def _launch(state: JobState, task: Task, given: Allocated, now: float) -> Action:
    task.container_id = given.container_id
    task.host, task.http_address = given.host, given.http_address
    state.containers[given.container_id] = Container(
        given.container_id, task.run, given.node, given.http_address
    )
    state.move(task, TaskState.LAUNCHING, now)
    patience = state.spec.options.localisation_timeout_s
    state.set_timer(now + patience, "launch", given.container_id)
    return Launch(given.container_id, task.run)


def started(state: JobState, container_id: str) -> list[Action]:
    """Note that a NodeManager took the order to start a container.

    A container that we forgot meanwhile (the ResourceManager was restarted) is ended.
    """
    container = state.containers.get(container_id)
    if container is None:
        return [StopContainer(container_id)]
    if container.stage is Stage.STARTING:
        container.stage = Stage.STARTED
    return []


def forget_unstarted(state: JobState, now: float) -> None:
    """Drop what a restarted ResourceManager no longer knows.

    Containers that were allocated and whose start was not acknowledged vanish without
    a completed status, and every ask is lost (seen on Hadoop 3.5.0 and 3.4.3).
    """
    for container in list(state.containers.values()):
        if container.stage is Stage.STARTING:
            del state.containers[container.container_id]
            task = state.tasks[container.run.task]
            if task.container_id == container.container_id:
                back_to_waiting(state, task, now)
    for role in state.asked:
        state.asked[role] = 0


def back_to_waiting(state: JobState, task: Task, now: float) -> None:
    """Begin a new try of a task, in a container that is still to come."""
    task.number += 1
    task.container_id = task.host = task.http_address = task.address = ""
    task.gpus, task.waiting_for = (), ""
    task.started = task.ended = 0.0
    task.cause, task.uploaded = None, ()
    state.move(task, TaskState.WAITING, now)
