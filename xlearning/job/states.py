"""The states of a task and of a job."""

from __future__ import annotations

from enum import StrEnum


class TaskState(StrEnum):
    """Where a task's current try stands."""

    WAITING = "WAITING"
    """No container yet."""
    LAUNCHING = "LAUNCHING"
    """A container is allocated; its NodeManager localises and starts the agent."""
    LOCALISING = "LOCALISING"
    """The agent is there and fetches the input share."""
    READY = "READY"
    """The agent holds what the task needs and waits for the rendezvous."""
    RUNNING = "RUNNING"
    """The trainer runs."""
    SAVING = "SAVING"
    """The trainer has ended well; its outputs are uploaded."""
    SUCCEEDED = "SUCCEEDED"
    """The trainer ended well and its outputs are uploaded."""
    FAILED = "FAILED"
    """The try ended otherwise."""
    STOPPED = "STOPPED"
    """We ended it: a service whose job is done, or a job that ends."""

    @property
    def is_final(self) -> bool:
        """Whether the try has ended."""
        return self in FINAL_STATES

    @property
    def has_agent(self) -> bool:
        """Whether an agent attached and the try has not ended."""
        return self in (
            TaskState.LOCALISING,
            TaskState.READY,
            TaskState.RUNNING,
            TaskState.SAVING,
        )


FINAL_STATES = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED)
"""States in which a try has ended."""


class JobPhase(StrEnum):
    """Where the ApplicationMaster stands with the whole job."""

    STARTING = "STARTING"
    """The ResourceManager does not know the ApplicationMaster yet."""
    RUNNING = "RUNNING"
    """Containers are asked for and tasks run; there is no verdict yet."""
    STOPPING = "STOPPING"
    """The verdict is given; tries that are left are being ended."""
    COMMITTING = "COMMITTING"
    """Outputs are moved to where they belong, or taken away."""
    FINISHING = "FINISHING"
    """The result is being told to the ResourceManager."""
    ENDED = "ENDED"
    """Nothing is left to do."""


class SaveState(StrEnum):
    """Where a save of the model stands."""

    SAVING = "SAVING"
    """Tasks copy their outputs."""
    COMMITTING = "COMMITTING"
    """All have; it is given its name."""
    COMPLETE = "COMPLETE"
    """It can be restored."""
    FAILED = "FAILED"
    """Nothing of it is left."""


class Outcome(StrEnum):
    """How a job ended, in the words of YARN's FinalApplicationStatus."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    KILLED = "KILLED"
