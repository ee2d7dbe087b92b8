from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.local.live import Live


def test_a_master_s_variables(live: Live) -> None:
    command = (
        "echo web={{APPLICATION_WEB_PROXY_BASE}} host={{NM_HOST}} >&2; "
        "test -n {{APP_SUBMIT_TIME_ENV}}; exit 4"
    )
    application_id = live.submit(command)
    app = live.wait(application_id, lambda app: app["state"] == "FAILED")
    assert f"web=/proxy/{application_id} host=127.0.0." in app["diagnostics"]


def test_logs_are_collected_after_the_end(live: Live) -> None:
    application_id = live.submit("echo x > <LOG_DIR>/stdout")
    live.wait(application_id, lambda app: app["logAggregationStatus"] == "SUCCEEDED")
    number = application_id[-4:]
    folder = live.home.path / "logs/alice/bucket-logs-tfile" / number / application_id
    assert [path.name.startswith("127.0.0.") for path in folder.iterdir()] == [True]
