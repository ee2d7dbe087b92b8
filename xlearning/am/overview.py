"""What is shown of a job: its state joined with the agents' telemetry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.am import saving
from xlearning.am.events import EVERYBODY
from xlearning.am.state import Stage
from xlearning.am.verdict import OPTIONAL_GRACE_S, work_is_done
from xlearning.job.snapshot import (
    JobSnapshot,
    RoleView,
    SaveView,
    TaskView,
    Waiting,
)
from xlearning.job.states import JobPhase, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.am.saving import Save
    from xlearning.am.state import JobState, Task
    from xlearning.job.ids import TaskId
    from xlearning.job.resources import Resources


@dataclass(slots=True)
class Telemetry:
    """What an agent last said about its trainer.

    Attributes:
        try_number: The try that it is about.
        progress: 0 to 1, None when the program reports none.
        memory_mb: Resident memory of the container's processes.
        peak_memory_mb: The most of it so far.
        moved_bytes: Bytes of input or output moved so far.
        total_bytes: Bytes to move in all.
        read_records: Of a stream: what the program was given.
        written_records: Of a stream: what it gave.
        written_bytes: The size of that.
        problem: What is wrong with what the program reports, "" if nothing.
    """

    try_number: int
    progress: float | None = None
    memory_mb: int = 0
    peak_memory_mb: int = 0
    moved_bytes: int = 0
    total_bytes: int = 0
    problem: str = ""
    read_records: int = 0
    written_records: int = 0
    written_bytes: int = 0


NOTHING = Telemetry(-1)

MOVING = (TaskState.LOCALISING, TaskState.SAVING)
"""States in which a task's data moves; with a stream it does while it runs, too."""


def snapshot(
    state: JobState,
    telemetry: Mapping[TaskId, Telemetry],
    now: float,
    since: int = 0,
    headroom: Resources | None = None,
) -> JobSnapshot:
    """Return the job as it is now.

    Args:
        state: The job's state.
        telemetry: What the agents last said, by task.
        now: Seconds since the epoch.
        since: Messages up to this number are left out.
        headroom: What the queue could still give, None where it did not say.
    """
    spec, verdict = state.spec, state.verdict
    tasks = tuple(_task_view(state, t, telemetry) for t in state.tasks.values())
    return JobSnapshot(
        cursor=state.last_message,
        application_id=spec.application_id,
        attempt=state.attempt,
        name=spec.name,
        application_type=spec.application_type,
        user=spec.user,
        queue=spec.queue,
        phase=state.phase,
        started_ms=_ms(state.started),
        now_ms=_ms(now),
        roles=tuple(RoleView(r.name, r.count, r.resources) for r in spec.roles),
        tasks=tasks,
        progress=progress(state, telemetry),
        waiting_on=waiting_on(state, headroom),
        outputs=tuple(output.url for output in spec.outputs),
        saves=tuple(_save_view(state, save) for save in state.saves),
        save_obstacle=saving.obstacle(state),
        input_bytes=sum(state.input_bytes.values()),
        local_share=_local_share(state, tasks),
        outcome=verdict.outcome if verdict else None,
        diagnostics=verdict.diagnostics if verdict else "",
        messages=tuple(m for m in state.messages if m.number > since),
    )


def _save_view(state: JobState, save: Save) -> SaveView:
    return SaveView(
        number=save.number,
        name=save.name,
        state=save.state,
        who=save.who,
        urls=saving.urls_of(state, save),
        started_ms=_ms(save.started),
        ended_ms=_ms(save.ended),
        tasks=save.tasks,
        done=save.done,
        files=save.files,
        bytes=save.bytes,
        copied_bytes=save.copied_bytes,
        left_out=save.left_out,
        left_out_count=save.left_out_count,
        problem=save.problem,
    )


def progress(state: JobState, telemetry: Mapping[TaskId, Telemetry]) -> float:
    """Return the mean progress of the tasks that do the work, 0 to 1.

    A task that ended well counts as 1, whether it reported or not.
    """
    aside = state.shape.services | state.shape.optional
    working = [t for t in state.tasks.values() if t.id.role not in aside]
    if not working:
        return 0.0
    return sum(_part_done(state, t, telemetry) for t in working) / len(working)


def _part_done(
    state: JobState, task: Task, telemetry: Mapping[TaskId, Telemetry]
) -> float:
    if task.state is TaskState.SUCCEEDED:
        return 1.0
    said = telemetry.get(task.id, NOTHING)
    current = said if said.try_number == task.number else NOTHING
    return _progress_of(state, task, current) or 0.0


def _progress_of(state: JobState, task: Task, said: Telemetry) -> float | None:
    """Return what a program says; if it says nothing, how much of a stream it has."""
    if said.progress is not None or not said.total_bytes or not _streams(state, task):
        return said.progress
    return min(1.0, said.moved_bytes / said.total_bytes)


def _streams(state: JobState, task: Task) -> bool:
    return task.state is TaskState.RUNNING and state.spec.streams_input


def _task_view(
    state: JobState, task: Task, telemetry: Mapping[TaskId, Telemetry]
) -> TaskView:
    said = telemetry.get(task.id, NOTHING)
    current = said if said.try_number == task.number else NOTHING
    return TaskView(
        role=task.id.role,
        index=task.id.index,
        try_number=task.number,
        state=task.state,
        container_id=task.container_id,
        host=task.host,
        log_url=_log_url(state, task),
        address=task.address,
        gpus=task.gpus,
        since_ms=_ms(task.since),
        started_ms=_ms(task.started),
        ended_ms=_ms(task.ended),
        progress=_progress_of(state, task, current),
        memory_mb=current.memory_mb,
        peak_memory_mb=current.peak_memory_mb,
        cause=task.cause.words if task.cause else "",
        moved_bytes=current.moved_bytes if _moves(state, task) else 0,
        total_bytes=current.total_bytes if _moves(state, task) else 0,
        read_records=current.read_records,
        written_records=current.written_records,
        written_bytes=current.written_bytes,
        input_bytes=_input_bytes(state, task),
        local_bytes=_local_bytes(state, task),
    )


def _moves(state: JobState, task: Task) -> bool:
    return task.state in MOVING or _streams(state, task)


def _input_bytes(state: JobState, task: Task) -> int:
    own = state.input_bytes.get(str(task.id))
    return state.input_bytes.get(EVERYBODY, 0) if own is None else own


def _local_bytes(state: JobState, task: Task) -> int | None:
    near = state.near.get(str(task.id))
    return near.get(task.host, 0) if near is not None and task.host else None


def _local_share(state: JobState, tasks: Iterable[TaskView]) -> float | None:
    """Return how much of what was looked for was found near its readers."""
    known = [task for task in tasks if task.local_bytes is not None]
    looked_for = sum(state.located.get(f"{t.role}-{t.index}", 0) for t in known)
    local = sum(task.local_bytes or 0 for task in known)
    return local / looked_for if looked_for else None


def _log_url(state: JobState, task: Task) -> str:
    if not task.http_address:
        return ""
    path = f"node/containerlogs/{task.container_id}/{state.spec.user}"
    return f"http://{task.http_address}/{path}"


def waiting_on(
    state: JobState, headroom: Resources | None = None
) -> tuple[Waiting, ...]:
    """Return everything that the job waits for."""
    left = f", which has {headroom} left" if headroom else ""
    queue = f"queue {state.spec.queue}{left}"
    return (*_waits_for_cluster(state), *_waits_for_tasks(state, queue))


def _waits_for_cluster(state: JobState) -> list[Waiting]:
    found: list[Waiting] = []
    since = _ms(state.phase_since)
    if state.rm_lost_since:
        lost = _ms(state.rm_lost_since)
        found.append(Waiting("the ResourceManager answers", lost, "YARN"))
    match state.phase:
        case JobPhase.STARTING:
            found.append(Waiting("registration", since, "the ResourceManager"))
        case JobPhase.RUNNING if state.shares is None:
            found.append(Waiting("the list of input files", since, "the file system"))
        case JobPhase.STOPPING if state.listing and not state.containers:
            found.append(Waiting("the list of input files", since, "the file system"))
        case JobPhase.STOPPING if not state.containers:
            found.append(Waiting("a save is in place", since, "the file system"))
        case JobPhase.STOPPING:
            left = _number(len(state.containers), "container")
            found.append(Waiting(f"the end of {left}", since, "agents and YARN"))
        case JobPhase.COMMITTING:
            found.append(Waiting("outputs are in place", since, "the file system"))
        case JobPhase.FINISHING:
            found.append(Waiting("the result is stored", since, "the ResourceManager"))
        case _:
            pass
    return found


def _waits_for_tasks(state: JobState, queue: str) -> list[Waiting]:
    if state.phase is not JobPhase.RUNNING:
        return []
    groups: dict[tuple[str, str, str], list[Task]] = {}
    for task in state.tasks.values():
        reason = _reason(state, task, queue)
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
            return "waiting for their input to be listed", "the file system"
        case TaskState.WAITING:
            size = state.spec.role(task.id.role).resources
            return f"waiting for a container of {size}", queue
        case TaskState.LAUNCHING if _hears(state, task):
            return "waiting for its assignment", "the list of input files"
        case TaskState.LAUNCHING if state.spec.data.cache_input:
            return "waiting for the agent and its input", f"NodeManager on {task.host}"
        case TaskState.LAUNCHING:
            return "waiting for the agent to start", f"NodeManager on {task.host}"
        case TaskState.LOCALISING if task.waiting_for:
            return f"waiting for {task.waiting_for}", task.host
        case TaskState.LOCALISING:
            return "fetching input", "the file system"
        case TaskState.READY if not state.shape.rendezvous:
            return "starting the program", task.host
        case TaskState.READY:
            return "waiting for the rendezvous", "the tasks that are not ready"
        case TaskState.SAVING:
            return "uploading output", "the file system"
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
