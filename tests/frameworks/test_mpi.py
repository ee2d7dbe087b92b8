"""MPI: mpirun as a task, and workers that start its daemons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConfigError
from xlearning.frameworks.base import ClusterView
from xlearning.frameworks.conformance import check_adapter
from xlearning.frameworks.mpi import HOSTS, MPI
from xlearning.frameworks.mpi_node import NODES, PROGRAM
from xlearning.job.ids import TaskId
from xlearning.job.spec import JobOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]

VIEW = ClusterView(1, {"worker": ("a:20001", "b:20002"), "launcher": ("",)}, "5ec7e7")
LAUNCHER = TaskId("launcher", 0)


def test_mpirun_is_a_task_and_workers_serve_it(job: Maker) -> None:
    complete = MPI.complete(job(worker=2))
    assert [role.name for role in complete.roles] == ["worker", "launcher"]
    shape = MPI.shape(complete)
    assert (shape.ports, shape.services) == ({"worker": 1}, frozenset({"worker"}))


def test_a_job_conforms(job: Maker) -> None:
    check_adapter(MPI, job(worker=3))


def test_a_job_without_workers_is_refused(job: Maker) -> None:
    with pytest.raises(ConfigError, match="no workers"):
        MPI.complete(job(launcher=1))


def test_roles_of_other_types_are_refused(job: Maker) -> None:
    with pytest.raises(ConfigError, match="no role `ps`"):
        MPI.complete(job(worker=1, ps=1))


def test_a_worker_waits_for_mpirun(job: Maker) -> None:
    complete = MPI.complete(job(worker=2))
    launch = MPI.launch(complete, VIEW, TaskId("worker", 1))
    assert launch.command == ("python", PROGRAM, "serve", "xl-worker-1")
    assert launch.environment["TF_INDEX"] == "2", "XLearning counted from 1"
    assert launch.environment["XL_INDEX"] == "1"


def test_what_tasks_know_each_other_by_is_in_a_file_alone(job: Maker) -> None:
    complete = MPI.complete(job(worker=2))
    for task in (LAUNCHER, TaskId("worker", 0)):
        launch = MPI.launch(complete, VIEW, task)
        assert json.loads(launch.files[NODES]) == {
            "secret": "5ec7e7",
            "nodes": {"xl-worker-0": "a:20001", "xl-worker-1": "b:20002"},
        }
        assert not any("5ec7e7" in value for value in launch.environment.values())
        assert "5ec7e7" not in " ".join(launch.command)


def test_mpirun_starts_all_ranks_where_the_workers_are(job: Maker) -> None:
    complete = MPI.complete(job(JobOptions(processes=3), worker=2))
    launch = MPI.launch(complete, VIEW, LAUNCHER)
    assert launch.files[HOSTS] == "xl-worker-0 slots=3\nxl-worker-1 slots=3\n"
    words = launch.command
    assert words[words.index("-np") + 1] == "6"
    assert words[-2:] == ("python", "train.py")
    assert launch.environment["OMPI_MCA_plm_rsh_agent"] == f"python {PROGRAM}"


def test_open_mpi_is_told_what_the_job_says_of_the_network(job: Maker) -> None:
    names = {"OMPI_MCA_btl_tcp_if_include", "OMPI_MCA_oob_tcp_if_include"}
    plain = MPI.complete(job(worker=2))
    wanted = MPI.complete(job(JobOptions(interface="10.1.0.0/16"), worker=2))
    for task in (LAUNCHER, TaskId("worker", 1)):
        assert not names & MPI.launch(plain, VIEW, task).environment.keys()
        told = MPI.launch(wanted, VIEW, task).environment
        assert {told[name] for name in names} == {"10.1.0.0/16"}


def test_open_mpi_5_reads_the_same_under_other_names(job: Maker) -> None:
    complete = MPI.complete(job(worker=2))
    told = MPI.launch(complete, VIEW, LAUNCHER).environment
    assert told["PRTE_MCA_plm_ssh_agent"] == told["OMPI_MCA_plm_rsh_agent"]
    names = {name for name in told if name.startswith(("OMPI_", "PRTE_"))}
    assert names <= MPI.profile.variables.keys()


@pytest.mark.parametrize(
    ("hosts", "told"),
    [(("a:20001", "b:20002"), None), (("a:20001", "a:20002"), "0")],
    ids=["apart", "together"],
)
def test_workers_on_one_host_have_no_collectives_by_host(
    job: Maker, hosts: tuple[str, ...], told: str | None
) -> None:
    view = ClusterView(1, {"worker": hosts, "launcher": ("",)})
    launch = MPI.launch(MPI.complete(job(worker=2)), view, LAUNCHER)
    assert launch.environment.get("OMPI_MCA_coll_han_priority") == told
