"""What the ApplicationMaster tells an agent to run, and what the agent answers.

The same facts as in `agent.proto`, as values that the pure modules can hold; the
conversions are in `messages`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.io.streams.orders import StreamSplit
    from xlearning.job.causes import Cause
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec, RoleSpec


class Phase(StrEnum):
    """Where an agent stands."""

    IDLE = "IDLE"
    """It knows no task yet."""
    LOCALISING = "LOCALISING"
    """It fetches input and takes a port and GPUs."""
    READY = "READY"
    """It has all that the task needs and waits for the view."""
    STARTING = "STARTING"
    """The trainer is forked and not yet the user's program."""
    RUNNING = "RUNNING"
    """The trainer runs."""
    ENDING = "ENDING"
    """What is left of the trainer's process tree is being ended."""
    SAVING = "SAVING"
    """Outputs are uploaded."""
    ENDED = "ENDED"
    """The try has ended; the ApplicationMaster is being told."""
    OVER = "OVER"
    """The agent ends."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file of the task's input share.

    Attributes:
        alias: The local directory, relative.
        url: Where the file is.
        length: Its size in bytes.
        relative_path: Its name below the alias.
        modified_ms: When it was last changed, 0 where that is not known.
    """

    alias: str
    url: str
    length: int
    relative_path: str
    modified_ms: int = 0


@dataclass(frozen=True, slots=True)
class Output:
    """One local directory that is uploaded.

    Attributes:
        url: The destination that the user named; it identifies the output.
        local: The local directory, relative.
        upload_url: Where this try's files go until they are committed.
    """

    url: str
    local: str
    upload_url: str


@dataclass(frozen=True, slots=True)
class Upload:
    """What was uploaded for one output."""

    output_url: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """A try of a task.

    Attributes:
        task: Which task.
        try_number: The number of this run of it.
        command: Program and arguments.
        environment: What the user gave.
        inputs: The task's share.
        aliases: Input directories to make, also when the share is empty.
        outputs: What is uploaded, nothing where this task uploads nothing.
        splits: The records that its program reads from stdin.
        ports: How many ports it holds, for others to reach it.
        job: The whole job.
        hadoop: Resolved Hadoop properties.
    """

    task: TaskId
    try_number: int
    command: tuple[str, ...]
    environment: Mapping[str, str]
    inputs: tuple[InputFile, ...]
    aliases: tuple[str, ...]
    outputs: tuple[Output, ...]
    ports: int
    job: JobSpec
    hadoop: Mapping[str, str]
    splits: tuple[StreamSplit, ...] = ()

    @property
    def role(self) -> RoleSpec:
        """The task's role in the job."""
        return self.job.role(self.task.role)

    @property
    def gpus(self) -> int:
        """How many GPUs YARN granted."""
        return self.role.resources.gpus


@dataclass(frozen=True, slots=True)
class SavePlace:
    """Where the task's part of a save goes, for one output.

    Attributes:
        local: The local directory, relative.
        url: The save, under its temporary name.
        folder: The task's folder below it.
        list_url: Where the list of its files goes.
    """

    local: str
    url: str
    folder: str
    list_url: str


@dataclass(frozen=True, slots=True)
class SaveOrder:
    """A save that is to be made.

    Attributes:
        number: It grows from save to save.
        previous: The save that unchanged files may be taken over from, 0 for none.
        places: One for each output.
    """

    number: int
    previous: int
    places: tuple[SavePlace, ...]


@dataclass(frozen=True, slots=True)
class SaveResult:
    """What a save came to.

    Attributes:
        number: Which save.
        files: How many files of the task are in it.
        bytes: Their size.
        copied_bytes: How much of that was copied, not taken over.
        left_out: Some files that are not in it, because they changed all the time.
        left_out_count: How many there are.
        problem: Why it failed, "" if it did not.
    """

    number: int
    files: int = 0
    bytes: int = 0
    copied_bytes: int = 0
    left_out: tuple[str, ...] = ()
    left_out_count: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TaskReport:
    """A change of a try that the ApplicationMaster must hear of.

    Attributes:
        try_number: Which try.
        phase: LOCALISING, READY, RUNNING, SAVING or ENDED.
        address: With READY: `host:port`, `host:port,port` with several ports, "" for
            a task that needs none.
        gpus: With READY: UUIDs, or indexes where no device is found.
        cause: With ENDED: why.
        uploads: With ENDED: what was uploaded.
        waiting_for: What the task waits for, "" when it works.
        save: What a save came to; the report is about nothing else then.
    """

    try_number: int
    phase: Phase
    address: str = ""
    gpus: tuple[str, ...] = ()
    cause: Cause | None = None
    uploads: tuple[Upload, ...] = ()
    waiting_for: str = ""
    save: SaveResult | None = None
