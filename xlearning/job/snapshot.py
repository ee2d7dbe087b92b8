"""What pages, API and command line show of a job, as JSON.

Times are milliseconds since the epoch, memory is MiB, progress is 0 to 1.
"""

from __future__ import annotations

import msgspec

from xlearning.job.resources import Resources  # noqa: TC001 - msgspec reads it
from xlearning.job.states import (  # noqa: TC001
    JobPhase,
    Outcome,
    SaveState,
    TaskState,
)


class Waiting(msgspec.Struct, frozen=True):
    """Something that the job waits for.

    Attributes:
        what: Who waits for what, e.g. `2 of 3 workers wait for containers`.
        since_ms: Since when.
        whom: Who has to act: a queue, a node, a task, the user.
        until_ms: When it is given up, 0 where that has no fixed time.
    """

    what: str
    since_ms: int
    whom: str
    until_ms: int = 0


class TaskView(msgspec.Struct, frozen=True):
    """One task.

    Attributes:
        role: Role name.
        index: Index within the role.
        try_number: Number of the current try.
        state: Where the try stands.
        container_id: YARN's id, "" before the allocation.
        host: NodeManager's host, "" before the allocation.
        log_url: NodeManager's page with the container's logs.
        address: Where the task listens, `host:port`, "" if it does not.
        gpus: Devices that it was given: UUIDs, or indexes where only counted.
        since_ms: When the state was entered.
        started_ms: When the trainer started, 0 if not yet.
        ended_ms: When the try ended, 0 if not yet.
        progress: What the program reported, None if it did not.
        memory_mb: Resident memory of the container's process tree, 0 if unknown.
        peak_memory_mb: The most of it so far.
        cause: Why it ended, in words, "" if not ended.
        moved_bytes: While it fetches input or uploads output: bytes moved so far.
        total_bytes: And in all, 0 at other times.
        read_records: Of a stream: records that its program was given.
        written_records: Of a stream: records that it gave.
        written_bytes: Their size.
        input_bytes: Size of its share of the input.
        local_bytes: How much of it is on the task's host; None where it is not known.
    """

    role: str
    index: int
    try_number: int
    state: TaskState
    container_id: str = ""
    host: str = ""
    log_url: str = ""
    address: str = ""
    gpus: tuple[str, ...] = ()
    since_ms: int = 0
    started_ms: int = 0
    ended_ms: int = 0
    progress: float | None = None
    memory_mb: int = 0
    peak_memory_mb: int = 0
    cause: str = ""
    moved_bytes: int = 0
    total_bytes: int = 0
    read_records: int = 0
    written_records: int = 0
    written_bytes: int = 0
    input_bytes: int = 0
    local_bytes: int | None = None


class RoleView(msgspec.Struct, frozen=True):
    """One role: its name, number of tasks and the size of each."""

    name: str
    count: int
    resources: Resources


class SaveView(msgspec.Struct, frozen=True):
    """One save of the model while it trains.

    Attributes:
        number: From 1, without gaps.
        name: When it began, as in its folder's name.
        state: Where it stands.
        who: Who asked for it.
        urls: Where it is, or will be: one folder for each output.
        started_ms: When it began.
        ended_ms: When it was complete or given up, 0 if not yet.
        tasks: How many tasks take part.
        done: How many of them have copied their outputs.
        files: Files copied or taken over so far.
        bytes: Their size.
        copied_bytes: How much of it was copied, not taken over.
        left_out: Some files that are not in it, because they changed all the time.
        left_out_count: How many there are.
        problem: Why it was given up, "" otherwise.
    """

    number: int
    name: str
    state: SaveState
    who: str
    urls: tuple[str, ...] = ()
    started_ms: int = 0
    ended_ms: int = 0
    tasks: int = 0
    done: int = 0
    files: int = 0
    bytes: int = 0
    copied_bytes: int = 0
    left_out: tuple[str, ...] = ()
    left_out_count: int = 0
    problem: str = ""


class Message(msgspec.Struct, frozen=True):
    """A line for the user, numbered from 1 without gaps."""

    number: int
    time_ms: int
    text: str


class JobSnapshot(msgspec.Struct, frozen=True):
    """A whole job at one moment.

    Attributes:
        cursor: Grows with every change; give it back as `since`.
        application_id: YARN's id.
        attempt: Number of the ApplicationMaster's attempt, from 1.
        name: The user's name for the job.
        application_type: E.g. `TENSORFLOW`.
        user: Who submitted it.
        queue: Where it runs.
        phase: Where the ApplicationMaster stands.
        started_ms: When the ApplicationMaster registered.
        now_ms: The ApplicationMaster's clock.
        roles: What was asked for.
        tasks: All tasks, by role and index.
        progress: The whole job's, as the ResourceManager shows it.
        waiting_on: What is waited for, empty when nothing is.
        outputs: Destinations of the outputs.
        saves: Saves of the model, the oldest first; deleted ones are not among them.
        save_obstacle: Why no save can be asked for now, "" if one can.
        input_bytes: Size of the whole input, 0 before it is listed.
        local_share: How much of the input of tasks that have a container is on these
            containers' own hosts, 0 to 1, of what was looked for in time; None where
            nothing is known.
        outcome: How it ended, None before the verdict.
        diagnostics: Why, "" before the verdict.
        messages: Lines for the user with numbers above the request's `since`.
    """

    cursor: int
    application_id: str
    attempt: int
    name: str
    application_type: str
    user: str
    queue: str
    phase: JobPhase
    started_ms: int
    now_ms: int
    roles: tuple[RoleView, ...] = ()
    tasks: tuple[TaskView, ...] = ()
    progress: float = 0.0
    waiting_on: tuple[Waiting, ...] = ()
    outputs: tuple[str, ...] = ()
    saves: tuple[SaveView, ...] = ()
    save_obstacle: str = ""
    input_bytes: int = 0
    local_share: float | None = None
    outcome: Outcome | None = None
    diagnostics: str = ""
    messages: tuple[Message, ...] = ()


def encode_snapshot(snapshot: JobSnapshot) -> bytes:
    """Return the JSON that the API answers."""
    return msgspec.json.encode(snapshot)


def decode_snapshot(data: bytes) -> JobSnapshot:
    """Read what the API answered.

    Raises:
        msgspec.DecodeError: It is not a snapshot of this version.
    """
    return msgspec.json.decode(data, type=JobSnapshot)
