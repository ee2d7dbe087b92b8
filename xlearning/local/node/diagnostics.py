"""YARN's words about a container's start and end. Pure.

From `ContainerImpl`, `ContainerLaunch`, `DefaultContainerExecutor` and
`ContainerManagerImpl` of the NodeManager. Each statement begins with the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

INVALID = -1000
"""The exit status of a container that has none: not ended, or never launched."""

KILLED_EXCEEDED_VMEM = -103
KILLED_EXCEEDED_PMEM = -104
KILLED_BY_APPLICATION_MASTER = -105
KILLED_BY_RESOURCE_MANAGER = -106
KILLED_AFTER_APPLICATION_COMPLETION = -107

FORCE_KILLED, TERMINATED = 137, 143
TAIL_BYTES = 4096
MAX_CHARACTERS = 10000
"""`yarn.nodemanager.container-diagnostics-maximum-size`; the newest are kept."""

YARN_EXCEPTION = "org.apache.hadoop.yarn.exceptions.YarnException"
INVALID_CONTAINER = "org.apache.hadoop.yarn.exceptions.InvalidContainerException"


@dataclass(slots=True)
class Diagnostics:
    """Statements about one container, in the order they were made."""

    _parts: list[str] = field(default_factory=list)

    def add(self, statement: str, now_ms: int) -> None:
        """Add a statement."""
        stamp = datetime.fromtimestamp(now_ms / 1000, UTC)
        text = stamp.strftime("%Y-%m-%d %H:%M:%S.") + f"{now_ms % 1000:03d}"
        self._parts.append(f"[{text}]{statement}\n")

    def __str__(self) -> str:
        """Return all."""
        return "".join(self._parts)[-MAX_CHARACTERS:]


@dataclass(frozen=True, slots=True)
class LogTails:
    """The ends of a container's log files.

    Attributes:
        prelaunch: Of `prelaunch.err`, None where there is no such file.
        stderr_names: All files that look like stderr, the one shown first.
        stderr: Of the newest of them.
    """

    prelaunch: str | None = None
    stderr_names: tuple[str, ...] = ()
    stderr: str = ""


def killed(exit_status: int) -> str:
    """Return why a container is being ended."""
    match exit_status:
        case -105:
            return "Container killed by the ApplicationMaster."
        case -107:
            return (
                "Container killed on application-finish event: "
                "Application killed by ResourceManager"
            )
        case -102:
            return "Container preempted by scheduler"
        case -101 | -100:
            return "Container released by application"
        case _:
            return "Container Killed by ResourceManager"


def exit_statements(
    container_id: str, code: int, tails: LogTails, executor_errors: str = ""
) -> tuple[str, ...]:
    """Return what is said about an exit code other than 0.

    Where nobody ordered the end, YARN says the last statement twice, and after the two
    about a signal `Killed by external signal`.
    """
    exited = f"Container exited with a non-zero exit code {code}. "
    if code in (FORCE_KILLED, TERMINATED):
        return (f"Container killed on request. Exit code is {code}", exited)
    launch = (
        "Exception from container-launch.\n"
        f"Container id: {container_id}\nExit code: {code}\n"
    )
    if executor_errors:
        launch += f"Exception message: {executor_errors}\n"
    exited += _tails(tails)
    return (launch, exited)


def _tails(tails: LogTails) -> str:
    text = ""
    if tails.prelaunch is not None:
        text += "Error file: prelaunch.err.\n"
        text += f"Last {TAIL_BYTES} bytes of prelaunch.err :\n{tails.prelaunch}"
    if len(tails.stderr_names) > 1:
        text += f"Error files: {', '.join(tails.stderr_names)}.\n"
    if tails.stderr_names:
        name = tails.stderr_names[0]
        text += f"Last {TAIL_BYTES} bytes of {name} :\n{tails.stderr}\n"
    return text


def file_missing(url: str) -> str:
    """Return how a NodeManager says that a file to be brought is not there."""
    if url.startswith("file:"):
        return f"File {url} does not exist"
    return f"File does not exist: {url}"


def file_changed(url: str, expected_ms: int, found_ms: int, now_ms: int) -> str:
    """Return how it says that a file's time stamp is not the one of the order."""
    return (
        f"Resource {url} changed on src filesystem - expected: "
        f'"{_instant(expected_ms)}", was: "{_instant(found_ms)}", '
        f'current time: "{_instant(now_ms)}"'
    )


def not_public(url: str) -> str:
    """Return how it says that not everybody may read a file that all are to share."""
    return (
        f"Resource {url} is not publicly accessible and as such cannot be part of the"
        " public cache."
    )


def with_exception(java_class: str, text: str) -> str:
    """Return a message as it arrives with its exception; Java's stack is left out."""
    return f"{text}\n{java_class}: {text}\n"


def relaunched(container_id: str) -> str:
    """Return the refusal of a second start."""
    return (
        "Unauthorized request to start container.\n Attempt to relaunch the same"
        f" container with id {container_id}"
    )


def not_handled(container_id: str) -> str:
    """Return the answer about a container that was never here."""
    return f"Container {container_id} is not handled by this NodeManager"


def recently_stopped(container_id: str) -> str:
    """Return the answer about a container that ended a while ago."""
    return f"Container {container_id} was recently stopped on node manager."


def _instant(milliseconds: int) -> str:
    stamp = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}+0000"
