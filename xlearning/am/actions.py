"""What is to be done: imperatives for the shells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.io.locality import Place
    from xlearning.io.output import CommitPlan
    from xlearning.io.splits import InputFile
    from xlearning.job.ids import TryId
    from xlearning.job.spec import OutputSpec
    from xlearning.job.states import Outcome


@dataclass(frozen=True, slots=True)
class Ask:
    """Tell the ResourceManager how many containers of a role are missing.

    The count is absolute: it replaces what was asked for before.

    Attributes:
        places: Where some of them would be near their data; others will do.
    """

    role: str
    count: int
    places: tuple[Place, ...] = ()


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
        outputs: What it uploads at the end, with the folder to upload to.
    """

    container_id: str
    run: TryId
    share: tuple[InputFile, ...] = ()
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
class Finish:
    """Tell the ResourceManager the result and delete the staging folder."""

    outcome: Outcome
    diagnostics: str


@dataclass(frozen=True, slots=True)
class Vanish:
    """End at once: another attempt may run, so nothing may be touched.

    Attributes:
        sweep: No other attempt may follow: temporary files may be deleted.
    """

    sweep: bool


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
    | Finish
    | Vanish
)
"""Every action there is."""
