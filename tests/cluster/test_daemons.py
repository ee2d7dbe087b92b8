from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.cluster.conftest import program
from xlearning.cluster import daemons, processes
from xlearning.cluster.artifacts import Java
from xlearning.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.cluster.site import Site
    from xlearning.cluster.spec import DaemonName


@pytest.fixture
def ready(site: Site) -> Site:
    """A cluster whose folders exist."""
    for folder in site.layout.folders:
        folder.mkdir(parents=True)
    return site


def java_that(home: Path, script: str) -> Java:
    """Return a Java whose program is a shell script."""
    program(home / "bin" / "java", script)
    return Java(home, 17)


def start_and_wait(site: Site, name: DaemonName, java: Java) -> None:
    """Start a daemon that ends at once; it may be gone before it is looked at."""
    started = daemons.start_daemon(site, name, java)
    processes.wait_gone([started.process], 10)
    daemons.require_alive(site, started)


def test_hadoops_own_arguments_stand_behind_the_main_class(site: Site) -> None:
    name = site.spec.daemon("nm2")
    command = daemons.java_command(site, name, Java(site.lib, 17))
    main = command.index("org.apache.hadoop.yarn.server.nodemanager.NodeManager")
    assert command[1] == processes.daemon_mark(site.layout, name)
    assert "-Xmx192m" in command[:main]
    assert "--add-opens=java.base/java.lang=ALL-UNNAMED" in command[:main]
    assert command[main + 1 : main + 3] == ["-D", "yarn.nodemanager.hostname=nm2"]


def test_only_what_hadoop_needs_is_in_its_environment(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/mine")
    for jar in ("b.jar", "a.jar"):
        (tmp_path / jar).touch()
    found = daemons.environment(
        replace(site, lib=tmp_path), Java(tmp_path, 17), tmp_path
    )
    assert "PYTHONPATH" not in found
    assert found["CLASSPATH"] == f"{tmp_path}/a.jar:{tmp_path}/b.jar:{site.layout.conf}"
    assert found["HADOOP_CONF_DIR"] == str(site.layout.conf)


def test_a_daemon_goes_on_without_its_starter(ready: Site, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    java = java_that(tmp_path, f"mkfifo {fifo}; echo up; read line < {fifo}")
    started = daemons.start_daemon(ready, ready.spec.daemon("nn"), java)
    daemons.require_alive(ready, started)
    assert set(processes.living_daemons(ready.layout)) == {"namenode"}
    assert started.process.parent() != psutil.Process()
    processes.kill([started.process])
    with pytest.raises(ClusterError, match="namenode ended while it was starting"):
        daemons.require_alive(ready, started)


def test_the_last_lines_of_a_daemon_that_ended_are_shown(
    ready: Site, tmp_path: Path
) -> None:
    name = ready.spec.daemon("rm")
    log = ready.layout.log(name)
    log.write_text("from another time\n")
    java = java_that(tmp_path, f"echo Port in use >> {log}; echo no heap >&2; exit 1")
    with pytest.raises(ClusterError) as caught:
        start_and_wait(ready, name, java)
    assert caught.value.message == (
        "resourcemanager ended while it was starting:\n  Port in use\n  no heap"
    )
    assert caught.value.hint == f"the whole log: {log}"


def test_a_file_system_is_made_once(ready: Site, tmp_path: Path) -> None:
    current = ready.layout.daemon_data(ready.spec.daemon("nn")) / "current"
    assert not daemons.is_formatted(ready)
    daemons.format_namenode(
        ready, java_that(tmp_path, f"mkdir -p {current}; touch {current}/VERSION")
    )
    assert not daemons.is_formatted(ready), "it was interrupted before its image"
    (current / "fsimage_0000000000000000000.md5").touch()
    assert daemons.is_formatted(ready)


def test_a_failed_format_is_told_of(ready: Site, tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="no space left"):
        daemons.format_namenode(
            ready, java_that(tmp_path, "echo no space left; exit 1")
        )
