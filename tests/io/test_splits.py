"""Sharing files out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.io.splits import InputFile, Share, split
from xlearning.job.spec import InputBalance

LENGTHS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 1000)), max_size=40
).map(
    lambda pairs: [
        InputFile(alias, f"hdfs://nn/{alias}/{number}", length, str(number))
        for number, (alias, length) in enumerate(pairs)
    ]
)
WORKERS = st.integers(1, 12)


def files(*lengths: int) -> list[InputFile]:
    """Return files of such lengths, named by their number."""
    return [
        InputFile("data", f"hdfs://nn/{number}", length, str(number))
        for number, length in enumerate(lengths)
    ]


def numbers(shares: tuple[Share, ...]) -> list[str]:
    """Return the names in each share."""
    return ["".join(file.relative_path for file in share) for share in shares]


@given(LENGTHS, WORKERS, st.sampled_from(InputBalance))
def test_every_file_goes_to_exactly_one_worker(
    given: list[InputFile], workers: int, balance: InputBalance
) -> None:
    shares = split(given, workers, balance)
    assert len(shares) == workers
    together = [file for share in shares for file in share]
    assert sorted(together, key=given.index) == given
    for share in shares:
        assert list(share) == sorted(share, key=given.index)
    assert split(given, workers, balance) == shares


@given(LENGTHS, WORKERS)
def test_no_worker_has_more_than_the_mean_and_one_file(
    given: list[InputFile], workers: int
) -> None:
    shares = split(given, workers)
    for alias in "ab":
        lengths = [file.length for file in given if file.alias == alias]
        largest = max(lengths, default=0)
        for share in shares:
            load = sum(file.length for file in share if file.alias == alias)
            assert load <= sum(lengths) / workers + largest


@given(LENGTHS, WORKERS, st.sampled_from(InputBalance))
def test_nobody_is_without_files_of_an_alias_that_has_enough(
    given: list[InputFile], workers: int, balance: InputBalance
) -> None:
    shares = split(given, workers, balance)
    for alias in "ab":
        count = sum(file.alias == alias for file in given)
        holders = sum(any(file.alias == alias for file in share) for share in shares)
        assert holders == min(count, workers)


def test_large_files_are_spread() -> None:
    assert numbers(split(files(1, 9, 2, 8, 10), 2)) == ["024", "13"]


def test_round_robin_counts_files_only() -> None:
    shares = split(files(100, 1, 1, 1, 1), 2, InputBalance.COUNT)
    assert numbers(shares) == ["024", "13"]


def test_round_robin_starts_anew_for_each_alias() -> None:
    given = [InputFile(a, f"/{a}", 1, a) for a in "aabb"]
    shares = split(given, 3, InputBalance.COUNT)
    assert numbers(shares) == ["ab", "ab", ""]


def test_a_second_alias_fills_up_what_the_first_left() -> None:
    given = [InputFile("a", "/a", 10, "a"), InputFile("b", "/b", 10, "b")]
    assert numbers(split(given, 2)) == ["a", "b"]


def test_there_are_as_many_shares_as_workers() -> None:
    assert split([], 2) == ((), ())
    assert numbers(split(files(5), 3)) == ["0", "", ""]
    with pytest.raises(ValueError, match="0 workers"):
        split([], 0)
