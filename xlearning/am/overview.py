"""What is shown of a job: its state joined with the agents' telemetry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.am import saving
from xlearning.am.events import EVERYBODY
from xlearning.am.waiting import UNKNOWN, Around, waiting_on
from xlearning.job.snapshot import JobSnapshot, RoleView, SaveView, TaskView
from xlearning.job.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.am.saving import Save
    from xlearning.am.state import JobState, Task
    from xlearning.job.ids import TaskId
    from xlearning.job.waits import Wait


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
        wait: What is tried again, None when nothing is.
        saved_bytes: Copied so far for the save that is under way.
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
    wait: Wait | None = None
    saved_bytes: int = 0


NOTHING = Telemetry(-1)

MOVING = (TaskState.LOCALISING, TaskState.SAVING)
"""States in which a task's data moves; with a stream it does while it runs, too."""


def snapshot(
    state: JobState,
    telemetry: Mapping[TaskId, Telemetry],
    now: float,
    since: int = 0,
    around: Around = UNKNOWN,
) -> JobSnapshot:
    """Return the job as it is now.

    Args:
        state: The job's state.
        telemetry: What the agents last said, by task.
        now: Seconds since the epoch.
        since: Messages up to this number are left out.
        around: What else is known.
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
        waiting_on=waiting_on(state, _retried(state, telemetry), around),
        outputs=tuple(output.url for output in spec.outputs),
        saves=tuple(_save_view(state, save, telemetry) for save in state.saves),
        save_obstacle=saving.obstacle(state),
        input_bytes=sum(state.input_bytes.values()),
        local_share=_local_share(state, tasks),
        outcome=verdict.outcome if verdict else None,
        diagnostics=verdict.diagnostics if verdict else "",
        messages=tuple(m for m in state.messages if m.number > since),
    )


def _save_view(
    state: JobState, save: Save, telemetry: Mapping[TaskId, Telemetry]
) -> SaveView:
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
        copied_bytes=save.copied_bytes + _being_copied(save, telemetry),
        left_out=save.left_out,
        left_out_count=save.left_out_count,
        problem=save.problem,
    )


def _being_copied(save: Save, telemetry: Mapping[TaskId, Telemetry]) -> int:
    """Return what tasks that are not done have copied for a save so far."""
    said = [(n, telemetry.get(task, NOTHING)) for task, n in save.pending.items()]
    return sum(each.saved_bytes for n, each in said if each.try_number == n)


def _retried(
    state: JobState, telemetry: Mapping[TaskId, Telemetry]
) -> dict[TaskId, Wait]:
    """Return what tasks try again, each in its current try."""
    return {
        task: said.wait
        for task, said in telemetry.items()
        if said.wait is not None and said.try_number == state.tasks[task].number
    }


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


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
