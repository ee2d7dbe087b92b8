from __future__ import annotations

import pytest

from tests.local.world import SMALL, World, ask, two_queues
from xlearning.errors import ClusterError
from xlearning.hadoop.resource import Resource
from xlearning.local import submissions
from xlearning.local.applications import AppState


def test_ids_count_up() -> None:
    cluster = World().cluster
    ids = [submissions.new_application_id(cluster) for _ in range(2)]
    assert ids == ["application_1700000000000_0001", "application_1700000000000_0002"]


def test_attempts_are_limited_by_the_cluster() -> None:
    world = World()
    assert world.submit(attempts=9).submission.max_attempts == 2
    assert world.submit(attempts=-1).submission.max_attempts == 2
    assert world.submit(attempts=1).submission.max_attempts == 1


@pytest.mark.parametrize(
    ("queue", "words"),
    [
        ("nope", "submitted by user alice to unknown queue: nope"),
        ("root", "submitted by user : alice to non-leaf queue : root"),
    ],
)
def test_a_queue_that_takes_nothing(queue: str, words: str) -> None:
    app = World().submit(queue)
    assert app.state is AppState.FAILED
    assert app.diagnostics == f"Application {app.id} {words}"


def test_a_move_takes_the_containers_along() -> None:
    world = World(settings=two_queues())
    app = world.run()
    world.get(app, ask(2))
    submissions.move(world.cluster, app, "root.prod")
    world.check()
    assert world.cluster.used_by("prod") == Resource(768, 3)
    with pytest.raises(ClusterError, match="Queue: nope does"):
        submissions.move(world.cluster, app, "nope")


def test_a_size_below_nothing() -> None:
    with pytest.raises(ClusterError, match=r"resource is less than 0!"):
        World().submit(size=Resource(-1, 1))


def test_priorities_have_a_limit() -> None:
    world = World()
    app = world.submit()
    assert submissions.set_priority(world.cluster, app, 99) == 10
    assert app.submission.resource == SMALL
