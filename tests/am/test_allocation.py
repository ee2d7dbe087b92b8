"""Containers: asked for as often as they are missing, given back when too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.am.actions import Ask, Launch, ReleaseContainer, StopContainer
from xlearning.am.events import (
    AgentAttached,
    ContainerCompleted,
    ContainerStarted,
    InputListed,
    Registered,
    ResourceManagerResynced,
    StartRefused,
    StopRequested,
)
from xlearning.am.state import Stage
from xlearning.job.ids import TaskId, TryId
from xlearning.job.states import TaskState

if TYPE_CHECKING:
    from tests.am.conftest import Story

W0, W1, PS0 = TaskId("worker", 0), TaskId("worker", 1), TaskId("ps", 0)


def test_an_ask_is_told_only_when_it_differs(training: Story) -> None:
    asked = training.tell(Registered(1, ()))
    assert [a for a in asked if isinstance(a, Ask)] == [Ask("worker", 2), Ask("ps", 1)]
    # The ResourceManager counts an ask down as it allocates, and so do we.
    _, launched = training.allocate("worker")
    assert [type(action) for action in launched] == [Launch]
    assert training.state.asked == {"worker": 1, "ps": 1}


def test_a_surplus_container_is_given_back(training: Story) -> None:
    training.tell(Registered(1, ()))
    training.allocate("worker", "worker")
    (surplus,), actions = training.allocate("worker")
    assert actions == [ReleaseContainer(surplus)]
    assert training.state.asked["worker"] == 0


def test_a_container_that_comes_after_the_verdict_is_given_back(
    training: Story,
) -> None:
    training.begin("worker")
    training.tell(StopRequested("alice"))
    (late,), actions = training.allocate("ps")
    assert actions == [ReleaseContainer(late)]


def test_tasks_are_served_by_index_also_after_one_came_back(training: Story) -> None:
    training.tell(Registered(1, ()))
    training.tell(InputListed({}))
    (first, _), _ = training.allocate("worker", "worker")
    refused = training.tell(StartRefused(first, "connection refused"))
    assert refused == [StopContainer(first), Ask("worker", 1)]
    (again,), actions = training.allocate("worker")
    assert actions == [Launch(again, TryId(W0, 1))]


def test_a_start_is_acknowledged_once(training: Story) -> None:
    training.tell(Registered(1, ()))
    (w0,), _ = training.allocate("worker")
    assert training.tell(ContainerStarted(w0)) == []
    assert training.state.containers[w0].stage is Stage.STARTED
    training.tell(AgentAttached(w0))
    training.tell(ContainerStarted(w0))
    assert training.state.containers[w0].stage is Stage.ATTACHED


def test_a_container_that_nobody_knows_is_ended_when_it_starts(training: Story) -> None:
    training.tell(Registered(1, ()))
    unknown = "container_1700000000000_0001_01_000099"
    assert training.tell(ContainerStarted(unknown)) == [StopContainer(unknown)]


def test_a_restarted_resource_manager_is_asked_again_for_what_it_forgot(
    training: Story,
) -> None:
    training.tell(Registered(1, ()))
    (w0, w1), _ = training.allocate("worker", "worker")
    training.tell(ContainerStarted(w1))
    asked = training.tell(ResourceManagerResynced())
    assert asked == [Ask("worker", 1), Ask("ps", 1)]
    assert w0 not in training.state.containers
    assert training.state.tasks[W0].state is TaskState.WAITING
    assert training.state.tasks[W0].number == 1
    assert training.state.tasks[W1].state is TaskState.LAUNCHING
    # The forgotten container was started after all: it must not run beside the new.
    assert training.tell(ContainerStarted(w0)) == [StopContainer(w0)]


def test_a_try_that_was_given_up_before_the_restart_is_forgotten_alone(
    training: Story,
) -> None:
    training.tell(Registered(1, ()))
    (w0,), _ = training.allocate("worker")
    training.tell(StartRefused(w0, "connection refused"))
    (again,), _ = training.allocate("worker")
    training.tell(ContainerStarted(again))
    training.tell(ResourceManagerResynced())
    assert w0 not in training.state.containers
    assert training.state.tasks[W0].container_id == again


def test_a_new_try_knows_nothing_of_the_old_one(training: Story) -> None:
    (w0,) = training.begin("worker")
    training.now = 1.0
    training.tell(ContainerCompleted(w0, -100, "Container released on a *lost* node"))
    task = training.state.tasks[W0]
    assert (task.number, task.state) == (1, TaskState.WAITING)
    assert (task.container_id, task.host, task.address, task.http_address) == ("",) * 4
    assert task.cause is None
