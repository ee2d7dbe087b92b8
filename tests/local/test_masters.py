from __future__ import annotations

from dataclasses import replace

import pytest

from tests.local.world import SMALL, STARTED, World, ask, attempt_id
from xlearning.errors import ClusterError
from xlearning.hadoop.records import ResourceRequest
from xlearning.hadoop.resource import Resource
from xlearning.local import masters
from xlearning.local.applications import AppState
from xlearning.local.settings import RmSettings


def refused(error: pytest.ExceptionInfo[ClusterError]) -> str:
    return error.value.java_class.rpartition(".")[2]


def test_a_container_comes_with_the_heartbeat_after_the_nodes() -> None:
    world = World()
    app = world.run()

    first = world.ask(app, ask(2))
    world.beat()
    second = world.ask(app)
    third = world.ask(app)

    assert first.containers == ()
    assert [c.allocation_request_id for c in second.containers] == [1, 1]
    assert len(second.nm_tokens) == len({c.node_id for c in second.containers})
    assert third.containers == ()
    assert third.response_id == 3


def test_a_lost_answer_is_repeated_and_what_came_with_it_is_not_looked_at() -> None:
    world = World()
    app = world.run()
    world.ask(app, ask(1))
    world.beat()
    answer = world.ask(app)

    said = masters.Allocate(answer.response_id - 1, asks=(ask(5),))
    again = masters.allocate(world.cluster, app.attempt.id, said, world.now)

    assert again is answer
    assert app.attempt.asks.pending == 0


@pytest.mark.parametrize("wrong", [-2, 1, 5])
def test_an_answer_out_of_step_is_refused(wrong: int) -> None:
    world = World()
    app = world.run()
    for _ in range(3):
        answer = world.ask(app)

    said = masters.Allocate(answer.response_id + wrong)
    with pytest.raises(ClusterError, match="Invalid responseId") as error:
        masters.allocate(world.cluster, app.attempt.id, said, world.now)

    assert refused(error) == "InvalidApplicationMasterRequestException"


def test_an_ask_that_no_node_can_serve_changes_nothing() -> None:
    world = World()
    app = world.run()
    big = ask(1, Resource(256, 1, 3))

    with pytest.raises(ClusterError, match=r"Requested resource type=\[yarn.io/gpu\]"):
        world.ask(app, ask(1, priority=2), big)

    assert app.attempt.asks.pending == 0
    assert world.ask(app).response_id == 1


@pytest.mark.parametrize(
    ("given", "java_class"),
    [
        (ask(1, Resource(-1, 1)), "InvalidResourceRequestException"),
        (
            ResourceRequest(1, SMALL, 1, node_label="gpu"),
            "InvalidLabelResourceRequestException",
        ),
    ],
)
def test_asks_that_are_refused(given: ResourceRequest, java_class: str) -> None:
    world = World()
    app = world.run()
    with pytest.raises(ClusterError) as error:
        world.ask(app, given)
    assert refused(error) == java_class


def test_scheduling_requests_have_no_handler() -> None:
    world = World()
    app = world.run()
    said = masters.Allocate(0, asks=(ask(1),), constrained=True)
    with pytest.raises(ClusterError, match="cannot handle placement constraints"):
        masters.allocate(world.cluster, app.attempt.id, said, world.now)
    assert app.attempt.asks.pending == 0


def test_what_is_asked_for_is_rounded_up_and_unknown_types_vanish() -> None:
    world = World()
    app = world.run()
    answer = world.get(app, ask(1, Resource(100, 0, 0, (("a/fpga", 3),))))
    assert answer.containers[0].resource == Resource(128, 1)


def test_a_node_s_token_comes_once() -> None:
    world = World(1)
    app = world.run()
    assert len(world.get(app, ask(1)).nm_tokens) == 1
    assert len(world.get(app, ask(1)).nm_tokens) == 0
    world.cluster.tokens.nm.announce()
    world.cluster.tokens.nm.activate(kept=1)
    assert len(world.get(app, ask(1)).nm_tokens) == 1


def test_a_container_that_is_released() -> None:
    world = World()
    app = world.run()
    given = world.get(app, ask(1)).containers[0]

    answer = world.ask(app, releases=(given.id,))

    done = answer.completed[0]
    assert (done.exit_status, done.diagnostics) == (
        -100,
        "Container released by application",
    )
    world.check()


def test_nobody_releases_another_s_container() -> None:
    world = World()
    one, other = world.run(), world.run()
    given = world.get(one, ask(1)).containers[0]
    with pytest.raises(ClusterError, match="not belonging to this") as error:
        world.ask(other, releases=(given.id,))
    assert refused(error) == "InvalidContainerReleaseException"


def test_all_hosts_cannot_be_avoided() -> None:
    world = World()
    app = world.run()
    with pytest.raises(ClusterError, match=r"Cannot add \* to the blacklist!"):
        world.ask(app, blacklist=("*",))


def test_it_registers_once() -> None:
    world = World()
    app = world.run()
    with pytest.raises(ClusterError, match="already registered : application_"):
        world.register(app)


def test_before_it_registers_it_is_told_to() -> None:
    world = World()
    app = world.submit()
    world.beat()
    with pytest.raises(ClusterError) as error:
        masters.allocate(world.cluster, app.attempt.id, masters.Allocate(0), world.now)
    assert refused(error) == "ApplicationMasterNotRegisteredException"


def test_an_unknown_attempt() -> None:
    with pytest.raises(ClusterError) as error:
        masters.allocate(World().cluster, attempt_id(7), masters.Allocate(0), 0)
    assert refused(error) == "ApplicationAttemptNotFoundException"


def test_the_end_is_told_until_it_is_remembered() -> None:
    world = World()
    app = world.run()
    end = ("FAILED", "it broke", "")

    first = masters.finish(world.cluster, app.attempt.id, end, world.now)
    second = masters.finish(world.cluster, app.attempt.id, end, world.now)

    assert (first, second) == (False, True)
    assert app.state is AppState.FINISHED
    assert (app.final_status, app.diagnostics) == ("FAILED", "it broke")


def test_a_label_is_asked_for_anywhere_only() -> None:
    world = World(settings=RmSettings(STARTED, labels=frozenset({"gpu"})))
    app = world.run()
    request = ResourceRequest(1, SMALL, 1, "n1", node_label="gpu")
    with pytest.raises(ClusterError, match="resource name other than ANY"):
        world.ask(app, request)


def test_a_release_of_what_is_gone_does_nothing() -> None:
    world = World()
    app = world.run()
    assert app.attempt.master is not None
    unknown = replace(app.attempt.master, number=99)
    assert world.ask(app, releases=(unknown,)).completed == ()


def test_no_end_before_a_beginning() -> None:
    world = World()
    app = world.submit()
    world.beat()
    with pytest.raises(ClusterError, match="unregister before registering"):
        masters.finish(world.cluster, app.attempt.id, ("FAILED", "", ""), world.now)
