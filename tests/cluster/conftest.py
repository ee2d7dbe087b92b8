"""A cluster that is only described: no process, no jar."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xlearning.cluster.layout import Layout
from xlearning.cluster.ports import row_from
from xlearning.cluster.site import Site
from xlearning.cluster.spec import ClusterSpec

if TYPE_CHECKING:
    from collections.abc import Callable


def described(spec: ClusterSpec, home: Path) -> Site:
    """Return a site with ports from 20000 on."""
    return Site(
        spec=spec,
        layout=Layout(home),
        ports=row_from(20000, spec.port_keys),
        own_host_names=True,
        user="tester",
        lib=Path("/cache/lib"),
    )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A cluster of two nodes and two DataNodes."""
    return described(ClusterSpec(nodes=2, datanodes=2), tmp_path)


@pytest.fixture
def site_of(site: Site) -> Callable[[ClusterSpec], Site]:
    """The same with another spec."""

    def build(spec: ClusterSpec) -> Site:
        ports = row_from(20000, spec.port_keys)
        return replace(site, spec=spec, ports=ports)

    return build


def program(path: Path, script: str) -> Path:
    """Write a shell script that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def java_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A JAVA_HOME whose `java` only says that it is 17."""
    home = tmp_path / "jdk"
    program(home / "bin" / "java", "echo 'openjdk version \"17.0.15\"' >&2")
    monkeypatch.setenv("JAVA_HOME", str(home))
    return home
