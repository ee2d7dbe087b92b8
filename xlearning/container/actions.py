"""What an agent is to do: imperatives, as `lifecycle.decide` gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlearning.container.assignment import Assignment, SaveOrder, TaskReport
    from xlearning.container.events import Need
    from xlearning.frameworks.base import ClusterView


@dataclass(frozen=True, slots=True)
class Report:
    """Tell the ApplicationMaster, and go on telling until it has received it."""

    report: TaskReport


@dataclass(frozen=True, slots=True)
class Fulfil:
    """Fetch the input, or take a port or the devices, if they are free now."""

    need: Need
    assignment: Assignment


@dataclass(frozen=True, slots=True)
class SpawnTrainer:
    """Start the user's program."""

    assignment: Assignment
    view: ClusterView
    gpus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TerminateTree:
    """Send TERM to every process that descends from the trainer."""


@dataclass(frozen=True, slots=True)
class KillTree:
    """Send KILL to every process that descends from the trainer."""


@dataclass(frozen=True, slots=True)
class UploadOutputs:
    """Upload the outputs."""

    assignment: Assignment


@dataclass(frozen=True, slots=True)
class BeginSave:
    """Copy the outputs while the trainer runs."""

    order: SaveOrder
    assignment: Assignment


@dataclass(frozen=True, slots=True)
class CutSave:
    """Give up the save that is under way."""


@dataclass(frozen=True, slots=True)
class CancelTransfers:
    """Give up a download or an upload that is under way."""


@dataclass(frozen=True, slots=True)
class LetGo:
    """Give up the port and the locks on the devices."""


@dataclass(frozen=True, slots=True)
class Exit:
    """End the agent with this exit code."""

    code: int


Action = (
    Report
    | Fulfil
    | SpawnTrainer
    | TerminateTree
    | KillTree
    | UploadOutputs
    | BeginSave
    | CutSave
    | CancelTransfers
    | LetGo
    | Exit
)
