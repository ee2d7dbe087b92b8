"""What a job waits for: every state that has no deadline has a reason here. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from xlearning.am.constraints import where
from xlearning.am.state import Stage
from xlearning.am.verdict import OPTIONAL_GRACE_S, work_is_done
from xlearning.job.snapshot import Waiting
from xlearning.job.states import JobPhase, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.am.state import JobState, Task
    from xlearning.job.ids import TaskId
    from xlearning.job.resources import Resources
    from xlearning.job.waits import Wait

FILES = "the file system"


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of the world beside the state.

    Attributes:
        headroom: What the queue could still give, None where it did not say.
        wait: What the ApplicationMaster itself tries again, None when nothing is.
    """

    headroom: Resources | None = None
    wait: Wait | None = None


UNKNOWN = Around()
_NONE: Mapping[TaskId, Wait] = MappingProxyType({})


def waiting_on(
    state: JobState,
    retried: Mapping[TaskId, Wait] = _NONE,
    around: Around = UNKNOWN,
) -> tuple[Waiting, ...]:
    """Return everything that the job waits for.

    Args:
        state: The job's state.
        retried: What tasks try again.
        around: What else is known.
    """
    left = f", which has {around.headroom} left" if around.headroom else ""
    queue = f"queue {state.spec.queue}{left}"
    own = [_waiting(around.wait.words, [around.wait])] if around.wait else []
    heard = {
        task: wait for task, wait in retried.items() if _hears(state, state.tasks[task])
    }
    return (
        *_waits_for_cluster(state),
        *own,
        *_retries(state, heard),
        *_waits_for_tasks(state, queue, heard),
    )


def _retries(state: JobState, retried: Mapping[TaskId, Wait]) -> Iterable[Waiting]:
    """Yield what tasks try again, those of a role with the same trouble together."""
    groups: dict[tuple[str, str], list[TaskId]] = {}
    for task, wait in retried.items():
        groups.setdefault((task.role, wait.reason), []).append(task)
    for (role, _), tasks in groups.items():
        who = _some(state, role, [state.tasks[task] for task in tasks])
        waits = [retried[task] for task in tasks]
        yield _waiting(f"{who} trying again: {waits[0].words}", waits)


def _waiting(what: str, waits: list[Wait]) -> Waiting:
    since = min(wait.since_ms for wait in waits)
    return Waiting(what, since, FILES, max(wait.until_ms for wait in waits))


def _waits_for_cluster(state: JobState) -> list[Waiting]:
    found: list[Waiting] = []
    since = _ms(state.phase_since)
    if state.rm_lost_since:
        lost = _ms(state.rm_lost_since)
        found.append(Waiting("the ResourceManager answers", lost, "YARN"))
    match state.phase:
        case JobPhase.STARTING:  # it is registered, or nobody could see this
            found.append(Waiting("what the attempt before decided", since, FILES))
        case JobPhase.RUNNING if state.shares is None:
            found.append(Waiting("the list of input files", since, FILES))
        case JobPhase.STOPPING if state.listing and not state.containers:
            found.append(Waiting("the list of input files", since, FILES))
        case JobPhase.STOPPING if not state.containers:
            found.append(Waiting("a save is in place", since, FILES))
        case JobPhase.STOPPING:
            left = _number(len(state.containers), "container")
            found.append(Waiting(f"the end of {left}", since, "agents and YARN"))
        case JobPhase.COMMITTING:
            found.append(Waiting("outputs are in place", since, FILES))
        case JobPhase.FINISHING:
            found.append(Waiting("the result is stored", since, "the ResourceManager"))
        case _:
            pass
    return found


def _waits_for_tasks(
    state: JobState, queue: str, told: Mapping[TaskId, Wait]
) -> list[Waiting]:
    """Return what tasks wait for, but for those of which more is told."""
    if state.phase is not JobPhase.RUNNING:
        return []
    groups: dict[tuple[str, str, str], list[Task]] = {}
    for task in state.tasks.values():
        reason = None if task.id in told else _reason(state, task, queue)
        if reason:
            groups.setdefault((task.id.role, *reason), []).append(task)
    return [
        Waiting(
            f"{_some(state, role, tasks)} {what}",
            _ms(min(t.since for t in tasks)),
            whom,
        )
        for (role, what, whom), tasks in groups.items()
    ]


def _reason(state: JobState, task: Task, queue: str) -> tuple[str, str] | None:
    match task.state:
        case TaskState.WAITING if state.awaits_list(task.id.role):
            return "waiting for their input to be listed", FILES
        case TaskState.WAITING:
            role = state.spec.role(task.id.role)
            place = where(role)
            return f"waiting for a container of {role.resources}{place}", queue
        case TaskState.LAUNCHING if _hears(state, task):
            return "waiting for its assignment", "the list of input files"
        case TaskState.LAUNCHING if state.spec.data.cache_input:
            return "waiting for the agent and its input", f"NodeManager on {task.host}"
        case TaskState.LAUNCHING:
            return "waiting for the agent to start", f"NodeManager on {task.host}"
        case TaskState.LOCALISING if task.waiting_for:
            return f"waiting for {task.waiting_for}", task.host
        case TaskState.LOCALISING:
            return "fetching input", FILES
        case TaskState.READY if not state.shape.rendezvous:
            return "starting the program", task.host
        case TaskState.READY:
            return "waiting for the rendezvous", "the tasks that are not ready"
        case TaskState.SAVING:
            return "uploading output", FILES
        case TaskState.RUNNING if _is_last(state, task):
            grace = f"{OPTIONAL_GRACE_S:.0f} s after the others, then stopped"
            return f"ending ({grace})", "the program"
        case TaskState.RUNNING if not _hears(state, task):
            return "without contact to the agent", task.host
        case _:
            return None


def _is_last(state: JobState, task: Task) -> bool:
    """Say whether a task that the job can do without is all that it waits for."""
    return task.id.role in state.shape.optional and work_is_done(state)


def _hears(state: JobState, task: Task) -> bool:
    container = state.containers.get(task.container_id)
    return container is not None and container.stage is Stage.ATTACHED


def _some(state: JobState, role: str, tasks: list[Task]) -> str:
    if len(tasks) == 1:
        return tasks[0].id.label
    return f"{len(tasks)} of {state.spec.count(role)} {role} tasks"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
