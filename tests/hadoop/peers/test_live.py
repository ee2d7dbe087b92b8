"""The whole chain on a real cluster: REST, both protocols, quoting, the token file."""

from __future__ import annotations

import getpass
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xlearning.hadoop.launch_context import command_line
from xlearning.hadoop.rest import (
    ApplicationReport,
    ResourceManagerRest,
    RestError,
    SimpleAuthentication,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hadoop.conftest import Cluster

pytestmark = pytest.mark.hadoop

ROOT = Path(__file__).resolve().parents[3]
MASTER = Path(__file__).with_name("live_master.py")


@pytest.fixture
def rest(cluster: Cluster) -> Iterator[ResourceManagerRest]:
    """REST calls as ourselves; the first address answers nothing."""
    me = SimpleAuthentication(getpass.getuser())
    client = ResourceManagerRest(["127.0.0.1:1", cluster.rest], me)
    yield client
    client.close()


def submit(rest: ResourceManagerRest, command: str, environment: dict[str, str]) -> str:
    """Submit an ApplicationMaster and return its application's id."""
    application_id = rest.new_application().application_id
    entries = [{"key": k, "value": v} for k, v in environment.items()]
    body = {
        "application-id": application_id,
        "application-name": "wire test",
        "application-type": "WIRE",
        "application-tags": {"tag": ["wire-test"]},
        "max-app-attempts": 1,
        "resource": {"memory": 256, "vCores": 1},
        "am-container-spec": {
            "environment": {"entry": entries},
            "commands": {"command": [command]},
        },
    }
    rest.submit(body)
    rest.submit(body)  # a lost answer: the same id again changes nothing
    return application_id


def wait_for_end(rest: ResourceManagerRest, application_id: str) -> ApplicationReport:
    """Look until an application has ended."""
    for _ in range(600):
        report = rest.application(application_id)
        if report.state in ("FINISHED", "FAILED", "KILLED"):
            return report
        time.sleep(0.1)
    raise AssertionError(f"{application_id} did not end")


def test_an_application_master_runs_its_containers(
    cluster: Cluster, rest: ResourceManagerRest
) -> None:
    words = [sys.executable, str(MASTER), str(cluster.scheduler), "auth"]
    command = command_line(words, stdout="stdout", stderr="stderr")

    application_id = submit(rest, command, {"PYTHONPATH": str(ROOT)})
    report = wait_for_end(rest, application_id)

    assert report.final_status == "SUCCEEDED", report.diagnostics
    seen = json.loads(report.diagnostics)
    assert seen["exits"] == {"ending": 3, "waiting": -105}
    assert seen["again"] is True
    assert "greater than maximum allowed allocation" in seen["refused"]
    assert "yarn.io/gpu" in seen["types"]
    assert seen["queue"] == "root.default"
    found = rest.applications(types=["WIRE"], tags=["wire-test"], limit=100)
    assert application_id in [each.application_id for each in found]
    assert [each.number for each in rest.attempts(application_id)] == [1]


def test_an_application_is_killed(rest: ResourceManagerRest) -> None:
    application_id = submit(rest, command_line(["sleep", "60"]), {})

    for _ in range(100):
        if rest.kill(application_id, "by the test") == "KILLED":
            break
        time.sleep(0.1)
    report = wait_for_end(rest, application_id)

    assert report.state == "KILLED"
    assert "by the test" in report.diagnostics


def test_the_cluster_is_described(rest: ResourceManagerRest) -> None:
    nodes = rest.nodes()
    queues = rest.queues()

    assert rest.cluster_info().ha_state == "ACTIVE"
    assert rest.metrics().active_nodes >= 1
    assert "root.default" in queues
    assert all(node.total.memory_mb > 0 for node in nodes)
    assert rest.configuration()["yarn.resourcemanager.scheduler.address"]


def test_what_is_unknown_has_status_404(rest: ResourceManagerRest) -> None:
    with pytest.raises(RestError, match="not found") as caught:
        rest.application("application_1_0001")

    assert caught.value.status == 404
    assert caught.value.java_class.endswith("NotFoundException")
