from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.local.world import World, ask, two_queues
from xlearning.hadoop.records import NodeState
from xlearning.hadoop.resource import Resource
from xlearning.local import clock, lifecycle, masters
from xlearning.local.applications import AppState, AttemptState

NAMES = (
    *("submit", "beat", "register", "ask", "end", "kill", "finish", "lose"),
    *("release", "tick", "decommission", "back", "restart"),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.integers(0, 7), st.integers(0, 5)),
    max_size=60,
)


def step(world: World, name: str, which: int, amount: int) -> None:
    """Do one thing, if it can be done."""
    apps = list(world.cluster.applications.values())
    app = apps[which % len(apps)] if apps else None
    live = app is not None and not app.ended and app.attempts
    running = live and app is not None and app.attempt.state is AttemptState.RUNNING
    if name == "submit":
        world.submit("prod" if which % 2 else "default", keep=bool(amount % 2))
    elif name == "beat":
        world.beat(which % 3 + 1)
    elif name == "tick":
        world.tick(amount * 10_000)
    elif name == "restart":
        world.restart()
    elif name in ("lose", "decommission", "back"):
        change_node(world, name, which % 3 + 1)
    elif app is None or not live:
        return
    elif name == "register" and app.attempt.state is AttemptState.LAUNCHED:
        world.register(app)
    elif name == "kill":
        lifecycle.kill(world.cluster, app, "killed", world.now)
    elif name == "end" and app.attempt.containers:
        ids = sorted(app.attempt.containers)
        world.ended(ids[amount % len(ids)], amount)
    elif name == "finish" and running:
        end = ("SUCCEEDED", "", "")
        masters.finish(world.cluster, app.attempt.id, end, world.now)
    elif name == "ask" and running:
        world.ask(app, ask(amount, Resource(1024, 1, which % 2), which % 3))
        world.start(app)
    elif name == "release" and running and app.attempt.containers:
        given = sorted(app.attempt.containers.keys() - {app.attempt.master})
        world.ask(app, releases=tuple(given[:amount]))


def change_node(world: World, name: str, number: int) -> None:
    node = world.node(number)
    if name == "lose" and node.alive:
        clock.node_gone(world.cluster, node.node_id, world.now)
    elif name == "decommission" and node.alive:
        clock.decommission(world.cluster, node.node_id, world.now)
    elif name == "back" and node.state is NodeState.LOST:
        node.state = NodeState.RUNNING
        clock.add_node(world.cluster, node, world.now)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_the_books_agree_whatever_happens(steps: list[tuple[str, int, int]]) -> None:
    world = World(3, settings=two_queues(am_expiry_ms=100_000))
    for name, which, amount in steps:
        step(world, name, which, amount)
        world.perform()
        world.check()


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_states_only_go_forward(steps: list[tuple[str, int, int]]) -> None:
    world = World(3, settings=two_queues())
    ended: dict[str, AppState] = {}
    for name, which, amount in steps:
        step(world, name, which, amount)
        world.perform()
        for app in world.cluster.applications.values():
            if app.ended:
                assert ended.setdefault(app.id, app.state) is app.state
