"""A type that nobody knows: independent processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.frameworks.base import ClusterView, Shape
from xlearning.frameworks.generic import Generic
from xlearning.job.ids import TaskId
from xlearning.job.spec import JobOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec


def test_nobody_waits_and_some_may_fail(
    job: Callable[..., JobSpec],
) -> None:
    shape = Generic().shape(job(JobOptions(failure_rate=0.25), worker=4))
    assert shape == Shape(rendezvous=False, failure_rate=0.25)


def test_a_task_knows_its_place(job: Callable[..., JobSpec]) -> None:
    view = ClusterView(0, {})
    told = Generic().environment(job(worker=3, ps=1), view, TaskId("worker", 2))
    assert told == {
        "XL_ROLE": "worker",
        "XL_INDEX": "2",
        "XL_WORLD_SIZE": "4",
        "TF_ROLE": "worker",
        "TF_INDEX": "2",
    }
