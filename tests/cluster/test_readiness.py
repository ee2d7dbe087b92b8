from __future__ import annotations

import json
from pathlib import Path

from xlearning.cluster import readiness
from xlearning.cluster.readiness import Json, Readiness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xlearning.cluster.site import Site

DATA = Path(__file__).with_name("data")
"""What a Hadoop 3.5.0 answered: three nodes, their web ports 30316, 30319, 30322."""


def answer(name: str) -> Json:
    """Return what a daemon answered."""
    found: Json = json.loads((DATA / f"{name}-3.5.0.json").read_text())
    return found


def test_a_path_through_an_answer() -> None:
    value: Json = {"a": [{"b": 1}]}
    assert readiness.at(value, "a", 0, "b") == 1
    assert readiness.at(value, "a", 1, "b") is None
    assert readiness.at(value, "x") is None
    assert readiness.at(None, "a") is None


def test_an_active_resourcemanager_is_ready() -> None:
    info = answer("cluster-info")
    assert readiness.parse_resourcemanager(info) == ""
    assert readiness.parse_resourcemanager(None) == "no answer yet"


def test_a_resourcemanager_that_is_not_yet_active_says_so() -> None:
    info: Json = {"clusterInfo": {"state": "STARTED", "haState": "INITIALIZING"}}
    assert readiness.parse_resourcemanager(info) == "STARTED, INITIALIZING"


def test_a_node_is_known_by_its_web_port() -> None:
    nodes = answer("cluster-nodes")
    assert readiness.parse_node(nodes, 30316) == ""
    assert readiness.at(readiness.find_node(nodes, 30316), "id") == "nm1:30317"
    assert "not registered" in readiness.parse_node(nodes, 1)
    assert "not registered" in readiness.parse_node({"nodes": None}, 1)


def test_an_unhealthy_node_gives_its_reason() -> None:
    node: Json = {
        "nodeHTTPAddress": "nm1:1",
        "state": "UNHEALTHY",
        "healthReport": "1/1 local-dirs have errors",
    }
    nodes: Json = {"nodes": {"node": [node]}}
    said = readiness.parse_node(nodes, 1)
    assert said == "UNHEALTHY: 1/1 local-dirs have errors"


def test_the_namenode_knows_its_datanodes() -> None:
    info = readiness.at(answer("namenode-info"), "beans", 0)
    assert readiness.parse_live_datanode(info, 30308) == ""
    assert "not registered" in readiness.parse_live_datanode(info, 1)
    assert "not registered" in readiness.parse_live_datanode(None, 1)


def test_safe_mode_is_told_in_a_line() -> None:
    assert readiness.parse_safe_mode(readiness.at(answer("namenode-info"), 0)) == ""
    text = "Safe mode is ON. \nIt will be turned off automatically."
    assert readiness.parse_safe_mode({"Safemode": text}) == "Safe mode is ON. "


def test_daemons_that_do_not_answer_are_not_ready(site: Site) -> None:
    asked = Readiness(site)
    for name in site.spec.daemons:
        if name.kind is not name.kind.NODEMANAGER:
            assert asked.missing(name, set()) == "no answer yet"
            assert not asked.listens(name, "http")
    assert asked.web(site.spec.daemon("rm")) == "http://127.0.0.1:20008"
