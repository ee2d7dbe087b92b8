"""The REST API's answers to bad paths, queries and bodies: status, class and words."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.test_rest import kill, message, spec, submit, wait

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from tests.contract.conftest import Yarn

BAD = "BadRequestException"
ILLEGAL = "IllegalArgumentException"
NULL = "NullPointerException"
NONE = "application_1_9999"
PAST = "2001-11-22T11:29:34.000+0000"
FUTURE = "2099-11-22T11:29:34.000+0000"


@pytest.fixture(scope="module")
def application(yarn: Yarn) -> Iterator[str]:
    """An application that waits for its ApplicationMaster."""
    application_id = submit(yarn, **{"application-tags": {"tag": ["one", "Two"]}})
    wait(yarn, application_id, lambda app: bool(app.get("amHostHttpAddress")))
    yield application_id
    kill(yarn, application_id)


def refused(answer: requests.Response) -> tuple[int, str, str]:
    """Return status, short class and words."""
    remote = answer.json()["RemoteException"]
    assert remote["javaClassName"].endswith(remote["exception"])
    return answer.status_code, remote["exception"], message(answer)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/apps?states=FOO", (400, BAD, "Invalid application-state FOO specified. It")),
        ("/apps?limit=abc", (400, BAD, "limit value must be a number!")),
        ("/apps?limit=0", (400, BAD, "limit value must be greater then 0")),
        ("/apps?limit=-1", (400, BAD, "limit value must be greater then 0")),
        ("/apps?finalStatus=FOO", (400, ILLEGAL, "No enum constant org.apache.hadoop")),
        ("/apps?startedTimeBegin=x", (400, BAD, "startedTimeBegin value must be a ")),
        (
            "/apps?startedTimeBegin=10&startedTimeEnd=5",
            (400, BAD, "startedTimeEnd must be greater than startTimeBegin"),
        ),
        ("/apps?queue=nope", (400, BAD, "Unknown queue: nope")),
        (
            "/nodes?states=FOO",
            (400, ILLEGAL, "No enum constant org.apache.hadoop."),
        ),
        ("/nodes/foo", (400, ILLEGAL, "Invalid NodeId [foo]. Expected host:port")),
        ("/nodes/foo:1", (404, "NotFoundException", "nodeId, foo:1, is not found")),
        ("/apps/foo", (400, BAD, "Invalid ApplicationId prefix: foo")),
        ("/apps/application_1", (400, BAD, "Invalid ApplicationId: application_1")),
        ("/apps/application_x_1", (400, BAD, "Invalid ApplicationId: application_x_1")),
    ],
)
def test_what_cannot_be_read(
    yarn: Yarn, path: str, expected: tuple[int, str, str]
) -> None:
    status, kind, words = refused(yarn.call("GET", path))
    assert (status, kind) == expected[:2]
    assert words.startswith(expected[2])


@pytest.mark.parametrize(
    "path", ["", "/appattempts", "/state", "/priority", "/queue", "/timeouts"]
)
def test_nothing_is_known_of_an_unknown_application(yarn: Yarn, path: str) -> None:
    expected = (404, "NotFoundException", f"app with id: {NONE} not found")
    assert refused(yarn.call("GET", f"/apps/{NONE}{path}")) == expected


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("priority", {"priority": 1}),
        ("queue", {"queue": "dev"}),
        ("timeout", {"timeout": {"type": "LIFETIME", "expiryTime": FUTURE}}),
    ],
)
def test_an_unknown_application_is_not_changed(
    yarn: Yarn, path: str, body: dict[str, Any]
) -> None:
    expected = (404, "NotFoundException", f"app with id: {NONE} not found")
    assert refused(yarn.call("PUT", f"/apps/{NONE}/{path}", body)) == expected


def test_a_method_that_is_none(yarn: Yarn, application: str) -> None:
    for method in ("DELETE", "POST"):
        answer = yarn.call(method, f"/apps/{application}")
        expected = (503, "NotAllowedException", "HTTP 405 Method Not Allowed")
        assert refused(answer) == expected


def test_a_path_that_is_none(yarn: Yarn) -> None:
    assert yarn.call("GET", "/nosuch").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/apps"), ("PUT", "/apps/{id}/state")]
)
def test_bodies_that_are_none(
    yarn: Yarn, application: str, method: str, path: str
) -> None:
    path = path.format(id=application)
    for data in ("{", ""):
        answer = yarn.call(method, path, data=data)
        assert refused(answer)[:2] == (400, "WebApplicationException")
    answer = yarn.call(method, path, data="{}", kind="text/plain")
    expected = (503, "NotSupportedException", "HTTP 415 Unsupported Media Type")
    assert refused(answer) == expected


@pytest.mark.parametrize("data", ["{}", "[]"])
def test_a_submission_without_id(yarn: Yarn, data: str) -> None:
    status, kind, words = refused(yarn.call("POST", "/apps", data=data))
    assert (status, kind) == (400, BAD)
    assert words.strip() == "Could not parse application id"


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("ü", "A tag can only have ASCII characters! Invalid tag - ü"),
        ("x" * 101, f"Tag {'x' * 101} is too long, maximum allowed length of a tag is"),
    ],
    ids=["letters", "length"],
)
def test_a_tag(yarn: Yarn, tag: str, words: str) -> None:
    body = spec(yarn.new_id(), **{"application-tags": {"tag": [tag]}})
    status, kind, found = refused(yarn.call("POST", "/apps", body))
    assert (status, kind) == (400, BAD)
    assert found.startswith(words)


def test_credentials(yarn: Yarn) -> None:
    tokens = {"tokens": {"entry": [{"key": "a", "value": "###"}]}}
    body = spec(yarn.new_id(), **{"am-container-spec": {"credentials": tokens}})
    status, kind, words = refused(yarn.call("POST", "/apps", body))
    assert (status, kind) == (400, BAD)
    assert words.startswith("Could not parse credentials data")


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("state", {}, (503, NULL, 'Cannot invoke "String.equals(Object)" because')),
        ("state", {"state": "FOO"}, (400, BAD, "Only 'KILLED' is allowed as a targe")),
        (
            "queue",
            {},
            (503, "UndeclaredThrowableException", "The specified Queue: nu"),
        ),
        (
            "queue",
            {"queue": "nope"},
            (503, "UndeclaredThrowableException", "The specified Queue: nope doesn't"),
        ),
        ("timeout", {}, (503, NULL, 'Cannot invoke "org.apache.hadoop.yarn.server.re')),
        (
            "timeout",
            {"timeout": {"type": "LIFETIME", "expiryTime": "x"}},
            (503, "DateTimeParseException", "Text 'x' could not be parsed at index 0"),
        ),
        (
            "timeout",
            {"timeout": {"type": "LIFETIME", "expiryTime": PAST}},
            (503, "UndeclaredThrowableException", "Expire time is less than current t"),
        ),
    ],
)
def test_changes_that_are_none(
    yarn: Yarn,
    application: str,
    path: str,
    body: dict[str, Any],
    expected: tuple[int, str, str],
) -> None:
    answer = yarn.call("PUT", f"/apps/{application}/{path}", body)
    status, kind, words = refused(answer)
    assert (status, kind) == expected[:2]
    assert words.startswith(expected[2])


def test_plain_words(yarn: Yarn, application: str) -> None:
    other = {"timeout": {"type": "FOO", "expiryTime": FUTURE}}
    answer = yarn.call("PUT", f"/apps/{application}/timeout", other)
    assert (answer.status_code, answer.text) == (
        400,
        "Timeout type or ExpiryTime is null.",
    )
    ended = submit(yarn)
    kill(yarn, ended)
    answer = yarn.call("PUT", f"/apps/{ended}/queue", {"queue": "dev"})
    assert (answer.status_code, answer.text) == (
        400,
        "App in KILLED state cannot be moved.",
    )


def test_lifetimes(yarn: Yarn, application: str) -> None:
    base = f"/apps/{application}"
    status, kind, words = refused(yarn.call("GET", f"{base}/timeouts/FOO"))
    assert (status, kind) == (400, BAD)
    assert words.startswith("Invalid application-state FOO specified.")
    timeout = {"type": "LIFETIME", "expiryTime": FUTURE}
    answer = yarn.call("PUT", f"{base}/timeout", {"timeout": timeout})
    assert answer.status_code == 200
    assert answer.json()["timeout"] | timeout == answer.json()["timeout"]
    given = yarn.get(f"{base}/timeouts/LIFETIME")["timeout"]
    assert given["expiryTime"] == FUTURE
    assert given["remainingTimeInSeconds"] > 60 * 60


# ---- shapes


def test_what_was_not_said(yarn: Yarn) -> None:
    body = spec(yarn.new_id())
    del body["application-name"]
    assert yarn.call("POST", "/apps", body).status_code == 202
    app = kill(yarn, body["application-id"])
    assert (app["name"], app["applicationType"]) == ("", "")
    body = spec(yarn.new_id(), **{"application-type": None})
    assert yarn.call("POST", "/apps", body).status_code == 202
    assert kill(yarn, body["application-id"])["applicationType"] == "YARN"


@pytest.mark.parametrize(
    "query", ["queue=default", "queue=root.default", "applicationTags=two,zz", ""]
)
def test_what_a_list_leaves_out(yarn: Yarn, application: str, query: str) -> None:
    listed = yarn.get(f"/apps?states=ACCEPTED&{query}")["apps"]["app"]
    assert application in [app["id"] for app in listed]
    assert yarn.get("/apps?user=nobody-at-all") == {"apps": {}}
    later_ms = int(time.time() * 1000) + 60_000
    assert yarn.get(f"/apps?startedTimeBegin={later_ms}") == {"apps": {}}


def test_an_application_that_waits_for_its_master(yarn: Yarn, application: str) -> None:
    app = yarn.get(f"/apps/{application}")["app"]
    assert app["diagnostics"] == (
        "AM container is launched, waiting for AM container to Register with RM"
    )
    assert (app["allocatedMB"], app["allocatedVCores"]) == (64, 1)
    assert (app["runningContainers"], app["reservedMB"]) == (1, 0)
    assert (app["applicationType"], app["progress"]) == ("", 0.0)
    assert app["applicationTags"].split(",") == ["one", "two"]
    assert app["masterNodeId"].rpartition(":")[0] in app["amContainerLogs"]
    assert "amRPCAddress" not in app
    (attempt,) = yarn.get(f"/apps/{application}/appattempts")["appAttempts"][
        "appAttempt"
    ]
    assert attempt["appAttemptState"] == "LAUNCHED"
    assert attempt["appAttemptId"].endswith("_000001")
    assert attempt["nodeId"] == app["masterNodeId"]
    assert "trackingUrl" not in attempt
    assert "diagnosticsInfo" not in attempt
    assert yarn.get(f"/apps/{application}/state") == {"state": "ACCEPTED"}


def test_the_cluster(yarn: Yarn) -> None:
    info = yarn.get("/info")["clusterInfo"]
    assert (info["state"], info["haState"]) == ("STARTED", "ACTIVE")
    assert info["id"] == info["startedOn"]
    metrics = yarn.get("/metrics")["clusterMetrics"]
    nodes = yarn.get("/nodes")["nodes"]["node"]
    assert metrics["totalNodes"] == metrics["activeNodes"] == len(nodes)
    assert metrics["totalMB"] == 4096 * len(nodes)
    assert metrics["totalMB"] == metrics["availableMB"] + metrics["allocatedMB"]
    assert metrics["totalVirtualCores"] == 8 * len(nodes)
    assert (metrics["containersPending"], metrics["lostNodes"]) == (0, 0)
    whole = metrics["totalClusterResourcesAcrossPartition"]
    assert whole["memory"] == metrics["totalMB"]
    one = yarn.get(f"/nodes/{nodes[0]['id']}")["node"]
    assert one["nodeHostName"] == nodes[0]["nodeHostName"]
    assert one["usedMemoryMB"] + one["availMemoryMB"] == 4096
    assert yarn.get("/nodes?states=LOST") == {"nodes": {}}


def test_an_answer_is_json(yarn: Yarn) -> None:
    answer = yarn.call("GET", "/info")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert json.loads(answer.content)["clusterInfo"]


def test_statistics(yarn: Yarn) -> None:
    items = yarn.get("/appstatistics?applicationTypes=no-such")["appStatInfo"][
        "statItem"
    ]
    assert len(items) == 8
    assert {(each["type"], each["count"]) for each in items} == {("no-such", 0)}
    status, kind, words = refused(
        yarn.call("GET", "/appstatistics?applicationTypes=a,b")
    )
    assert (status, kind) == (400, BAD)
    assert words.startswith("# of applicationTypes = 2, we temporarily support at most")
    assert refused(yarn.call("GET", "/appstatistics?states=FOO"))[:2] == (400, BAD)


@pytest.mark.parametrize(
    "path",
    [
        "/get-node-labels",
        "/get-node-to-labels",
        "/label-mappings",
        "/nodes/nosuch:1/get-labels",
    ],
)
def test_without_node_labels_nothing_is_said_of_them(yarn: Yarn, path: str) -> None:
    answer = yarn.call("GET", path)
    assert (answer.status_code, answer.json()) == (200, {})


def test_what_has_no_label(yarn: Yarn) -> None:
    [found] = yarn.get("/get-rm-node-labels")["nodeLabelInfo"]
    nodes = yarn.get("/metrics")["clusterMetrics"]["activeNodes"]
    offered = found.pop("partitionInfo")["resourceAvailable"]
    name = "<DEFAULT_PARTITION>"
    assert found == {"name": name, "exclusivity": True, "activeNMs": nodes}
    assert (offered["memory"], offered["vCores"]) == (nodes * 4096, nodes * 8)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/add-node-labels", {"nodeLabelInfo": [{"name": "a"}]}),
        (
            "/replace-node-to-labels",
            {"nodeToLabels": [{"nodeId": "nosuch:1", "labels": ["a"]}]},
        ),
        ("/remove-node-labels?labels=a", None),
        ("/nodes/nosuch:1/replace-labels?labels=a", None),
    ],
)
def test_labels_cannot_be_changed_where_they_are_off(
    yarn: Yarn, path: str, body: object
) -> None:
    answer = yarn.call("POST", path, body)
    assert answer.status_code == 400
    assert message(answer).endswith(
        "Node-label-based scheduling is disabled. Please check yarn.node-labels.enabled"
    )
