from __future__ import annotations

from tests.local.world import STARTED, World, ask
from xlearning.hadoop.records import NodeState
from xlearning.hadoop.resource import Resource
from xlearning.local import clock, masters
from xlearning.local.applications import AppState
from xlearning.local.settings import RmSettings


def test_a_silent_master_is_given_up() -> None:
    world = World(settings=RmSettings(STARTED, am_expiry_ms=10_000, max_attempts=1))
    app = world.run()
    world.tick(9_000)
    assert not app.ended
    world.tick(1_000)
    assert app.state is AppState.FAILED
    assert (
        f"due to ApplicationMaster for attempt {app.attempt.id} timed out. "
        "Failing the application." in app.diagnostics
    )


def test_a_container_that_is_never_started_is_taken_back() -> None:
    world = World(settings=RmSettings(STARTED, allocation_expiry_ms=5_000))
    app = world.run()
    given = world.get(app, ask(1)).containers[0]
    world.tick(5_000)
    (done,) = world.ask(app).completed
    assert (done.container_id, done.exit_status) == (given.id, -100)


def test_a_lifetime_ends_an_application() -> None:
    world = World()
    app = world.run()
    app.lifetime_ms = world.now + 1000
    world.tick(1000)
    assert (app.state, app.diagnostics) == (AppState.KILLED, clock.LIFETIME_EXCEEDED)


def test_a_lost_node_is_told_with_its_containers() -> None:
    world = World()
    app = world.run()
    given = world.get(app, ask(6)).containers
    world.start(app)
    master = app.attempt.master_node
    lost = next(n for n in world.cluster.nodes if n != master)
    clock.node_gone(world.cluster, lost, world.now)
    answer = world.ask(app)
    assert [(n.node_id, n.state) for n in answer.nodes if n.state == "LOST"] == [
        (lost, NodeState.LOST)
    ]
    there = {c.id for c in given if c.node_id == lost}
    assert {c.container_id for c in answer.completed} == there
    assert {(c.exit_status, c.diagnostics) for c in answer.completed} <= {
        (-100, "Container released on a *lost* node")
    }
    world.check()


def test_the_loss_of_the_master_s_node_is_not_its_fault() -> None:
    world = World(settings=RmSettings(STARTED, max_attempts=1))
    app = world.run()
    assert app.attempt.master_node is not None
    clock.node_gone(world.cluster, app.attempt.master_node, world.now)
    assert (app.state, len(app.attempts)) == (AppState.ACCEPTED, 2)
    world.check()


def test_a_decommissioned_node_keeps_what_runs_and_gets_nothing_more() -> None:
    world = World(1)
    app = world.run()
    node_id = world.node(1).node_id
    clock.decommission(world.cluster, node_id, world.now)
    assert world.node(1).state is NodeState.DECOMMISSIONING
    assert world.get(app, ask(1)).containers == ()
    assert app.attempt.master is not None


def test_keys_roll() -> None:
    settings = RmSettings(STARTED, am_expiry_ms=10_000, key_roll_ms=40_000)
    world = World(settings=settings)
    world.tick(0)
    world.tick(40_000)
    assert world.cluster.tokens.amrm.next == 2
    world.tick(14_000)
    assert world.cluster.tokens.amrm.current == 1
    world.tick(1_000)
    assert world.cluster.tokens.amrm.current == 2
    assert world.cluster.tokens.nm.current == 2


def test_a_finished_master_that_stays_is_ended() -> None:
    world = World(settings=RmSettings(STARTED, am_expiry_ms=10_000))
    app = world.run()
    end = ("SUCCEEDED", "", "")
    masters.finish(world.cluster, app.attempt.id, end, world.now)
    world.tick(10_000)
    assert (app.final_status, app.attempt.state) == ("SUCCEEDED", "FINISHED")
    world.check()


def test_a_decommissioned_node_leaves_with_its_last_container() -> None:
    world = World(1, settings=RmSettings(STARTED, preemption=False))
    app = world.run()
    node = world.node(1)
    for _ in "twice":
        clock.decommission(world.cluster, node.node_id, world.now)
        assert node.state == "DECOMMISSIONING"
    assert not node.takes_containers
    world.tick(1)
    assert app.attempt.master is not None
    world.ended(app.attempt.master)
    world.tick(1)
    assert node.state == "DECOMMISSIONED"


def test_an_empty_node_leaves_at_once_and_an_application_without_attempts_stays() -> (
    None
):
    world = World(1)
    failed = world.submit("nowhere")
    clock.decommission(world.cluster, world.node(1).node_id, world.now)
    world.tick(1)
    assert world.node(1).state == "DECOMMISSIONED"
    assert failed.attempts == []


def test_what_leaves_a_lost_node_is_gone_with_it() -> None:
    world = World(2, size=Resource(1024, 8))
    app = world.run()
    given = world.get(app, ask(5)).containers
    world.start(app)
    world.cluster.leaving.update(
        {c.id: app.attempt.containers.pop(c.id) for c in given}
    )
    lost = next(c.node_id for c in given if c.node_id != app.attempt.master_node)
    clock.node_gone(world.cluster, lost, world.now)
    there = {c.node_id for c in world.cluster.leaving.values()}
    assert there == {app.attempt.master_node}
    assert not world.cluster.nodes[lost].containers
