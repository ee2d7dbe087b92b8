"""A type that nobody knows: independent processes, or roles that listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.frameworks.base import ClusterView, Shape
from xlearning.frameworks.generic import Generic
from xlearning.job.ids import TaskId
from xlearning.job.spec import JobOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]


def with_scheduler(job: Maker) -> JobSpec:
    """Return a job whose scheduler and workers serve a driver."""
    plain: JobSpec = job(scheduler=1, worker=2, driver=1)
    scheduler, worker, driver = plain.roles
    scheduler = msgspec.structs.replace(scheduler, ports=2, service=True)
    worker = msgspec.structs.replace(worker, service=True)
    return msgspec.structs.replace(plain, roles=(scheduler, worker, driver))


def test_nobody_waits_and_some_may_fail(job: Maker) -> None:
    shape = Generic().shape(job(JobOptions(failure_rate=0.25), worker=4))
    assert shape == Shape(
        rendezvous=False,
        failure_rate=0.25,
        restarts_alone=frozenset({"worker"}),
        input_roles=("worker",),
        output_roles=("worker",),
    )


def test_a_task_knows_its_place(job: Maker) -> None:
    view = ClusterView(0, {})
    told = Generic().launch(job(worker=3, ps=1), view, TaskId("worker", 2))
    assert told.environment == {
        "XL_ROLE": "worker",
        "XL_INDEX": "2",
        "XL_WORLD_SIZE": "4",
        "TF_ROLE": "worker",
        "TF_INDEX": "2",
    }


def test_roles_that_listen_make_all_start_together(job: Maker) -> None:
    assert Generic().shape(with_scheduler(job)) == Shape(
        rendezvous=True,
        ports={"scheduler": 2},
        services=frozenset({"scheduler", "worker"}),
        input_roles=("driver",),
        output_roles=("scheduler", "worker", "driver"),
    )


def test_everybody_is_told_who_listens_where(job: Maker) -> None:
    members = {"scheduler": ("n1:7,8",), "worker": ("", ""), "driver": ("",)}
    view = ClusterView(1, members)
    training = with_scheduler(job)
    driver = Generic().launch(training, view, TaskId("driver", 0)).environment
    assert driver["XL_SCHEDULER_ADDRESS"] == "n1:7"
    assert driver["XL_SCHEDULER_ADDRESSES"] == "n1:7"
    assert driver["XL_CLUSTER"] == '{"scheduler":["n1:7"]}'
    assert "XL_WORKER_ADDRESS" not in driver
    assert "XL_PORT" not in driver
    scheduler = Generic().launch(training, view, TaskId("scheduler", 0)).environment
    assert (scheduler["XL_HOST"], scheduler["XL_PORT"]) == ("n1", "7")
    assert scheduler["XL_PORTS"] == "7,8"
