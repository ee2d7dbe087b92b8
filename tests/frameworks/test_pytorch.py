"""PYTORCH: torchrun's variables, and Hbox's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.frameworks.base import ClusterView, Launch, Shape
from xlearning.frameworks.pytorch import PyTorch
from xlearning.frameworks.registry import adapter
from xlearning.job.ids import TaskId
from xlearning.job.spec import JobOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]

VIEW = ClusterView(1, {"worker": ("n1:20000", "n2:20001")})


def launch(job: JobSpec, index: int, view: ClusterView = VIEW) -> Launch:
    """Return what a worker starts with."""
    return PyTorch().launch(job, view, TaskId("worker", index))


def test_all_start_together_and_hold_a_port(job: Maker) -> None:
    expected = Shape(rendezvous=True, ports={"worker": 1})
    assert PyTorch().shape(job(worker=2)) == expected


def test_disttorch_is_the_same_type() -> None:
    assert adapter("DISTTORCH") is adapter("PYTORCH")


def test_one_process_in_each_container(job: Maker) -> None:
    told = launch(job(worker=2), 1)
    assert told.processes == ()
    variables = told.environment
    assert {name: variables[name] for name in variables if "XL_" not in name} == {
        "TF_ROLE": "worker",
        "TF_INDEX": "1",
        "MASTER_ADDR": "n1",
        "MASTER_PORT": "20000",
        "master_addr": "n1",
        "master_port": "20000",
        "INIT_METHOD": "tcp://n1:20000",
        "RANK": "1",
        "WORLD_SIZE": "2",
        "LOCAL_RANK": "0",
        "LOCAL_WORLD_SIZE": "1",
        "GROUP_RANK": "1",
        "GROUP_WORLD_SIZE": "2",
        "ROLE_NAME": "default",
        "ROLE_RANK": "1",
        "ROLE_WORLD_SIZE": "2",
        "TORCHELASTIC_RUN_ID": "application_1700000000000_0001",
        "TORCHELASTIC_RESTART_COUNT": "0",
        "TORCHELASTIC_MAX_RESTARTS": "0",
        "TORCHELASTIC_USE_AGENT_STORE": "False",
    }


def test_several_processes_have_what_is_their_own(job: Maker) -> None:
    told = launch(job(JobOptions(processes=3), worker=2), 1)
    assert told.environment["WORLD_SIZE"] == "6"
    assert told.environment["OMP_NUM_THREADS"] == "1"
    assert "RANK" not in told.environment
    assert [process.name for process in told.processes] == [
        "rank 3",
        "rank 4",
        "rank 5",
    ]
    assert told.processes[2].environment == {
        "RANK": "5",
        "ROLE_RANK": "5",
        "LOCAL_RANK": "2",
        "LOCAL_WORLD_SIZE": "3",
        "GROUP_RANK": "1",
    }


def test_a_later_generation_is_a_restart(job: Maker) -> None:
    later = ClusterView(3, VIEW.members)
    told = launch(job(worker=2), 0, later).environment
    assert told["TORCHELASTIC_RESTART_COUNT"] == "2"


def test_libraries_are_told_the_interface_that_the_job_names(job: Maker) -> None:
    addresses = ("[2001:db8::7]:20000", "[2001:db8::8]:20001")
    view = ClusterView(1, {"worker": addresses}, interface="ib0")
    told = launch(job(worker=2), 1, view).environment
    assert told["MASTER_ADDR"] == "2001:db8::7"
    assert told["INIT_METHOD"] == "tcp://[2001:db8::7]:20000"
    assert told["GLOO_SOCKET_IFNAME"] == told["TP_SOCKET_IFNAME"] == "ib0"
    assert told["NCCL_SOCKET_IFNAME"] == "=ib0"
    assert told["XL_INTERFACE"] == "ib0"
