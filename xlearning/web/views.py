"""A job as HTML. Pure: a snapshot in, text out."""

from __future__ import annotations

import datetime
from html import escape
from itertools import compress
from typing import TYPE_CHECKING

from xlearning.job.amounts import bytes_text, input_text, part_text
from xlearning.job.states import JobPhase, SaveState, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.job.snapshot import JobSnapshot, SaveView, TaskView, Waiting

_MARKS = {
    TaskState.SUCCEEDED: "✓",
    TaskState.FAILED: "✗",
    TaskState.STOPPED: "■",
    TaskState.RUNNING: "▶",
}

_SAVE_MARKS = {SaveState.COMPLETE: "✓", SaveState.FAILED: "✗"}


def page(job: JobSnapshot, base: str) -> str:
    """Return the whole page.

    Args:
        job: What to show.
        base: Path under which the page is seen, with a slash at its end.
    """
    title = f"{job.application_type.title()} Application {job.application_id}"
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        f'<base href="{escape(base)}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title>"
        '<link rel="icon" href="static/job.svg">'
        '<link rel="stylesheet" href="static/job.css">'
        '<script src="static/job.js" defer></script></head>'
        f'<body><main id="job">{fragment(job)}</main></body></html>\n'
    )


def fragment(job: JobSnapshot) -> str:
    """Return what changes: everything below `<main>`."""
    parts = [
        _header(job),
        _waiting(job),
        _tasks(job),
        _resources(job),
        _outputs(job),
        _saves(job),
        _messages(job),
    ]
    return "\n".join(part for part in parts if part)


def _header(job: JobSnapshot) -> str:
    state = str(job.outcome or job.phase)
    facts = [
        ("Application", job.application_id),
        ("Type", job.application_type),
        ("User", job.user),
        ("Queue", job.queue),
        ("Attempt", str(job.attempt)),
        ("Started", _time(job.started_ms)),
        ("Running for", _duration(job.now_ms - job.started_ms)),
    ]
    size = input_text(job.input_bytes, job.local_share)
    facts += [("Input", size)] if size else []
    terms = "".join(f"<dt>{k}</dt><dd>{escape(v)}</dd>" for k, v in facts)
    percent = f"{job.progress:.0%}"
    reason = f'<p class="reason">{escape(job.diagnostics)}</p>'
    return (
        f"<h1>{escape(job.name)}</h1>"
        f'<p class="state state-{state.lower()}" aria-live="polite">{state}</p>'
        f"{reason if job.diagnostics else ''}"
        f'<p><progress max="1" value="{job.progress:.4f}">{percent}</progress> '
        f"{percent}</p><dl>{terms}</dl>{_stop_button(job)}"
    )


def _stop_button(job: JobSnapshot) -> str:
    if job.phase not in (JobPhase.STARTING, JobPhase.RUNNING):
        return ""
    return '<p><button id="stop" type="button">Stop the job</button></p>'


def _waiting(job: JobSnapshot) -> str:
    if not job.waiting_on:
        return ""
    rows = "".join(
        f"<li>{escape(w.what)} <small>(for {_duration(job.now_ms - w.since_ms)}; "
        f"{escape(w.whom)}{_until(w)})</small></li>"
        for w in job.waiting_on
    )
    return f"<h2>Waiting on</h2><ul>{rows}</ul>"


def _until(waiting: Waiting) -> str:
    return f"; tried until {_time(waiting.until_ms)}" if waiting.until_ms else ""


def _tasks(job: JobSnapshot) -> str:
    head = (
        "Task",
        "State",
        "Container",
        "Host",
        "Address",
        "GPUs",
        "Started",
        "Ended",
        "Progress",
        "Data moved",
        "Memory MiB (peak)",
        "Cause",
    )
    return "<h2>Tasks</h2>" + _table(head, (_task_row(task) for task in job.tasks))


def _task_row(task: TaskView) -> list[str]:
    container = escape(task.container_id)
    if task.log_url:
        container = f'<a href="{escape(task.log_url)}">{container}</a>'
    progress = "N/A" if task.progress is None else f"{task.progress:.2%}"
    memory = f"{task.memory_mb} ({task.peak_memory_mb})" if task.peak_memory_mb else ""
    tries = f" (try {task.try_number})" if task.try_number else ""
    return [
        escape(f"{task.role} {task.index}{tries}"),
        f"{_MARKS.get(task.state, '·')} {task.state}",
        container,
        escape(task.host),
        escape(task.address),
        escape(", ".join(task.gpus)),
        _time(task.started_ms),
        _time(task.ended_ms),
        progress,
        part_text(task.moved_bytes, task.total_bytes) if task.total_bytes else "",
        memory,
        escape(task.cause),
    ]


def _resources(job: JobSnapshot) -> str:
    head = ("Role", "Number", "Memory MiB", "Cores", "GPUs")
    rows = (
        [
            escape(role.name),
            str(role.count),
            str(role.resources.memory_mb),
            str(role.resources.vcores),
            str(role.resources.gpus),
        ]
        for role in job.roles
    )
    return "<h2>Resources applied for</h2>" + _table(head, rows)


def _outputs(job: JobSnapshot) -> str:
    if not job.outputs:
        return ""
    rows = "".join(f"<li><code>{escape(url)}</code></li>" for url in job.outputs)
    return f"<h2>Outputs</h2><ul>{rows}</ul>"


def _saves(job: JobSnapshot) -> str:
    """Return the button that saves the model and the list of saves, newest first."""
    if not job.outputs:
        return ""
    head = ("Saved", "State", "Files", "Size", "Asked for by", "Remarks", "Path")
    rows = [_save_row(save) for save in reversed(job.saves)]
    table = _table(head, rows) if rows else ""
    return f"<h2>Saved models</h2><p>{_save_button(job)}</p>{table}"


def _save_button(job: JobSnapshot) -> str:
    last = job.saves[-1] if job.saves else None
    if last and last.state in (SaveState.SAVING, SaveState.COMMITTING):
        return (
            '<button type="button" disabled>Save Model</button> '
            f"saving the model ... {last.done}/{last.tasks}"
        )
    if job.save_obstacle:
        reason = escape(job.save_obstacle)
        return f'<button type="button" disabled>Save Model</button> {reason}'
    done = last is not None and last.state is SaveState.COMPLETE
    words = " saved the model completed!" if done else ""
    return f'<button id="save" type="button">Save Model</button>{words}'


def _save_row(save: SaveView) -> list[str]:
    remarks = [save.problem] if save.problem else []
    if save.left_out_count:
        names = ", ".join(save.left_out)
        remarks.append(f"{save.left_out_count} left out, always changing: {names}")
    if save.state is SaveState.SAVING and save.copied_bytes:
        remarks.append(f"copied {bytes_text(save.copied_bytes)} so far")
    elif 0 < save.copied_bytes < save.bytes:
        remarks.append(f"copied {bytes_text(save.copied_bytes)}")
    failed = save.state is SaveState.FAILED
    paths = "".join(f"<div><code>{escape(url)}</code></div>" for url in save.urls)
    return [
        _time(save.started_ms),
        f"{_SAVE_MARKS.get(save.state, '·')} {save.state}",
        "" if failed else str(save.files),
        "" if failed else bytes_text(save.bytes),
        escape(save.who),
        f'<div class="remarks">{escape("; ".join(remarks))}</div>' if remarks else "",
        "" if failed else paths,
    ]


def _messages(job: JobSnapshot) -> str:
    lines = "\n".join(
        f"{_time(m.time_ms)}  {escape(m.text)}" for m in reversed(job.messages)
    )
    return f"<h2>Messages</h2><pre>{lines}</pre>" if lines else ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table without the columns in which nothing stands."""
    lines = [list(row) for row in rows]
    shown = [any(column) for column in zip(*lines, strict=True)]
    columns = "".join(f'<th scope="col">{name}</th>' for name in compress(head, shown))
    body = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in compress(line, shown)) + "</tr>"
        for line in lines
    )
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"


def _time(ms: int) -> str:
    if not ms:
        return ""
    moment = datetime.datetime.fromtimestamp(ms / 1000, tz=datetime.UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def _duration(ms: int) -> str:
    seconds = max(0, ms // 1000)
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
