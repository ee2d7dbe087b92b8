"""A ZooKeeper from jars, with a program that stands in Java's place."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from xlearning.frameworks.xdl_zookeeper import PROGRAM, SOURCE

if TYPE_CHECKING:
    from pathlib import Path

JAR = "zookeeper-3.8.6.jar"


def run(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the program with a Java that prints its arguments."""
    (folder / PROGRAM).write_text(SOURCE, "utf-8")
    java = folder / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True, exist_ok=True)
    java.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', "utf-8")
    java.chmod(0o755)
    place = {"XL_HOST": "10.0.0.1", "XL_PORT": "20000", "JAVA_HOME": "jdk"}
    return subprocess.run(
        [sys.executable, PROGRAM],
        cwd=folder,
        env=place | variables,
        check=False,
        capture_output=True,
        text=True,
    )


def with_jar(folder: Path, name: str = JAR) -> str:
    """Put a jar into a folder and return the folder."""
    folder.mkdir(parents=True)
    (folder / name).touch()
    return str(folder)


def class_path(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the entries of the class path that Java was given."""
    words = done.stdout.splitlines()
    return words[words.index("-cp") + 1].split(":")


def test_it_listens_where_the_agent_holds_a_port(tmp_path: Path) -> None:
    home = with_jar(tmp_path / "zk")
    done = run(tmp_path, ZOOKEEPER_HOME=home)
    assert (done.returncode, done.stderr) == (0, "")
    main = "org.apache.zookeeper.server.ZooKeeperServerMain"
    assert done.stdout.splitlines()[-2:] == [main, "zookeeper.cfg"]
    told = (tmp_path / "zookeeper.cfg").read_text("utf-8").splitlines()
    assert "clientPort=20000" in told
    assert "clientPortAddress=10.0.0.1" in told
    assert f"dataDir={tmp_path}/zookeeper" in told


def test_jars_are_where_yarn_looks_for_those_of_applications(tmp_path: Path) -> None:
    jars = with_jar(tmp_path / "hadoop" / "lib")
    value = "$HADOOP_CONF_DIR, {{HADOOP_HOME}}/lib/*"
    (tmp_path / "yarn-site.xml").write_text(
        "<configuration><property><name>yarn.application.classpath</name>"
        f"<value>{value}</value></property></configuration>"
    )
    hadoop = {"HADOOP_CONF_DIR": str(tmp_path), "HADOOP_HOME": f"{tmp_path}/hadoop"}
    assert class_path(run(tmp_path, **hadoop)) == [str(tmp_path), f"{jars}/*"]


def test_jars_are_where_hadoop_has_them_by_default(tmp_path: Path) -> None:
    jars = with_jar(tmp_path / "share" / "hadoop" / "common" / "lib")
    (tmp_path / "yarn-site.xml").write_text("<configuration/>")
    home = str(tmp_path)
    done = run(tmp_path, HADOOP_CONF_DIR=home, HADOOP_COMMON_HOME=home)
    assert class_path(done) == [f"{home}/share/hadoop/common/*", f"{jars}/*"]
    assert done.stderr == ""


@pytest.mark.parametrize("name", ["zookeeper.jar", "zookeeper-3.4.14.jar"])
def test_a_folder_of_the_user_s_own_is_taken(tmp_path: Path, name: str) -> None:
    with_jar(tmp_path / "zk" / "lib", name)
    assert class_path(run(tmp_path, ZOOKEEPER_HOME="zk")) == ["zk/*", "zk/lib/*"]


def test_a_folder_without_zookeeper_s_jar_is_named(tmp_path: Path) -> None:
    home = with_jar(tmp_path / "zk", "zookeeper-jute-3.8.6.jar")
    done = run(tmp_path, ZOOKEEPER_HOME=home)
    assert done.returncode == 1
    assert f"no jar of ZooKeeper in {home}: name a folder" in done.stderr


@pytest.mark.parametrize("site", ["", "<configuration>"], ids=["none", "broken"])
def test_a_node_where_yarn_s_configuration_cannot_be_read(
    tmp_path: Path, site: str
) -> None:
    if site:
        (tmp_path / "yarn-site.xml").write_text(site)
    done = run(tmp_path, HADOOP_CONF_DIR=str(tmp_path))
    first, last = done.stderr.splitlines()
    assert first.startswith("yarn-site.xml: ")
    assert "no jar of ZooKeeper in Hadoop's $HADOOP_COMMON_HOME/share/" in last


def test_a_node_without_java_is_told(tmp_path: Path) -> None:
    home = with_jar(tmp_path / "zk")
    done = run(tmp_path, ZOOKEEPER_HOME=home, JAVA_HOME="nowhere")
    expected = "nowhere/bin/java: No such file or directory; ZooKeeper needs Java\n"
    assert (done.returncode, done.stderr) == (1, expected)
