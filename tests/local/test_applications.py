from __future__ import annotations

from tests.local.world import SMALL, World, ask
from xlearning.hadoop.resource import Resource


def test_attempts_count_up() -> None:
    app = World().submit()
    assert str(app.attempt.id) == "appattempt_1700000000000_0001_000001"
    app.begin_attempt(7)
    assert str(app.attempt.id) == "appattempt_1700000000000_0001_000002"
    assert app.attempt.started_ms == 7


def test_an_application_has_what_its_containers_have() -> None:
    world = World()
    app = world.run()
    assert app.used() == SMALL
    world.get(app, ask(2))
    assert app.used() == Resource(768, 3)


def test_container_ids_show_how_often_the_cluster_was_restarted() -> None:
    attempt = World().submit().attempt
    assert str(attempt.new_container_id(0)) == "container_1700000000000_0001_01_000001"
    assert str(attempt.new_container_id(2)) == (
        "container_e02_1700000000000_0001_01_000002"
    )
