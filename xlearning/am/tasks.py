"""What happens to a try: from its agent's first word to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.am.actions import (
    Action,
    Hasten,
    ReleaseAgent,
    StopContainer,
    StopTask,
)
from xlearning.am.allocation import back_to_waiting
from xlearning.am.assignment import assign
from xlearning.am.events import TaskEnded, TaskRunning
from xlearning.am.rendezvous import begin_anew, start_again
from xlearning.am.saving import say_again
from xlearning.am.state import Stage
from xlearning.job.causes import Cause, CauseKind, cause_of_completion
from xlearning.job.states import FINAL_STATES, JobPhase, TaskState

if TYPE_CHECKING:
    from xlearning.am.events import (
        ContainerCompleted,
        StartRefused,
        TaskLocalising,
        TaskReady,
        TaskSaving,
    )
    from xlearning.am.state import Container, JobState, Task

FAULTS_BORNE = 3
"""Tries of a task that the cluster may cost us before its program has run."""

DETACHED_PATIENCE_S = 30.0
"""An agent whose stream broke and whose container YARN still counts has this long."""

STARTED = (TaskState.READY, TaskState.RUNNING, TaskState.SAVING)
"""States in which a start that was decided on is repeated to an agent that returns."""

RELEASED_PATIENCE_S = 10.0
"""A container whose agent was told to end has this long before it is stopped."""


def attached(state: JobState, container_id: str, now: float) -> list[Action]:
    """Tell an agent all that is true for it now; it knows what is new to it."""
    container = state.containers.get(container_id)
    if container is None:
        return _dismiss(state, container_id)
    container.stage = Stage.ATTACHED
    task = state.task_of(container_id, container.run.number)
    if task is None or task.state.is_final:
        return _dismiss(state, container_id)
    actions: list[Action] = []
    if state.shares is not None:
        actions.append(assign(state, task))
    if task.state in STARTED:
        actions += start_again(state, task)
    actions += say_again(state, task)
    if state.phase is not JobPhase.RUNNING or container.stop_sent:
        actions.append(stop(state, container))
    return actions


def _dismiss(state: JobState, container_id: str) -> list[Action]:
    """End an agent that nobody needs, and whatever it still runs."""
    grace = state.spec.options.stop_grace_s
    return [StopTask(container_id, grace), ReleaseAgent(container_id)]


def detached(state: JobState, container_id: str, now: float) -> list[Action]:
    """Wait a while for an agent whose stream broke: YARN says soon what happened."""
    container = state.containers.get(container_id)
    if container is None:
        return []
    container.stage = Stage.DETACHED
    if container.lost:
        del state.containers[container_id]
        return []
    container.until = now + DETACHED_PATIENCE_S
    state.set_timer(container.until, "detached", container_id)
    return [Hasten()]


def localising(state: JobState, event: TaskLocalising, now: float) -> None:
    """Note that an agent works on its assignment, or what it waits for."""
    task = state.task_of(event.container_id, event.try_number)
    if task is None or task.state not in (TaskState.LAUNCHING, TaskState.LOCALISING):
        return
    task.waiting_for = event.waiting_for
    state.move(task, TaskState.LOCALISING, now)


def ready(state: JobState, event: TaskReady, now: float) -> Task | None:
    """Note where a task listens; return it if that is news."""
    task = state.task_of(event.container_id, event.try_number)
    if task is None or task.state not in (TaskState.LAUNCHING, TaskState.LOCALISING):
        return None
    task.address, task.gpus, task.waiting_for = event.address, event.gpus, ""
    state.move(task, TaskState.READY, now)
    return task


def progressed(state: JobState, event: TaskRunning | TaskSaving, now: float) -> None:
    """Note that the trainer runs, or that it has ended well and is being saved."""
    task = state.task_of(event.container_id, event.try_number)
    if task is None:
        return
    may_run = state.view is not None or not state.shape.rendezvous
    if isinstance(event, TaskRunning) and task.state is TaskState.READY and may_run:
        task.started = now
        state.move(task, TaskState.RUNNING, now)
    elif not isinstance(event, TaskRunning) and task.state is TaskState.RUNNING:
        state.move(task, TaskState.SAVING, now)


def ended(state: JobState, event: TaskEnded, now: float) -> list[Action]:
    """Take an agent's word for how its try ended, and let it go."""
    container = state.containers.get(event.container_id)
    if container is not None:
        state.set_timer(now + RELEASED_PATIENCE_S, "released", event.container_id)
    task = state.task_of(event.container_id, event.try_number)
    # An agent that YARN ends does not know why; the completed status will tell.
    if task and not task.state.is_final and event.cause.kind is not CauseKind.YARN:
        task.uploaded = event.uploaded
        end_try(state, task, event.cause, now)
    return [ReleaseAgent(event.container_id)]


def completed(state: JobState, event: ContainerCompleted, now: float) -> list[Action]:
    """Take YARN's word for the end of a container.

    When a node is lost its processes go on; an agent that still talks to us is told
    to end, and its container is kept until its stream is closed.
    """
    container = state.containers.get(event.container_id)
    if container is None:
        return []
    task = state.task_of(event.container_id, container.run.number)
    actions: list[Action] = []
    if task is not None and not task.state.is_final:
        cause = cause_of_completion(event.exit_status, event.diagnostics)
        if _began_in_vain(state, task, cause):
            task.faults += 1
            actions += begin_anew(state, f"{task.id.label} {cause.words}", now)
        else:
            end_try(state, task, cause, now)
    if event.exit_status == -100 and container.stage is Stage.ATTACHED:
        container.lost = True
        return [*actions, stop(state, container)]
    state.containers.pop(event.container_id, None)
    return actions


def _began_in_vain(state: JobState, task: Task, cause: Cause) -> bool:
    """Say whether tasks that need each other lost one before they did anything.

    YARN ends containers with their ApplicationMaster when it does not know yet that
    they run, which a NodeManager tells it with its next heartbeat
    (`CapacityScheduler.doneApplicationAttempt`).
    """
    return (
        cause.kind is CauseKind.RELEASED
        and state.phase is JobPhase.RUNNING
        and state.view is not None
        and not state.total(*FINAL_STATES)
        and task.faults < FAULTS_BORNE
    )


def start_refused(state: JobState, event: StartRefused, now: float) -> list[Action]:
    """Give up a container that its NodeManager does not start."""
    container = state.containers.get(event.container_id)
    if container is None or container.stage is not Stage.STARTING:
        return []
    task = state.task_of(event.container_id, container.run.number)
    if task is not None and not task.state.is_final:
        cause = Cause(CauseKind.START_REFUSED, 0, event.reason)
        end_try(state, task, cause, now)
    return [StopContainer(event.container_id)]


def silent(state: JobState, container_id: str, detail: str, now: float) -> list[Action]:
    """Give up a container whose agent does not speak."""
    container = state.containers.get(container_id)
    if container is None:
        return []
    task = state.task_of(container_id, container.run.number)
    if task is not None and not task.state.is_final:
        end_try(state, task, Cause(CauseKind.AGENT_SILENT, 0, detail), now)
    container.stop_sent = True
    return [StopContainer(container_id)]


def gone(state: JobState, container_id: str, detail: str, now: float) -> list[Action]:
    """Give up a container that YARN did not know: nobody will tell of its end."""
    actions = silent(state, container_id, detail, now)
    state.containers.pop(container_id, None)
    return actions


def end_try(state: JobState, task: Task, cause: Cause, now: float) -> None:
    """End the current try, or begin a new one where the cluster cost us an idle one."""
    if _may_try_again(state, task, cause):
        task.faults += 1
        state.say(f"{task.id.label} {cause.words}; asking for another container", now)
        back_to_waiting(state, task, now)
        return
    task.cause, task.ended = cause, now
    if cause.kind is CauseKind.SUCCEEDED:
        final = TaskState.SUCCEEDED
    elif state.verdict is not None and cause.kind is not CauseKind.OUTPUT:
        final = TaskState.STOPPED
    else:
        final = TaskState.FAILED
    state.move(task, final, now)


def _may_try_again(state: JobState, task: Task, cause: Cause) -> bool:
    return (
        state.phase is JobPhase.RUNNING
        and (not task.started or cause.kind is CauseKind.RELEASED)
        and state.view is None
        and cause.kind.is_ours_or_clusters
        and task.faults < FAULTS_BORNE
    )


def stop(state: JobState, container: Container) -> Action:
    """Tell an agent to end its try; outputs are kept where the verdict wants them."""
    container.stop_sent = True
    keep = state.keeps_outputs(container.run.task.role)
    return StopTask(container.container_id, state.spec.options.stop_grace_s, keep)
