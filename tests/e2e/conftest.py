"""A real Hadoop for the session, one after the other where several are asked for.

By default 3.5.0 runs all tests; those marked `releases` also run on 3.4.3 with private
RPC as a user without rights. `XLEARNING_E2E_MATRIX=full` runs all on all, `one` runs
3.5.0 only. `XLEARNING_E2E_CLUSTER=<home>` is a 3.5.0 that is up already
(`scripts/with-hadoop` sets it).
"""

from __future__ import annotations

import getpass
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.hadoop import Hadoop, Setting
from tests.e2e.submission import ROOT
from xlearning.cluster.artifacts import cache_folder
from xlearning.cluster.cluster import Cluster
from xlearning.cluster.spec import ClusterSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = {
    "3.5.0": Setting("3.5.0"),
    "3.4.3-privacy": Setting("3.4.3", "privacy", "alice"),
    "3.5.0-privacy": Setting("3.5.0", "privacy", "alice"),
    "3.4.3": Setting("3.4.3"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the clusters of a test that wants one."""
    if "hadoop" not in metafunc.fixturenames:
        return
    matrix = os.environ.get("XLEARNING_E2E_MATRIX")
    if matrix == "one":
        names = ["3.5.0"]
    elif matrix == "full":
        names = list(SETTINGS)
    else:
        marked = metafunc.definition.get_closest_marker("releases")
        names = list(SETTINGS)[: 2 if marked else 1]
    metafunc.parametrize("hadoop", names, indirect=True, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a Hadoop, and give it the time that a real one takes."""
    for item in items:
        if "hadoop" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.hadoop)
            item.add_marker(pytest.mark.timeout(420))


@pytest.fixture(scope="session")
def hadoop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hadoop]:
    """A running Hadoop; all tests of the session use the same one."""
    name: str = request.param
    setting = SETTINGS[name]
    user = setting.user or getpass.getuser()
    folder = tmp_path_factory.mktemp("clients")
    given = os.environ.get("XLEARNING_E2E_CLUSTER")
    if given and name == "3.5.0":
        yield Hadoop(Cluster(Path(given)), user, folder)
        return
    homes = os.environ.get("XLEARNING_E2E_HOME")
    base = Path(homes) if homes else cache_folder() / "clusters" / "e2e"
    cluster = Cluster(base / name)
    cluster.down(wipe=True)
    conf = {"hadoop.rpc.protection": setting.protection}
    cluster.up(ClusterSpec(hadoop=setting.release, conf=conf))
    try:
        yield Hadoop(cluster, user, folder)
    finally:
        cluster.down(wipe="XLEARNING_E2E_KEEP" not in os.environ)


@pytest.fixture(scope="session")
def tensorflow_bin() -> Path:
    """The folder with a `python` that has TensorFlow."""
    script = ROOT / "scripts" / "ensure-tensorflow"
    printed = subprocess.run([script], check=True, capture_output=True, text=True)
    return Path(printed.stdout.strip())
