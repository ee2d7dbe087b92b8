from __future__ import annotations

from pathlib import Path

from xlearning.cluster.status import (
    ClusterStatus,
    DaemonStatus,
    export_lines,
    status_lines,
)


def daemon(name: str, pid: int | None, missing: str = "") -> DaemonStatus:
    web = f"http://{name}:1"
    return DaemonStatus(name, pid, web, missing, Path(f"/c/logs/{name}.log"))


def cluster(*daemons: DaemonStatus) -> ClusterStatus:
    return ClusterStatus(
        home=Path("/c"),
        hadoop="3.5.0",
        conf_dir=Path("/c/conf"),
        fs="hdfs://127.0.0.1:9000",
        resourcemanager="http://127.0.0.1:8088",
        namenode="http://127.0.0.1:9870",
        daemons=daemons,
    )


READY = daemon("namenode", 1)
STARTING = daemon("nodemanager1", 2, "no answer yet")
STOPPED = daemon("nodemanager2", None)


def test_a_cluster_is_up_when_all_its_daemons_are() -> None:
    assert cluster(READY).is_up
    assert not cluster(READY, STARTING).is_up
    assert not cluster(READY, STOPPED).is_down
    assert cluster(STOPPED).is_down


def test_json_has_the_state_in_a_word() -> None:
    assert cluster(READY).to_json()["state"] == "up"
    assert cluster(STOPPED).to_json()["state"] == "down"
    found = cluster(READY, STARTING).to_json()
    assert found["state"] == "partly up"
    assert found["daemons"] == [
        {
            "name": "namenode",
            "state": "ready",
            "pid": 1,
            "web": "http://namenode:1",
            "missing": "",
            "log": "/c/logs/namenode.log",
        },
        {
            "name": "nodemanager1",
            "state": "starting",
            "pid": 2,
            "web": "http://nodemanager1:1",
            "missing": "no answer yet",
            "log": "/c/logs/nodemanager1.log",
        },
    ]


def test_what_up_prints_can_be_evaluated_by_a_shell() -> None:
    lines = export_lines(cluster(READY, STOPPED))
    assert lines[0] == "export HADOOP_CONF_DIR=/c/conf"
    assert all(line.startswith("# ") for line in lines[1:])
    assert "# NodeManager2    http://nodemanager2:1" in lines


def test_what_is_not_ready_says_why() -> None:
    lines = status_lines(cluster(READY, STARTING, STOPPED))
    assert lines[0].split() == ["namenode", "ready", "1", "http://namenode:1"]
    assert lines[1].endswith("(no answer yet)")
    assert lines[2].split()[1:3] == ["stopped", "-"]
