"""LightLDA: servers that are found in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.frameworks.base import ClusterView, Shape
from xlearning.frameworks.lightlda import LightLDA
from xlearning.job.ids import TaskId
from xlearning.job.spec import JobOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]

ALONE = ClusterView(0, {})
VIEW = ClusterView(1, {"worker": ("",), "ps": ("10.0.0.1:20000", "10.0.0.2:20001")})


def own(variables: dict[str, str]) -> dict[str, str]:
    """Return the variables of the type."""
    prefix = "LIGHTLDA_"
    return {
        name.removeprefix(prefix): value
        for name, value in variables.items()
        if name.startswith(prefix)
    }


def test_servers_listen_and_serve(job: Maker) -> None:
    assert LightLDA().shape(job(worker=1, ps=2)) == Shape(
        rendezvous=True, ports={"ps": 1}, numeric=True, services=frozenset({"ps"})
    )


def test_a_worker_finds_the_servers_in_a_file(job: Maker) -> None:
    told = LightLDA().launch(job(worker=1, ps=2), VIEW, TaskId("worker", 0))
    lines = "0 10.0.0.1:20000\n1 10.0.0.2:20001\n"
    assert told.files == {
        "lightLDAEndPoints.txt": lines,
        "lightLdaEndPoints.txt": lines,
    }
    assert own(told.environment) == {
        "ROLE": "worker",
        "RANK": "0",
        "WORKER_NUM": "1",
        "SERVER_NUM": "2",
        "SERVER_ENDPOINT": "null",
    }


def test_a_server_knows_where_it_is_to_listen(job: Maker) -> None:
    told = LightLDA().launch(job(worker=1, ps=2), VIEW, TaskId("ps", 1))
    assert told.files == {}
    assert own(told.environment) == {
        "ROLE": "ps",
        "RANK": "1",
        "WORKER_NUM": "1",
        "SERVER_NUM": "2",
        "SERVER_ENDPOINT": "10.0.0.2:20001",
    }


def test_workers_without_servers_are_independent(job: Maker) -> None:
    alone = job(JobOptions(failure_rate=0.3), worker=2)
    shape = LightLDA().shape(alone)
    assert (shape.rendezvous, shape.failure_rate) == (False, 0.3)
    told = LightLDA().launch(alone, ALONE, TaskId("worker", 1))
    assert own(told.environment) == {
        "ROLE": "worker",
        "RANK": "1",
        "SERVER_ENDPOINT": "null",
    }
