"""The table of what came of the rows."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.run_frameworks.row import Row

START_LIMIT_S = 0.3
"""From the last task ready to the last trainer started, for three tasks or fewer; more
have as much more, since all start on this one machine."""


class Start(NamedTuple):
    """How the trainers of a job started.

    Attributes:
        seconds: From the last task ready to the last trainer started.
        tasks: How many there are.
    """

    seconds: float
    tasks: int

    @property
    def limit_s(self) -> float:
        """How long it may take."""
        return START_LIMIT_S * max(1.0, self.tasks / 3)

    @property
    def is_late(self) -> bool:
        """Whether it took longer."""
        return self.seconds > self.limit_s


class Verdict(StrEnum):
    """What came of a row."""

    OK = "ok"
    FAILED = "FAILED"
    LATE = "LATE"
    """It ran well, and its trainers started later than they may."""
    NOT_RUN = "NOT RUN"
    """What it needs cannot be had on this machine."""


class Outcome(NamedTuple):
    """What came of a row.

    Attributes:
        verdict: In a word.
        reason: Why, "" if all is well.
        starts: Of each time that the job was run.
        seconds: How long the last of them took.
        fails: What the jobs that had to fail did.
    """

    verdict: Verdict
    reason: str = ""
    starts: tuple[Start, ...] = ()
    seconds: float = 0.0
    fails: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether all was as it should be."""
        return self.verdict is Verdict.OK


def line(row: Row, outcome: Outcome) -> str:
    """Return a line of the table, and what is to be said below it."""
    said = "".join(f"\n    {note}" for note in _notes(outcome))
    return f"{_cells(row, outcome)}{said}"


def table(rows: Sequence[Row], outcomes: Sequence[Outcome]) -> str:
    """Return the table, the reasons of what is not well, and the sum."""
    lines = [f"{'type':14} {'layout':32} {'result':8} {'start':>8} {'job':>8}"]
    lines[0] += "   must fail"
    lines += [_cells(*pair) for pair in zip(rows, outcomes, strict=True)]
    for row, outcome in zip(rows, outcomes, strict=True):
        lines += [f"{row.name}: {note}" for note in _notes(outcome)]
    good = sum(outcome.is_good for outcome in outcomes)
    lines.append(f"{good} of {len(rows)} rows are good")
    return "\n".join(lines)


def _cells(row: Row, outcome: Outcome) -> str:
    start = f"{min(outcome.starts).seconds:.2f} s" if outcome.starts else "-"
    seconds = f"{outcome.seconds:.1f} s" if outcome.starts else "-"
    cells = f"{row.type:14} {row.layout:32} {outcome.verdict:8} {start:>8} {seconds:>8}"
    return f"{cells}   {', '.join(outcome.fails)}".rstrip()


def _notes(outcome: Outcome) -> Iterator[str]:
    if outcome.reason:
        yield outcome.reason
    if len(outcome.starts) > 1:
        each = ", ".join(f"{start.seconds:.2f} s" for start in outcome.starts)
        limit_s = outcome.starts[0].limit_s
        yield f"started within {each}; {limit_s:.1f} s are allowed"
