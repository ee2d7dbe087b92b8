"""Roles that are placed by YARN's constraints, on a Hadoop that takes them."""

from __future__ import annotations

import getpass
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.e2e.hadoop import Hadoop
from tests.e2e.waiting import eventually
from xlearning.client.placement import HANDLER
from xlearning.cluster.artifacts import cache_folder, find_java
from xlearning.cluster.cluster import Cluster
from xlearning.cluster.spec import ClusterSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.hadoop, pytest.mark.timeout(420)]

RELEASE = "3.5.0"
ATTRIBUTES = " ".join(
    f"nm{number}:disk(STRING)={disk}"
    for number, disk in enumerate(("ssd", "ssd", "hdd"), start=1)
)
SMALL = ("--app-type", "GENERIC", "--am-memory", "256M")
Snapshot = dict[str, Any]


@pytest.fixture(scope="module")
def constrained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hadoop]:
    """A Hadoop whose scheduler handles constraints; its nodes have attributes."""
    homes = os.environ.get("XLEARNING_E2E_HOME")
    home = Path(homes or cache_folder() / "clusters" / "e2e") / "placement"
    cluster = Cluster(home)
    cluster.down(wipe=True)
    attributes = tmp_path_factory.mktemp("attributes")
    conf = {
        HANDLER: "scheduler",
        "yarn.node-attribute.fs-store.root-dir": f"file://{attributes}",
    }
    cluster.up(ClusterSpec(hadoop=RELEASE, conf=conf))
    try:
        _give_attributes(cluster)
        folder = tmp_path_factory.mktemp("clients")
        yield Hadoop(cluster, getpass.getuser(), folder)
    finally:
        cluster.down(wipe=True)


def _give_attributes(cluster: Cluster) -> None:
    jars = cache_folder() / f"hadoop-{RELEASE}" / "lib" / "*"
    command = "org.apache.hadoop.yarn.client.cli.NodeAttributesCLI"
    class_path = f"{cluster.conf_dir}:{jars}"
    java = str(find_java().executable)
    subprocess.run([java, "-cp", class_path, command, "-add", ATTRIBUTES], check=True)


def snapshot(hadoop: Hadoop, application_id: str) -> Snapshot:
    """Return what the ApplicationMaster says, nothing before it does."""
    url = f"{hadoop.cluster.rm_url}/proxy/{application_id}/api/job"
    answer = requests.get(url, timeout=30)
    is_json = "json" in answer.headers.get("Content-Type", "")
    found: Snapshot = answer.json() if answer.ok and is_json else {"tasks": []}
    return found


def hosts(found: Snapshot, role: str = "w") -> list[str]:
    """Return the hosts of the tasks of a role that have a container."""
    return [t["host"] for t in found["tasks"] if t["role"] == role and t["host"]]


class Job:
    """A job that runs until it is stopped."""

    def __init__(self, hadoop: Hadoop, *arguments: str) -> None:
        self.client = hadoop.start("xl-submit", *SMALL, *arguments)
        self.id = self.client.application_id()
        self._hadoop = hadoop

    def until(self, holds: Callable[[Snapshot], bool]) -> Snapshot:
        """Wait until something holds; return the snapshot."""
        found: list[Snapshot] = []

        def looked() -> bool:
            found.append(snapshot(self._hadoop, self.id))
            return holds(found[-1])

        eventually(looked, lambda: str(found[-1]), 90.0)
        return found[-1]

    def stop(self) -> None:
        stopped = self._hadoop.xl("stop", self.id)
        assert stopped.code == 0, stopped.text
        self.client.wait()


@pytest.fixture
def start(constrained: Hadoop) -> Iterator[Callable[..., Job]]:
    """Return what starts a job; all are stopped at the end."""
    jobs: list[Job] = []

    def begin(*arguments: str) -> Job:
        jobs.append(Job(constrained, *arguments))
        return jobs[-1]

    yield begin
    for job in jobs:
        job.stop()
        constrained.assert_nothing_left(job.id)


def role(fields: str, name: str = "w") -> tuple[str, str]:
    return "--role", f"{name}:memory=128M,cmd=sleep 600,{fields}"


def test_a_spread_role_has_a_node_for_each_and_the_others_wait(
    start: Callable[..., Job],
) -> None:
    job = start(*role("num=4,placement=spread"))
    found = job.until(lambda now: len(hosts(now)) == 3)
    assert sorted(hosts(found)) == ["nm1", "nm2", "nm3"]
    words = "w 3 waiting for a container of 128 MiB, 1 core on a node without another w"
    assert words in [waiting["what"] for waiting in found["waiting_on"]]
    assert "1 of 4 tasks wait, with 3 nodes that will do" in job.client.seen().stderr


def test_a_packed_role_is_on_one_node(start: Callable[..., Job]) -> None:
    # The other one is asked for plainly: YARN would lose what is in the same call.
    job = start(*role("num=4,placement=pack"), *role("num=1", "other"))
    found = job.until(lambda now: len(hosts(now) + hosts(now, "other")) == 5)
    assert len(set(hosts(found))) == 1


def test_attributes_choose_the_nodes(
    start: Callable[..., Job], constrained: Hadoop
) -> None:
    job = start(
        *role("num=2,placement=spread,attribute=disk=ssd"),
        *role("num=2,placement=pack,attribute=disk!=ssd", "v"),
    )
    found = job.until(lambda now: len(hosts(now) + hosts(now, "v")) == 4)
    assert sorted(hosts(found)) == ["nm1", "nm2"]
    assert hosts(found, "v") == ["nm3", "nm3"]
    refused = constrained.submit(*SMALL, *role("attribute=disk=tape"))
    assert refused.code == 1
    assert "no node has the attribute `disk=tape`" in refused.stderr


def test_an_exclusive_role_shares_its_node_with_no_placed_role(
    start: Callable[..., Job],
) -> None:
    first = start(*role("num=1,placement=exclusive"), *role("num=4", "other"))
    found = first.until(lambda now: len(hosts(now) + hosts(now, "other")) == 5)
    (alone,) = hosts(found)
    assert alone not in hosts(found, "other")
    second = start(*role("num=4,placement=pack"))
    found = second.until(lambda now: len(hosts(now)) == 4)
    assert alone not in hosts(found)
