from __future__ import annotations

import pytest

from tests.run_frameworks.rows import ROWS
from tests.run_frameworks.run import is_wanted


def chosen(*words: str) -> list[str]:
    return [row.name for row in ROWS if is_wanted(row, list(words))]


def test_all_but_the_heavy_ones_are_run() -> None:
    assert chosen() == [row.name for row in ROWS if not row.is_heavy]
    assert "pytorch: FSDP, 2 workers" not in chosen("pytorch")


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("PyTorch: 3", ["pytorch: 3 workers"]),
        ("pytorch: FSDP", ["pytorch: FSDP, 2 workers"]),
        ("xgboost", ["xgboost: 3 workers, tracker"]),
        ("tensorflow: 2 workers, ps", ["tensorflow: 2 workers, ps (v1 API)"]),
        ("nothing", []),
    ],
)
def test_words_are_how_names_begin(word: str, names: list[str]) -> None:
    assert chosen(word) == names


def test_no_two_rows_have_one_name() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
