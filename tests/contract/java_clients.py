"""Hadoop's own clients, run as they are."""

from __future__ import annotations

import os
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.contract.conftest import USER
from xlearning.cluster.artifacts import cache_folder, find_java, lib_folder
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

CLI = "org.apache.hadoop.yarn.client.cli."
SHELL_RELEASE = "3.4.2"
"""Of DistributedShell, the example application of YARN."""
_SHELL_LIBRARY_RELEASE = "3.4.3"
_TIMEOUT_S = 100.0


@dataclass(frozen=True)
class JavaClients:
    """Runs programs with Hadoop's jars.

    Attributes:
        jars: The class path's part that is Hadoop's.
        conf_dir: The configuration that they read.
        home: Their user's home folder.
    """

    jars: tuple[Path, ...]
    conf_dir: Path
    home: Path

    def run(self, main: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a class and return what it printed."""
        path = ":".join(map(str, (self.conf_dir, *self.jars)))
        options = ["-XX:TieredStopAtLevel=1", f"-Duser.home={self.home}"]
        return subprocess.run(
            [find_java().executable, *options, "-cp", path, main, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
            env={**os.environ, "HADOOP_USER_NAME": USER},
        )

    def output(self, main: str, *arguments: str) -> str:
        """Run a class that must not fail and return what it printed."""
        done = self.run(main, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _absent(what: str) -> NoReturn:
    """Skip a test; `make test` has fetched all, so there it fails."""
    if os.environ.get("XLEARNING_CONTRACT") == "both":
        pytest.fail(what)
    pytest.skip(what)


def _library(release: str) -> Path:
    try:
        find_java()
    except ConfigError as error:
        _absent(str(error))
    library = lib_folder(release)
    if not library.is_dir():
        _absent(f"no jars of Hadoop {release}: `make java` or `xl cluster up`")
    return library


def command_line_clients(conf_dir: Path, home: Path) -> JavaClients:
    """Return `yarn application`, `yarn logs` and the like of Hadoop 3.5."""
    return JavaClients((_library("3.5.0") / "*",), conf_dir, home)


def distributed_shell(conf_dir: Path, folder: Path) -> tuple[JavaClients, Path]:
    """Return DistributedShell and its jar; containers find Hadoop's jars where we do.

    Args:
        conf_dir: The cluster's configuration.
        folder: An empty folder, for its configuration and its home.
    """
    library = _library(_SHELL_LIBRARY_RELEASE)
    name = "hadoop-yarn-applications-distributedshell"
    jar = (
        cache_folder() / f"distributedshell-{SHELL_RELEASE}/{name}-{SHELL_RELEASE}.jar"
    )
    if not jar.is_file():
        _absent(f"no {jar}: scripts/ensure-distributed-shell fetches it")
    own_conf = folder / "conf"
    own_conf.mkdir()
    for file in conf_dir.glob("*-site.xml"):
        (own_conf / file.name).write_bytes(file.read_bytes())
    class_path = f"{own_conf},{library}/*"
    _set_property(own_conf / "yarn-site.xml", "yarn.application.classpath", class_path)
    return JavaClients((library / "*", jar), own_conf, folder), jar


def _set_property(file: Path, name: str, value: str) -> None:
    site = ET.parse(file)
    entry = ET.SubElement(site.getroot(), "property")
    ET.SubElement(entry, "name").text = name
    ET.SubElement(entry, "value").text = value
    site.write(file, encoding="utf-8", xml_declaration=True)
