from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.local.live import Live


def test_a_job_s_page_escapes_what_users_say(live: Live) -> None:
    application_id = live.submit("echo '<b>' >&2; exit 3")
    live.wait(application_id, lambda app: app["state"] == "FAILED")
    text = live.call("GET", f"/cluster/app/{application_id}").text
    assert "exitCode: 3" in text
    assert "<b>" not in text


def test_a_node_goes_and_comes_back(live: Live) -> None:
    for state in ("lost", "running"):
        answer = live.call("PUT", f"/local/nodes/127.0.0.2/{state}")
        assert answer.json()["state"] == state.upper()
    assert live.call("PUT", "/local/nodes/127.0.0.2/odd").status_code == 400
    assert live.call("PUT", "/local/nodes/nowhere/lost").status_code == 404
