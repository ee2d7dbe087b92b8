"""Answers are read by the client's own parser, which is proved against Hadoop's."""

from __future__ import annotations

import pytest

from tests.local.world import STARTED, World, ask, two_queues
from xlearning.hadoop.reports import (
    ApplicationReport,
    AttemptReport,
    ClusterInfo,
    ClusterMetrics,
    ClusterNode,
    leaf_queues,
)
from xlearning.hadoop.resource import Resource
from xlearning.local import lifecycle, rest_json


def test_the_cluster() -> None:
    world = World(2, settings=two_queues())
    world.run()
    info = ClusterInfo.from_json(rest_json.info(world.cluster))
    metrics = ClusterMetrics.from_json(rest_json.metrics(world.cluster))
    assert (info.started_ms, info.ha_state) == (STARTED, "ACTIVE")
    assert (metrics.active_nodes, metrics.apps_running) == (2, 1)
    assert (metrics.total_mb, metrics.available_mb) == (8192, 7936)
    assert leaf_queues(rest_json.scheduler(world.cluster)) == (
        "root.default",
        "root.prod",
    )


def test_a_node() -> None:
    world = World(1, labels={1: "gpu"})
    node = ClusterNode.from_json(rest_json.node(world.node(1)))
    assert (node.node_id, node.host, node.labels) == ("n1:1001", "n1", ("gpu",))
    assert node.total == Resource(4096, 8, 2)


def test_an_application_while_it_runs_and_afterwards() -> None:
    world = World()
    app = world.run()
    world.get(app, ask(1))
    running = rest_json.application(world.cluster, app, world.now)
    report = ApplicationReport.from_json(running)
    assert (report.state, report.final_status) == ("RUNNING", "UNDEFINED")
    assert (report.running_containers, report.allocated_mb) == (2, 512)
    assert report.tracking_url == f"http://127.0.0.1:8088/proxy/{app.id}/"
    world.now += 1000
    lifecycle.kill(world.cluster, app, "killed", world.now)
    ended = rest_json.application(world.cluster, app, world.now)
    report = ApplicationReport.from_json(ended)
    assert (report.state, report.running_containers) == ("KILLED", -1)
    assert report.tracking_url == f"http://127.0.0.1:8088/cluster/app/{app.id}"
    assert ended["memorySeconds"] == 512


def test_attempts() -> None:
    world = World()
    app = world.run()
    answer = rest_json.attempts(world.cluster, app)["appAttempts"]
    assert isinstance(answer, dict)
    report = AttemptReport.from_json(answer["appAttempt"][0])
    assert report.number == 1
    assert report.container_id == str(app.attempt.master)
    assert report.logs_url.endswith(f"/node/containerlogs/{app.attempt.master}/alice")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 3),
        ({"states": ["FAILED,running"]}, 2),
        ({"user": ["bob"]}, 0),
        ({"queue": ["root.prod"]}, 1),
        ({"limit": ["2"]}, 2),
        ({"startedTimeBegin": [str(STARTED + 1)]}, 0),
        ({"finalStatus": ["FAILED"]}, 1),
        ({"applicationTags": ["x"]}, 0),
    ],
)
def test_filters(query: dict[str, list[str]], count: int) -> None:
    world = World(settings=two_queues())
    world.run()
    world.submit("prod")
    world.submit("nope")
    assert len(rest_json.select(world.cluster, query)) == count


def test_statistics() -> None:
    world = World()
    app = world.run()
    kind = app.submission.application_type.lower()
    found = rest_json.statistics(world.cluster, ["RUNNING", "KILLED"], kind)
    assert found["appStatInfo"] == {
        "statItem": [
            {"state": "RUNNING", "type": kind or "*", "count": 1},
            {"state": "KILLED", "type": kind or "*", "count": 0},
        ]
    }
    none = rest_json.statistics(world.cluster, ["RUNNING"], "no-such")
    assert none["appStatInfo"] == {
        "statItem": [{"state": "RUNNING", "type": "no-such", "count": 0}]
    }
