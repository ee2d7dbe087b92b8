"""Collected logs: our reader and Hadoop's own classes find what containers wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.local.node.conftest import APPLICATION, container_id
from xlearning.io.aggregated_logs import LogFolder, list_logs, read_log
from xlearning.io.local_storage import LocalStorage
from xlearning.local.node.aggregation import LogOwner, aggregate

STORAGE = LocalStorage()
OWNER = LogOwner("alice", "nm1_45454", {"VIEW_APP": "bob", "MODIFY_APP": " "})
READER = Path(__file__).with_name("ReadLogs.java")
SITE = """<configuration>
<property><name>yarn.nodemanager.remote-app-log-dir</name>
<value>file://{remote}</value></property>
<property><name>yarn.log-aggregation-enable</name><value>true</value></property>
<property><name>yarn.resourcemanager.hostname</name><value>127.0.0.1</value></property>
<property><name>yarn.resourcemanager.address</name><value>127.0.0.1:1</value></property>
<property><name>yarn.resourcemanager.connect.max-wait.ms</name>
<value>20</value></property>
<property><name>yarn.resourcemanager.connect.retry-interval.ms</name>
<value>10</value></property>
<property><name>ipc.client.connect.max.retries</name><value>0</value></property>
</configuration>
"""
"""With a ResourceManager that does not answer: the logs are all there is."""
FILES = {
    1: {"stdout": b"line\n" * 100_000, "stderr": b"", "größe.txt": b"\xff"},
    2: {"stdout": bytes(range(256)) * 12_000},
}


def folder_of(root: Path) -> LogFolder:
    """Return where the logs are collected."""
    return LogFolder(str(root / "remote"), "alice", APPLICATION)


def containers(root: Path) -> Path:
    """Write the logs of two containers."""
    logs = root / "logs" / APPLICATION
    for number, files in FILES.items():
        folder = logs / container_id(number)
        folder.mkdir(parents=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    return logs


def found_in(root: Path) -> dict[tuple[str, str], bytes]:
    """Return all logs that were collected."""
    return {
        (log.container_id, log.name): b"".join(read_log(STORAGE, log))
        for log in list_logs(STORAGE, folder_of(root))
    }


def expected() -> dict[tuple[str, str], bytes]:
    """Return what the containers wrote."""
    return {
        (container_id(number), name): data
        for number, files in FILES.items()
        for name, data in files.items()
    }


def test_our_reader_finds_all(tmp_path: Path) -> None:
    path = aggregate(STORAGE, folder_of(tmp_path), containers(tmp_path), OWNER)
    assert path is not None
    assert Path(path).name == "nm1_45454"
    assert Path(path).parent.parent.name == "0007"
    assert found_in(tmp_path) == expected()


def test_the_owner_as_text() -> None:
    assert LogOwner.from_json(OWNER.to_json()) == OWNER


def test_modes(tmp_path: Path) -> None:
    path = aggregate(STORAGE, folder_of(tmp_path), containers(tmp_path), OWNER)
    assert path is not None
    remote = tmp_path / "remote"
    modes = [each.stat().st_mode & 0o7777 for each in (remote, remote / "alice")]
    assert modes == [0o1777, 0o770]
    assert Path(path).stat().st_mode & 0o777 == 0o640


def test_an_earlier_life_of_the_node_is_not_overwritten(tmp_path: Path) -> None:
    logs = containers(tmp_path)
    first = aggregate(STORAGE, folder_of(tmp_path), logs, OWNER)
    second = aggregate(STORAGE, folder_of(tmp_path), logs, OWNER)
    assert second is not None
    assert first is not None
    assert second.startswith(f"{first}_17")
    assert len(list_logs(STORAGE, folder_of(tmp_path))) == 8


def test_nothing_to_collect(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    assert aggregate(STORAGE, folder_of(tmp_path), logs, OWNER) is None
    logs.mkdir()
    assert aggregate(STORAGE, folder_of(tmp_path), logs, OWNER) is None
    assert not (tmp_path / "remote").exists()


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    logs = containers(tmp_path)
    (tmp_path / "remote").write_text("in the way")
    with pytest.raises(OSError, match="remote"):
        aggregate(STORAGE, folder_of(tmp_path), logs, OWNER)
    assert len(list(logs.iterdir())) == 2


@pytest.fixture(scope="session")
def hadoop_lib() -> Path:
    """Hadoop's jars; `xl cluster` fetched them."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    lib = cache / "xlearning" / "hadoop-3.5.0" / "lib"
    if not lib.is_dir() or shutil.which("java") is None:
        pytest.skip("no Java, or Hadoop's jars are not here")
    return lib


@pytest.mark.java
def test_hadoops_own_reader_finds_all(tmp_path: Path, hadoop_lib: Path) -> None:
    path = aggregate(STORAGE, folder_of(tmp_path), containers(tmp_path), OWNER)
    command = ["java", "-cp", f"{hadoop_lib}/*", str(READER), str(path)]
    command.append(str(tmp_path / "out"))
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "owner alice" in lines
    assert "VIEW_APP bob" in lines
    for (container, name), data in expected().items():
        assert (tmp_path / "out" / container / name).read_bytes() == data


@pytest.mark.java
def test_yarn_logs_shows_them(tmp_path: Path, hadoop_lib: Path) -> None:
    aggregate(STORAGE, folder_of(tmp_path), containers(tmp_path), OWNER)
    conf = tmp_path / "conf"
    conf.mkdir()
    (conf / "yarn-site.xml").write_text(SITE.format(remote=f"{tmp_path}/remote"))
    command = [
        "java",
        *("-cp", f"{conf}:{hadoop_lib}/*"),
        "org.apache.hadoop.yarn.client.cli.LogsCLI",
        *("-applicationId", APPLICATION, "-appOwner", "alice"),
        *("-containerId", container_id(1), "-nodeAddress", "nm1:45454"),
        *("-log_files", "stdout"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    assert done.stdout.count("line\n") == 100_000, done.stderr[-2000:]
    assert "LogAggregationType: AGGREGATED" in done.stdout
