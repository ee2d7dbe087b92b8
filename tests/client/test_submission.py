from __future__ import annotations

import base64
import json

import pytest

from xlearning.client.submission import (
    local_resource,
    master_command,
    submission_body,
)
from xlearning.job.environment import RUNTIME_LINK
from xlearning.job.handover import Handover, pack
from xlearning.job.resources import Resources
from xlearning.job.spec import (
    DataOptions,
    InputSpec,
    InputStrategy,
    JobSpec,
    LocalFile,
    ResourceKind,
    RoleSpec,
    RuntimeSpec,
    StreamOptions,
    Visibility,
)

ARCHIVE = LocalFile(
    RUNTIME_LINK,
    "hdfs://nn:8020/user/alice/.xlearning/runtime/p.tgz",
    7,
    11,
    ResourceKind.ARCHIVE,
    Visibility.PRIVATE,
)
STAGING = "hdfs://nn:8020/tmp/XLearning/staging/application_1700000000000_0001"
PROPERTIES = {"fs.defaultFS": "hdfs://nn:8020"}
SECRET = bytes(range(224, 256))


def make_job(**changes: object) -> JobSpec:
    values: dict[str, object] = {
        "application_id": "application_1700000000000_0001",
        "name": 'tf "demo" ü',
        "application_type": "TENSORFLOW",
        "user": "alice",
        "queue": "prod",
        "priority": 3,
        "am": Resources(1024, 1),
        "roles": (RoleSpec("worker", 1, Resources(512, 1), ("true",)),),
        "staging_url": STAGING,
        "runtime": RuntimeSpec("./xl-runtime/bin/python", ARCHIVE),
        "default_fs": "hdfs://nn:8020",
    }
    return JobSpec(**{**values, **changes})  # type: ignore[arg-type]


def body_of(job: JobSpec, **environment: str) -> dict[str, object]:
    body = submission_body(Handover(job, PROPERTIES, SECRET), environment)
    decoded = json.loads(json.dumps(body))
    assert isinstance(decoded, dict)
    return decoded


def container_of(job: JobSpec, **environment: str) -> dict[str, object]:
    container = body_of(job, **environment)["am-container-spec"]
    assert isinstance(container, dict)
    return container


def test_the_application_is_described() -> None:
    body = body_of(make_job())
    del body["am-container-spec"]
    assert body == {
        "application-id": "application_1700000000000_0001",
        "application-name": 'tf "demo" ü',
        "application-type": "TENSORFLOW",
        "application-tags": {"tag": ["xlearning"]},
        "queue": "prod",
        "priority": 3,
        "max-app-attempts": 1,
        "keep-containers-across-application-attempts": False,
        "resource": {"memory": 1024, "vCores": 1},
    }


def test_the_type_is_cut_where_yarn_cuts_it() -> None:
    body = body_of(make_job(application_type="A" * 30))
    assert body["application-type"] == "A" * 20


def test_a_label_is_told_only_where_there_is_one() -> None:
    name = "am-container-node-label-expression"
    assert name not in body_of(make_job())
    assert body_of(make_job(am_node_label="gpu"))[name] == "gpu"


def test_the_master_is_started_in_place_of_its_shell() -> None:
    assert master_command(make_job()) == (
        "exec ./xl-runtime/bin/python -P -m xlearning.am "
        "1><LOG_DIR>/stdout 2><LOG_DIR>/stderr"
    )


def test_files_are_described_with_size_and_time() -> None:
    container = container_of(make_job())
    resources = container["local-resources"]
    assert isinstance(resources, dict)
    (entry,) = resources["entry"]
    assert entry["key"] == RUNTIME_LINK
    assert entry["value"] == {
        "resource": ARCHIVE.url,
        "type": "ARCHIVE",
        "visibility": "PRIVATE",
        "size": 7,
        "timestamp": 11,
    }


def test_an_installed_runtime_is_not_shipped() -> None:
    job = make_job(runtime=RuntimeSpec("/opt/xl/bin/python"))
    assert container_of(job)["local-resources"] == {"entry": []}


@pytest.mark.parametrize(
    ("name", "comes"),
    [("mine:Numbers", True), ("com.example.Mine", True), ("text", False)],
)
def test_a_format_that_is_not_ours_comes_with_its_files(name: str, comes: bool) -> None:
    mine = LocalFile("mine.py", "hdfs://nn:8020/mine.py", 1, 2)
    worker = RoleSpec("worker", 1, Resources(512, 1), ("true",), files=(mine,))
    job = make_job(
        roles=(worker,),
        inputs=(InputSpec("data", ("hdfs://nn:8020/in",)),),
        data=DataOptions(strategy=InputStrategy.STREAM),
        stream=StreamOptions(input_format=name),
        runtime=RuntimeSpec("/opt/xlearning/bin/python"),
    )
    expected = [local_resource(mine)] if comes else []
    assert container_of(job)["local-resources"] == {"entry": expected}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("hdfs://nn:8020/a b", "hdfs://nn:8020/a%20b"),
        ("hdfs://nn:8020/a#b?c%d", "hdfs://nn:8020/a%23b%3Fc%25d"),
        ("file:///tmp/ü", "file:///tmp/%C3%BC"),
        ("hdfs://ns1/a=b,c+d@e", "hdfs://ns1/a=b,c+d@e"),
    ],
)
def test_urls_are_percent_encoded(url: str, expected: str) -> None:
    assert local_resource(LocalFile("a", url, 1, 2))["value"]["resource"] == expected


def test_the_handover_is_in_the_credentials_and_nowhere_else() -> None:
    body = body_of(make_job())
    text = base64.urlsafe_b64encode(SECRET).decode()
    container = body["am-container-spec"]
    assert isinstance(container, dict)
    entries = container.pop("credentials")["secrets"]["entry"]
    secrets = {
        entry["key"]: base64.urlsafe_b64decode(entry["value"]) for entry in entries
    }
    assert secrets == pack(Handover(make_job(), PROPERTIES, SECRET))
    rest = json.dumps(body)
    assert text not in rest
    assert base64.b64encode(SECRET).decode() not in rest


def test_variables_are_literal_and_ours_win() -> None:
    container = container_of(make_job(), A="$HOME", HADOOP_USER_NAME="bob")
    environment = container["environment"]
    assert isinstance(environment, dict)
    values = {entry["key"]: entry["value"] for entry in environment["entry"]}
    assert values == {
        "A": "\\$HOME",
        "HADOOP_USER_NAME": "alice",
        "XL_STAGING_URL": STAGING,
    }


def test_acls_are_given_where_they_are_set() -> None:
    assert container_of(make_job())["application-acls"] == {"entry": []}
    acls = container_of(make_job(view_acl="bob grp", modify_acl="carol"))
    assert acls["application-acls"] == {
        "entry": [
            {"key": "VIEW_APP", "value": "bob grp"},
            {"key": "MODIFY_APP", "value": "carol"},
        ]
    }
