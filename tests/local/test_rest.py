from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from tests.local.live import Live

BASE = "/ws/v1/cluster"


def test_who_says_nothing_is_the_static_user(live: Live) -> None:
    """As YARN's StaticUserWebFilter has it."""
    url = f"{live.url()}{BASE}/apps"
    answer = requests.post(f"{url}/new-application", timeout=10).json()
    body = {"application-id": answer["application-id"], "queue": "nope"}
    requests.post(url, json=body, timeout=10)
    app = live.wait(answer["application-id"], lambda app: app["state"] == "FAILED")
    assert app["user"] == "dr.who"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("", "clusterInfo"),
        ("/info", "clusterInfo"),
        ("/metrics", "clusterMetrics"),
        ("/scheduler", "scheduler"),
        ("/nodes", "nodes"),
        ("/nodes?states=LOST", "nodes"),
        ("/apps", "apps"),
    ],
)
def test_what_there_is(live: Live, path: str, key: str) -> None:
    answer = live.call("GET", BASE + path)
    assert (answer.status_code, list(answer.json())) == (200, [key])


def test_one_node(live: Live) -> None:
    nodes = live.call("GET", f"{BASE}/nodes").json()["nodes"]["node"]
    one = live.call("GET", f"{BASE}/nodes/{nodes[0]['id']}").json()["node"]
    assert one["nodeHostName"] == "127.0.0.1"
    assert live.call("GET", f"{BASE}/nodes/x:1").status_code == 404


def test_the_configuration_leads_to_the_scheduler(live: Live) -> None:
    listed = live.call("GET", "/conf").json()["properties"]
    found = {each["key"]: each["value"] for each in listed}
    port = live.server.ports["scheduler"]
    assert found["yarn.resourcemanager.scheduler.address"] == f"127.0.0.1:{port}"


def test_a_body_that_is_no_json(live: Live) -> None:
    answer = requests.post(f"{live.url()}{BASE}/apps", data=b"{", timeout=10)
    assert answer.status_code == 400
    assert answer.json()["RemoteException"]["exception"] == "WebApplicationException"


def test_a_date_that_is_none(live: Live) -> None:
    application_id = live.submit("exec sleep 60")
    body = {"timeout": {"type": "LIFETIME", "expiryTime": "soon"}}
    path = f"{BASE}/apps/{application_id}/timeout"
    assert live.call("PUT", path, body).status_code == 503
    live.kill(application_id)
