"""What the ResourceManager and the ApplicationMaster tell, in words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from xlearning.job.amounts import part_text
from xlearning.job.states import TaskState

if TYPE_CHECKING:
    from xlearning.hadoop.reports import ApplicationReport
    from xlearning.job.snapshot import JobSnapshot

FINAL_STATES = ("FINISHED", "FAILED", "KILLED")

_TIME_STAMP = re.compile(r"^\[\w{3} \w{3} [^\]]*\]\s*")
_STACK_LINE = re.compile(r"^\s*(at [\w.$/]+\(|\.\.\. \d+ more)")
_REASON_LINES = 12


def is_final(report: ApplicationReport) -> bool:
    """Say whether nothing more will happen to an application."""
    return report.state in FINAL_STATES


def succeeded(report: ApplicationReport) -> bool:
    """Say whether an application ended well."""
    return report.state == "FINISHED" and report.final_status == "SUCCEEDED"


def waiting_reason(report: ApplicationReport) -> tuple[str, ...]:
    """Return why an application that was accepted does not run yet.

    It is what YARN calls the ApplicationMaster's diagnostics, without its time stamp
    and the numbers after `Details :`.
    """
    if report.state not in ("SUBMITTED", "ACCEPTED"):
        return ()
    text = _TIME_STAMP.sub("", report.diagnostics.strip())
    text = re.split(r"\s*Details\s*:", text)[0].strip().rstrip(".;")
    return (text,) if text else ()


def containers_line(snapshot: JobSnapshot) -> str:
    """Return the tasks by state, e.g. `1 waiting, 2 running`."""
    counts = Counter(task.state for task in snapshot.tasks)
    return ", ".join(
        f"{counts[state]} {state.value.lower()}" for state in TaskState if counts[state]
    )


_MOVING = {
    "input": (TaskState.LOCALISING, TaskState.RUNNING),
    "output": (TaskState.SAVING,),
}
"""What moves in which states: of tasks that run only the input that is a stream."""


class Movement(NamedTuple):
    """Input or output that moves at the moment, of all tasks together."""

    what: str
    moved_bytes: int
    total_bytes: int

    @property
    def words(self) -> str:
        """E.g. `input 1.20 of 4.00 GiB`."""
        return f"{self.what} {part_text(self.moved_bytes, self.total_bytes)}"

    @property
    def tenth(self) -> int:
        """How far it is, in tenths."""
        return 10 * self.moved_bytes // self.total_bytes


def movements(snapshot: JobSnapshot) -> list[Movement]:
    """Return what moves: the input, the output, both or nothing."""
    found = []
    for what, states in _MOVING.items():
        tasks = [task for task in snapshot.tasks if task.state in states]
        total = sum(task.total_bytes for task in tasks)
        if total:
            found.append(Movement(what, sum(t.moved_bytes for t in tasks), total))
    return found


def reason_lines(diagnostics: str) -> list[str]:
    """Return an application's diagnostics without stack traces and repetitions."""
    lines: list[str] = []
    for line in diagnostics.splitlines():
        text = line.rstrip()
        if text.strip() and not _STACK_LINE.match(text) and text not in lines:
            lines.append(text)
    if len(lines) > _REASON_LINES:
        left = len(lines) - _REASON_LINES
        lines = [*lines[:_REASON_LINES], f"({left} more lines: `xl status` shows all)"]
    return lines


def ending_lines(report: ApplicationReport) -> list[str]:
    """Return what the client says at the end, in XLearning's words first."""
    state = f"{report.state}, final status {report.final_status}"
    if succeeded(report):
        return ["Application completed successfully"]
    reasons = reason_lines(report.diagnostics) or [f"it ended as {state}"]
    return [
        "Application run failed!",
        *reasons,
        "",
        f"hint: `xl logs {report.application_id}` shows what its programs printed",
    ]
