"""What a client that follows a job sees, and what it does about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlearning.hadoop.reports import ApplicationReport
    from xlearning.job.snapshot import JobSnapshot


@dataclass(frozen=True)
class ReportSeen:
    """The ResourceManager answered."""

    report: ApplicationReport


@dataclass(frozen=True)
class SnapshotSeen:
    """The ApplicationMaster answered."""

    snapshot: JobSnapshot


@dataclass(frozen=True)
class PageLost:
    """The ResourceManager says that the job runs, but its page does not answer."""

    reason: str


@dataclass(frozen=True)
class ClusterLost:
    """No ResourceManager answered."""

    reason: str


@dataclass(frozen=True)
class JobUnknown:
    """A ResourceManager answered that it knows no such job."""

    reason: str


@dataclass(frozen=True)
class Interrupted:
    """The user pressed Ctrl-C."""


@dataclass(frozen=True)
class Answered:
    """The user answered whether to stop the job."""

    yes: bool


@dataclass(frozen=True)
class StopRefused:
    """The ApplicationMaster could not be asked to stop."""

    reason: str


@dataclass(frozen=True)
class HungUp:
    """A signal asks this client, not the job, to end."""

    signal_name: str


Event = (
    ReportSeen
    | SnapshotSeen
    | PageLost
    | ClusterLost
    | JobUnknown
    | Interrupted
    | Answered
    | StopRefused
    | HungUp
)


@dataclass(frozen=True)
class Say:
    """Print a line."""

    text: str


@dataclass(frozen=True)
class Draw:
    """Show how far the job is, where there is a terminal to draw on.

    Attributes:
        progress: 0 to 1.
        text: Containers by state, and what is waited for.
    """

    progress: float
    text: str


@dataclass(frozen=True)
class Ask:
    """Ask the user whether to stop the job."""


@dataclass(frozen=True)
class AskMaster:
    """Ask the ApplicationMaster to stop the job."""

    reason: str


@dataclass(frozen=True)
class Kill:
    """Let YARN kill the job."""

    reason: str


@dataclass(frozen=True)
class Leave:
    """End this client.

    Attributes:
        exit_code: Of `xl-submit`.
        ended: Whether the job has ended, so that rests may be swept.
    """

    exit_code: int
    ended: bool = False


Action = Say | Draw | Ask | AskMaster | Kill | Leave
