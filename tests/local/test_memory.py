from __future__ import annotations

from tests.local.world import World
from xlearning.local import lifecycle
from xlearning.local.applications import AppState
from xlearning.local.memory import LOST, recall, remember


def test_an_ended_application_comes_back_as_it_was() -> None:
    world = World()
    app = world.run()
    lifecycle.kill(world.cluster, app, "killed", world.now)
    found = recall(remember(app), world.now + 5)
    assert (found.id, found.state, found.diagnostics, found.finished_ms) == (
        app.id,
        AppState.KILLED,
        "killed",
        app.finished_ms,
    )


def test_one_that_ran_has_ended_with_the_process() -> None:
    world = World()
    found = recall(remember(world.run()), world.now + 5)
    assert (found.state, found.diagnostics) == (AppState.KILLED, LOST)
    assert found.finished_ms == world.now + 5
