"""Runs each row on a real cluster and prints a table: `make test-frameworks`.

For each row, the program runs on one process for its numbers, then as a job. Then the
job runs again with a task taken out, and again with the same share of the input for
all: both have to fail, by themselves or by the check of their numbers.

    python -m tests.run_frameworks.run [--quick] [WORD …]

runs the rows whose name contains one of the words; `--quick` leaves the jobs that have
to fail out. HADOOP_CONF_DIR names the cluster.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.run_frameworks.job import DATA, Job, Variant, run_alone
from tests.run_frameworks.row import Wrong
from tests.run_frameworks.rows import ROWS

if TYPE_CHECKING:
    from tests.run_frameworks.row import Result, Row

START_LIMIT_S = 0.3
"""From the last task ready to the last trainer started."""
PATIENCE = 2
"""How often a job is run again that started later: the machine was busy elsewhere."""


@dataclass(frozen=True)
class Outcome:
    """What came of a row.

    Attributes:
        words: `ok`, or what was wrong.
        start_s: From the last task ready to the last trainer started.
        seconds: How long the job took.
        fails: What the jobs that had to fail did.
    """

    words: str
    start_s: float = 0.0
    seconds: float = 0.0
    fails: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether all was as it should be."""
        return self.words == "ok" and "PASSES" not in "".join(self.fails)


def main() -> int:
    """Run the rows that were asked for; return 1 if one is not good."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="only rows whose name has one")
    parser.add_argument("--quick", action="store_true", help="no jobs that must fail")
    args = parser.parse_args()
    chosen = [row for row in ROWS if _is_wanted(row, args.words)]
    outcomes = []
    for row in chosen:
        print(f"--- {row.name}", file=sys.stderr, flush=True)
        outcomes.append(_run(row, quick=args.quick))
        print(f"    {_line(row, outcomes[-1])}", file=sys.stderr, flush=True)
    _print_table(chosen, outcomes)
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


def _is_wanted(row: Row, words: list[str]) -> bool:
    if not words:
        return not row.by_name
    return any(word.lower() in row.name.lower() for word in words)


def _run(row: Row, *, quick: bool) -> Outcome:
    with TemporaryDirectory() as folder:
        alone = run_alone(row, Path(folder)) if row.alone else {}
        began = time.monotonic()
        job = Job(row, Variant.WHOLE, Path(folder))
        seconds = time.monotonic() - began
    words, start_s = _verdict(row, job, alone), job.start_s
    for _ in range(PATIENCE):
        if words == "ok" and start_s > START_LIMIT_S:
            with TemporaryDirectory() as folder:
                start_s = min(start_s, Job(row, Variant.WHOLE, Path(folder)).start_s)
    if words == "ok" and start_s > START_LIMIT_S:
        words = f"started in {start_s:.2f} s, more than {START_LIMIT_S} s"
    if words != "ok" or quick:
        return Outcome(words, start_s, seconds)
    fails = tuple(_fails(row, variant, alone) for variant in _variants(row))
    return Outcome(words, start_s, seconds, fails)


def _variants(row: Row) -> list[Variant]:
    return [Variant.REMOVED, *([Variant.SAME_SHARE] if row.has_shares else [])]


def _fails(row: Row, variant: Variant, alone: Result) -> str:
    with TemporaryDirectory() as folder:
        words = _verdict(row, Job(row, variant, Path(folder)), alone)
    print(f"    {variant}: {words}", file=sys.stderr, flush=True)
    return f"{variant} PASSES" if words == "ok" else f"{variant} fails"


def _verdict(row: Row, job: Job, alone: Result) -> str:
    """Return `ok`, or why the job is not what it should be."""
    if job.code != 0:
        return job.reason
    try:
        row.check(job.results, alone)
    except Wrong as wrong:
        return str(wrong)
    return "ok"


def _line(row: Row, outcome: Outcome) -> str:
    cells = (
        f"{row.type:14} {row.layout:32} {outcome.words:4}",
        f"{outcome.start_s:6.2f} s {outcome.seconds:6.1f} s",
        ", ".join(outcome.fails),
    )
    return "  ".join(cells)


def _print_table(rows: list[Row], outcomes: list[Outcome]) -> None:
    print(f"{'type':14} {'layout':32} {'':4}  {'start':>8} {'job':>8}   must fail")
    for row, outcome in zip(rows, outcomes, strict=True):
        print(_line(row, outcome))


if __name__ == "__main__":
    if not DATA.is_dir():
        sys.exit(f"error: no data in {DATA}")
    sys.exit(main())
