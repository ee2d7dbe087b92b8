from __future__ import annotations

import pytest

from tests.local.world import SMALL, STARTED, World, ask, two_queues
from xlearning.errors import ClusterError
from xlearning.hadoop.resource import Resource
from xlearning.local import submissions
from xlearning.local.applications import AppState
from xlearning.local.settings import RmSettings


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


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        (["a"], ""),
        (["a"] * 11, "Too many applicationTags, a maximum of only 10 are allowed!"),
        (
            ["x" * 101],
            f"Tag {'x' * 101} is too long, maximum allowed length of a tag is 100",
        ),
        (["ü"], "A tag can only have ASCII characters! Invalid tag - ü"),
    ],
)
def test_tags(tags: list[str], words: str) -> None:
    assert submissions.wrong_tags(tags) == words


def test_labels() -> None:
    labelled = RmSettings(STARTED, labels=frozenset({"gpu"}))
    submissions.check_label(World(settings=labelled).cluster, "gpu")
    with pytest.raises(ClusterError, match="cluster do not contain , label= x"):
        submissions.check_label(World(settings=labelled).cluster, "x")
    with pytest.raises(ClusterError, match="node label not enabled"):
        submissions.check_label(World().cluster, "x")


def test_a_second_submission_does_nothing() -> None:
    world = World()
    app = world.submit()
    submissions.submit(world.cluster, app.submission, world.now)
    assert list(world.cluster.applications.values()) == [app]


def test_a_lifetime() -> None:
    world = World()
    app = world.submit()
    submissions.set_lifetime(world.cluster, app, 5)
    assert app.lifetime_ms == 5
