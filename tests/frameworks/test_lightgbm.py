"""LightGBM: the list of machines, and a worker's place in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.frameworks.base import ClusterView, Shape
from xlearning.frameworks.lightgbm import LightGBM
from xlearning.job.ids import TaskId

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]

VIEW = ClusterView(1, {"worker": ("10.0.0.1:20000", "10.0.0.2:20001")})


def test_all_listen_where_their_addresses_say(job: Maker) -> None:
    shape = Shape(rendezvous=True, ports={"worker": 1}, numeric=True)
    assert LightGBM().shape(job(worker=2)) == shape


def test_all_workers_find_the_same_list(job: Maker) -> None:
    tasks = [TaskId("worker", 0), TaskId("worker", 1)]
    told = [LightGBM().launch(job(worker=2), VIEW, task) for task in tasks]
    lists = [launch.files["lightGBMlist.txt"] for launch in told]
    assert lists == ["10.0.0.1 20000\n10.0.0.2 20001\n"] * 2


def test_a_worker_knows_itself(job: Maker) -> None:
    told = LightGBM().launch(job(worker=2), VIEW, TaskId("worker", 1))
    assert told.environment["LIGHTGBM_NUM_MACHINE"] == "2"
    assert told.environment["LIGHTGBM_LOCAL_LISTEN_PORT"] == "20001"
    machines = "10.0.0.1:20000,10.0.0.2:20001,rank=1"
    assert told.environment["LIGHTGBM_MACHINES"] == machines
    assert told.release_ports, "its server does not share a port that is held"
