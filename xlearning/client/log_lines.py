"""Turns pieces of log files into lines that say whose they are. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from xlearning.job.ids import TaskId

AM_TASK = "am"
"""What the ApplicationMaster is called among the tasks of a job."""


class LogKey(NamedTuple):
    """One file of one container.

    Attributes:
        task: `worker-0`, `am`, or the container's id where its task is unknown.
        container_id: YARN's id.
        file: E.g. `stdout`.
    """

    task: str
    container_id: str
    file: str


class LogLine(NamedTuple):
    """One line of a log, without its end."""

    key: LogKey
    text: str

    def prefixed(self) -> str:
        """Return the line with its task in front."""
        return f"[{task_label(self.key.task)}] {self.text}"


@dataclass
class LineSplitter:
    """Cuts one file's bytes into lines, whatever pieces they come in.

    A line that is drawn again and again (`\\r`, a progress bar) reads as on a terminal:
    its last state counts, and the last one of each piece is a line of its own.

    Attributes:
        key: Whose bytes they are.
        offset: Bytes that were taken so far, from the start of the file.
        rest: Bytes of a line that has not ended yet.
    """

    key: LogKey
    offset: int = 0
    rest: bytes = field(default=b"", repr=False)

    def feed(self, data: bytes) -> list[LogLine]:
        """Take the file's next bytes and return the lines that they complete."""
        self.offset += len(data)
        *lines, rest = (self.rest + data).split(b"\n")
        # The last byte may be the first half of a CR LF.
        *drawn, last = rest[:-1].split(b"\r")
        self.rest = last + rest[-1:]
        lines += [state for state in drawn if state][-1:]
        return [self._line(line) for line in lines]

    def finish(self) -> list[LogLine]:
        """Return the last line if it has no end."""
        last, self.rest = self.rest, b""
        return [self._line(last)] if last else []

    def _line(self, data: bytes) -> LogLine:
        visible = data.removesuffix(b"\r").rpartition(b"\r")[2]
        return LogLine(self.key, visible.decode("utf-8", "replace"))


def task_label(task: str) -> str:
    """Return a task as it stands in a prefix: `worker 0`."""
    try:
        return TaskId.parse(task).label
    except ValueError:
        return task


def tail_start(data: bytes, lines: int) -> int:
    """Return where the last `lines` lines of some bytes begin."""
    position = len(data.removesuffix(b"\n"))
    for _ in range(lines):
        position = data.rfind(b"\n", 0, position)
        if position < 0:
            return 0
    return position + 1


def is_first_container(container_id: str) -> bool:
    """Say whether a container is an attempt's first: mostly its ApplicationMaster."""
    return container_id.endswith("_000001")


def parse_task(text: str) -> str:
    """Read a task as a user names it: `worker-0`, `worker:0`, `am`.

    Raises:
        ValueError: It names none.
    """
    if text == AM_TASK or text.startswith("container_"):
        return text
    return str(TaskId.parse(text))


def task_order(key: LogKey) -> tuple[int, str, int, str]:
    """Return what files are sorted by: tasks, the ApplicationMaster, the unknown."""
    try:
        task = TaskId.parse(key.task)
    except ValueError:
        return (1 if key.task == AM_TASK else 2, key.task, 0, key.container_id)
    return (0, task.role, task.index, key.container_id)
