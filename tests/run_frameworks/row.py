"""One row of the table: an application type, a layout, a program, how it is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Result = dict[str, Any]
"""What a program printed after `result `, as JSON."""


class Wrong(AssertionError):
    """A job ended well, and yet its numbers are not those of one process."""


class NotRun(Exception):
    """A row that cannot be run on this machine: that is not passing."""


@dataclass(frozen=True)
class Role:
    """A role that is asked for with `--role`.

    Attributes:
        name: The role's name.
        fields: Its fields but the command: `num=1,memory=1G`.
        command: Its own program, "" for the job's.
    """

    name: str
    fields: str
    command: str = ""


@dataclass(frozen=True)
class Row:
    """A job that is run, and what is expected of it.

    Attributes:
        type: The word of `--app-type`.
        layout: How many of what, as the table shows it.
        framework: What `scripts/ensure-framework` makes.
        folder: Where the program is, below `examples/`.
        files: What the job takes along, relative to the folder.
        command: The program, "" where each role has its own.
        check: Takes the results of all tasks and those of the program on one process.
        options: More words for `xl-submit`.
        roles: Declared roles.
        alone: The program on one process, "" if there is no such run; it is started
            with `{data}` being the folder of all data.
        alone_environment: Variables of that run; `{port}` is one that is free.
        removed: The task that is taken out, for the job to fail.
        is_heavy: Its Python needs GB: it is run only when its layout is asked for.
        has_shares: Whether tasks share input files, so that all may be given the same.
    """

    type: str
    layout: str
    framework: str
    folder: str
    files: tuple[str, ...]
    command: str
    check: Callable[[list[Result], Result], None]
    removed: str
    options: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    alone: str = ""
    alone_environment: Mapping[str, str] = field(default_factory=dict)
    is_heavy: bool = False
    has_shares: bool = True

    @property
    def name(self) -> str:
        """What selects it on the command line."""
        return f"{self.type.lower()}: {self.layout}"


def expect(condition: bool, text: str, *values: object) -> None:
    """Refuse a result.

    Raises:
        Wrong: The condition does not hold.
    """
    if not condition:
        raise Wrong(f"{text}: {', '.join(map(str, values))}")


def the_only(results: list[Result]) -> Result:
    """Return the result of a job in which one task prints one."""
    expect(len(results) == 1, "results", len(results))
    return results[0]
