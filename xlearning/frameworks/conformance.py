"""What every application type has to keep to, for its own tests and a site's.

    from xlearning.frameworks.conformance import check_adapter

    def test_our_type() -> None:
        check_adapter(MYTYPE, a_job_with_its_roles)

The job is taken through a view in which every task that holds ports listens somewhere
else; no process is started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ConfigError
from xlearning.frameworks.base import ClusterView
from xlearning.job.ids import TaskId

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.frameworks.base import Adapter, Launch, Profile, Shape
    from xlearning.job.spec import JobSpec


_INTERFACE = "eth1"


def check_adapter(adapter: Adapter, job: JobSpec) -> dict[TaskId, Launch]:
    """Take a job through its type, as client, ApplicationMaster and agents do.

    Args:
        adapter: The type.
        job: A job of it as a user gives it: with `--worker-num`, `--ps-num`, …

    Returns:
        What each task starts with, for what only the type's own tests can check.

    Raises:
        AssertionError: The type breaks one of the rules.
        ConfigError: The type refuses the job.
    """
    complete = adapter.complete(job)
    assert adapter.complete(complete) == complete, "completing twice changes the job"
    asked = [role.name for role in job.roles]
    given = [role.name for role in complete.roles]
    assert given[: len(asked)] == asked, "added roles come before the user's"
    _check_refusal(adapter, job)
    shape = adapter.shape(complete)
    _check_shape(shape, complete, adapter.profile)
    view = fake_view(complete, shape)
    launches = {task: adapter.launch(complete, view, task) for task in tasks(complete)}
    for task, launch in launches.items():
        again = adapter.launch(complete, view, task)
        assert again == launch, f"{task.label} is told something else each time"
        _check_launch(launch, adapter.profile, [role.name for role in complete.roles])
        named = launch.environment.get("XL_ROLE")
        assert named == task.role, f"{task.label} has no XL_ROLE"
    if shape.rendezvous:
        _check_places(launches)
    return launches


def tasks(job: JobSpec) -> list[TaskId]:
    """Return all tasks of a job."""
    return [TaskId(role.name, n) for role in job.roles for n in range(role.count)]


def fake_view(job: JobSpec, shape: Shape) -> ClusterView:
    """Return a view in which each task has a host and ports of its own.

    It names an interface, as for a job that wants one.
    """
    if not shape.rendezvous:
        return ClusterView(0, {}, interface=_INTERFACE)
    members: dict[str, tuple[str, ...]] = {}
    for number, role in enumerate(job.roles, 1):
        held = shape.ports.get(role.name, 0)
        members[role.name] = tuple(
            f"{role.name}{index}.example:{_numbers(20000 + 100 * number + index, held)}"
            if held
            else ""
            for index in range(role.count)
        )
    return ClusterView(1, members, interface=_INTERFACE)


def _numbers(first: int, count: int) -> str:
    return ",".join(str(first + 1000 * number) for number in range(count))


def _check_refusal(adapter: Adapter, job: JobSpec) -> None:
    stranger = msgspec.structs.replace(job.roles[0], name="nobody_s_role", count=1)
    odd = msgspec.structs.replace(job, roles=(*job.roles, stranger))
    refusal = ""
    try:
        adapter.complete(odd)
    except ConfigError as error:
        refusal = str(error)
    if adapter.profile.open_roles:
        assert not refusal, "an open type refuses a role"
    else:
        assert refusal, "a role that is not known is taken"
        assert "nobody_s_role" in refusal, "the refusal does not name the role"


def _check_shape(shape: Shape, job: JobSpec, profile: Profile) -> None:
    present = {role.name for role in job.roles}
    assert present <= profile.roles.keys() or profile.open_roles, "unnamed roles"
    assert profile.added <= profile.roles.keys(), "an added role is not described"
    named = {*shape.ports, *shape.services, *shape.optional, *shape.restarts_alone}
    assert named <= profile.roles.keys() | present, "the shape names other roles"
    assert all(count > 0 for count in shape.ports.values()), "roles without ports"
    assert shape.rendezvous or not shape.ports, "ports that nobody is told of"
    assert present - shape.services - shape.optional, "nobody ends the job"
    assert 0.0 <= shape.failure_rate <= 1.0, "no share"


def _check_launch(launch: Launch, profile: Profile, roles: Iterable[str]) -> None:
    known = {
        name.replace("<ROLE>", role.upper())
        for name in profile.variables
        for role in roles
    }
    given = {*launch.environment, *_of_processes(launch)}
    assert given <= known, f"not described: {sorted(given - known)}"
    assert launch.files.keys() <= profile.files.keys(), "a file is not described"
    assert not any(name.startswith(("/", "..")) for name in launch.files), "outside"
    names = [process.name for process in launch.processes]
    assert len(names) == len(set(names)), "two processes of one name"
    working = [each for each in launch.processes if not each.service]
    assert working or not launch.processes, "nobody ends the task"


def _of_processes(launch: Launch) -> set[str]:
    return {name for process in launch.processes for name in process.environment}


def _check_places(launches: Mapping[TaskId, Launch]) -> None:
    """Check that no two processes are told the same about their place."""
    told = [
        msgspec.json.encode(
            [launch.environment | own, launch.files, launch.command], order="sorted"
        )
        for launch in launches.values()
        for own in [process.environment for process in launch.processes] or [{}]
    ]
    assert len(told) == len(set(told)), "two processes have the same place"
