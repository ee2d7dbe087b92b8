from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cluster.conftest import program
from xlearning.cluster import artifacts
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

# What Maven 3.8.7 printed for a release that does not exist, shortened.
NO_SUCH_RELEASE = """\
\x1b[0m\x1b[0m[ERROR] [ERROR] Some problems were encountered while processing the POMs:
[ERROR] Non-resolvable import POM: Could not find artifact hadoop-project:pom:3.9.9
[ERROR] 'dependencies.dependency.version' for metrics-core:jar is missing.
"""
COPY = """
for word; do case $word in -DoutputDirectory=*) out=${word#*=};; esac; done
mkdir -p "$out" && touch "$out/a.jar" "$out/b.jar"
"""


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH for a Maven of ours, and a cache of our own."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("XLEARNING_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_292"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ("gij (GNU libgcj)", 0),
    ],
)
def test_javas_version(text: str, major: int) -> None:
    assert artifacts.parse_java_version(text) == major


def test_java_home_comes_before_path(java_home: Path) -> None:
    assert artifacts.find_java() == artifacts.Java(java_home, 17)
    assert artifacts.find_java().executable.is_file()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'java version \"1.8.0_292\"' >&2", "is Java 8; Hadoop needs 17"),
        ("exit 1", "does not run"),
    ],
)
def test_a_java_that_will_not_do_is_told_of(
    java_home: Path, script: str, message: str
) -> None:
    program(java_home / "bin" / "java", script)
    with pytest.raises(ConfigError, match=message) as caught:
        artifacts.find_java()
    assert "apt-get install" in str(caught.value.hint)


def test_no_java_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ConfigError, match="no `java` on PATH"):
        artifacts.find_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ConfigError, match="no `java` in JAVA_HOME"):
        artifacts.find_java()


def test_jars_are_fetched_once(tools: Path) -> None:
    said: list[str] = []
    program(tools / "mvn", COPY)
    lib = artifacts.hadoop_jars("3.5.0", said.append)
    (tools / "mvn").unlink()
    assert artifacts.hadoop_jars("3.5.0", said.append) == lib
    assert sorted(jar.name for jar in lib.iterdir()) == ["a.jar", "b.jar"]
    assert [line.partition(":")[0] for line in said] == ["hadoop 3.5.0"] * 2


def test_no_maven_is_told_of(
    tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(ConfigError, match="no `mvn`") as caught:
        artifacts.hadoop_jars("3.5.0", print)
    assert "apt-get install -y maven" in str(caught.value.hint)


def test_mavens_reason_is_shown_and_nothing_is_left(tools: Path) -> None:
    program(tools / "mvn", f"{COPY}\ncat <<'END'\n{NO_SUCH_RELEASE}END\nexit 1")
    with pytest.raises(ConfigError, match=r"could not get Hadoop 3\.9\.9") as caught:
        artifacts.hadoop_jars("3.9.9", print)
    assert "9: Non-resolvable import POM: Could not find" in caught.value.message
    assert "maven.log" in str(caught.value.hint)
    assert not artifacts.lib_folder("3.9.9").exists()


def test_an_interrupted_download_is_not_taken_for_a_finished_one(tools: Path) -> None:
    program(tools / "mvn", f"{COPY}\nkill -9 $PPID")
    code = "from xlearning.cluster.artifacts import hadoop_jars as h; h('3.5.0', print)"
    killed = subprocess.run([sys.executable, "-c", code], env=os.environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not artifacts.lib_folder("3.5.0").exists()
    program(tools / "mvn", f"{COPY}\nrm $out/b.jar")
    lib = artifacts.hadoop_jars("3.5.0", print)
    assert [jar.name for jar in lib.iterdir()] == ["a.jar"]


def test_a_cache_that_cannot_be_made_is_told_of(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLEARNING_CACHE", str(program(tools / "mvn", COPY)))
    with pytest.raises(ConfigError, match="cannot be used"):
        artifacts.hadoop_jars("3.5.0", print)


def test_a_full_disk_is_told_of(tmp_path: Path) -> None:
    artifacts.require_space(tmp_path, needed_mb=0)
    with pytest.raises(ConfigError, match="MiB left, 1000000000 are needed"):
        artifacts.require_space(tmp_path, needed_mb=10**9)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it said nothing"),
        ("bash: java: not found\n\n", "bash: java: not found"),
        ("[ERROR]\n[ERROR] Failed to execute goal x: y\n", "x: y"),
        ("[ERROR] " + "e" * 500, "e" * 400 + " …"),
    ],
)
def test_mavens_reason(text: str, reason: str) -> None:
    assert artifacts.maven_reason(text) == reason
