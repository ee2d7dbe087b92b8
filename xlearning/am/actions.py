"""What is to be done: imperatives for the shells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.io.locality import Place
    from xlearning.io.manifest import Manifest
    from xlearning.io.output import CommitPlan
    from xlearning.io.splits import InputFile
    from xlearning.io.streams.orders import StreamSplit
    from xlearning.job.ids import TryId
    from xlearning.job.spec import OutputSpec, SaveOptions
    from xlearning.job.states import Outcome


@dataclass(frozen=True, slots=True)
class Ask:
    """Tell the ResourceManager how many containers of a role are missing.

    The count is absolute: it replaces what was asked for before.

    Attributes:
        places: Where some of them would be near their data; others will do.
        beside: How many of them are wanted where the role has a container already.
    """

    role: str
    count: int
    places: tuple[Place, ...] = ()
    beside: int = 0


@dataclass(frozen=True, slots=True)
class ReleaseContainer:
    """Give back a container that was never started."""

    container_id: str


@dataclass(frozen=True, slots=True)
class Hasten:
    """Speak with the ResourceManager soon: it may know what has happened."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Start an agent in a container.

    Attributes:
        share: Input that YARN brings there, and keeps on the node for other tasks.
    """

    container_id: str
    run: TryId
    share: tuple[InputFile, ...] = ()


@dataclass(frozen=True, slots=True)
class StopContainer:
    """Tell the NodeManager to end a container."""

    container_id: str


@dataclass(frozen=True, slots=True)
class Assign:
    """Tell an agent which task it is.

    Attributes:
        share: Its files of the input.
        splits: Its records of it, with the strategy STREAM.
        outputs: What it uploads at the end, with the folder to upload to.
    """

    container_id: str
    run: TryId
    share: tuple[InputFile, ...] = ()
    splits: tuple[StreamSplit, ...] = ()
    outputs: tuple[tuple[OutputSpec, str], ...] = ()
    ports: int = 0


@dataclass(frozen=True, slots=True)
class Start:
    """Give the view to agents and let their trainers start."""

    container_ids: tuple[str, ...]
    view: ClusterView


@dataclass(frozen=True, slots=True)
class StopTask:
    """Tell an agent to end its trainer.

    Attributes:
        grace_s: From TERM to KILL.
        keep_outputs: Upload its outputs afterwards.
    """

    container_id: str
    grace_s: float
    keep_outputs: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseAgent:
    """Tell an agent that all it had to say has been heard."""

    container_id: str


@dataclass(frozen=True, slots=True)
class ListInput:
    """Find all input files and share them out."""


@dataclass(frozen=True, slots=True)
class CommitOutputs:
    """Move what was uploaded into place and mark every output as complete."""

    plan: CommitPlan


@dataclass(frozen=True, slots=True)
class DiscardOutputs:
    """Delete what was uploaded."""

    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SavePlace:
    """Where a task's part of a save goes, for one output.

    Attributes:
        local: The local directory.
        url: The save, under its temporary name.
        folder: The task's folder below it.
        list_url: Where the list of its files goes.
    """

    local: str
    url: str
    folder: str
    list_url: str


@dataclass(frozen=True, slots=True)
class SaveTask:
    """Tell an agent to copy its task's outputs while the trainer runs.

    Attributes:
        previous: The save that unchanged files may be taken over from, 0 for none.
    """

    container_id: str
    number: int
    previous: int
    places: tuple[SavePlace, ...]


@dataclass(frozen=True, slots=True)
class CancelSave:
    """Tell an agent that a save has been given up."""

    container_id: str
    number: int


@dataclass(frozen=True, slots=True)
class CommitSave:
    """Give a save its name; delete those that are too old then.

    Attributes:
        temporary_urls: Where it is until then, for each of its outputs.
    """

    number: int
    manifest: Manifest
    temporary_urls: tuple[str, ...]
    options: SaveOptions


@dataclass(frozen=True, slots=True)
class DiscardSave:
    """Delete what was copied for a save that has been given up."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """Tell the ResourceManager the result."""

    outcome: Outcome
    diagnostics: str


@dataclass(frozen=True, slots=True)
class DeleteStaging:
    """Delete the job's folder: with the result told, no attempt needs it any more."""


Action = (
    Ask
    | ReleaseContainer
    | Hasten
    | Launch
    | StopContainer
    | Assign
    | Start
    | StopTask
    | ReleaseAgent
    | ListInput
    | CommitOutputs
    | DiscardOutputs
    | SaveTask
    | CancelSave
    | CommitSave
    | DiscardSave
    | Finish
    | DeleteStaging
)
"""Every action there is."""
