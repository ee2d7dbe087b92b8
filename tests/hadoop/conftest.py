"""What the tests of the wire share: a real cluster, and Hadoop's own classes."""

from __future__ import annotations

import base64
import os
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xlearning.hadoop.records import Token
from xlearning.hadoop.rpc.failover import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JAVA_SOURCES = Path(__file__).parent / "java"


@dataclass(frozen=True)
class Cluster:
    """Where a real Hadoop listens.

    Attributes:
        rest: Web address of its ResourceManager.
        scheduler: RPC address for ApplicationMasters.
    """

    rest: str
    scheduler: Address


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The cluster that HADOOP_CONF_DIR describes; without one the test is skipped."""
    folder = os.environ.get("HADOOP_CONF_DIR")
    if not folder:
        pytest.skip("HADOOP_CONF_DIR names no cluster")
    site = ET.parse(Path(folder) / "yarn-site.xml")
    values = {
        item.findtext("name", ""): item.findtext("value", "")
        for item in site.iter("property")
    }
    return Cluster(
        rest=values["yarn.resourcemanager.webapp.address"],
        scheduler=Address.parse(values["yarn.resourcemanager.scheduler.address"]),
    )


@pytest.fixture(scope="session")
def hadoop_classes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Class path of Hadoop's jars and our Java programs, compiled now.

    The jars are in XLEARNING_HADOOP_LIB, else where `xl cluster` keeps those of 3.5.0.
    """
    usual = Path.home() / ".cache/xlearning/hadoop-3.5.0/lib"
    library = Path(os.environ.get("XLEARNING_HADOOP_LIB", usual))
    if not any(library.glob("hadoop-yarn-api-*.jar")):
        pytest.skip(f"no Hadoop jars in {library}")
    folder = tmp_path_factory.mktemp("classes")
    jars = f"{library}/*"
    sources = map(str, sorted(JAVA_SOURCES.glob("*.java")))
    command = ["javac", "-nowarn", "-cp", jars, "-d", str(folder), *sources]
    try:
        subprocess.run(command, check=True)
    except FileNotFoundError:
        pytest.skip("there is no JDK")
    return f"{folder}:{jars}"


class Java:
    """Runs our Java programs with Hadoop's classes."""

    def __init__(self, class_path: str) -> None:
        self.class_path = class_path

    def command(self, name: str, *arguments: str) -> list[str]:
        """Return the command that runs a program."""
        options = ["-Xshare:auto", "-XX:TieredStopAtLevel=1"]
        return ["java", *options, "-cp", self.class_path, name, *arguments]

    def run(
        self, name: str, *arguments: str, lines: list[str] | None = None
    ) -> list[str]:
        """Run a program and return the lines that it printed."""
        done = subprocess.run(
            self.command(name, *arguments),
            input="".join(f"{line}\n" for line in lines or []),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


@pytest.fixture(scope="session")
def java(hadoop_classes: str) -> Java:
    """Hadoop's own classes, to check against."""
    return Java(hadoop_classes)


@dataclass(frozen=True)
class FakeMaster:
    """A server of Hadoop's classes that takes one token.

    Attributes:
        address: Where it listens.
        token: Whom it knows.
    """

    address: Address
    token: Token


@pytest.fixture
def start_master(java: Java) -> Iterator[Callable[[str], FakeMaster]]:
    """Starts a `FakeMaster` with a given `hadoop.rpc.protection`."""
    started = []

    def start(protection: str = "authentication") -> FakeMaster:
        process = subprocess.Popen(
            java.command("FakeMaster", protection),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        port, identifier, password = process.stdout.readline().split()
        token = Token(base64.b64decode(identifier), base64.b64decode(password))
        return FakeMaster(Address("127.0.0.1", int(port)), token)

    yield start
    for process in started:
        process.communicate()
