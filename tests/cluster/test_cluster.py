"""The last test starts a real cluster; the others need neither Java nor jars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest
import requests

from xlearning.cluster.cluster import Cluster, default_home
from xlearning.cluster.processes import container_processes, living_daemons
from xlearning.cluster.spec import ClusterSpec
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_the_home_folder_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLEARNING_CLUSTER_HOME", str(tmp_path))
    assert default_home() == tmp_path
    monkeypatch.delenv("XLEARNING_CLUSTER_HOME")
    monkeypatch.setenv("XLEARNING_CACHE", str(tmp_path))
    assert default_home() == tmp_path / "clusters" / "default"


@pytest.mark.parametrize("name", ["a b", "a,b", "a:b", "a%b", "a#b"])
def test_paths_that_hadoop_would_misread_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a cluster's home"):
        Cluster(tmp_path / name)


def test_what_is_not_there_is_neither_shown_nor_made(tmp_path: Path) -> None:
    target = Cluster(tmp_path / "none")
    for command in (target.status, lambda: target.stop("nm1"), lambda: target.rm_url):
        with pytest.raises(ConfigError, match="there is no cluster"):
            command()
    said: list[str] = []
    target.down(said.append, wipe=True)
    assert said == [f"cluster {tmp_path}/none: not there"]
    assert not target.layout.home.exists()


def test_a_wipe_leaves_other_folders_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(ConfigError, match="no cluster's home"):
        Cluster(tmp_path).down(wipe=True)
    assert (tmp_path / "data").is_dir()


@pytest.mark.hadoop
@pytest.mark.timeout(400)
def test_a_cluster_comes_up_is_hurt_and_goes_down(tmp_path: Path) -> None:
    target, said = Cluster(tmp_path / "c"), list[str]()
    spec = ClusterSpec(nodes=1, conf={"yarn.nodemanager.log.retain-seconds": "60"})
    try:
        status = target.up(spec, said.append)
        assert status.is_up
        assert sum(": ready after" in line for line in said) == 4
        pids = [daemon.pid for daemon in status.daemons]
        again = target.up(spec, said.append)
        assert said[-1] == "already up"
        assert [daemon.pid for daemon in again.daemons] == pids
        with pytest.raises(ConfigError, match="another cluster runs"):
            target.up(ClusterSpec(nodes=2))

        application = submit(target.rm_url, "exec sleep 617")
        target.kill("nm1")
        assert [d.name for d in target.status().daemons if d.state == "stopped"] == [
            "nodemanager1"
        ]
        target.start("nm1")
        target.stop("rm")
        target.start("rm")
        assert target.status().is_up
        assert container_processes(target.layout), f"{application} does not run"
    finally:
        target.down()
    assert living_daemons(target.layout) == {}
    assert container_processes(target.layout) == []
    assert target.layout.data.is_dir()
    target.down(wipe=True)
    assert not target.layout.home.exists()


def submit(rm_url: str, command: str) -> str:
    """Run a command as an ApplicationMaster and return when its process is there."""
    apps = f"{rm_url}/ws/v1/cluster/apps"
    with requests.Session() as session:
        session.trust_env = False
        user = {"user.name": "alice"}
        answer = session.post(f"{apps}/new-application", params=user, timeout=30)
        application = str(answer.json()["application-id"])
        body = {
            "application-id": application,
            "application-name": "sleep",
            "application-type": "TEST",
            "max-app-attempts": 1,
            "resource": {"memory": 64, "vCores": 1},
            "am-container-spec": {"commands": {"command": command}},
        }
        answer = session.post(apps, params=user, json=body, timeout=30)
        assert answer.status_code == 202
    last = command.split()[-1]
    while not any(last in line for line in _command_lines()):
        pass
    return application


def _command_lines() -> list[list[str]]:
    infos = (process.info for process in psutil.process_iter(["cmdline", "name"]))
    return [info["cmdline"] or [] for info in infos if info["name"] == "sleep"]
