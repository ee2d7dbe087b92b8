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
    """

    alias: str
    url: str
    length: int
    relative_path: str


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

    @property
    def role(self) -> RoleSpec:
        """The task's role in the job."""
        return self.job.role(self.task.role)

    @property
    def gpus(self) -> int:
        """How many GPUs YARN granted."""
        return self.role.resources.gpus


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
    """

    try_number: int
    phase: Phase
    address: str = ""
    gpus: tuple[str, ...] = ()
    cause: Cause | None = None
    uploads: tuple[Upload, ...] = ()
    waiting_for: str = ""
