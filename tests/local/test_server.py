from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.config.site import load_hadoop

if TYPE_CHECKING:
    from tests.local.live import Live


def test_the_home_says_where_it_is(live: Live) -> None:
    hadoop = load_hadoop(live.home.conf_dir, {})
    port = live.server.ports["web"]
    assert hadoop["yarn.resourcemanager.webapp.address"] == f"127.0.0.1:{port}"
    assert live.home.server_pid() == live.server.pid


def test_what_ends_is_remembered(live: Live) -> None:
    application_id = live.submit("exit 3")
    live.wait(application_id, lambda app: app["state"] == "FAILED")
    saved = {app.id: app.state for app in live.home.applications()}
    assert saved[application_id] == "FAILED"
