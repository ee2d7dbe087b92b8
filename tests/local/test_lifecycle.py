from __future__ import annotations

import pytest

from tests.local.world import World, ask
from xlearning.local import lifecycle, masters
from xlearning.local.applications import AppState, AttemptState
from xlearning.local.cluster import EndApplication


def end_master(world: World, status: int = 1) -> None:
    app = next(iter(world.cluster.applications.values()))
    assert app.attempt.master is not None
    world.ended(app.attempt.master, status)
    world.perform()


def test_an_ended_container_is_told_with_its_exit_code() -> None:
    world = World()
    app = world.run()
    given = world.get(app, ask(1)).containers[0]
    world.ended(given.id, 3)
    done = world.ask(app).completed[0]
    assert (done.container_id, done.exit_status, done.diagnostics) == (
        given.id,
        3,
        "words",
    )
    world.check()


def test_a_master_that_ends_is_started_again_and_then_the_application_fails() -> None:
    world = World()
    app = world.run()
    end_master(world)
    assert (app.state, len(app.attempts)) == (AppState.ACCEPTED, 2)
    world.beat()
    world.register(app)
    end_master(world, 0)
    assert app.state is AppState.FAILED
    assert app.diagnostics.startswith(
        f"Application {app.id} failed 2 times due to AM Container for "
        f"{app.attempts[1].id} exited with  exitCode: 0\nFailing this attempt."
    )
    assert app.diagnostics.endswith(". Failing the application.")
    assert EndApplication(app.id) in world.actions
    world.check()


@pytest.mark.parametrize("status", [-100, -101, -102, -106])
def test_some_ends_are_not_the_master_s_fault(status: int) -> None:
    world = World()
    app = world.run(attempts=1)
    end_master(world, status)
    assert app.state is AppState.ACCEPTED


def test_a_later_attempt_keeps_what_ran() -> None:
    world = World()
    app = world.run(keep=True)
    ran, unstarted = world.get(app, ask(2)).containers
    app.attempt.containers[ran.id].started = True
    end_master(world)
    world.beat()
    known = world.register(app)
    assert [c.id for c in known.containers] == [ran.id]
    assert known.nm_tokens[0].node_id == ran.node_id
    done = world.ask(app).completed[0]
    assert (done.container_id, done.exit_status) == (unstarted.id, -100)
    assert done.diagnostics == "Container of a completed application"
    world.check()


def test_without_it_all_containers_end() -> None:
    world = World()
    app = world.run()
    world.get(app, ask(2))
    world.start(app)
    end_master(world)
    assert not app.attempt.containers
    assert not world.cluster.leaving
    world.check()


def test_a_kill_ends_the_attempt_and_its_tokens() -> None:
    world = World()
    app = world.run()
    world.get(app, ask(1))
    world.start(app)
    lifecycle.kill(world.cluster, app, "killed by the test", world.now)
    world.perform()
    assert (app.state, app.attempt.state) == (AppState.KILLED, AttemptState.KILLED)
    assert app.diagnostics == "killed by the test"
    lifecycle.kill(world.cluster, app, "again", world.now)
    assert app.diagnostics == "killed by the test"
    world.check()


def test_containers_that_are_left_go_with_the_master_after_the_end() -> None:
    world = World()
    app = world.run()
    world.get(app, ask(1))
    world.start(app)
    masters.finish(world.cluster, app.attempt.id, ("SUCCEEDED", "", ""), world.now)
    assert app.attempt.containers
    end_master(world, 0)
    assert not app.attempt.containers
    assert app.attempt.state is AttemptState.FINISHED
    assert EndApplication(app.id) in world.actions
    world.check()


def test_old_failures_are_forgotten() -> None:
    world = World()
    app = world.run()
    app.submission = type(app.submission)(
        **{
            **{f: getattr(app.submission, f) for f in app.submission.__slots__},
            "failures_validity_ms": 10_000,
        }
    )
    for _ in range(3):
        end_master(world)
        assert app.state is AppState.ACCEPTED
        world.now += 12_000
        world.beat()
        world.register(app)
    end_master(world)
    end_master_again = app.attempt.master is None
    assert end_master_again


def test_what_nobody_was_told_of_is_lost_without_a_word() -> None:
    world = World()
    app = world.run()
    world.ask(app, ask(2))
    world.beat()
    for container in list(app.attempt.containers.values()):
        if container.id != app.attempt.master:
            lifecycle.write_off(world.cluster, container, -100, "lost", world.now)
    assert app.attempt.news.allocated == []
    assert world.ask(app).containers == ()
    world.check()


def test_a_silent_master_leaves_its_containers_to_the_next_one() -> None:
    world = World()
    app = world.run(keep=True)
    [kept] = world.get(app, ask()).containers
    world.start(app)
    text = "timed out"
    lifecycle.attempt_failed(world.cluster, app, text, world.now, counts=True)
    assert list(app.attempt.containers) == [kept.id]
    world.perform()
    world.check()


def test_resources_come_back_once() -> None:
    world = World()
    app = world.run()
    assert app.attempt.master is not None
    master = app.attempt.containers.pop(app.attempt.master)
    for _ in "twice":
        world.cluster.take_back(app, master)
    world.check()
