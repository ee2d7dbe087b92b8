from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from xlearning.cluster.layout import Layout
from xlearning.cluster.planning import new_state, running_state, site_of
from xlearning.cluster.spec import ClusterSpec
from xlearning.cluster.state import read_state, write_state
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xlearning.cluster.state import ClusterState

SPEC = ClusterSpec(nodes=1)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """An empty home folder."""
    (tmp_path / "home").mkdir()
    return Layout(tmp_path / "home")


@pytest.fixture
def settle(
    layout: Layout, tmp_path: Path, java_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[ClusterSpec], ClusterState]:
    """Settle a cluster; Java and the jars of two releases seem to be there."""
    monkeypatch.setenv("XLEARNING_CACHE", str(tmp_path))
    for release in ("3.5.0", "3.4.3"):
        (tmp_path / f"hadoop-{release}" / "lib").mkdir(parents=True)

    def run(spec: ClusterSpec) -> ClusterState:
        return new_state(layout, spec, tmp_path / "no-hosts-file", print)

    return run


def test_what_is_settled_is_written_down(
    layout: Layout, settle: Callable[[ClusterSpec], ClusterState]
) -> None:
    state = settle(SPEC)
    assert read_state(layout) == state
    assert not state.own_host_names
    names = {path.name for path in layout.conf.iterdir()}
    assert {"core-site.xml", "yarn-site.xml", "log4j.properties"} <= names
    assert (layout.conf / "webapps" / "hdfs").is_dir()
    port = state.ports["namenode.rpc"]
    assert f"hdfs://127.0.0.1:{port}" in (layout.conf / "core-site.xml").read_text()
    assert site_of(layout, state).ports == state.ports


def test_ports_stay_the_same(
    settle: Callable[[ClusterSpec], ClusterState],
) -> None:
    first = settle(SPEC)
    assert settle(replace(SPEC, node_cores=2)).ports == first.ports


def test_a_port_that_somebody_took_meanwhile_is_replaced(
    settle: Callable[[ClusterSpec], ClusterState],
) -> None:
    first = settle(SPEC).ports
    with socket.create_server(("127.0.0.1", first["namenode.rpc"])):
        second = settle(SPEC).ports
    assert second["namenode.rpc"] != first["namenode.rpc"]
    assert second["namenode.http"] == first["namenode.http"]


def test_a_given_port_that_is_taken_is_told_of(
    layout: Layout, settle: Callable[[ClusterSpec], ClusterState]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"port.* {port} \(namenode.http\)"):
            settle(replace(SPEC, base_port=port))
    assert read_state(layout) is None


def test_data_of_another_release_is_not_touched(
    layout: Layout, settle: Callable[[ClusterSpec], ClusterState]
) -> None:
    state = settle(SPEC)
    with pytest.raises(ConfigError, match=r"the data in .* is of Hadoop 3\.5\.0"):
        settle(replace(SPEC, hadoop="3.4.3"))
    assert read_state(layout) == state


def test_a_running_cluster_is_what_it_is(
    layout: Layout, settle: Callable[[ClusterSpec], ClusterState]
) -> None:
    state = settle(SPEC)
    assert running_state(layout, SPEC, {"namenode"}) == state
    with pytest.raises(ConfigError, match="nodes: 1 here, 2 asked for"):
        running_state(layout, ClusterSpec(nodes=2), {"namenode"})
    layout.state_file.unlink()
    with pytest.raises(ConfigError, match=r"no cluster\.json"):
        running_state(layout, SPEC, {"namenode"})


def test_a_dead_daemons_port_may_not_be_taken(
    layout: Layout, settle: Callable[[ClusterSpec], ClusterState]
) -> None:
    state = settle(SPEC)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        ports = {**state.ports, "namenode.rpc": port}
        write_state(layout, replace(state, ports=ports))
        running_state(layout, SPEC, {"namenode"})
        with pytest.raises(ConfigError, match=f"port {port}"):
            running_state(layout, SPEC, {"resourcemanager"})


def test_a_home_that_cannot_be_written_is_told_of(
    layout: Layout, settle: Callable[[ClusterSpec], ClusterState]
) -> None:
    layout.conf.touch()
    with pytest.raises(ConfigError, match=r"conf.* cannot be written"):
        settle(SPEC)
