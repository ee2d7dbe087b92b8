"""Names of tasks and YARN's own ids, as values.

A *task* is (role, index) and keeps its identity for the whole job; a *try* is one run
of it in one container, numbered from 0. Application and container ids are kept as
YARN's own text.
"""

from __future__ import annotations

import re

import msgspec

_ROLE = re.compile(r"[a-z][a-z0-9_]{0,30}\Z")
_TASK = re.compile(r"([a-z][a-z0-9_]{0,30})[-: ]([0-9]{1,6})\Z")
_APPLICATION = re.compile(r"application_[0-9]+_[0-9]{4,}\Z")


def is_role_name(text: str) -> bool:
    """Say whether `text` can name a role: a small letter, then also digits and `_`."""
    return _ROLE.match(text) is not None


def is_application_id(text: str) -> bool:
    """Say whether `text` has the form `application_<cluster time stamp>_<number>`."""
    return _APPLICATION.match(text) is not None


class TaskId(msgspec.Struct, frozen=True, order=True):
    """One task of a job.

    Attributes:
        role: The role's name, e.g. `worker`.
        index: Its number within the role, from 0.
    """

    role: str
    index: int

    def __str__(self) -> str:
        """Return the form used in paths and JSON: `worker-0`."""
        return f"{self.role}-{self.index}"

    @property
    def label(self) -> str:
        """The form used in sentences and log prefixes: `worker 0`."""
        return f"{self.role} {self.index}"

    @classmethod
    def parse(cls, text: str) -> TaskId:
        """Read `worker-0`, `worker:0` or `worker 0`.

        Raises:
            ValueError: `text` names no task.
        """
        match = _TASK.match(text)
        if match is None:
            raise ValueError(f"`{text}` does not name a task")
        return cls(match[1], int(match[2]))


class TryId(msgspec.Struct, frozen=True, order=True):
    """One run of a task in one container.

    Attributes:
        task: The task that is run.
        number: The run's number, from 0.
    """

    task: TaskId
    number: int

    def __str__(self) -> str:
        """Return the form used in paths: `worker-0-0` is worker 0's first try."""
        return f"{self.task}-{self.number}"
