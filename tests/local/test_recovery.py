from __future__ import annotations

from dataclasses import replace

import pytest

from tests.local.world import STARTED, World, ask, two_queues
from xlearning.errors import ClusterError
from xlearning.local import clock, lifecycle, masters
from xlearning.local.applications import Application, AppState, AttemptState
from xlearning.local.cluster import EndApplication, StopContainer
from xlearning.local.recovery import LOST_MASTER
from xlearning.local.settings import RmSettings


def again(world: World, app: Application) -> Application:
    """Return an application after a restart."""
    return world.cluster.applications[app.id]


def ended(world: World) -> list[str]:
    return [a.application_id for a in world.actions if isinstance(a, EndApplication)]


def test_a_job_goes_on_when_its_master_has_registered_again() -> None:
    world = World()
    before = world.run()
    [container] = world.get(before, ask()).containers
    world.start(before)
    world.restart()
    app = again(world, before)
    assert app.state == "ACCEPTED"
    with pytest.raises(ClusterError, match="AM should re-register"):
        masters.allocate(world.cluster, app.attempt.id, masters.Allocate(1), world.now)
    world.register(app)
    assert app.state == "RUNNING"
    assert set(app.attempt.containers) == {
        app.attempt.master,
        container.id,
    }
    [new] = world.get(app, ask()).containers
    assert new.id.epoch == 1
    world.check()


def test_containers_that_were_not_started_are_forgotten() -> None:
    world = World()
    before = world.run()
    world.get(before, ask())
    world.restart()
    app = again(world, before)
    assert set(app.attempt.containers) == {app.attempt.master}
    world.check()


def test_an_end_in_between_is_told() -> None:
    world = World()
    before = world.run()
    [container] = world.get(before, ask()).containers
    world.start(before)
    world.restart()
    app = again(world, before)
    world.ended(container.id, 7)
    world.register(app)
    [end] = world.ask(app).completed
    assert (end.container_id, end.exit_status) == (container.id, 7)


def test_what_was_given_back_before_is_ended() -> None:
    world = World()
    before = world.run()
    [container] = world.get(before, ask()).containers
    world.start(before)
    held = before.attempt.containers[container.id]
    world.cluster.actions.clear()
    lifecycle.write_off(world.cluster, held, -100, "released", world.now)
    world.cluster.actions.clear()  # the process ends before its node hears of it
    world.actions.clear()
    world.restart()
    assert [
        action.container_id
        for action in world.actions
        if isinstance(action, StopContainer)
    ] == [container.id]
    world.check()


def test_a_master_that_its_node_does_not_have_is_followed_by_another() -> None:
    world = World()
    before = world.run()
    assert before.attempt.master is not None
    world.restart(gone=(before.attempt.master,))
    app = again(world, before)
    assert [a.state for a in app.attempts] == [
        AttemptState.FAILED,
        AttemptState.SCHEDULED,
    ]
    assert app.attempts[0].diagnostics == LOST_MASTER
    assert app.failures_ms == []


def test_an_application_without_a_container_yet_gets_one() -> None:
    world = World()
    before = world.submit()
    world.restart()
    world.beat()
    app = again(world, before)
    assert app.attempt.state is AttemptState.LAUNCHED
    assert len(app.attempts) == 1


def test_the_end_of_a_finished_one_is_waited_for() -> None:
    world = World()
    before = world.run()
    end = ("SUCCEEDED", "", "")
    masters.finish(world.cluster, before.attempt.id, end, world.now)
    world.restart()
    app = again(world, before)
    assert masters.finish(world.cluster, app.attempt.id, end, world.now)
    assert ended(world) == []
    assert app.attempt.master is not None
    world.ended(app.attempt.master)
    world.perform()
    assert (app.state, app.final_status) == (AppState.FINISHED, "SUCCEEDED")
    assert ended(world) == [app.id]


def test_a_finished_one_whose_master_ended_in_between() -> None:
    world = World()
    before = world.run()
    end = ("SUCCEEDED", "", "")
    masters.finish(world.cluster, before.attempt.id, end, world.now)
    assert before.attempt.master is not None
    world.restart(gone=(before.attempt.master,))
    app = again(world, before)
    assert (app.state, app.attempt.state) == (
        AppState.FINISHED,
        AttemptState.FINISHED,
    )
    assert ended(world) == [app.id]


def test_logs_that_were_not_collected_are() -> None:
    world = World()
    before = world.run()
    lifecycle.kill(world.cluster, before, "", world.now)
    before.log_aggregation = "SUCCEEDED"
    other = world.run()
    lifecycle.kill(world.cluster, other, "", world.now)
    world.perform()
    world.actions.clear()
    world.restart()
    assert ended(world) == [other.id]


def test_kept_containers_go_to_the_attempt_that_goes_on() -> None:
    world = World()
    before = world.run(keep=True, attempts=2)
    [container] = world.get(before, ask()).containers
    world.start(before)
    assert before.attempt.master is not None
    world.ended(before.attempt.master, 1)
    world.beat()
    world.restart()
    app = again(world, before)
    [kept] = world.register(app).containers
    assert kept.id == container.id
    world.check()


def test_what_runs_for_nobody_is_ended() -> None:
    world = World()
    world.run()
    forgotten = world.run()
    del world.cluster.applications[forgotten.id]
    world.actions.clear()
    world.cluster.leaving.update(forgotten.attempt.containers)
    world.restart()
    stopped = [a.container_id for a in world.actions if isinstance(a, StopContainer)]
    assert stopped == [forgotten.attempt.master]


def test_a_queue_that_is_gone() -> None:
    world = World(settings=two_queues())
    before = world.run("prod")
    world.cluster.settings = RmSettings(STARTED)
    world.restart()
    app = again(world, before)
    assert app.state is AppState.KILLED
    assert app.diagnostics.endswith("prod which no longer exists after restart.")
    world.check()


def test_a_node_that_is_gone() -> None:
    world = World()
    before = world.run()
    node_id = before.attempt.master_node
    assert node_id is not None
    del world.cluster.nodes[node_id]
    world.restart()
    assert len(again(world, before).attempts) == 2
    world.check()


def test_keys_roll_on_from_where_they_were() -> None:
    world = World(settings=replace(RmSettings(STARTED), key_roll_ms=1000))
    world.tick(1)
    world.cluster.rolled_ms = world.now
    clock.tick(world.cluster, world.now + 1000)
    world.restart()
    assert world.cluster.tokens.amrm.next == 2
