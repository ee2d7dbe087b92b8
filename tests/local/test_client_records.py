from __future__ import annotations

from dataclasses import replace

import pytest

from tests.local.world import World, ask, two_queues
from xlearning.errors import ClusterError
from xlearning.hadoop.proto import yarn_client_pb2 as records
from xlearning.hadoop.proto import yarn_client_service_pb2 as pb
from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.resource import Resource
from xlearning.local import client_records, lifecycle, memory

APPLICATION = yarn_pb2.ApplicationIdProto(id=7, cluster_timestamp=5)


def context(**fields: object) -> records.ApplicationSubmissionContextProto:
    """Return a submission of the least."""
    return records.ApplicationSubmissionContextProto(
        application_id=APPLICATION,
        am_container_spec=yarn_pb2.ContainerLaunchContextProto(command=["true"]),
        resource=yarn_pb2.ResourceProto(memory=256, virtual_cores=1),
        **fields,  # type: ignore[arg-type] # as the caller names them
    )


def test_ids() -> None:
    text = client_records.application_id(APPLICATION)
    assert text == "application_5_0007"
    assert client_records.application_id_message(text) == APPLICATION


def test_a_submission_of_the_least() -> None:
    given = client_records.submission(context(), "alice")
    assert (given.application_id, given.user) == ("application_5_0007", "alice")
    assert (given.name, given.queue, given.application_type) == (
        "N/A",
        "default",
        "YARN",
    )
    assert given.resource == Resource(256, 1)
    assert (given.priority, given.max_attempts) == (0, 0)
    assert given.failures_validity_ms == -1
    assert not given.keep_containers
    assert client_records.lifetime_s(context()) == 0


def test_a_submission_with_everything() -> None:
    size = yarn_pb2.ResourceProto(memory=512, virtual_cores=2)
    size.resource_value_map.add(key="yarn.io/gpu", value=1)
    first = yarn_pb2.ResourceRequestProto(
        capability=size, node_label_expression="fast", resource_name="*"
    )
    message = context(
        queue="root.prod",
        applicationTags=["A", "b"],
        keep_containers_across_application_attempts=True,
        am_container_resource_request=[first],
        node_label_expression="slow",
    )
    message.priority.priority = 4
    message.application_timeouts.add(
        application_timeout_type=records.APP_TIMEOUT_LIFETIME, timeout=60
    )
    given = client_records.submission(message, "alice")
    assert (given.queue, given.tags, given.priority) == ("prod", ("a", "b"), 4)
    assert given.resource == Resource(512, 2, 1)
    assert (given.am_label, given.label) == ("fast", "slow")
    assert given.keep_containers
    assert client_records.lifetime_s(message) == 60


def test_an_unmanaged_master_is_refused() -> None:
    with pytest.raises(ClusterError, match="unmanaged"):
        client_records.submission(context(unmanaged_am=True), "alice")


def test_a_report_before_during_and_after() -> None:
    world = World()
    app = world.submit()
    report = client_records.application(world.cluster, app, world.now)
    assert report.yarn_application_state == records.ACCEPTED
    assert report.app_resource_Usage.used_resources.memory == -1
    assert (report.host, report.originalTrackingUrl) == ("N/A", "N/A")
    world.beat()
    world.register(app)
    report = client_records.application(world.cluster, app, world.now)
    assert report.yarn_application_state == records.RUNNING
    assert report.app_resource_Usage.used_resources.memory == 256
    assert report.app_resource_Usage.num_used_containers == 1
    assert report.originalTrackingUrl == "http://am:1"
    assert report.currentApplicationAttemptId == app.attempt.id.to_proto()
    lifecycle.kill(world.cluster, app, "words", world.now)
    report = client_records.application(world.cluster, app, world.now)
    assert report.yarn_application_state == records.KILLED
    assert report.diagnostics == "words"
    assert report.progress == 1.0
    assert report.app_resource_Usage.num_used_containers == -1


def test_labels_and_the_lifetime_in_a_report() -> None:
    world = World()
    app = world.submit()
    app.lifetime_ms = world.now + 5000
    report = client_records.application(world.cluster, app, world.now)
    assert not report.HasField("amNodeLabelExpression")
    app.submission = replace(app.submission, am_label="fast", label="slow")
    labelled = client_records.application(world.cluster, app, world.now)
    assert labelled.amNodeLabelExpression == "fast"
    assert labelled.appNodeLabelExpression == "slow"
    (lifetime,) = report.appTimeouts
    assert lifetime.application_timeout.remaining_time == 5


def test_a_report_after_a_restart() -> None:
    world = World()
    app = memory.recall(memory.remember(world.run()), world.now)
    report = client_records.application(world.cluster, app, world.now)
    assert report.yarn_application_state == records.ACCEPTED
    assert report.currentApplicationAttemptId.attemptId == 1


def test_a_report_of_an_application_that_never_had_an_attempt() -> None:
    world = World()
    app = world.submit("nowhere")
    report = client_records.application(world.cluster, app, world.now)
    assert report.yarn_application_state == records.FAILED
    assert report.currentApplicationAttemptId.attemptId == -1
    assert report.currentApplicationAttemptId.application_id == report.applicationId


def test_attempts_and_containers() -> None:
    world = World()
    app = world.submit()
    report = client_records.attempt(world.cluster, app, app.attempt)
    assert not report.HasField("am_container_id")
    world.beat()
    world.register(app)
    world.get(app, ask(1))
    report = client_records.attempt(world.cluster, app, app.attempt)
    assert report.yarn_application_attempt_state == records.APP_ATTEMPT_RUNNING
    first, second = app.attempt.containers.values()
    assert report.am_container_id == first.id.to_proto()
    said = client_records.container(world.cluster, app, second)
    assert said.container_state == yarn_pb2.C_RUNNING
    assert said.resource.memory == 256
    assert said.log_url.endswith(f"/node/containerlogs/{second.id}/alice")


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, [2, 1]),
        ({"application_states": [records.KILLED]}, [1]),
        ({"application_types": ["yarn"], "limit": 1}, [2]),
        ({"application_types": ["SPARK"]}, []),
        ({"applicationTags": ["x"]}, []),
        ({"users": ["alice", "bob"]}, [2, 1]),
        ({"users": ["bob"]}, []),
        ({"queues": ["root.prod"]}, [2]),
        ({"name": "other"}, []),
        ({"start_begin": 1 << 60}, []),
        ({"finish_begin": 1, "finish_end": 1 << 60}, [1]),
    ],
)
def test_choosing_applications(fields: dict[str, object], found: list[int]) -> None:
    world = World(settings=two_queues())
    lifecycle.kill(world.cluster, world.submit(), "", world.now)
    world.submit("prod")
    request = pb.GetApplicationsRequestProto(**fields)  # type: ignore[arg-type] # named above
    chosen = client_records.select(world.cluster, request)
    assert [int(app.id.rpartition("_")[2]) for app in chosen] == found


def test_nodes_and_their_number() -> None:
    world = World(labels={2: "gpu"})
    world.run()
    first, second = (client_records.node(n) for n in world.cluster.nodes.values())
    assert first.numContainers + second.numContainers == 1
    assert second.node_labels == ["gpu"]
    assert first.capability.resource_value_map[2].value == 2
    metrics = client_records.metrics(world.cluster)
    assert (metrics.num_node_managers, metrics.num_active_nms) == (2, 2)


def test_queues() -> None:
    world = World(settings=two_queues())
    app = world.run("prod")
    request = pb.GetQueueInfoRequestProto(
        queueName="root.prod", includeApplications=True
    )
    one = client_records.queue(world.cluster, request, world.now)
    assert one is not None
    assert (one.queueName, one.queuePath, one.capacity) == ("prod", "root.prod", 0.5)
    assert one.currentCapacity == pytest.approx(2 / 16)
    assert [each.name for each in one.applications] == [app.submission.name]
    root = pb.GetQueueInfoRequestProto(queueName="root", includeChildQueues=True)
    whole = client_records.queue(world.cluster, root, world.now)
    assert whole is not None
    assert [each.queueName for each in whole.childQueues] == ["default", "prod"]
    alone = client_records.queue(
        world.cluster, pb.GetQueueInfoRequestProto(queueName="root"), world.now
    )
    assert alone is not None
    assert not alone.childQueues
    unknown = pb.GetQueueInfoRequestProto(queueName="nosuch")
    assert client_records.queue(world.cluster, unknown, world.now) is None


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (context(unmanaged_am=True), "ApplicationMaster unmanaged"),
        (context(queue=""), "submit context queue is null or empty"),
        (context(applicationTags=["ü"]), "only have ASCII characters"),
    ],
)
def test_submissions_that_are_refused(
    message: records.ApplicationSubmissionContextProto, words: str
) -> None:
    with pytest.raises(ClusterError, match=words):
        client_records.submission(message, "alice")


def test_a_submission_without_a_size() -> None:
    message = context()
    message.ClearField("resource")
    with pytest.raises(ClusterError, match="no resources requested"):
        client_records.submission(message, "alice")


def test_lifetimes() -> None:
    message = context()
    message.application_timeouts.add(timeout=60)
    assert client_records.lifetime_s(message) == 60
    message.application_timeouts[0].timeout = 0
    with pytest.raises(ClusterError, match=r"value=0 for type=LIFETIME"):
        client_records.lifetime_s(message)
