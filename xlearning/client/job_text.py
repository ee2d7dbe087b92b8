"""Jobs as text for people. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from xlearning.client.reports import is_final, reason_lines, waiting_reason
from xlearning.job.amounts import input_text, part_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlearning.client.jobs import JobStatus
    from xlearning.hadoop.reports import ApplicationReport
    from xlearning.job.snapshot import JobSnapshot, TaskView, Waiting


_TASK_COLUMNS = (
    "TASK",
    "STATE",
    "FOR",
    "TRY",
    "HOST",
    "DATA MOVED",
    "MEMORY",
    "GPUS",
    "WHY",
)


def status_lines(status: JobStatus, now_ms: int) -> list[str]:
    """Return all that is known of a job."""
    report, snapshot = status.report, status.snapshot
    lines = [
        f"{report.application_id}  {_state(report)}",
        *_field("name", report.name),
        *_field("type", report.application_type),
        *_field("user", report.user),
        *_field("queue", report.queue),
        *_field("started", moment_text(report.started_ms)),
        *_field("time", _duration(_elapsed_ms(report, now_ms))),
        *_field("page", report.tracking_url),
    ]
    for text in waiting_reason(report):
        lines += _field("waiting", text)
    if status.page_error:
        lines += _field("its page", status.page_error)
    if snapshot is not None:
        lines += _snapshot_lines(snapshot)
    if is_final(report):
        reasons = reason_lines(report.diagnostics)
        lines += ["", *reasons] if reasons else []
    return lines


def newest_first(reports: Iterable[ApplicationReport]) -> list[ApplicationReport]:
    """Return jobs in the order in which `xl list` shows them."""
    return sorted(reports, key=lambda each: -each.started_ms)


def list_lines(reports: Sequence[ApplicationReport]) -> list[str]:
    """Return a table of jobs, the newest first."""
    rows = [
        (
            report.application_id,
            _state(report),
            report.user,
            report.queue.removeprefix("root."),
            moment_text(report.started_ms),
            report.name,
        )
        for report in newest_first(reports)
    ]
    return table_lines(("JOB", "STATE", "USER", "QUEUE", "STARTED", "NAME"), rows)


def _snapshot_lines(snapshot: JobSnapshot) -> list[str]:
    lines = [
        *_field("phase", snapshot.phase.value),
        *_field("progress", f"{snapshot.progress:.0%}"),
        *_field("input", input_text(snapshot.input_bytes, snapshot.local_share)),
    ]
    for waiting in snapshot.waiting_on:
        since = _duration(snapshot.now_ms - waiting.since_ms)
        lines += _field("waiting", waiting_text(waiting, since))
    for output in snapshot.outputs:
        lines += _field("output", output)
    rows = [_task_row(task, snapshot.now_ms) for task in snapshot.tasks]
    columns = (
        "TASK",
        "STATE",
        "FOR",
        "TRY",
        "HOST",
        "DATA MOVED",
        "MEMORY",
        "GPUS",
        "WHY",
    )
    return [*lines, "", *table_lines(columns, rows)]


def _task_row(task: TaskView, now_ms: int) -> tuple[str, ...]:
    memory = f"{task.memory_mb} MiB" if task.memory_mb else ""
    since = _duration(now_ms - task.since_ms) if task.since_ms else ""
    return (
        f"{task.role} {task.index}",
        task.state.value,
        since,
        str(task.try_number),
        task.host,
        part_text(task.moved_bytes, task.total_bytes) if task.total_bytes else "",
        memory,
        ",".join(task.gpus),
        task.cause,
    )


def _state(report: ApplicationReport) -> str:
    if report.state == "FINISHED":
        return report.final_status
    return report.state


def _elapsed_ms(report: ApplicationReport, now_ms: int) -> int:
    end = report.finished_ms if is_final(report) else now_ms
    return max(0, end - report.started_ms)


def _field(name: str, value: str) -> list[str]:
    return [f"  {name + ':':<10} {value}"] if value else []


def moment_text(time_ms: int) -> str:
    """Return a time in the user's zone, "" for 0."""
    if not time_ms:
        return ""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def waiting_text(waiting: Waiting, *more: str) -> str:
    """Return what is waited for, and until when if that is known."""
    until = moment_text(waiting.until_ms)
    about = (waiting.whom, *more, *([f"tried until {until}"] if until else []))
    return f"{waiting.what} ({', '.join(about)})"


def _duration(milliseconds: int) -> str:
    seconds = max(0, milliseconds) // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def table_lines(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Align columns; a column that is empty in every row is left out."""
    kept = [n for n in range(len(columns)) if any(row[n] for row in rows)]
    table = [[row[n] for n in kept] for row in (columns, *rows)]
    widths = [max(len(row[n]) for row in table) for n in range(len(kept))]
    return [
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    ]


def report_json(report: ApplicationReport) -> dict[str, object]:
    """Return a job as `xl list --json` prints it; times in ms since the epoch."""
    return {
        "application_id": report.application_id,
        "name": report.name,
        "application_type": report.application_type,
        "user": report.user,
        "queue": report.queue,
        "state": report.state,
        "final_status": report.final_status,
        "diagnostics": report.diagnostics,
        "tracking_url": report.tracking_url,
        "started_ms": report.started_ms,
        "finished_ms": report.finished_ms,
    }


def status_json(status: JobStatus) -> dict[str, object]:
    """Return a job as `xl status --json` prints it: `job` is the AM's snapshot."""
    return {
        **report_json(status.report),
        "page_error": status.page_error,
        "job": status.snapshot,
    }
