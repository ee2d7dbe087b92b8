"""Ranks in containers, as torchrun counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from xlearning.frameworks.ranks import Rank, processes_in_a_worker, ranks_of
from xlearning.job.ids import TaskId
from xlearning.job.resources import Resources
from xlearning.job.spec import JobOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]


def test_a_container_has_neighbouring_ranks(job: Maker) -> None:
    four_each = job(JobOptions(processes=4), worker=3)
    second = ranks_of(four_each, TaskId("worker", 1))
    assert second[2] == Rank(6, 12, 2, 4, 1, 3)
    assert [each.rank for each in second] == [4, 5, 6, 7]


def test_one_process_for_each_gpu(job: Maker) -> None:
    plain = job(JobOptions(processes=0), worker=2)
    assert processes_in_a_worker(plain) == 1
    roomy = msgspec.structs.replace(plain.roles[0], resources=Resources(1024, 1, 8))
    with_gpus = msgspec.structs.replace(plain, roles=(roomy,))
    assert processes_in_a_worker(with_gpus) == 8


@given(st.integers(1, 6), st.integers(1, 9))
def test_every_rank_is_there_once(job: Maker, local: int, workers: int) -> None:
    training = job(JobOptions(processes=local), worker=workers)
    found = [
        rank.rank
        for index in range(workers)
        for rank in ranks_of(training, TaskId("worker", index))
    ]
    assert found == list(range(local * workers))
