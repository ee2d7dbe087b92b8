"""What the results of a row's tasks have to be; `Wrong` says why they are not.

Each takes the results of all tasks and that of the same program on one process.
"""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

from tests.run_frameworks.job import DATA
from tests.run_frameworks.row import Result, Wrong, expect, the_only

if TYPE_CHECKING:
    from collections.abc import Callable

TOLERANCE = 1e-9
"""For numbers of 64 bits that were added up in another order."""


def same_numbers(
    names: tuple[str, ...], tolerance: float = TOLERANCE, **also: int
) -> Callable[..., None]:
    """Return a check that the job's numbers are those of one process."""

    def check(results: list[Result], alone: Result) -> None:
        found = the_only(results)
        for name in names:
            near = math.isclose(found[name], alone[name], rel_tol=tolerance)
            expect(near, f"another {name}", found[name], alone[name])
        for name, value in also.items():
            expect(found[name] == value, f"another {name}", found[name], value)

    return check


def disjoint_shares(workers: int) -> Callable[..., None]:
    """Return a check that each process saw its own files, and all of them together."""

    def check(results: list[Result], alone: Result) -> None:
        expect(len(results) == workers, "results", len(results))
        files = list(chain.from_iterable(each["files"] for each in results))
        expect(len(files) == len(set(files)), "a file was seen twice", *files)
        every = {path.name for path in DATA.iterdir()}
        expect(set(files) == every, "files are missing", *files)

    return check


def coordinated(results: list[Result], alone: Result) -> None:
    """Check that both workers' shares were trained with, and the model is good."""
    found: Result = {}
    for each in results:
        found |= each
    expect({"records", "accuracy"} <= found.keys(), "a result is missing", *found)
    expect(found["shares"] == 2, "another number of shares", found["shares"])
    expect(found["records"] == 1438, "another number of records", found["records"])
    expect(found["accuracy"] > 0.9, "a bad model", found["accuracy"])


def asynchronous(results: list[Result], alone: Result) -> None:
    """Check that two workers with shares of their own made the steps of one model."""
    disjoint_shares(2)(results, alone)
    made = sum(math.ceil(each["records"] / 32) * 10 for each in results)
    # One step may be under way while another reads the counter.
    expect(made - max(e["step"] for e in results) <= 2, "steps are missing", made)


def reduced(results: list[Result], alone: Result) -> None:
    """Check that two workers with shares of their own have the same model."""
    disjoint_shares(2)(results, alone)
    weights = {each["weights"] for each in results}
    expect(len(weights) == 1, "two models", *weights)


def same_trees(workers: int) -> Callable[..., None]:
    """Return a check that all workers have one model, and that of one process."""

    def check(results: list[Result], alone: Result) -> None:
        expect(len(results) == workers, "results", len(results))
        models = {each["model"] for each in results}
        expect(len(models) == 1, "several models", *models)
        for name in ("records", "squared_error"):
            found = sum(each[name] for each in results)
            near = math.isclose(found, alone[name], rel_tol=TOLERANCE)
            expect(near, f"another {name}", found, alone[name])

    return check


def same_model(workers: int) -> Callable[..., None]:
    """Return a check that all workers say the same, and nearly what one process does.

    Gradients have 32 bits.
    """

    def check(results: list[Result], alone: Result) -> None:
        expect(len(results) == workers, "results", len(results))
        models = {each["model"] for each in results}
        expect(len(models) == 1, "several models", *models)
        found = results[0]
        expect(found["records"] == alone["records"], "records", found["records"])
        error, expected = found["squared_error"], alone["squared_error"]
        near = math.isclose(error, expected, rel_tol=1e-6)
        expect(near, "another squared_error", error, expected)

    return check


def counted(**values: int) -> Callable[..., None]:
    """Return a check of numbers that are known beforehand."""

    def check(results: list[Result], alone: Result) -> None:
        found = the_only(results)
        if found != values:
            raise Wrong(f"{found} is not {values}")

    return check
