"""The REST API: shapes, and the answers to bad input."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from tests.contract.conftest import Yarn

ENDED = ("FINISHED", "FAILED", "KILLED")


def spec(application_id: str, **more: object) -> dict[str, Any]:
    """Return a submission of an ApplicationMaster that sleeps."""
    command = "exec sleep 60 1><LOG_DIR>/stdout 2><LOG_DIR>/stderr"
    return {
        "application-id": application_id,
        "application-name": "contract",
        "resource": {"memory": 64, "vCores": 1},
        "max-app-attempts": 1,
        "am-container-spec": {"commands": {"command": command}},
        **more,
    }


def message(answer: requests.Response) -> str:
    """Return a refusal's words, without Java classes before them."""
    text = str(answer.json()["RemoteException"].get("message", ""))
    return re.sub(r"^([\w.]+: )+", "", text)


def wait(yarn: Yarn, application_id: str, done: Callable[[Any], bool]) -> Any:
    """Return an application's report as soon as it is as wanted."""
    for _ in range(600):
        app = yarn.get(f"/apps/{application_id}")["app"]
        if done(app):
            return app
        time.sleep(0.05)
    raise AssertionError(app)


def ended(app: Any) -> bool:
    return app["state"] in ENDED


def kill(yarn: Yarn, application_id: str) -> Any:
    body = {"state": "KILLED"}
    yarn.call("PUT", f"/apps/{application_id}/state", body)
    return wait(yarn, application_id, ended)


def submit(yarn: Yarn, **more: object) -> str:
    application_id = yarn.new_id()
    answer = yarn.call("POST", "/apps", spec(application_id, **more))
    assert answer.status_code == 202, answer.text
    return application_id


def test_new_application(yarn: Yarn) -> None:
    answer = yarn.call("POST", "/apps/new-application")
    assert answer.status_code == 200
    most = answer.json()["maximum-resource-capability"]
    assert (most["memory"], most["vCores"]) == (4096, 8)
    assert re.match(r"application_\d+_\d{4}$", answer.json()["application-id"])


def test_a_submission_is_accepted_and_can_be_repeated(yarn: Yarn) -> None:
    application_id = yarn.new_id()
    first = yarn.call("POST", "/apps", spec(application_id))
    second = yarn.call("POST", "/apps", spec(application_id))
    assert (first.status_code, first.content) == (202, b"")
    assert first.headers["Location"].endswith(f"/ws/v1/cluster/apps/{application_id}")
    assert second.status_code == 202
    app = wait(yarn, application_id, lambda app: app["state"] == "ACCEPTED")
    assert app["queue"] == "root.default"
    assert (app["user"], app["name"]) == ("root", "contract")
    assert (app["finalStatus"], app["priority"]) == ("UNDEFINED", -1)
    kill(yarn, application_id)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"queue": ""}, "queue is null or empty"),
        ({"application-id": "foo"}, "Could not parse application id foo"),
        (
            {"resource": {"memory": 4097, "vCores": 1}},
            "Requested more memory than configured max",
        ),
        (
            {"resource": {"memory": 64, "vCores": 9}},
            "Requested more cores than configured max",
        ),
        (
            {"am-container-node-label-expression": "nosuch"},
            "Invalid resource request, node label not enabled but request contains "
            "label expression",
        ),
    ],
)
def test_what_is_refused_with_400(yarn: Yarn, more: dict[str, Any], words: str) -> None:
    answer = yarn.call("POST", "/apps", {**spec(yarn.new_id()), **more})
    assert answer.status_code == 400, answer.text
    assert answer.json()["RemoteException"]["exception"] == "BadRequestException"
    assert words in message(answer)


def test_a_negative_size(yarn: Yarn) -> None:
    body = spec(yarn.new_id(), resource={"memory": -1, "vCores": 1})
    assert yarn.call("POST", "/apps", body).status_code == 400


def test_an_unknown_queue_is_found_later(yarn: Yarn) -> None:
    application_id = submit(yarn, queue="nope")
    app = wait(yarn, application_id, ended)
    assert app["state"] == "FAILED"
    assert app["diagnostics"].endswith(
        f"Application {application_id} submitted by user root to unknown queue: nope"
    )


@pytest.mark.parametrize("queue", ["dev", "root.dev"])
def test_a_queue_by_name_and_by_path(yarn: Yarn, queue: str) -> None:
    application_id = submit(yarn, queue=queue)
    assert yarn.get(f"/apps/{application_id}/queue") == {"queue": "root.dev"}
    assert kill(yarn, application_id)["queue"] == "root.dev"


def test_tags_count_as_a_list_only_and_in_lower_case(yarn: Yarn) -> None:
    one = submit(yarn, **{"application-tags": {"tag": ["Some-TAG"]}})
    other = submit(yarn, **{"application-tags": "a,b"})
    assert kill(yarn, one)["applicationTags"] == "some-tag"
    assert kill(yarn, other)["applicationTags"] == ""


def test_unknown_applications(yarn: Yarn) -> None:
    for method, path, body in (
        ("GET", "/apps/application_1_9999", None),
        ("PUT", "/apps/application_1_9999/state", {"state": "KILLED"}),
    ):
        answer = yarn.call(method, path, body)
        assert answer.status_code == 404
        assert answer.json()["RemoteException"]["exception"] == "NotFoundException"
        assert message(answer) == "app with id: application_1_9999 not found"


def test_a_malformed_id(yarn: Yarn) -> None:
    answer = yarn.call("GET", "/apps/foo")
    assert answer.status_code == 400
    assert message(answer).startswith("Invalid ApplicationId prefix: foo")


def test_a_kill(yarn: Yarn) -> None:
    application_id = submit(yarn)
    path = f"/apps/{application_id}/state"
    wrong = yarn.call("PUT", path, {"state": "RUNNING"})
    assert wrong.status_code == 400
    assert "Only 'KILLED' is allowed as a target state." in message(wrong)
    wait(yarn, application_id, lambda app: app["state"] == "ACCEPTED")
    answer = yarn.call("PUT", path, {"state": "KILLED", "diagnostics": "by me"})
    assert answer.status_code in (200, 202)
    app = wait(yarn, application_id, ended)
    assert (app["state"], app["finalStatus"]) == ("KILLED", "KILLED")
    assert app["diagnostics"].startswith(
        f"Application {application_id} was killed by user root"
    )
    assert "with diagnostic message: by me" in app["diagnostics"]
    assert app["runningContainers"] == -1
    again = yarn.call("PUT", path, {"state": "KILLED"})
    assert (again.status_code, again.json()) == (200, {"state": "KILLED"})


def test_a_priority_a_queue_and_a_lifetime_are_changed(yarn: Yarn) -> None:
    application_id = submit(yarn, priority=4)
    base = f"/apps/{application_id}"
    wait(yarn, application_id, lambda app: app["state"] == "ACCEPTED")
    assert yarn.get(base + "/priority") == {"priority": 4}
    changed = yarn.call("PUT", base + "/priority", {"priority": 99})
    assert (changed.status_code, changed.json()) == (200, {"priority": 10})
    moved = yarn.call("PUT", base + "/queue", {"queue": "dev"})
    assert (moved.status_code, moved.json()) == (200, {"queue": "root.dev"})
    nowhere = yarn.call("PUT", base + "/queue", {"queue": "nope"})
    assert nowhere.status_code == 503
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime(time.time() + 2))
    lifetime = {"timeout": {"type": "LIFETIME", "expiryTime": at}}
    answer = yarn.call("PUT", base + "/timeout", lifetime)
    assert answer.status_code == 200, answer.text
    app = wait(yarn, application_id, ended)
    assert app["diagnostics"] == (
        "Application is killed by ResourceManager as it has exceeded the lifetime "
        "period."
    )


def test_no_lifetime(yarn: Yarn) -> None:
    application_id = submit(yarn)
    answer = yarn.get(f"/apps/{application_id}/timeouts")
    (lifetime,) = answer["timeouts"]["timeout"]
    assert lifetime == {
        "type": "LIFETIME",
        "expiryTime": "UNLIMITED",
        "remainingTimeInSeconds": -1,
    }
    kill(yarn, application_id)


def test_a_master_that_never_registers(yarn: Yarn) -> None:
    command = {"commands": {"command": "exit 3"}}
    app = wait(yarn, submit(yarn, **{"am-container-spec": command}), ended)
    assert app["state"] == "FAILED"
    words = (
        f"Application {app['id']} failed 1 times (global limit =2; local limit is =1) "
        f"due to AM Container for appattempt_{app['id'][12:]}_000001 exited with  "
        "exitCode: 3\nFailing this attempt.Diagnostics: ["
    )
    assert re.sub(r"limit =\d", "limit =2", app["diagnostics"]).startswith(words)
    assert app["diagnostics"].endswith(
        " Then click on links to logs of each attempt.\n. Failing the application."
    )
    (attempt,) = yarn.get(f"/apps/{app['id']}/appattempts")["appAttempts"]["appAttempt"]
    assert attempt["id"] == 1
    assert attempt["containerId"].endswith("_01_000001")


@pytest.mark.parametrize("broken", ["type", "visibility", "resource"])
def test_a_local_resource_that_cannot_be_used(yarn: Yarn, broken: str) -> None:
    value = {
        "resource": "file:///etc/hostname",
        "type": "FILE",
        "visibility": "APPLICATION",
        "size": 1,
        "timestamp": 1,
        broken: "a b#",
    }
    entry = {"entry": [{"key": "link", "value": value}]}
    body = spec(yarn.new_id(), **{"am-container-spec": {"local-resources": entry}})
    answer = yarn.call("POST", "/apps", body)
    assert answer.status_code == 503
    assert answer.json()["RemoteException"]["exception"] == "NullPointerException"


def test_lists(yarn: Yarn) -> None:
    kind = f"T-{time.time_ns()}-longer-than-twenty"
    application_id = submit(yarn, **{"application-type": kind})
    kill(yarn, application_id)
    found = yarn.get(f"/apps?applicationTypes={kind[:20]}&limit=1")
    assert [app["id"] for app in found["apps"]["app"]] == [application_id]
    assert yarn.get("/apps?applicationTypes=nothing") == {"apps": {}}
    assert yarn.get("/apps?states=NEW") == {"apps": {}}


def test_nodes_and_queues(yarn: Yarn) -> None:
    node = yarn.get("/nodes")["nodes"]["node"][0]
    assert (node["state"], node["rack"]) == ("RUNNING", "/default-rack")
    amounts = node["totalResource"]["resourceInformations"]["resourceInformation"]
    found = {each["name"]: each["value"] for each in amounts}
    assert found == {"yarn.io/gpu": 2, "memory-mb": 4096, "vcores": 8}
    queues = yarn.get("/scheduler")["scheduler"]["schedulerInfo"]["queues"]["queue"]
    assert {queue["queueName"] for queue in queues} == {"default", "prod", "dev"}


def test_the_proxy_without_a_page(yarn: Yarn) -> None:
    application_id = submit(yarn)
    url = f"/../../../proxy/{application_id}/"
    answer = yarn.call("GET", url)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"/cluster/app/{application_id}")
    assert yarn.call("POST", url).status_code == 405
    assert yarn.call("DELETE", url).status_code == 405
    assert yarn.call("PATCH", url).status_code == 501
    kill(yarn, application_id)
