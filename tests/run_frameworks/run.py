"""Runs each row on a real cluster and prints a table: `make test-frameworks`.

For each row, the program runs on one process for its numbers, then as a job. Then the
job runs again with a task taken out, and again with the same share of the input for
all: both have to fail, by themselves or by the check of their numbers.

    python -m tests.run_frameworks.run [--quick] [WORD …]

runs the rows whose name begins with one of the words (`tensorflow`, `pytorch: 3`);
`--quick` leaves the jobs that have to fail out. HADOOP_CONF_DIR names the cluster. The
exit code is 1 if one row has failed, or could not be run.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.run_frameworks.job import DATA, Job, Variant, run_alone
from tests.run_frameworks.row import NotRun, Wrong
from tests.run_frameworks.rows import ROWS
from tests.run_frameworks.table import Outcome, Verdict, line, table

if TYPE_CHECKING:
    from tests.run_frameworks.row import Result, Row
    from tests.run_frameworks.table import Start

PATIENCE = 2
"""How often a job is run again that started later: the machine was busy elsewhere."""


def main() -> int:
    """Run the rows that were asked for; return 1 if one is not good."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="how the names of rows begin")
    parser.add_argument("--quick", action="store_true", help="no jobs that must fail")
    args = parser.parse_args()
    chosen = [row for row in ROWS if is_wanted(row, args.words)]
    for word in args.words:
        if not any(is_wanted(row, [word]) for row in ROWS):
            parser.error(f"no row is called `{word}`")
    outcomes = []
    for row in chosen:
        _say(f"--- {row.name}")
        outcomes.append(_run(row, quick=args.quick))
        _say(f"    {line(row, outcomes[-1])}")
    print(table(chosen, outcomes))
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


def is_wanted(row: Row, words: list[str]) -> bool:
    """Say whether a row is chosen; a heavy one is only by more than its type."""
    name = row.name.lower()
    begins = [word for word in words if name.startswith(word.lower())]
    if row.is_heavy:
        return any(":" in word for word in begins)
    return bool(begins) or not words


def _run(row: Row, *, quick: bool) -> Outcome:
    try:
        with TemporaryDirectory() as folder:
            alone = run_alone(row, Path(folder)) if row.alone else {}
        outcome = _run_whole(row, alone)
        if quick or outcome.verdict is Verdict.FAILED:
            return outcome
        return _run_to_fail(row, alone, outcome)
    except NotRun as reason:
        return Outcome(Verdict.NOT_RUN, str(reason))
    except Wrong as reason:
        return Outcome(Verdict.FAILED, str(reason))


def _run_whole(row: Row, alone: Result) -> Outcome:
    """Run the job until it starts in time, or often enough."""
    starts: list[Start] = []
    seconds = 0.0
    while len(starts) <= PATIENCE and all(start.is_late for start in starts):
        began = time.monotonic()
        job, wrong = _job(row, Variant.WHOLE, alone)
        seconds = time.monotonic() - began
        if job.start is None:
            wrong = wrong or "its journal tells of no start"
        else:
            starts.append(job.start)
        if wrong:
            return Outcome(Verdict.FAILED, wrong, tuple(starts), seconds)
    verdict = Verdict.LATE if all(start.is_late for start in starts) else Verdict.OK
    return Outcome(verdict, "", tuple(starts), seconds)


def _run_to_fail(row: Row, alone: Result, outcome: Outcome) -> Outcome:
    """Run the jobs that have to fail, and add what they did."""
    fails: list[str] = []
    for variant in Variant.REMOVED, Variant.SAME_SHARE:
        if variant is Variant.SAME_SHARE and not row.has_shares:
            continue
        job, wrong = _job(row, variant, alone)
        _say(f"    {variant}: {wrong or 'ok'}")
        did = "hangs" if job.hung else "fails" if wrong else "passes"
        fails.append(f"{variant} {did}")
        if did != "fails":
            verdict, reason = Verdict.FAILED, f"it has to fail and {did}: {variant}"
            outcome = outcome._replace(verdict=verdict, reason=reason)
    return outcome._replace(fails=tuple(fails))


def _job(row: Row, variant: Variant, alone: Result) -> tuple[Job, str]:
    """Run a job and return what is wrong with it, "" if nothing is."""
    with TemporaryDirectory() as folder:
        job = Job(row, variant, Path(folder))
    if job.reason:
        return job, job.reason
    try:
        row.check(job.results, alone)
    except Wrong as wrong:
        return job, str(wrong)
    return job, ""


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if not DATA.is_dir():
        sys.exit(f"error: no data in {DATA}")
    sys.exit(main())
