from __future__ import annotations

import json

import pytest

from xlearning.hadoop.reports import (
    ApplicationReport,
    AttemptReport,
    ClusterInfo,
    ClusterMetrics,
    ClusterNode,
    NewApplication,
    leaf_queues,
    many,
)
from xlearning.hadoop.resource import Resource

# Shortened answers of a ResourceManager 3.5.0.
APPLICATION = json.loads(
    """{"id": "application_1_0009", "user": "root", "name": "t",
    "queue": "root.default",
    "state": "FINISHED", "finalStatus": "SUCCEEDED", "progress": 100.0,
    "trackingUrl": "http://rm:8088/proxy/application_1_0009/", "diagnostics": "",
    "applicationType": "XLEARNING", "applicationTags": "b,a", "priority": -1,
    "startedTime": 1795502905959, "launchTime": 1795502906010, "finishedTime": 0,
    "amContainerLogs": "http://nm2:8042/node/containerlogs/c/root",
    "amHostHttpAddress": "nm2:8042", "allocatedMB": -1, "runningContainers": 3,
    "logAggregationStatus": "SUCCEEDED"}"""
)
NODE = json.loads(
    """{"rack": "/default-rack", "state": "RUNNING", "id": "nm3:30323",
    "nodeHostName": "nm3", "nodeHTTPAddress": "nm3:30322", "healthReport": "",
    "numContainers": 1, "usedMemoryMB": 256, "availMemoryMB": 3840,
    "usedVirtualCores": 1, "availableVirtualCores": 7, "nodeLabels": ["gpu"],
    "totalResource": {"memory": 4096, "vCores": 8, "resourceInformations":
      {"resourceInformation": [
        {"name": "memory-mb", "units": "Mi", "value": 4096},
        {"name": "vcores", "units": "", "value": 8},
        {"name": "fpga", "units": "", "value": "1"},
        {"name": "yarn.io/gpu", "units": "", "value": 2}]}}}"""
)


def test_an_application_is_read() -> None:
    report = ApplicationReport.from_json(APPLICATION)

    assert report.application_id == "application_1_0009"
    assert (report.state, report.final_status) == ("FINISHED", "SUCCEEDED")
    assert report.tags == ("a", "b")
    assert report.started_ms == 1795502905959
    assert report.running_containers == 3
    assert report.allocated_cores == -1


def test_numbers_may_be_text_and_anything_may_be_missing() -> None:
    report = ApplicationReport.from_json(
        {
            "id": "a",
            "state": "NEW",
            "startedTime": "5",
            "progress": "x",
            "priority": None,
        }
    )

    assert report == ApplicationReport("a", "NEW", started_ms=5)


def test_a_node_is_read_with_all_its_types() -> None:
    node = ClusterNode.from_json(NODE)

    assert node.total == Resource(4096, 8, gpus=2, others=(("fpga", 1),))
    assert node.used == Resource(256, 1)
    assert node.labels == ("gpu",)


def test_the_rest_is_read() -> None:
    assert ClusterInfo.from_json(
        {"clusterInfo": {"startedOn": 5, "haState": "ACTIVE", "hadoopVersion": "3.5.0"}}
    ) == ClusterInfo(5, "ACTIVE", "3.5.0")
    assert ClusterMetrics.from_json({"clusterMetrics": {"totalMB": "7"}}).total_mb == 7
    assert NewApplication.from_json(
        {
            "application-id": "application_1_0001",
            "maximum-resource-capability": {"memory": 4096, "vCores": 8},
        }
    ) == NewApplication("application_1_0001", 4096, 8)
    attempt = AttemptReport.from_json({"id": 2, "containerId": "c", "finishedTime": 0})
    assert (attempt.number, attempt.container_id, attempt.finished_ms) == (2, "c", 0)


CAPACITY = {
    "scheduler": {
        "schedulerInfo": {
            "type": "capacityScheduler",
            "queueName": "root",
            "queues": {
                "queue": [
                    {"queueName": "default"},
                    {"queueName": "ml", "queues": {"queue": {"queueName": "gpu"}}},
                ]
            },
        }
    }
}
FAIR = {
    "scheduler": {
        "schedulerInfo": {
            "type": "fairScheduler",
            "rootQueue": {
                "queueName": "root",
                "childQueues": {"queue": [{"queueName": "root.a", "childQueues": {}}]},
            },
        }
    }
}
FIFO = {"scheduler": {"schedulerInfo": {"type": "fifoScheduler"}}}


@pytest.mark.parametrize(
    ("data", "queues"),
    [
        (CAPACITY, ("root.default", "root.ml.gpu")),
        (FAIR, ("root.a",)),
        (FIFO, ("root.default",)),
    ],
)
def test_leaf_queues_have_full_paths(
    data: dict[str, object], queues: tuple[str, ...]
) -> None:
    assert leaf_queues(data) == queues


@pytest.mark.parametrize(
    ("value", "expected"),
    [([1], [1]), (None, []), ({}, []), ("", []), ({"a": 1}, [{"a": 1}])],
)
def test_one_element_may_be_bare(value: object, expected: list[object]) -> None:
    assert list(many(value)) == expected
