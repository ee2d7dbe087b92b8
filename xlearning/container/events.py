"""What may happen to an agent: past facts, as `lifecycle.decide` takes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlearning.container.assignment import (
        Assignment,
        SaveOrder,
        SaveResult,
        Upload,
    )
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.causes import CauseKind


class Need(StrEnum):
    """What a task must have before it is ready."""

    INPUT = "INPUT"
    PORT = "PORT"
    GPUS = "GPUS"


# ---- the ApplicationMaster


@dataclass(frozen=True, slots=True)
class Attached:
    """The stream to the ApplicationMaster is open."""


@dataclass(frozen=True, slots=True)
class Detached:
    """The stream broke, or could not be opened."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """The ApplicationMaster said what to run."""

    assignment: Assignment


@dataclass(frozen=True, slots=True)
class ViewArrived:
    """The ApplicationMaster said to start, and where the other tasks listen."""

    view: ClusterView


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The ApplicationMaster said to end.

    Attributes:
        grace_s: From TERM to KILL.
        keep_outputs: Whether outputs are uploaded all the same.
    """

    grace_s: float
    keep_outputs: bool


@dataclass(frozen=True, slots=True)
class SaveAsked:
    """The ApplicationMaster wants the outputs copied while the trainer runs."""

    order: SaveOrder


@dataclass(frozen=True, slots=True)
class SaveCancelled:
    """The ApplicationMaster has given up a save."""

    number: int


@dataclass(frozen=True, slots=True)
class Received:
    """Reports have arrived at the ApplicationMaster.

    Attributes:
        count: How many of them, counted from the agent's first.
    """

    count: int


@dataclass(frozen=True, slots=True)
class Released:
    """The ApplicationMaster needs nothing more of this agent."""


# ---- preparations


@dataclass(frozen=True, slots=True)
class InputFetched:
    """The input share is in place."""


@dataclass(frozen=True, slots=True)
class PortHeld:
    """The ports are held for the trainer."""

    address: str


@dataclass(frozen=True, slots=True)
class GpusHeld:
    """The devices are locked for the trainer."""

    gpus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeedUnmet:
    """A port or a device is not free at the moment.

    Attributes:
        need: PORT or GPUS.
        detail: What is waited for, as the ApplicationMaster shows it.
    """

    need: Need
    detail: str


@dataclass(frozen=True, slots=True)
class PreparationFailed:
    """The task cannot be made ready."""

    kind: CauseKind
    detail: str


# ---- the trainer


@dataclass(frozen=True, slots=True)
class TrainerStarted:
    """The forked process has become the user's program."""


@dataclass(frozen=True, slots=True)
class TrainerRefused:
    """The user's program cannot be executed."""

    detail: str


@dataclass(frozen=True, slots=True)
class TrainerExited:
    """The trainer's first process has ended.

    Attributes:
        returncode: As `subprocess` gives it: negative for a signal.
        stderr_tail: Its last lines on stderr.
    """

    returncode: int
    stderr_tail: str


@dataclass(frozen=True, slots=True)
class TreeEnded:
    """The trainer has ended and no process that descends from it is left.

    Attributes:
        lost_ports: Those of the task's ports that others have by now.
    """

    lost_ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MemoryExceeded:
    """The container uses more than it has, and the job wants that enforced."""

    used_mb: int
    allowed_mb: int


@dataclass(frozen=True, slots=True)
class StreamFailed:
    """Records for the trainer's stdin could not be read, or its own not be written.

    What went wrong before the trainer ended is told before `TrainerExited`.

    Attributes:
        kind: INPUT or OUTPUT.
        detail: Names the file and the reason.
    """

    kind: CauseKind
    detail: str


# ---- outputs, signals, time


@dataclass(frozen=True, slots=True)
class OutputsUploaded:
    """All outputs are where the ApplicationMaster wants them."""

    uploads: tuple[Upload, ...]


@dataclass(frozen=True, slots=True)
class UploadFailed:
    """An output could not be uploaded."""

    detail: str


@dataclass(frozen=True, slots=True)
class SaveFinished:
    """The outputs are copied for a save, or could not be."""

    result: SaveResult


@dataclass(frozen=True, slots=True)
class Terminated:
    """YARN, or somebody else from outside, told the agent to end."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """A deadline may have passed."""


Event = (
    Attached
    | Detached
    | Assigned
    | ViewArrived
    | StopAsked
    | SaveAsked
    | SaveCancelled
    | Received
    | Released
    | InputFetched
    | PortHeld
    | GpusHeld
    | NeedUnmet
    | PreparationFailed
    | TrainerStarted
    | TrainerRefused
    | TrainerExited
    | TreeEnded
    | MemoryExceeded
    | StreamFailed
    | OutputsUploaded
    | UploadFailed
    | SaveFinished
    | Terminated
    | Ticked
)
