"""JAX: where the coordinator is, and who is who."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.frameworks.base import ClusterView, Shape
from xlearning.frameworks.jax import Jax
from xlearning.job.ids import TaskId
from xlearning.job.resources import Resources
from xlearning.job.spec import JobOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]

VIEW = ClusterView(1, {"worker": ("n1:20000", "n2:20001")})
SECOND = TaskId("worker", 1)


def test_all_start_together_and_hold_a_port(job: Maker) -> None:
    assert Jax().shape(job(worker=2)) == Shape(rendezvous=True, ports={"worker": 1})


def test_the_coordinator_is_in_the_first_process(job: Maker) -> None:
    told = Jax().launch(job(worker=2), VIEW, SECOND).environment
    assert told["JAX_COORDINATOR_ADDRESS"] == "n1:20000"
    assert told["JAX_NUM_PROCESSES"] == "2"
    assert told["JAX_PROCESS_ID"] == "1"


def test_nccl_is_told_the_interface_that_the_job_names(job: Maker) -> None:
    view = msgspec.structs.replace(VIEW, interface="eth1")
    told = Jax().launch(job(worker=2), view, TaskId("worker", 0)).environment
    assert told["NCCL_SOCKET_IFNAME"] == "=eth1"


def test_processes_of_a_container_share_its_devices_out(job: Maker) -> None:
    plain = job(JobOptions(processes=2), worker=2)
    told = Jax().launch(plain, VIEW, SECOND)
    assert told.environment["JAX_NUM_PROCESSES"] == "4"
    assert [each.environment for each in told.processes] == [
        {"JAX_PROCESS_ID": "2"},
        {"JAX_PROCESS_ID": "3"},
    ]
    roomy = msgspec.structs.replace(plain.roles[0], resources=Resources(1024, 1, 2))
    with_gpus = msgspec.structs.replace(plain, roles=(roomy,))
    processes = Jax().launch(with_gpus, VIEW, SECOND).processes
    assert [each.environment["JAX_LOCAL_DEVICE_IDS"] for each in processes] == [
        "0",
        "1",
    ]
