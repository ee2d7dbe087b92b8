from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tests.local.world import World
from xlearning.local.home import Home
from xlearning.local.store import HomeStore, NoStore

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FULL = "/dev/full"


def test_what_is_given_is_written(tmp_path: Path) -> None:
    world, home = World(), Home(tmp_path)
    store = HomeStore(home)
    app = world.run()
    store.application(app)
    store.tokens(world.cluster)
    [saved] = home.applications()
    assert saved.id == app.id
    tokens = home.tokens()
    assert tokens is not None
    assert tokens.amrm.keys == world.cluster.tokens.amrm.keys
    for name in ("tokens.json", f"apps/{app.id}.json"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_what_a_full_disk_does_not_take_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world, home = World(), Home(tmp_path)
    store = HomeStore(home)
    app = world.run()
    store.application(app)
    app.diagnostics = "more"
    written = (
        tmp_path / "apps" / f".{app.id}.json.new",
        tmp_path / ".tokens.json.new",
    )
    for path in written:
        path.symlink_to(FULL)
    with caplog.at_level(logging.WARNING):
        store.application(app)
        store.tokens(world.cluster)
        store.retry()
    assert len(caplog.records) == 2
    assert "No space left on device" in caplog.text
    assert [each.diagnostics for each in home.applications()] == [""]
    assert home.tokens() is None
    for path in written:
        path.unlink()
    store.retry()
    assert [each.diagnostics for each in home.applications()] == ["more"]
    assert home.tokens() is not None


def test_a_store_that_keeps_nothing() -> None:
    world, store = World(), NoStore()
    store.application(world.run())
    store.tokens(world.cluster)
    store.retry()
