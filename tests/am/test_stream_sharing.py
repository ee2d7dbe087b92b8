from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.am.conftest import make_job
from xlearning.am.events import InputListed
from xlearning.am.stream_sharing import runs, share_splits
from xlearning.io.formats.base import RecordSplit
from xlearning.io.splits import InputFile
from xlearning.io.streams.orders import StreamSplit
from xlearning.job.ids import TaskId
from xlearning.job.spec import DataOptions, InputBalance, JobSpec, StreamOptions

if TYPE_CHECKING:
    from collections.abc import Sequence


def a_split(number: int, length: int = 10, host: str = "") -> StreamSplit:
    """Return a split that is told by its payload."""
    hosts = (host,) if host else ()
    return StreamSplit("d", RecordSplit((), hosts, bytes([number]), length))


def a_job(workers: int, data: DataOptions | None = None, **stream: object) -> JobSpec:
    """Return a job that reads records."""
    options = replace(StreamOptions(), **stream)
    return replace(make_job(worker=workers), data=data or DataOptions(), stream=options)


def shared(job: JobSpec, splits: Sequence[StreamSplit]) -> list[list[int]]:
    """Return the numbers of each task's splits."""
    listed = share_splits(job, splits, {})
    assert listed.shares == {}
    return [[each.split.payload[0] for each in s] for s in listed.splits.values()]


def test_each_task_gets_a_run_of_splits() -> None:
    splits = [a_split(number) for number in range(7)]
    assert shared(a_job(3), splits) == [[0, 1], [2, 3, 4], [5, 6]]
    count = DataOptions(balance=InputBalance.COUNT)
    assert shared(a_job(3, count), splits) == [[0, 1, 2], [3, 4], [5, 6]]


def test_fewer_splits_than_tasks() -> None:
    splits = [a_split(number) for number in range(2)]
    assert sorted(map(len, shared(a_job(3), splits))) == [0, 1, 1]
    assert shared(a_job(3), []) == [[], [], []]


def test_a_shuffle_is_the_seeds_and_gives_as_much_to_each() -> None:
    splits = [a_split(number) for number in range(30)]
    found = shared(a_job(3, shuffle=True, seed=1), splits)
    assert sorted(n for each in found for n in each) == list(range(30))
    assert [len(each) for each in found] == [10, 10, 10]
    assert found != shared(a_job(3, shuffle=True, seed=2), splits)
    assert found == shared(a_job(3, shuffle=True, seed=1), splits)


def test_splits_go_where_their_readers_are() -> None:
    splits = [a_split(n, host=f"n{n % 2}") for n in range(4)]
    hosts = {TaskId("worker", 0): "n1", TaskId("worker", 1): ""}
    listed = share_splits(a_job(2), splits, hosts)
    found = {t: [e.split.payload[0] for e in s] for t, s in listed.splits.items()}
    assert found == {"worker-0": [1, 3], "worker-1": [0, 2]}
    assert listed.near == {"worker-0": {"n1": 20}, "worker-1": {"n0": 20}}
    assert listed.located == {"worker-0": 20, "worker-1": 20}
    anywhere = share_splits(a_job(2, DataOptions(near_input=False)), splits, hosts)
    assert anywhere.near == {}


def test_a_job_that_shares_nothing() -> None:
    job = replace(make_job("TENSORFLOW", ps=1), stream=StreamOptions())
    assert share_splits(job, [a_split(0)], {}) == InputListed({})


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 1000)), max_size=40),
    st.integers(1, 7),
    st.booleans(),
)
def test_runs_have_every_part_once_and_in_order(
    given: list[tuple[str, int]], workers: int, by_bytes: bool
) -> None:
    parts = [InputFile(a, str(n), size, "") for n, (a, size) in enumerate(given)]
    shares = runs(parts, workers, by_bytes=by_bytes)
    assert len(shares) == workers
    for alias in "ab":
        row = [part for part in parts if part.alias == alias]
        found = [part for share in shares for part in share if part.alias == alias]
        assert found == row
        if by_bytes and row:
            largest = max(part.length + 1 for part in row)
            mean = sum(part.length + 1 for part in row) / workers
            for share in shares:
                load = sum(p.length + 1 for p in share if p.alias == alias)
                assert load <= mean + largest
