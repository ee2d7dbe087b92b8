"""A job to decide on, and a story-teller that feeds events and watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from xlearning.am.decide import decide
from xlearning.am.events import (
    AgentAttached,
    Allocated,
    AnyEvent,
    ContainersAllocated,
    ContainerStarted,
    InputListed,
    Registered,
    TaskReady,
    TaskRunning,
)
from xlearning.am.invariants import Watcher
from xlearning.am.state import JobState, new_state
from xlearning.job.resources import Resources
from xlearning.job.spec import JobSpec, OutputSpec, RoleSpec, RuntimeSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.am.actions import Action

APPLICATION = "application_1700000000000_0001"


def make_job(application_type: str = "XLEARNING", **counts: int) -> JobSpec:
    """Return a job with so many tasks of each role."""
    roles = tuple(
        RoleSpec(name, count, Resources(1024, 1), ("python", "train.py"))
        for name, count in counts.items()
    )
    return JobSpec(
        application_id=APPLICATION,
        name="a job",
        application_type=application_type,
        user="alice",
        queue="default",
        priority=3,
        am=Resources(1024, 1),
        roles=roles,
        staging_url=f"hdfs://nn:8020/tmp/XLearning/staging/{APPLICATION}",
        runtime=RuntimeSpec("/opt/xlearning/bin/python"),
        default_fs="hdfs://nn:8020",
    )


class Story:
    """Tells a job what happens, and checks its invariants after every event.

    Attributes:
        state: The job's state.
        now: The time at which the next event happens, in seconds.
    """

    def __init__(self, spec: JobSpec) -> None:
        self.state: JobState = new_state(spec, 0.0)
        self.now = 0.0
        self._watcher = Watcher(self.state)
        self._numbers = iter(range(2, 1000))

    def tell(self, event: AnyEvent) -> list[Action]:
        """Return what is done about an event."""
        actions = decide(self.state, event, self.now)
        self._watcher.check(event, actions)
        return actions

    def allocate(self, *roles: str) -> tuple[list[str], list[Action]]:
        """Give a container for each role; return their ids and what is done."""
        given = tuple(
            Allocated(
                f"container_1700000000000_0001_01_{next(self._numbers):06}",
                role,
                "n1:45454",
                "n1:8042",
            )
            for role in roles
        )
        actions = self.tell(ContainersAllocated(given))
        return [container.container_id for container in given], actions

    def begin(self, *roles: str) -> list[str]:
        """Register, list no input, and bring a container of each role to READY."""
        self.tell(Registered(1, ("memory-mb", "vcores", "yarn.io/gpu")))
        self.tell(InputListed({}))
        containers, _ = self.allocate(*roles)
        for number, container in enumerate(containers):
            self.tell(ContainerStarted(container))
            self.tell(AgentAttached(container))
            self.tell(TaskReady(container, 0, f"n1:{20000 + number}"))
        return containers

    def run(self, *roles: str) -> list[str]:
        """Bring a container of each role to RUNNING."""
        containers = self.begin(*roles)
        for container in containers:
            self.tell(TaskRunning(container, 0))
        return containers


@pytest.fixture
def job() -> Callable[..., JobSpec]:
    """Return the maker of jobs: `job("TENSORFLOW", worker=2, ps=1)`."""
    return make_job


@pytest.fixture
def tell() -> Callable[[JobSpec], Story]:
    """Return the maker of stories."""
    return Story


@pytest.fixture
def training() -> Story:
    """Return two workers, one parameter server and one output, untouched."""
    spec = make_job("TENSORFLOW", worker=2, ps=1)
    outputs = (OutputSpec("hdfs://nn:8020/out", "model"),)
    return Story(msgspec.structs.replace(spec, outputs=outputs))
