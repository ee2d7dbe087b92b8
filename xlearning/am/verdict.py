"""How the job ends, and the way from the verdict to the last action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.am import saving
from xlearning.am.actions import (
    Action,
    CommitOutputs,
    DiscardOutputs,
    Finish,
    StopContainer,
)
from xlearning.am.assignment import commit_plan, output_urls
from xlearning.am.state import Stage, Verdict
from xlearning.am.tasks import end_try, stop
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.states import FINAL_STATES, JobPhase, Outcome, TaskState

if TYPE_CHECKING:
    from xlearning.am.state import JobState, Task

OPTIONAL_GRACE_S = 60.0
"""An evaluator that still runs when the workers are done has this long."""

STOP_MARGIN_S = 5.0
"""Beyond the grace of a polite stop, before NodeManagers are told to end containers."""

GIVE_UP_S = 15.0
"""After that, containers that do not end are left to YARN."""


def judge(state: JobState, now: float) -> None:
    """Give the verdict if there is reason to."""
    if state.verdict is not None or state.phase is not JobPhase.RUNNING:
        return
    counted = [role for role in state.counts if role not in state.shape.optional]
    failed = sum(state.count(role, TaskState.FAILED) for role in counted)
    required = sum(state.spec.count(role) for role in counted)
    if failed and failed >= required * min(1.0, state.shape.failure_rate):
        give(state, Outcome.FAILED, _why(_failed(state), required), now)
    elif work_is_done(state) and not _waits_for_optional(state, now):
        give(state, Outcome.SUCCEEDED, _note(_failed(state)), now)


def _failed(state: JobState) -> list[Task]:
    return [
        task
        for task in state.tasks.values()
        if task.state is TaskState.FAILED and not _is_optional(state, task)
    ]


def _is_optional(state: JobState, task: Task) -> bool:
    return task.id.role in state.shape.optional


def work_is_done(state: JobState) -> bool:
    """Say whether all tasks that the job is made for have ended."""
    aside = state.shape.services | state.shape.optional
    working = [role for role in state.counts if role not in aside] or list(state.counts)
    return all(
        state.count(role, *FINAL_STATES) == state.spec.count(role) for role in working
    )


def _waits_for_optional(state: JobState, now: float) -> bool:
    """Let an evaluator see the last checkpoint, but not for ever."""
    live = [
        task
        for task in state.tasks.values()
        if _is_optional(state, task)
        and task.state in (TaskState.RUNNING, TaskState.SAVING)
    ]
    if not live:
        return False
    done = max(t.ended for t in state.tasks.values() if not _is_optional(state, t))
    if now >= done + OPTIONAL_GRACE_S:
        return False
    state.set_timer(done + OPTIONAL_GRACE_S, "optional")
    return True


def _why(failed: list[Task], required: int) -> str:
    """Name the first task that failed, its cause and what stderr says of it."""
    first = min(failed, key=lambda task: (task.ended, task.id))
    cause = first.cause
    assert cause is not None, "a failed task has a cause"
    place = f" on {first.host} ({first.container_id})" if first.host else ""
    text = f"{first.id.label}{place} {cause.words}"
    exception, last = cause.exception_line, cause.last_stderr_line
    if exception and exception != last:
        text += f"; error on stderr: {exception}"
    elif last:
        text += f"; last line on stderr: {last}"
    if len(failed) > 1:
        text += f" ({len(failed)} of {required} tasks failed)"
    return text


def _note(failed: list[Task]) -> str:
    if not failed:
        return ""
    names = ", ".join(task.id.label for task in failed)
    return f"{names} failed, which `xlearning.container.maxFailures.rate` allows"


def give(state: JobState, outcome: Outcome, diagnostics: str, now: float) -> None:
    """Give the verdict, once: the first one stands."""
    if state.verdict is None:
        state.verdict = Verdict(outcome, diagnostics, now)
        words = f": {diagnostics}" if diagnostics else ""
        state.say(f"job {outcome}{words}", now)


def advance(state: JobState, now: float) -> list[Action]:
    """Go on with the end of the job as far as it has come."""
    if state.verdict is None:
        return []
    actions: list[Action] = []
    if state.phase in (JobPhase.STARTING, JobPhase.RUNNING):
        actions += _begin_stop(state, now)
    held = state.containers or state.listing or saving.is_committing(state)
    if state.phase is JobPhase.STOPPING and not held:
        actions += _begin_commit(state, now)
    return actions


def _begin_stop(state: JobState, now: float) -> list[Action]:
    state.enter(JobPhase.STOPPING, now)
    grace = state.spec.options.stop_grace_s + STOP_MARGIN_S
    state.set_timer(now + grace, "stop")
    actions: list[Action] = []
    for container in state.containers.values():
        task = state.tasks[container.run.task]
        if task.run == container.run and task.state.is_final:
            continue  # its agent has been released
        if container.stage is Stage.ATTACHED:
            actions.append(stop(state, container))
        else:
            container.stop_sent = True
            actions.append(StopContainer(container.container_id))
    return actions


def hurry(state: JobState, now: float) -> list[Action]:
    """Use harder means on containers that do not end."""
    if state.phase is not JobPhase.STOPPING:
        return []
    if _waits_for_upload(state):
        state.set_timer(now + STOP_MARGIN_S, "stop")
        return []
    state.set_timer(now + GIVE_UP_S, "give-up")
    return [StopContainer(container_id) for container_id in state.containers]


def give_up(state: JobState, now: float) -> None:
    """Wait no longer for what does not end; leave containers to YARN."""
    if state.phase is not JobPhase.STOPPING:
        return
    if _waits_for_upload(state):
        state.set_timer(now + STOP_MARGIN_S, "give-up")
        return
    state.listing = False
    saving.abandon(state, now)
    _leave_to_yarn(state, now)


def _waits_for_upload(state: JobState) -> bool:
    held = [state.tasks[c.run.task].state for c in state.containers.values()]
    return _is_success(state) and TaskState.SAVING in held


def _overturn(state: JobState, diagnostics: str, now: float) -> None:
    """Turn a success into a failure: its outputs are not in place."""
    state.verdict = Verdict(Outcome.FAILED, diagnostics, now)
    state.say(f"job FAILED after all: {diagnostics}", now)


def _is_success(state: JobState) -> bool:
    return state.verdict is not None and state.verdict.outcome is Outcome.SUCCEEDED


def _leave_to_yarn(state: JobState, now: float) -> None:
    for container in list(state.containers.values()):
        container_id = container.container_id
        state.say(f"container {container_id} does not end, left to YARN", now)
        task = state.task_of(container_id, container.run.number)
        if task is not None and not task.state.is_final:
            end_try(state, task, Cause(CauseKind.STOPPED, 0, "it did not end"), now)
        del state.containers[container_id]


def _begin_commit(state: JobState, now: float) -> list[Action]:
    lost = [t for t in state.tasks.values() if _lost_output(t)]
    if _is_success(state) and lost:
        _overturn(state, _why(lost, len(state.tasks)), now)
    if not state.spec.outputs or state.shares is None:
        return finish(state, now)  # without the list the outputs are not ours
    state.enter(JobPhase.COMMITTING, now)
    if _is_success(state):
        return [CommitOutputs(commit_plan(state))]
    return [DiscardOutputs(output_urls(state))]


def _lost_output(task: Task) -> bool:
    """A service that was stopped in good time and whose outputs are not there."""
    return task.cause is not None and task.cause.kind is CauseKind.OUTPUT


def commit_failed(state: JobState, reason: str, now: float) -> list[Action]:
    """A job whose outputs are not in place has failed."""
    if state.phase is not JobPhase.COMMITTING:
        return []
    _overturn(state, f"outputs were not committed: {reason}", now)
    return [DiscardOutputs(output_urls(state))]


def finish(state: JobState, now: float) -> list[Action]:
    """Tell the result."""
    verdict = state.verdict
    assert verdict is not None, "the job finishes without a verdict"
    state.enter(JobPhase.FINISHING, now)
    return [Finish(verdict.outcome, verdict.diagnostics)]
