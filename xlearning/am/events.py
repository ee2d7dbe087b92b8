"""What has happened: the only things that change a job's state. Past facts."""

from __future__ import annotations

import msgspec

from xlearning.io.splits import InputFile  # noqa: TC001 - msgspec reads it
from xlearning.io.streams.orders import StreamSplit  # noqa: TC001
from xlearning.job.causes import Cause  # noqa: TC001

EVERYBODY = "*"
"""Key of a share that is every task's."""


class Event(msgspec.Struct, frozen=True, tag=True):
    """Something that has happened. Encoded with its class name as `type`."""


class Registered(Event, frozen=True):
    """The ResourceManager knows us.

    Attributes:
        attempt: Number of this attempt, from 1.
        resource_types: Names of the resource types that the cluster counts.
        kept: Containers of earlier attempts that still run.
    """

    attempt: int
    resource_types: tuple[str, ...]
    kept: tuple[str, ...] = ()


class InputListed(Event, frozen=True):
    """All input was found and shared out, and the outputs are ours to write.

    Attributes:
        shares: The files of each task, keyed by `<role>-<index>` or EVERYBODY.
        near: For each of them, host to the bytes of it that are there; empty where
            that is not known.
        located: The bytes of each of them of which it is known where they are.
        splits: With the strategy STREAM, in place of files: the records of each task.
    """

    shares: dict[str, tuple[InputFile, ...]]
    near: dict[str, dict[str, int]] = {}
    located: dict[str, int] = {}
    splits: dict[str, tuple[StreamSplit, ...]] = {}


class InputUnusable(Event, frozen=True):
    """Input could not be listed, or an output is not ours to write.

    Attributes:
        claimed: The outputs are ours, and have to be given up.
    """

    reason: str
    claimed: bool = False


class Allocated(msgspec.Struct, frozen=True):
    """A container that YARN gave.

    Attributes:
        container_id: YARN's text form.
        role: The role that it was asked for.
        node: NodeManager as `host:port`.
        http_address: NodeManager's web address as `host:port`.
    """

    container_id: str
    role: str
    node: str
    http_address: str

    @property
    def host(self) -> str:
        """The node's host name."""
        return self.node.rpartition(":")[0]


class ContainersAllocated(Event, frozen=True):
    """YARN gave containers."""

    containers: tuple[Allocated, ...]


class ContainerCompleted(Event, frozen=True):
    """YARN says that a container has ended."""

    container_id: str
    exit_status: int
    diagnostics: str


class AskRefused(Event, frozen=True):
    """The ResourceManager will never serve what was asked for."""

    reason: str


class ContainerStarted(Event, frozen=True):
    """A NodeManager took the order to start a container."""

    container_id: str


class StartRefused(Event, frozen=True):
    """A NodeManager did not take the order, or could not be reached."""

    container_id: str
    reason: str


class ResourceManagerResynced(Event, frozen=True):
    """The ResourceManager came back and has forgotten what was not started yet."""


class ResourceManagerLost(Event, frozen=True):
    """The ResourceManager does not answer."""

    reason: str


class ResourceManagerFound(Event, frozen=True):
    """The ResourceManager answers again."""


class AttemptEnded(Event, frozen=True):
    """The ResourceManager no longer knows this attempt: another one may run."""

    reason: str


class PreemptionAnnounced(Event, frozen=True):
    """The scheduler will take these containers back."""

    container_ids: tuple[str, ...]


class AgentAttached(Event, frozen=True):
    """An agent opened its stream, for the first time or again."""

    container_id: str


class AgentDetached(Event, frozen=True):
    """An agent's stream broke."""

    container_id: str


class AgentSilent(Event, frozen=True):
    """An agent has an open stream and said nothing for too long."""

    container_id: str
    silent_s: float


class TaskLocalising(Event, frozen=True):
    """An agent works on its assignment.

    Attributes:
        waiting_for: What it waits for, "" while it works.
    """

    container_id: str
    try_number: int
    waiting_for: str = ""


class TaskReady(Event, frozen=True):
    """A task holds all that it needs and could start."""

    container_id: str
    try_number: int
    address: str
    gpus: tuple[str, ...] = ()


class TaskRunning(Event, frozen=True):
    """The trainer was started."""

    container_id: str
    try_number: int


class TaskSaving(Event, frozen=True):
    """The trainer ended well and its outputs are being uploaded."""

    container_id: str
    try_number: int


class TaskTroubled(Event, frozen=True):
    """An agent found something wrong with what its program reports."""

    container_id: str
    try_number: int
    problem: str


class TaskEnded(Event, frozen=True):
    """A try has ended, as its agent saw it.

    Attributes:
        uploaded: Output URLs whose upload is complete.
    """

    container_id: str
    try_number: int
    cause: Cause
    uploaded: tuple[str, ...] = ()


class StopRequested(Event, frozen=True):
    """Somebody asked for the end of the job."""

    who: str
    reason: str = ""


class Terminated(Event, frozen=True):
    """YARN sent SIGTERM to the ApplicationMaster."""


class OutputsCommitted(Event, frozen=True):
    """All outputs are in their final places."""


class CommitFailed(Event, frozen=True):
    """An output could not be moved to its final place."""

    reason: str


class OutputsDiscarded(Event, frozen=True):
    """Temporary outputs are gone, as far as that was possible."""


class SaveAsked(Event, frozen=True):
    """Somebody asked for a save of the model."""

    who: str


class TaskSaved(Event, frozen=True):
    """A task has copied its outputs for a save, or could not.

    Attributes:
        number: Of the save.
        files: How many files of it are in the save.
        bytes: Their size.
        copied_bytes: How much of that was copied, not taken over.
        left_out: Some files that are not in it, because they changed all the time.
        left_out_count: How many there are.
        problem: Why it could not, "" if it could.
    """

    container_id: str
    try_number: int
    number: int
    files: int = 0
    bytes: int = 0
    copied_bytes: int = 0
    left_out: tuple[str, ...] = ()
    left_out_count: int = 0
    problem: str = ""


class SaveMade(Event, frozen=True):
    """A save has its name.

    Attributes:
        deleted: Names of older saves that were deleted for it.
        settled: All files that it took over are in its own folder.
    """

    number: int
    deleted: tuple[str, ...] = ()
    settled: bool = True


class SaveLost(Event, frozen=True):
    """A save could not be given its name."""

    number: int
    reason: str


class Unregistered(Event, frozen=True):
    """The ResourceManager has stored the result."""


class Ticked(Event, frozen=True):
    """A deadline has come."""


AnyEvent = (
    Registered
    | InputListed
    | InputUnusable
    | ContainersAllocated
    | ContainerCompleted
    | AskRefused
    | ContainerStarted
    | StartRefused
    | ResourceManagerResynced
    | ResourceManagerLost
    | ResourceManagerFound
    | AttemptEnded
    | PreemptionAnnounced
    | AgentAttached
    | AgentDetached
    | AgentSilent
    | TaskLocalising
    | TaskReady
    | TaskRunning
    | TaskSaving
    | TaskTroubled
    | TaskEnded
    | StopRequested
    | Terminated
    | OutputsCommitted
    | CommitFailed
    | OutputsDiscarded
    | SaveAsked
    | TaskSaved
    | SaveMade
    | SaveLost
    | Unregistered
    | Ticked
)
"""Every event there is."""
