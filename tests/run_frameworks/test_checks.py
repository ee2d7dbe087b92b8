from __future__ import annotations

import pytest

from tests.run_frameworks.checks import (
    counted,
    disjoint_shares,
    same_model,
    same_numbers,
    same_trees,
)
from tests.run_frameworks.job import DATA
from tests.run_frameworks.row import Wrong

FILES = sorted(path.name for path in DATA.iterdir())


def test_numbers_are_those_of_one_process() -> None:
    check = same_numbers(("loss",), ranks=3)
    check([{"loss": 0.5, "ranks": 3}], {"loss": 0.5 + 1e-12})
    for result in {"loss": 0.6, "ranks": 3}, {"loss": 0.5, "ranks": 2}:
        with pytest.raises(Wrong, match="another"):
            check([result], {"loss": 0.5})
    with pytest.raises(Wrong, match="results: 0"):
        check([], {"loss": 0.5})


def test_shares_are_all_the_files_once() -> None:
    check = disjoint_shares(2)
    check([{"files": FILES[:3]}, {"files": FILES[3:]}], {})
    with pytest.raises(Wrong, match="seen twice"):
        check([{"files": FILES}, {"files": FILES[3:]}], {})
    with pytest.raises(Wrong, match="are missing"):
        check([{"files": FILES[:3]}, {"files": FILES[4:]}], {})
    with pytest.raises(Wrong, match="results: 1"):
        check([{"files": FILES}], {})


def test_models_are_one() -> None:
    alone = {"records": 4, "squared_error": 2.0}
    halves = [{"model": "m", "records": 2, "squared_error": 1.0}] * 2
    wholes = [{"model": "m", **alone}] * 2
    same_trees(2)(halves, alone)
    same_model(2)(wholes, alone)
    for check, results in (same_trees(2), halves), (same_model(2), wholes):
        with pytest.raises(Wrong, match="several models: "):
            check([results[0], results[1] | {"model": "n"}], alone)
        with pytest.raises(Wrong, match="results: 1"):
            check(results[:1], alone)
        with pytest.raises(Wrong, match="records"):
            check(results, alone | {"records": 5})
        with pytest.raises(Wrong, match="squared_error"):
            check(results, alone | {"squared_error": 2.1})


def test_numbers_that_are_known_beforehand() -> None:
    counted(nodes=2)([{"nodes": 2}], {})
    with pytest.raises(Wrong, match="is not"):
        counted(nodes=2)([{"nodes": 1}], {})
