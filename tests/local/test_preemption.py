from __future__ import annotations

from tests.local.world import World, ask, two_queues
from xlearning.hadoop.resource import Resource

GPU = Resource(256, 1, 1)


def crowded() -> World:
    """Return two nodes whose four GPUs the queue `default` has."""
    world = World(settings=two_queues(preemption_wait_ms=3000))
    app = world.run()
    assert len(world.get(app, ask(4, GPU)).containers) == 4
    world.start(app)
    return world


def test_what_a_queue_is_owed_is_announced_then_taken_newest_first() -> None:
    world = crowded()
    greedy = next(iter(world.cluster.applications.values()))
    newest = max(greedy.attempt.containers)
    owed = world.run("prod")
    world.ask(owed, ask(1, GPU))
    world.tick(300)

    told = world.ask(greedy)
    assert told.preempted == (newest,)
    assert world.ask(greedy).preempted == ()
    world.tick(2000)
    assert world.ask(greedy).completed == ()
    world.tick(1500)

    (done,) = world.ask(greedy).completed
    assert (done.container_id, done.exit_status) == (newest, -102)
    assert done.diagnostics == "Container preempted by scheduler"
    world.beat()
    assert len(world.ask(owed).containers) == 1
    world.check()


def test_nothing_is_taken_where_there_is_room() -> None:
    world = World(settings=two_queues())
    app = world.run()
    world.get(app, ask(3, GPU))
    owed = world.run("prod")
    world.ask(owed, ask(1, GPU))
    world.tick(300)
    assert world.ask(app).preempted == ()


def test_a_queue_above_its_share_is_owed_nothing() -> None:
    world = crowded()
    greedy = next(iter(world.cluster.applications.values()))
    owed = world.run("prod")
    world.ask(owed, ask(2, GPU), ask(9, GPU, priority=2))
    world.tick(300)
    assert len(world.ask(greedy).preempted) == 2
