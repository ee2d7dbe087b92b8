"""XDL: a scheduler that the type adds, and a ZooKeeper that says where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from xlearning.errors import ConfigError
from xlearning.frameworks.base import ClusterView
from xlearning.frameworks.conformance import check_adapter
from xlearning.frameworks.xdl import XDL
from xlearning.frameworks.xdl_zookeeper import PROGRAM
from xlearning.job.ids import TaskId
from xlearning.job.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]

VIEW = ClusterView(
    2,
    {
        "worker": ("", ""),
        "ps": ("",),
        "scheduler": ("",),
        "zookeeper": ("10.0.0.1:20000",),
    },
)
OWN = "zfs://10.0.0.1:20000/application_1700000000000_0001_2"


def with_address(job: JobSpec, address: str) -> JobSpec:
    """Return a job whose user gave an address."""
    worker, *others = job.roles
    worker = msgspec.structs.replace(worker, environment={"ZK_ADDR": address})
    return msgspec.structs.replace(job, roles=(worker, *others))


def own(variables: dict[str, str]) -> dict[str, str]:
    """Return the variables of the type."""
    prefixes = ("TASK_", "ZK_", "PS_")
    return {n: value for n, value in variables.items() if n.startswith(prefixes)}


def test_a_scheduler_is_like_a_server(job: Maker) -> None:
    worker, ps = job(worker=2, ps=3).roles
    ps = msgspec.structs.replace(ps, resources=Resources(3000, 4), node_label="big")
    given = msgspec.structs.replace(job(worker=2), roles=(worker, ps))
    complete = XDL.complete(given)
    names = [(role.name, role.count) for role in complete.roles]
    assert names == [("worker", 2), ("ps", 3), ("scheduler", 1), ("zookeeper", 1)]
    scheduler = complete.role("scheduler")
    assert msgspec.structs.replace(scheduler, name="ps", count=3) == ps


def test_all_but_workers_serve(job: Maker) -> None:
    shape = XDL.shape(XDL.complete(job(worker=2, ps=1)))
    assert shape.services == {"ps", "scheduler", "zookeeper"}
    assert (shape.ports, shape.numeric) == ({"zookeeper": 1}, True)


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (
            TaskId("worker", 1),
            {"TASK_NAME": "worker", "TASK_INDEX": "1", "TASK_NUM": "2"},
        ),
        (TaskId("ps", 0), {"TASK_NAME": "ps", "TASK_INDEX": "0"}),
        (
            TaskId("scheduler", 0),
            {
                "TASK_NAME": "scheduler",
                "TASK_INDEX": "0",
                "PS_NUM": "1",
                "PS_CPU_CORES": "1",
                "PS_MEMORY_M": "1024",
            },
        ),
    ],
    ids=["worker", "ps", "scheduler"],
)
def test_tasks_are_told_what_hbox_told_them(
    job: Maker, task: TaskId, told: dict[str, str]
) -> None:
    complete = XDL.complete(job(worker=2, ps=1))
    launch = XDL.launch(complete, VIEW, task)
    assert own(launch.environment) == {**told, "ZK_ADDR": OWN}
    assert launch.command == ()


def test_the_zookeeper_is_told_nothing_but_its_port(job: Maker) -> None:
    complete = XDL.complete(job(worker=2, ps=1))
    launch = XDL.launch(complete, VIEW, TaskId("zookeeper", 0))
    assert launch.command == ("python", PROGRAM)
    assert launch.files.keys() == {PROGRAM}
    assert launch.environment["XL_PORT"] == "20000"
    assert own(launch.environment) == {}


def test_a_zookeeper_of_the_user_s_own_is_taken(job: Maker) -> None:
    given = with_address(job(worker=2, ps=1), "zfs://zk1:2181,zk2:2181/jobs/mine")
    launches = check_adapter(XDL, given)
    assert {task.role for task in launches} == {"worker", "ps", "scheduler"}
    told = {launch.environment["ZK_ADDR"] for launch in launches.values()}
    assert told == {"zfs://zk1:2181,zk2:2181/jobs/mine"}


@pytest.mark.parametrize("address", ["zk1:2181/mine", "zfs://zk1:2181", "zfs:///mine"])
def test_an_address_that_xdl_cannot_read_is_refused(job: Maker, address: str) -> None:
    with pytest.raises(ConfigError, match=f"cannot read `{address}`"):
        XDL.complete(with_address(job(worker=2, ps=1), address))


def test_workers_without_servers_are_independent(job: Maker) -> None:
    complete = XDL.complete(job(worker=2))
    assert [role.name for role in complete.roles] == ["worker"]
    assert not XDL.shape(complete).rendezvous
    launch = XDL.launch(complete, ClusterView(0, {}), TaskId("worker", 1))
    assert own(launch.environment) == {}


def test_servers_without_workers_are_refused(job: Maker) -> None:
    with pytest.raises(ConfigError, match="nobody ends the job"):
        XDL.complete(job(ps=1))
