"""The rendezvous: all start together with one view, or each by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.am.actions import Ask, Start, StopContainer, StopTask
from xlearning.am.events import (
    AgentAttached,
    AgentDetached,
    ContainerCompleted,
    InputListed,
    Registered,
    StopRequested,
    TaskEnded,
    TaskReady,
    TaskRunning,
    Ticked,
)
from xlearning.am.rendezvous import ALONE, HOLD_S
from xlearning.frameworks.base import ClusterView
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.am.conftest import Story
    from xlearning.am.actions import Action
    from xlearning.job.spec import JobSpec

PATIENCE_S = 600.0
NO_GPU = Cause(CauseKind.GPU, 0, "no device became free in 60 s")


def starts(actions: list[Action]) -> list[Start]:
    """Return the starts among some actions."""
    return [action for action in actions if isinstance(action, Start)]


def test_independent_tasks_start_when_they_are_ready(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    story = tell(job(worker=2))
    story.tell(Registered(1, ()))
    story.tell(InputListed({}))
    (w0,), _ = story.allocate("worker")
    story.tell(AgentAttached(w0))
    assert story.tell(TaskReady(w0, 0, "")) == [Start((w0,), ALONE)]
    assert story.tell(TaskReady(w0, 0, "")) == [], "it is news only once"


def test_nothing_starts_after_the_verdict(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    for kind in ("XLEARNING", "TENSORFLOW"):
        story = tell(job(kind, worker=1, ps=1))
        story.tell(Registered(1, ()))
        story.tell(InputListed({}))
        containers, _ = story.allocate("worker", "ps")
        for container in containers:
            story.tell(AgentAttached(container))
        story.tell(StopRequested("alice"))
        told = [story.tell(TaskReady(c, 0, "n1:1")) for c in containers]
        assert told == [[], []]


def test_the_view_names_every_address_by_index(training: Story) -> None:
    training.tell(Registered(1, ()))
    training.tell(InputListed({}))
    containers, _ = training.allocate("worker", "worker", "ps")
    for container in containers:
        training.tell(AgentAttached(container))
    w0, w1, ps = containers
    training.tell(TaskReady(ps, 0, "n3:3"))
    training.tell(TaskReady(w1, 0, "n2:2"))
    actions = training.tell(TaskReady(w0, 0, "n1:1"))
    view = ClusterView(1, {"worker": ("n1:1", "n2:2"), "ps": ("n3:3",)})
    assert actions == [Start((w0, w1, ps), view)]


def test_a_view_is_given_once_and_repeated_to_who_comes_back(training: Story) -> None:
    w0, _, _ = training.run("worker", "worker", "ps")
    assert training.tell(Ticked()) == []
    training.tell(AgentDetached(w0))
    (again,) = starts(training.tell(AgentAttached(w0)))
    assert again == Start((w0,), training.state.view or ALONE)
    assert again.view.generation == 1


def test_nobody_waits_for_an_evaluator_that_cannot_come(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    story = tell(job("TENSORFLOW", worker=1, evaluator=1, ps=1))
    story.tell(Registered(1, ()))
    story.tell(InputListed({}))
    (worker, evaluator, ps), _ = story.allocate("worker", "evaluator", "ps")
    for container in (worker, evaluator, ps):
        story.tell(AgentAttached(container))
    story.tell(TaskReady(worker, 0, "n1:1"))
    story.tell(TaskReady(ps, 0, "n1:2"))
    (start,) = starts(story.tell(TaskEnded(evaluator, 0, NO_GPU)))
    assert start.container_ids == (worker, ps)
    assert start.view.members["evaluator"] == ("",)


def held_in_part(story: Story) -> str:
    """Bring one of three to READY at second 10; return its container."""
    story.now = 10.0
    story.tell(Registered(1, ()))
    story.tell(InputListed({}))
    (w0,), _ = story.allocate("worker")
    story.tell(AgentAttached(w0))
    story.tell(TaskReady(w0, 0, "n1:1"))
    return w0


def test_a_gang_that_is_held_in_part_for_long_is_given_back(training: Story) -> None:
    w0 = held_in_part(training)
    assert training.state.next_deadline() is not None
    training.now = 10.0 + PATIENCE_S
    actions = training.tell(Ticked())
    stops = [a for a in actions if isinstance(a, StopContainer | StopTask)]
    assert [action.container_id for action in stops] == [w0]
    assert [a for a in actions if isinstance(a, Ask)] == [
        Ask("worker", 0),
        Ask("ps", 0),
    ]
    assert training.state.total(TaskState.WAITING) == 3
    told = [message.text for message in training.state.messages]
    assert any("2 of 3 containers did not come" in text for text in told)

    training.tell(ContainerCompleted(w0, -105, "Container killed by the AM."))
    training.now += HOLD_S
    assert training.tell(Ticked()) == [Ask("worker", 2), Ask("ps", 1)]


def test_a_gang_that_came_in_time_is_not_given_back(training: Story) -> None:
    w0 = held_in_part(training)
    (w1, ps), _ = training.allocate("worker", "ps")
    for container in (w1, ps):
        training.tell(AgentAttached(container))
        actions = training.tell(TaskReady(container, 0, "n2:1"))
    assert len(starts(actions)) == 1
    for container in (w0, w1, ps):
        training.tell(TaskRunning(container, 0))
    training.now = 10.0 + PATIENCE_S
    assert training.tell(Ticked()) == []


def test_patience_begins_anew_when_nothing_was_held_meanwhile(training: Story) -> None:
    w0 = held_in_part(training)
    training.now = 500.0
    lost = "Container released on a *lost* node"
    training.tell(ContainerCompleted(w0, -100, lost))
    assert training.state.gang_since == 0.0
    training.now = 505.0
    (again,), _ = training.allocate("worker")
    training.tell(AgentAttached(again))
    training.tell(TaskReady(again, 1, "n2:1"))
    training.now = 10.0 + PATIENCE_S
    assert training.tell(Ticked()) == [], "only 105 s of 600 s have passed"
    training.now = 505.0 + PATIENCE_S
    assert training.tell(Ticked()) != []
