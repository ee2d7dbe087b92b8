"""Why a try ended: one closed list that verdicts, pages and messages all use.

A cause joins three things: YARN's exit status, the trainer's exit code or signal, and
what we did to it. The exit statuses are those of Hadoop's `ContainerExitStatus`.
"""

from __future__ import annotations

import re
import signal
from enum import StrEnum

import msgspec

_PHYSICAL_USE = re.compile(
    r"Current usage: ([\d.]+ ?[KMGT]?B) of ([\d.]+ ?[KMGT]?B) physical memory used"
)
_VIRTUAL_USE = re.compile(
    r"; ([\d.]+ ?[KMGT]?B) of ([\d.]+ ?[KMGT]?B) virtual memory used"
)
_TIME_STAMP = r"\[\d{4}-\d\d-\d\d [^\]]*\]"
_STDERR_TAIL = re.compile(
    rf"^Last \d+ bytes of stderr :\n(.*?)\s*(?=\n{_TIME_STAMP}|\Z)",
    re.DOTALL | re.MULTILINE,
)
_TELLS_NOTHING = (
    "at ",
    "Container id:",
    "Exception from",
    "Exit code:",
    "Container killed on request.",
    "Container exited with a non-zero exit code",
    "Last ",
)
"""Beginnings of lines in YARN's diagnostics that only repeat the exit status."""


class CauseKind(StrEnum):
    """The kinds of ends."""

    SUCCEEDED = "SUCCEEDED"
    EXITED = "EXITED"
    SIGNALLED = "SIGNALLED"
    PROGRAM_NOT_FOUND = "PROGRAM_NOT_FOUND"
    MEMORY = "MEMORY"
    ENVIRONMENT = "ENVIRONMENT"
    INPUT = "INPUT"
    OUTPUT = "OUTPUT"
    GPU = "GPU"
    PORT = "PORT"
    PORT_LOST = "PORT_LOST"
    NETWORK = "NETWORK"
    LOCALIZATION = "LOCALIZATION"
    START_REFUSED = "START_REFUSED"
    PREEMPTED = "PREEMPTED"
    NODE_LOST = "NODE_LOST"
    DISKS_FAILED = "DISKS_FAILED"
    AGENT_DIED = "AGENT_DIED"
    AGENT_SILENT = "AGENT_SILENT"
    RELEASED = "RELEASED"
    STOPPED = "STOPPED"
    YARN = "YARN"

    @property
    def is_ours_or_clusters(self) -> bool:
        """Whether the program had no part in it, so that a new try may help."""
        return self in (
            CauseKind.PORT_LOST,
            CauseKind.START_REFUSED,
            CauseKind.PREEMPTED,
            CauseKind.NODE_LOST,
            CauseKind.DISKS_FAILED,
            CauseKind.AGENT_SILENT,
            CauseKind.RELEASED,
            CauseKind.YARN,
        )


class Cause(msgspec.Struct, frozen=True):
    """Why a try ended.

    Attributes:
        kind: One of the closed list.
        code: Exit code, signal number or YARN's exit status, as `kind` says.
        detail: More words: YARN's reason, a path, the memory used.
        stderr_tail: The trainer's last lines on stderr, "" when none are known.
    """

    kind: CauseKind
    code: int = 0
    detail: str = ""
    stderr_tail: str = ""

    @property
    def words(self) -> str:
        """What happened, as the end of a sentence that begins with the task."""
        text = _WORDS[self.kind].format(code=self.code, signal=_signal_name(self.code))
        return f"{text}: {self.detail}" if self.detail else text

    @property
    def last_stderr_line(self) -> str:
        """The last line on stderr that is not blank, cut if long, "" if none is."""
        lines = [line.strip() for line in self.stderr_tail.splitlines()]
        return _cut(next((line for line in reversed(lines) if line), ""))

    @property
    def exception_line(self) -> str:
        """The line that names the last exception of Python on stderr, "" if none is.

        A library's own trace may follow it, or what other threads print.
        """
        _, found, told = f"\n{self.stderr_tail}".rpartition(f"\n{_TRACEBACK}\n")
        lines = told.splitlines() if found else []
        return _cut(next(filter(_EXCEPTION.match, lines), ""))


LONGEST_LINE = 400
"""Characters of a line that are told: diagnostics are read in tables and mails."""

_TRACEBACK = "Traceback (most recent call last):"
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::|$)")
"""Its class and its message, as `traceback.format_exception_only` writes them."""


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …"


_WORDS = {
    CauseKind.SUCCEEDED: "ended well",
    CauseKind.EXITED: "exited with code {code}",
    CauseKind.SIGNALLED: "was killed by signal {code} ({signal})",
    CauseKind.PROGRAM_NOT_FOUND: "could not start its program",
    CauseKind.MEMORY: "was killed for using more memory than its container has",
    CauseKind.ENVIRONMENT: "could not use its Python environment",
    CauseKind.INPUT: "could not fetch its input",
    CauseKind.OUTPUT: "could not upload its output",
    CauseKind.GPU: "found no free GPU device",
    CauseKind.PORT: "found no free port",
    CauseKind.PORT_LOST: "exited with code {code}, and another program has its port",
    CauseKind.NETWORK: "could not use the network that the job names",
    CauseKind.LOCALIZATION: "could not be set up by YARN",
    CauseKind.START_REFUSED: "was not started by its NodeManager",
    CauseKind.PREEMPTED: "was preempted by the scheduler",
    CauseKind.NODE_LOST: "was lost with its node",
    CauseKind.DISKS_FAILED: "was lost because the disks of its node failed",
    CauseKind.AGENT_DIED: "lost its agent (exit code {code})",
    CauseKind.AGENT_SILENT: "gave no sign of life",
    CauseKind.RELEASED: "lost its container before it was used",
    CauseKind.STOPPED: "was stopped",
    CauseKind.YARN: "was ended by YARN (exit status {code})",
}

_OVER_VIRTUAL_MEMORY = -103
_BY_EXIT_STATUS = {
    -100: CauseKind.NODE_LOST,
    -101: CauseKind.DISKS_FAILED,
    -102: CauseKind.PREEMPTED,
    _OVER_VIRTUAL_MEMORY: CauseKind.MEMORY,
    -104: CauseKind.MEMORY,
    -105: CauseKind.STOPPED,
    -1000: CauseKind.LOCALIZATION,
}


def cause_of_completion(exit_status: int, diagnostics: str) -> Cause:
    """Read the cause from a container's completed status.

    It tells less than the agent's own report, which is preferred where there is one.

    Args:
        exit_status: YARN's `ContainerExitStatus` or the agent's exit code.
        diagnostics: YARN's text, with its time stamps and Java stack traces.
    """
    kind = _BY_EXIT_STATUS.get(exit_status)
    if kind is None:
        kind = CauseKind.AGENT_DIED if exit_status >= 0 else CauseKind.YARN
    if kind is CauseKind.NODE_LOST and "*lost*" not in diagnostics:
        kind = CauseKind.RELEASED
    if kind is CauseKind.MEMORY:
        return Cause(kind, exit_status, _memory_detail(exit_status, diagnostics))
    tail = _STDERR_TAIL.search(diagnostics)
    if kind is CauseKind.AGENT_DIED and tail is not None and tail[1]:
        return Cause(kind, exit_status, stderr_tail=tail[1])
    return Cause(kind, exit_status, first_reason(diagnostics))


def cause_of_exit(returncode: int, stderr_tail: str) -> Cause:
    """Read the cause from a process's return code as `subprocess` gives it.

    Args:
        returncode: 0 or an exit code, or minus the number of a signal.
        stderr_tail: The last lines of the process's stderr.
    """
    if returncode == 0:
        return Cause(CauseKind.SUCCEEDED)
    if returncode < 0:
        return Cause(CauseKind.SIGNALLED, -returncode, "", stderr_tail)
    return Cause(CauseKind.EXITED, returncode, "", stderr_tail)


def first_reason(diagnostics: str) -> str:
    """Return the first telling line of YARN's diagnostics, without its time stamp."""
    for line in diagnostics.splitlines():
        text = re.sub(f"^{_TIME_STAMP}", "", line).strip()
        if text and not text.startswith(_TELLS_NOTHING):
            return text
    return ""


def _memory_detail(exit_status: int, diagnostics: str) -> str:
    virtual = exit_status == _OVER_VIRTUAL_MEMORY
    match = (_VIRTUAL_USE if virtual else _PHYSICAL_USE).search(diagnostics)
    if match is None:
        return first_reason(diagnostics)
    what = "of virtual memory allowed" if virtual else "allowed"
    return f"used {match[1]} of {match[2]} {what}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
