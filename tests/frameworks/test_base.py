"""What an adapter is asked and answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from xlearning.errors import ConfigError
from xlearning.frameworks.base import (
    ClusterView,
    Profile,
    Shape,
    checked,
    ended_by_somebody,
)
from xlearning.job.ids import TaskId
from xlearning.job.spec import JobOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

VIEW = ClusterView(2, {"worker": ("n1:20000,20007", "n2:20001"), "ps": ("",)})
PLAIN = Profile(summary="plain", roles={"worker": "", "tracker": ""})
ADDING = msgspec.structs.replace(PLAIN, added=frozenset({"tracker"}))


def test_a_view_travels_as_json() -> None:
    data = msgspec.json.encode(VIEW)
    assert msgspec.json.decode(data, type=ClusterView) == VIEW


def test_a_view_tells_every_port_of_a_task() -> None:
    first = TaskId("worker", 0)
    assert VIEW.address(first) == "n1:20000"
    assert VIEW.address(first, 1) == "n1:20007"
    assert VIEW.endpoint(first, 1) == ("n1", "20007")
    assert VIEW.addresses("worker") == ["n1:20000", "n2:20001"]


def test_an_ipv6_address_has_brackets_only_before_a_port() -> None:
    first = TaskId("worker", 0)
    view = ClusterView(1, {"worker": ("[2001:db8::7]:20000,20007",)})
    assert view.address(first, 1) == "[2001:db8::7]:20007"
    assert view.endpoint(first) == ("2001:db8::7", "20000")
    assert view.addresses("worker") == ["[2001:db8::7]:20000"]


def test_who_does_not_listen_has_no_address() -> None:
    silent = [TaskId("ps", 0), TaskId("worker", 2), TaskId("chief", 0)]
    assert [VIEW.address(task) for task in silent] == ["", "", ""]
    assert VIEW.address(TaskId("worker", 1), 1) == ""
    assert VIEW.endpoint(TaskId("ps", 0)) == ("", "")
    assert VIEW.addresses("ps") == VIEW.addresses("chief") == []


def test_a_shape_says_no_more_than_it_is_told() -> None:
    shape = Shape(rendezvous=False)
    assert not shape.services | shape.optional | shape.restarts_alone
    assert shape.ports == {}
    assert shape.failure_rate == 0.0
    assert shape.input_roles == ("chief", "worker")
    assert shape.output_roles == ("chief", "worker", "evaluator", "ps")


def test_a_role_that_the_type_does_not_know_is_refused(
    job: Callable[..., JobSpec],
) -> None:
    assert checked(job(worker=2), PLAIN) == job(worker=2)
    with pytest.raises(ConfigError, match="TENSORFLOW has no role `ps`") as refused:
        checked(job(worker=2, ps=1), ADDING)
    assert refused.value.hint == "its roles: worker; see `xl frameworks`"
    open_type = msgspec.structs.replace(PLAIN, open_roles=True)
    assert checked(job(worker=2, ps=1), open_type) == job(worker=2, ps=1)


def test_several_processes_are_for_types_that_know_them(
    job: Callable[..., JobSpec],
) -> None:
    four = job(JobOptions(processes=4), worker=1)
    with pytest.raises(ConfigError, match="--nproc-per-container"):
        checked(four, PLAIN)
    able = msgspec.structs.replace(PLAIN, processes=True)
    assert checked(four, able) == four


def test_a_job_of_services_alone_is_refused(job: Callable[..., JobSpec]) -> None:
    both = job(scheduler=1, worker=2)
    shape = Shape(rendezvous=False, services=frozenset({"worker"}))
    assert ended_by_somebody(both, shape) is both
    endless = Shape(
        rendezvous=False,
        services=frozenset({"worker"}),
        optional=frozenset({"scheduler"}),
    )
    with pytest.raises(ConfigError, match="scheduler and worker only serve others"):
        ended_by_somebody(both, endless)
