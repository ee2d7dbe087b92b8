from __future__ import annotations

import msgspec
import pytest

from tests.local.world import World, ask
from xlearning.hadoop.credentials import Credentials
from xlearning.hadoop.launch_context import ContainerLaunchContext
from xlearning.local import lifecycle
from xlearning.local.applications import AppState, AttemptState
from xlearning.local.memory import (
    newest,
    recall,
    recall_tokens,
    remember,
    remember_tokens,
)
from xlearning.local.tokens import Tokens


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
    assert (found.kill, found.attempt.finished_ms) == ("killed", world.now)


def test_one_that_runs_waits_for_its_master_to_register_again() -> None:
    world = World()
    app = world.run()
    app.lifetime_ms, app.failures_ms = 5, [1, 2]
    found = recall(remember(app), world.now + 5)
    assert (found.state, found.attempt.state) == (
        AppState.ACCEPTED,
        AttemptState.LAUNCHED,
    )
    assert found.submission == app.submission
    assert (found.lifetime_ms, found.failures_ms) == (5, [1, 2])
    before, after = app.attempt, found.attempt
    assert (after.id, after.master, after.master_node, after.tracking_url) == (
        before.id,
        before.master,
        before.master_node,
        before.tracking_url,
    )
    assert not after.registered
    assert after.seen_ms == world.now + 5


def test_an_end_that_may_not_have_been_told_is_told() -> None:
    world = World()
    app = world.run()
    [container] = world.get(app, ask()).containers
    world.ended(container.id, 3)
    [told] = recall(remember(app), world.now).attempt.news.completed
    assert (told.container_id, told.exit_status) == (container.id, 3)


def test_what_was_submitted_is_kept_whole_and_secrets_only_while_it_runs() -> None:
    world = World()
    app = world.submit()
    secrets = Credentials({}, {"job": b"secret"}).to_bytes()
    context = ContainerLaunchContext("run", {"A": "b"}, credentials=secrets)
    app.submission = type(app.submission)(app.id, "alice", context, world.node(1).total)
    assert recall(remember(app), 0).submission.context == context
    lifecycle.kill(world.cluster, app, "", world.now)
    assert recall(remember(app), 0).submission.context.credentials == b""


def test_an_application_that_never_had_an_attempt() -> None:
    app = World().submit("nowhere")
    assert recall(remember(app), 0).attempts == []


def test_tokens_are_good_after_a_restart() -> None:
    world = World()
    tokens, again = world.cluster.tokens, Tokens(lambda count: bytes(count))
    attempt_id, node_id = world.run().attempt.id, world.node(1).node_id
    master = tokens.begin(attempt_id)
    used = tokens.nm_token(attempt_id, node_id, "alice")
    tokens.nm_token_used(used.identifier)
    tokens.amrm.announce()
    recall_tokens(remember_tokens(tokens, 7), again)
    again.begin(attempt_id)
    assert again.check_amrm(master.identifier)[2] == master.password
    assert again.newer_amrm_token(attempt_id, 1) is not None
    for _ in range(3):
        again.nm.announce()
        again.nm.activate(kept=1)
    assert again.check_nm(used.identifier, node_id)[1] == used.password


def test_damage_is_found() -> None:
    app = World().submit()
    saved = remember(app)
    damaged = msgspec.structs.replace(saved, state="NONSENSE")
    with pytest.raises(ValueError, match="NONSENSE"):
        recall(damaged, 0)


def test_so_many_ended_ones_stay() -> None:
    world = World()
    apps = [world.submit(queue) for queue in ("nowhere", "default", "x", "y")]
    saved = [remember(app) for app in apps]
    assert newest(saved, 9) == (saved, [])
    assert newest(saved, 1) == ([saved[1], saved[3]], [saved[0], saved[2]])
