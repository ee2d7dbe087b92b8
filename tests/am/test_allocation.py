"""Containers: asked for as often as they are missing, given back when too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from xlearning.am.actions import Ask, Launch, ReleaseContainer, StopContainer
from xlearning.am.allocation import PLACEMENT_PATIENCE_S
from xlearning.am.events import (
    AgentAttached,
    ContainerCompleted,
    ContainerStarted,
    InputListed,
    Registered,
    ResourceManagerResynced,
    StartRefused,
    StopRequested,
    Ticked,
)
from xlearning.am.state import Stage
from xlearning.io.locality import Place
from xlearning.io.splits import InputFile
from xlearning.job.ids import TaskId, TryId
from xlearning.job.spec import (
    DataOptions,
    InputHost,
    InputSpec,
    NodeAttribute,
    Placement,
    RoleHost,
)
from xlearning.job.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.am.conftest import Story
    from xlearning.am.actions import Action
    from xlearning.job.spec import JobSpec

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


FILES = [InputFile("d", f"hdfs://nn/{n}", 10, str(n), 7) for n in range(2)]
LISTED = InputListed(
    {"worker-0": (FILES[0],), "worker-1": (FILES[1],)},
    {"worker-0": {"n2": 10}, "worker-1": {"n1": 10, "n3": 10}},
)
HOSTS = (InputHost("n1", "/r1", 0.5), InputHost("n2", "/r2", 0.5))


def with_input(job: JobSpec, *, cached: bool = False) -> JobSpec:
    """Return a job with input."""
    inputs = (InputSpec("d", ("hdfs://nn/",)),)
    data = DataOptions(cache_input=cached)
    return replace(job, inputs=inputs, input_hosts=HOSTS, data=data)


def asks(actions: list[Action]) -> list[Ask]:
    return [action for action in actions if isinstance(action, Ask)]


def test_containers_are_wanted_where_the_input_is(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    story = tell(with_input(job("TENSORFLOW", worker=2, ps=1)))
    each = Place("/r1", 1), Place("/r2", 1), Place("n1", 1), Place("n2", 1)
    asked = asks(story.tell(Registered(1, ())))
    assert asked == [Ask("worker", 2, each), Ask("ps", 1)]
    assert asks(story.tell(LISTED)) == [Ask("worker", 2, each)]
    # The one that is still missing has its input on n2; n3 is no NodeManager's.
    (first,) = story.allocate("worker")[0]
    assert story.state.containers[first].run.task == W1
    story.tell(StartRefused(first, "connection refused"))
    _, actions = story.allocate("worker", "worker")
    assert asks(actions) == []


def test_a_container_is_given_to_the_task_whose_input_is_there(training: Story) -> None:
    training.tell(Registered(1, ()))
    training.tell(LISTED)
    (first, second), _ = training.allocate("worker", "worker")
    assert training.state.containers[first].run.task == W1
    assert training.state.containers[second].run.task == W0
    # It comes back to the place that it had, and elsewhere nothing is near.
    training.tell(StartRefused(first, "connection refused"))
    (again,), _ = training.allocate("worker")
    assert training.state.containers[again].run == TryId(W1, 1)


def test_nothing_is_said_of_places_where_none_is_missing(training: Story) -> None:
    training.tell(Registered(1, ()))
    training.allocate("worker", "worker")
    assert asks(training.tell(LISTED)) == []


def test_a_node_label_goes_without_places(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    spec = with_input(job(worker=2))
    labelled = replace(spec.role("worker"), node_label="fast")
    story = tell(replace(spec, roles=(labelled,)))
    story.tell(Registered(1, ()))
    assert asks(story.tell(LISTED)) == []


def test_a_role_that_is_spread_names_its_hosts_and_fills_none_twice(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    spec = job(worker=3)
    hosts = (RoleHost("n1", "/r1", 1), RoleHost("n2", "/r1", 2))
    spread = replace(spec.role("worker"), hosts=hosts)
    story = tell(replace(spec, roles=(spread,)))
    places = Place("/r1", 3, True), Place("n1", 1, True), Place("n2", 2, True)
    assert asks(story.tell(Registered(1, ()))) == [Ask("worker", 3, places)]
    (first,), _ = story.allocate("worker")
    (again,) = asks(story.tell(StartRefused(first, "connection refused")))
    assert again == Ask("worker", 3, places)
    story.allocate("worker")
    # The others do not come: any host will do, and these are only preferred.
    preferred = Place("/r1", 2), Place("n2", 2)
    story.now += PLACEMENT_PATIENCE_S
    assert asks(story.tell(Ticked())) == [Ask("worker", 2, preferred)]
    assert asks(story.tell(Ticked())) == []
    labelled = replace(spread, node_label="fast")
    story = tell(replace(spec, roles=(labelled,)))
    assert asks(story.tell(Registered(1, ()))) == [Ask("worker", 3)]


def placed(spec: JobSpec, **changes: object) -> JobSpec:
    return replace(spec, roles=(replace(spec.role("worker"), **changes),))


def test_a_packed_role_wants_all_but_the_first_beside_it(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    spec = placed(job(worker=3), placement=Placement.PACK, constrained=True)
    story = tell(spec)
    assert asks(story.tell(Registered(1, ()))) == [Ask("worker", 3, beside=2)]
    (first,), _ = story.allocate("worker")
    # One is lost before there is another: again there must be a first one.
    assert asks(story.tell(StartRefused(first, "connection refused"))) == [
        Ask("worker", 3, beside=2)
    ]
    (first, second), _ = story.allocate("worker", "worker")
    assert asks(story.tell(StartRefused(second, "connection refused"))) == [
        Ask("worker", 2, beside=2)
    ]
    # There is no room beside them: any node will do.
    story.now += PLACEMENT_PATIENCE_S
    assert asks(story.tell(Ticked())) == [Ask("worker", 2)]
    assert asks(story.tell(Ticked())) == []


def test_a_role_that_is_spread_by_constraints_waits_for_nodes(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    spec = placed(job(worker=2), placement=Placement.SPREAD, constrained=True)
    story = tell(spec)
    assert asks(story.tell(Registered(1, ()))) == [Ask("worker", 2)]
    story.now += PLACEMENT_PATIENCE_S
    assert asks(story.tell(Ticked())) == []


def test_hosts_with_attributes_are_the_only_ones_for_ever(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    hosts = (RoleHost("n1", "/r1", 2), RoleHost("n2", "/r1", 0))
    ssd = (NodeAttribute("rm.yarn.io/disk", "ssd"),)
    packed = placed(job(worker=2), hosts=hosts, attributes=ssd)
    story = tell(packed)
    wanted = Place("/r1", 2, True), Place("n1", 2, True)
    assert asks(story.tell(Registered(1, ()))) == [Ask("worker", 2, wanted)]
    story.now += PLACEMENT_PATIENCE_S
    both = Place("/r1", 2, True), Place("n1", 2, True), Place("n2", 2, True)
    assert asks(story.tell(Ticked())) == [Ask("worker", 2, both)]
    anywhere = tuple(replace(host, count=0) for host in hosts)
    story = tell(placed(job(worker=2), hosts=anywhere, attributes=ssd))
    assert asks(story.tell(Registered(1, ()))) == [Ask("worker", 2, both)]


def test_hosts_without_room_for_all_are_only_preferred(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    spec = job(worker=3)
    packed = replace(spec.role("worker"), hosts=(RoleHost("n1", "/r1", 2),))
    story = tell(replace(spec, roles=(packed,)))
    preferred = Place("/r1", 2), Place("n1", 2)
    assert asks(story.tell(Registered(1, ()))) == [Ask("worker", 3, preferred)]


def test_cached_input_is_listed_before_containers_are_asked_for(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    spec = with_input(job("TENSORFLOW", worker=2, ps=1), cached=True)
    story = tell(spec)
    assert asks(story.tell(Registered(1, ()))) == [Ask("ps", 1)]
    (ask,) = asks(story.tell(LISTED))
    assert (ask.role, ask.count) == ("worker", 2)
    _, actions = story.allocate("worker", "ps")
    launches = [action for action in actions if isinstance(action, Launch)]
    assert [launch.share for launch in launches] == [(FILES[1],), ()]


def test_other_input_travels_with_the_assignment(training: Story) -> None:
    training.tell(Registered(1, ()))
    training.tell(LISTED)
    _, (launch,) = training.allocate("worker")
    assert isinstance(launch, Launch)
    assert launch.share == ()
