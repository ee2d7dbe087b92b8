from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.local.live import Live


def test_logs_of_a_running_container(live: Live) -> None:
    command = "echo 0123456789 > <LOG_DIR>/stdout; touch <LOG_DIR>/ready; exec sleep 60"
    app = live.wait(live.submit(command), lambda app: "amContainerLogs" in app)
    container_id = app["amContainerLogs"].split("/")[-2]
    base = f"/ws/v1/node/containers/{container_id}"
    while "ready" not in live.call("GET", base + "/logs", use="nodes").text:
        assert live.server.pid
    listed = live.call("GET", base + "/logs", use="nodes").json()
    sizes = {
        each["fileName"]: each["fileSize"]
        for each in listed["containerLogsInfo"]["containerLogInfo"]
    }
    assert sizes["stdout"] == "11"
    text = live.call("GET", base + "/logs/stdout", use="nodes").text
    assert text.startswith(f"Container: {container_id} on 127.0.0.")
    assert "LogLength:11\nLogContents:\n0123456789\n\nEnd of LogType:stdout." in text
    shown = live.call("GET", base, use="nodes").json()["container"]
    assert (shown["state"], shown["user"]) == ("RUNNING", "alice")
    missing = live.call("GET", base + "/logs/none", use="nodes")
    assert missing.status_code == 404
    live.kill(app["id"])


def test_the_last_bytes_of_a_log(live: Live) -> None:
    command = "echo 0123456789 > <LOG_DIR>/stdout; exec sleep 60"
    app = live.wait(live.submit(command), lambda app: "amContainerLogs" in app)
    container_id = app["amContainerLogs"].split("/")[-2]
    path = f"/ws/v1/node/containerlogs/{container_id}/stdout"
    while (answer := live.call("GET", path, use="nodes")).status_code != 200:
        assert live.server.pid
    while "LogLength:11" not in live.call("GET", path, use="nodes").text:
        assert live.server.pid
    answer = live.call("GET", path + "?size=-3", use="nodes")
    assert "LogContents:\n89\n\nEnd of" in answer.text
    live.kill(app["id"])


def test_an_unknown_container(live: Live) -> None:
    path = "/ws/v1/node/containers/container_1_0001_01_000001"
    assert live.call("GET", path, use="nodes").status_code == 404
