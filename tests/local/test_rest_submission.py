from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from xlearning.errors import ClusterError
from xlearning.hadoop.credentials import Credentials, token_to_url_string
from xlearning.hadoop.records import Token
from xlearning.hadoop.resource import Resource
from xlearning.local.rest_submission import check_configured, parse_submission

if TYPE_CHECKING:
    from xlearning.local.applications import Submission

ID = "application_1700000000000_0001"
FILE = {
    "resource": "file:///a%20b",
    "type": "ARCHIVE",
    "visibility": "PRIVATE",
    "size": "3",
    "timestamp": 5,
}


def parse(**body: Any) -> Submission:
    return parse_submission({"application-id": ID, **body}, "alice", "default")


def test_little_is_needed() -> None:
    found = parse()
    assert (found.application_id, found.user, found.queue) == (ID, "alice", "default")
    assert (found.name, found.application_type, found.priority) == ("", "", -1)
    assert found.resource == Resource(0, 0)
    assert found.context.command == ""


def test_a_whole_launch_context() -> None:
    secret = base64.urlsafe_b64encode(b"\xff\xfe").decode().rstrip("=")
    token = Token(b"i", b"p", "K", "s")
    url = token_to_url_string(token)
    spec = {
        "commands": {"command": ["a", "b;"]},
        "environment": {"entry": {"key": "K", "value": "V"}},
        "local-resources": {"entry": [{"key": "link", "value": FILE}]},
        "application-acls": {
            "entry": [
                {"key": "VIEW_APP", "value": "bob"},
                {"key": "OTHER", "value": "x"},
            ]
        },
        "credentials": {
            "tokens": {"entry": [{"key": "t", "value": url}]},
            "secrets": {"entry": [{"key": "s", "value": secret}]},
        },
    }
    context = parse(**{"am-container-spec": spec}).context
    assert context.command == "a b;"
    assert context.environment == {"K": "V"}
    assert context.acls == {"VIEW_APP": "bob"}
    assert context.local_resources["link"].size == 3
    assert context.local_resources["link"].timestamp_ms == 5
    credentials = Credentials.from_bytes(context.credentials)
    assert credentials.tokens == {"t": token}
    assert credentials.secrets == {"s": b"\xff\xfe"}


def test_wrong_types_are_ignored() -> None:
    found = parse(
        priority="high",
        resource=[],
        **{"application-tags": "a", "max-app-attempts": "x"},
    )
    assert (found.priority, found.max_attempts, found.tags) == (-1, 0, ())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"application-id": "x"}, "Could not parse application id x"),
        ({"queue": ""}, "queue is null or empty"),
        (
            {
                "am-container-spec": {
                    "credentials": {"tokens": {"entry": [{"key": "t", "value": "!"}]}}
                }
            },
            "Could not parse credentials data",
        ),
    ],
)
def test_what_is_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ClusterError, match=words):
        parse(**body)


def test_what_is_above_the_configured_maximum() -> None:
    most = Resource(4096, 8)
    check_configured(most, most)
    with pytest.raises(ClusterError, match="more memory than configured max"):
        check_configured(most, Resource(4097, 1))
    with pytest.raises(ClusterError, match="more cores than configured max"):
        check_configured(most, Resource(64, 9))


def test_tags_that_cannot_be() -> None:
    with pytest.raises(ClusterError, match="IllegalArgumentException: A tag can only"):
        parse(**{"application-tags": {"tag": ["ü"]}})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "?"}, "Null resource visibility"),
        ({"resource": ""}, '"uri" is null'),
        ({"resource": "file:///a b"}, '"uri" is null'),
    ],
)
def test_local_resources_that_cannot_be(change: dict[str, str], words: str) -> None:
    entry = {"key": "link", "value": FILE | change}
    spec = {"local-resources": {"entry": [entry]}}
    with pytest.raises(ClusterError, match=words):
        parse(**{"am-container-spec": spec})
