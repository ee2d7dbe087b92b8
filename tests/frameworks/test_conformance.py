"""Every type keeps to the rules, and the rules find who does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from xlearning.frameworks.base import Launch, Process, Profile, Shape, checked
from xlearning.frameworks.conformance import check_adapter, fake_view, tasks
from xlearning.frameworks.generic import GENERIC, Generic, place
from xlearning.frameworks.pytorch import PyTorch
from xlearning.frameworks.registry import OWN_TYPES, adapter
from xlearning.job.ids import TaskId
from xlearning.job.spec import JobOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.frameworks.base import Adapter, ClusterView
    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]


def jobs_of(maker: Maker, type_: Adapter) -> list[JobSpec]:
    """Return jobs with one and with several tasks of the roles that users ask for."""
    asked = [name for name in type_.profile.roles if name not in type_.profile.added]
    few, many = dict.fromkeys(asked, 1), dict.fromkeys(asked, 3)
    options = [JobOptions(), JobOptions(distribution_strategy=True)]
    if type_.profile.processes:
        options.append(JobOptions(processes=4))
    plain = [
        maker(o, **counts) for o in options for counts in (few, many, {"worker": 2})
    ]
    return plain


@pytest.mark.parametrize("name", OWN_TYPES)
def test_each_of_our_types_keeps_to_the_rules(job: Maker, name: str) -> None:
    type_ = adapter(name)
    for each in jobs_of(job, type_):
        each = msgspec.structs.replace(each, application_type=name)
        launches = check_adapter(type_, each)
        assert set(tasks(each)) <= set(launches)


def test_a_job_of_declared_roles_keeps_to_them(job: Maker) -> None:
    plain: JobSpec = job(scheduler=1, worker=3, driver=1)
    scheduler, worker, driver = plain.roles
    scheduler = msgspec.structs.replace(scheduler, ports=2, service=True)
    roles = (scheduler, msgspec.structs.replace(worker, ports=1), driver)
    launches = check_adapter(GENERIC, msgspec.structs.replace(plain, roles=roles))
    driver_told = launches[TaskId("driver", 0)].environment
    assert driver_told["XL_SCHEDULER_ADDRESS"] == "scheduler0.example:20100"


def test_a_view_without_a_rendezvous_is_empty(job: Maker) -> None:
    assert fake_view(job(worker=2), Shape(rendezvous=False)).members == {}


class Secretive(Generic):
    """Tells a task what its profile does not mention."""

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        return Launch(place(job, view, task) | {"SECRET": "1"})


class Untidy(Generic):
    """Writes a file that its profile does not mention."""

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        return Launch(place(job, view, task), files={"hosts": "n1"})


class Uniform(PyTorch):
    """Tells all processes the same."""

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        return Launch(place(job, view, TaskId("worker", 0)))


class Twins(Generic):
    """Runs two processes of one name."""

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        return Launch(place(job, view, task), processes=(Process("a"), Process("a")))


class Endless(Generic):
    """Has nothing but services."""

    def complete(self, job: JobSpec) -> JobSpec:
        return job

    def shape(self, job: JobSpec) -> Shape:
        return Shape(rendezvous=False, services=frozenset({"worker"}))


class Deaf(Generic):
    """Holds ports that nobody is told of."""

    def shape(self, job: JobSpec) -> Shape:
        return Shape(rendezvous=False, ports={"worker": 1})


class Open(PyTorch):
    """Takes roles that it says it does not know."""

    def complete(self, job: JobSpec) -> JobSpec:
        return job


class Growing(Generic):
    """Adds a task whenever it is asked."""

    def complete(self, job: JobSpec) -> JobSpec:
        role = job.roles[0]
        more = msgspec.structs.replace(role, count=role.count + 1)
        return msgspec.structs.replace(job, roles=(more, *job.roles[1:]))


class Pushy(Generic):
    """Puts its own role before the user's."""

    def complete(self, job: JobSpec) -> JobSpec:
        if job.count("tracker"):
            return job
        tracker = msgspec.structs.replace(job.roles[0], name="tracker", count=1)
        return msgspec.structs.replace(job, roles=(tracker, *job.roles))


class Closed(Generic):
    """Refuses roles that it says it takes."""

    profile = Profile(summary="closed", roles={"worker": ""}, open_roles=True)

    def complete(self, job: JobSpec) -> JobSpec:
        return checked(job, msgspec.structs.replace(self.profile, open_roles=False))


@pytest.mark.parametrize(
    ("type_", "complaint"),
    [
        (Secretive(), "SECRET"),
        (Untidy(), "a file is not described"),
        (Uniform(), "same place"),
        (Twins(), "one name"),
        (Endless(), "nobody ends the job"),
        (Deaf(), "nobody is told"),
        (Open(), "not known is taken"),
        (Growing(), "twice"),
        (Pushy(), "before the user's"),
        (Closed(), "an open type refuses"),
    ],
)
def test_who_does_not_is_found(job: Maker, type_: Adapter, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_adapter(type_, job(worker=2))
