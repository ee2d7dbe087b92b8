"""`yarn-api-client`'s own ResourceManager class, as its authors wrote it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from yarn_api_client.errors import APIError
from yarn_api_client.resource_manager import ResourceManager

from tests.contract.test_rest import ended, spec, wait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.conftest import Yarn

FUTURE = "2099-11-22T11:29:34.000+0000"


@pytest.fixture
def manager(yarn: Yarn) -> Iterator[Any]:
    """The client; it asks first which ResourceManager is active."""
    client = ResourceManager([yarn.web])
    client.session.headers["Accept"] = "application/json"
    yield client
    client.session.close()


def test_the_cluster(manager: Any) -> None:
    assert manager.cluster_information().data["clusterInfo"]["state"] == "STARTED"
    metrics = manager.cluster_metrics().data["clusterMetrics"]
    nodes = manager.cluster_nodes().data["nodes"]["node"]
    assert metrics["activeNodes"] == len(nodes)
    one = manager.cluster_node(nodes[0]["id"]).data["node"]
    assert one["nodeHostName"] == nodes[0]["nodeHostName"]
    assert len(manager.cluster_nodes(states=["RUNNING"]).data["nodes"]["node"]) == (
        len(nodes)
    )
    queue = manager.cluster_scheduler_queue("prod")
    assert queue["queueName"] == "prod"
    assert manager.cluster_scheduler_queue("nope") is None


def test_the_life_of_an_application(manager: Any, yarn: Yarn) -> None:
    name = f"life-{time.time_ns()}"[:20]
    application_id = manager.cluster_new_application().data["application-id"]
    body = spec(application_id, **{"application-type": name, "priority": 2})
    assert manager.cluster_submit_application(body).data == {}
    wait(yarn, application_id, lambda app: bool(app.get("amHostHttpAddress")))
    app = manager.cluster_application(application_id).data["app"]
    assert (app["state"], app["name"]) == ("ACCEPTED", "contract")
    assert manager.cluster_application_state(application_id).data == {
        "state": "ACCEPTED"
    }
    attempts = manager.cluster_application_attempts(application_id).data
    assert len(attempts["appAttempts"]["appAttempt"]) == 1
    listed = manager.cluster_applications(
        states=["ACCEPTED"], user=app["user"], application_types=[name], limit=5
    ).data
    assert [app["id"] for app in listed["apps"]["app"]] == [application_id]
    change(manager, application_id)
    manager.cluster_application_kill(application_id)
    assert wait(yarn, application_id, ended)["state"] == "KILLED"
    statistics = manager.cluster_application_statistics(
        states=["KILLED"], application_types=[name]
    ).data
    assert statistics["appStatInfo"]["statItem"] == [
        {"state": "KILLED", "type": name.lower(), "count": 1}
    ]


def change(manager: Any, application_id: str) -> None:
    """Change what can be changed."""
    answer = manager.cluster_get_application_priority(application_id)
    assert answer.data == {"priority": 2}
    answer = manager.cluster_change_application_priority(application_id, 7)
    assert answer.data == {"priority": 7}
    answer = manager.cluster_change_application_queue(application_id, "dev")
    assert answer.data == {"queue": "root.dev"}
    answer = manager.cluster_get_application_queue(application_id)
    assert answer.data == {"queue": "root.dev"}
    answer = manager.cluster_update_application_timeout(
        application_id, "LIFETIME", FUTURE
    )
    assert answer.data["timeout"]["expiryTime"] == FUTURE
    answer = manager.cluster_application_timeouts(application_id)
    assert answer.data["timeouts"]["timeout"][0]["expiryTime"] == FUTURE
    answer = manager.cluster_application_timeout(application_id, "LIFETIME")
    assert answer.data["timeout"]["type"] == "LIFETIME"


def test_an_application_that_is_none(manager: Any) -> None:
    with pytest.raises(APIError, match="status: 404"):
        manager.cluster_application("application_1_9999")
