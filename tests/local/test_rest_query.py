from __future__ import annotations

import pytest

from tests.local.world import World
from xlearning.errors import ClusterError
from xlearning.local import rest_query

NOW = 1_000_000


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"states": ["running,FINISHED"], "limit": ["1"]},
        {"queue": ["root"], "finalStatus": ["SUCCEEDED"]},
        {"queue": ["root.default"], "startedTimeBegin": ["5"], "startedTimeEnd": ["5"]},
    ],
)
def test_queries_that_are_good(query: dict[str, list[str]]) -> None:
    rest_query.check_applications(World().cluster, query)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"state": ["FOO"]}, "Invalid application-state FOO specified"),
        ({"limit": ["x"]}, "limit value must be a number!"),
        ({"limit": ["0"]}, "limit value must be greater then 0"),
        ({"finalStatus": ["FOO"]}, r"FinalApplicationStatus\.FOO"),
        ({"queue": ["nope"]}, "Unknown queue: nope"),
        ({"finishedTimeEnd": ["x"]}, "finishedTimeEnd value must be a number!"),
        ({"startedTimeBegin": ["-1"]}, "startedTimeBegin must be greater than 0"),
        (
            {"startedTimeBegin": ["2"], "startedTimeEnd": ["1"]},
            "startedTimeEnd must be greater than startTimeBegin",
        ),
    ],
)
def test_queries_that_are_bad(query: dict[str, list[str]], words: str) -> None:
    with pytest.raises(ClusterError, match=words):
        rest_query.check_applications(World().cluster, query)


def test_nodes() -> None:
    rest_query.check_nodes(frozenset({"RUNNING", "LOST", "NEW"}))
    rest_query.check_node_id("host:1")
    with pytest.raises(ClusterError, match=r"NodeState\.FOO"):
        rest_query.check_nodes(frozenset({"FOO"}))
    for name in ("foo", "foo:x", ":1"):
        with pytest.raises(ClusterError, match="Expected host:port"):
            rest_query.check_node_id(name)


def test_a_state() -> None:
    assert rest_query.target_state({"state": "KILLED"}) == "KILLED"
    with pytest.raises(ClusterError, match="Only 'KILLED' is allowed"):
        rest_query.target_state({"state": "RUNNING"})
    with pytest.raises(ClusterError, match="because the return value"):
        rest_query.target_state({})


def test_a_lifetime() -> None:
    end = {"type": "LIFETIME", "expiryTime": "1970-01-01T00:16:40.000+0000"}
    assert rest_query.lifetime_ms({**end}, NOW) == NOW
    with pytest.raises(ClusterError, match=r"expire-time=1970-01-01T00:16:40\.000"):
        rest_query.lifetime_ms({**end}, NOW + 1)
    with pytest.raises(ClusterError, match='because "appTimeout" is null'):
        rest_query.lifetime_ms({}, NOW)
    with pytest.raises(ClusterError, match="could not be parsed"):
        rest_query.lifetime_ms({"type": "LIFETIME", "expiryTime": "x"}, NOW)
    assert rest_query.lifetime_ms({"type": "FOO", "expiryTime": "x"}, NOW) is None
    assert rest_query.lifetime_ms({"type": "LIFETIME"}, NOW) is None
