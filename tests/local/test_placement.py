from __future__ import annotations

from tests.local.world import STARTED, World, ask, two_queues
from xlearning.hadoop.resource import Resource
from xlearning.local.cluster import LaunchMaster
from xlearning.local.settings import QueueSpec, RmSettings


def test_a_master_is_launched_with_its_token() -> None:
    world = World(1)
    app = world.submit()
    world.beat()
    (action,) = [each for each in world.actions if isinstance(each, LaunchMaster)]
    assert action.container_id == app.attempt.master
    assert str(action.container_id).endswith("_01_000001")
    owner, _, password = world.cluster.tokens.check_amrm(action.token.identifier)
    assert (owner, password) == (app.attempt.id, action.token.password)


def test_no_node_holds_more_than_it_has() -> None:
    world = World(1, size=Resource(1024, 8))
    app = world.run()
    answer = world.get(app, ask(9))
    assert len(answer.containers) == 3  # and the ApplicationMaster
    assert app.attempt.asks.pending == 6
    world.ended(answer.containers[0].id)
    world.beat()
    assert len(world.ask(app).containers) == 1
    world.check()


def test_no_queue_has_more_than_its_maximum() -> None:
    queues = (QueueSpec("default", 0.5, 0.5), QueueSpec("prod", 0.5))
    world = World(1, settings=RmSettings(STARTED, queues=queues))
    app = world.run()
    assert len(world.get(app, ask(9)).containers) == 3  # of 4 cores one is the AM's


def test_the_queue_with_the_least_of_its_share_comes_first() -> None:
    world = World(1, size=Resource(2048, 8), settings=two_queues())
    rich, poor = world.run(), world.run("prod")
    world.get(rich, ask(3))
    world.ask(rich, ask(1))
    world.ask(poor, ask(1))
    world.node(1).total = Resource(1536, 8)  # room for one more
    world.beat()
    assert len(world.ask(poor).containers) == 1
    assert len(world.ask(rich).containers) == 0


def test_the_higher_priority_comes_first() -> None:
    world = World(1, size=Resource(768, 8))
    first, second = world.run(), world.run()
    world.ask(first, ask(1))
    world.ask(second, ask(1))
    second.priority = 5
    world.beat()
    assert len(world.ask(second).containers) == 1
    assert len(world.ask(first).containers) == 0


def test_a_master_s_label_and_room() -> None:
    settings = RmSettings(STARTED, labels=frozenset({"gpu"}))
    world = World(2, settings=settings, labels={2: "gpu"}, size=Resource(1024, 8))
    app = world.submit(size=Resource(1024, 1))
    world.beat(2)
    assert app.attempt.master is None
    world.beat(1)
    assert app.attempt.master_node == world.node(1).node_id
    other = world.submit(size=Resource(1024, 1))
    world.beat()
    assert other.attempt.master is None
    world.check()
