"""MXNet and XFlow: a scheduler of its own, and what ps-lite reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.frameworks.base import ClusterView
from xlearning.frameworks.mxnet import MXNet, XFlow
from xlearning.job.ids import TaskId
from xlearning.job.spec import JobOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]

VIEW = ClusterView(
    1,
    {
        "worker": ("10.0.0.1:20000", "10.0.0.2:20001"),
        "ps": ("10.0.0.2:20002",),
        "scheduler": ("10.0.0.3:20003",),
    },
)
COMMON = {
    "DMLC_PS_ROOT_URI": "10.0.0.3",
    "DMLC_PS_ROOT_PORT": "20003",
    "DMLC_NUM_WORKER": "2",
    "DMLC_NUM_SERVER": "1",
}
SCHEDULER = {"DMLC_ROLE": "scheduler"}
WORKER = {
    "DMLC_ROLE": "worker",
    "DMLC_WORKER_ID": "1",
    "DMLC_NODE_HOST": "10.0.0.2",
    "PORT": "20001",
}
SERVER = {
    "DMLC_ROLE": "server",
    "DMLC_SERVER_ID": "0",
    "DMLC_NODE_HOST": "10.0.0.2",
    "PORT": "20002",
}


def told(type_: MXNet, job: JobSpec, task: TaskId) -> dict[str, str]:
    """Return the variables of the type."""
    variables = type_.launch(type_.complete(job), VIEW, task).environment
    return {
        name: value
        for name, value in variables.items()
        if not name.startswith(("XL_", "TF_"))
    }


def test_the_scheduler_is_a_task_that_serves(job: Maker) -> None:
    complete = MXNet().complete(job(worker=2, ps=1))
    assert [role.name for role in complete.roles] == ["worker", "ps", "scheduler"]
    shape = MXNet().shape(complete)
    assert shape.ports == {"worker": 1, "ps": 1, "scheduler": 1}
    assert shape.services == {"ps", "scheduler"}
    assert shape.numeric, "ps-lite binds numbers only"


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (TaskId("scheduler", 0), SCHEDULER),
        (TaskId("worker", 1), WORKER),
        (TaskId("ps", 0), SERVER),
    ],
)
def test_each_is_told_its_part(
    job: Maker, task: TaskId, expected: dict[str, str]
) -> None:
    assert told(MXNet(), job(worker=2, ps=1), task) == COMMON | expected


def test_workers_without_servers_are_independent(job: Maker) -> None:
    alone = job(JobOptions(failure_rate=0.3), worker=2)
    assert MXNet().complete(alone) == alone
    shape = MXNet().shape(alone)
    assert (shape.rendezvous, shape.failure_rate) == (False, 0.3)
    assert told(MXNet(), alone, TaskId("worker", 1)) == {}


def test_xflow_has_a_scheduler_in_any_case(job: Maker) -> None:
    complete = XFlow().complete(job(worker=2))
    assert complete.count("scheduler") == 1
    assert XFlow().shape(complete).rendezvous


@pytest.mark.parametrize(
    ("task", "heap"),
    [
        (TaskId("worker", 1), {"HEAPPROFILE": "./W1"}),
        (TaskId("ps", 0), {"HEAPPROFILE": "./S0"}),
        (TaskId("scheduler", 0), {}),
    ],
)
def test_xflow_profiles_the_heap(
    job: Maker, task: TaskId, heap: dict[str, str]
) -> None:
    plain = job(worker=2, ps=1)
    assert told(XFlow(), plain, task) == told(MXNet(), plain, task) | heap
