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
