"""The client protocol's records: messages to submissions, the core to reports. Pure.

What REST says of the same things stands in `rest_json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.hadoop.ids import ApplicationAttemptId
from xlearning.hadoop.launch_context import ContainerLaunchContext
from xlearning.hadoop.proto import yarn_client_pb2 as records
from xlearning.hadoop.proto import yarn_client_service_pb2 as pb
from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.records import NodeState
from xlearning.hadoop.resource import Resource
from xlearning.local import amounts, rest_json
from xlearning.local.applications import Submission
from xlearning.local.cluster import refusal
from xlearning.local.resource_records import whole
from xlearning.local.submissions import wrong_tags

if TYPE_CHECKING:
    from xlearning.local.applications import Application, Attempt, RmContainer
    from xlearning.local.cluster import Cluster
    from xlearning.local.nodes import Node
    from xlearning.local.settings import QueueSpec

NOT_YET = "N/A"
_NO_ATTEMPT = -1
_UNKNOWN = Resource(-1, -1)
"""What an application uses before it has a container, and after its end."""


def application_id(message: yarn_pb2.ApplicationIdProto) -> str:
    """Return YARN's text of an application's id."""
    return ApplicationAttemptId(message.cluster_timestamp, message.id, 0).application_id


def application_id_message(text: str) -> yarn_pb2.ApplicationIdProto:
    """Return an application's id as a message."""
    _, stamp, number = text.split("_")
    return yarn_pb2.ApplicationIdProto(id=int(number), cluster_timestamp=int(stamp))


def submission(
    message: records.ApplicationSubmissionContextProto, user: str
) -> Submission:
    """Read a submission.

    The first of `am_container_resource_request` goes before `resource`, as in YARN's
    `RMAppManager`.

    Raises:
        ClusterError: It cannot be run here.
    """
    name = application_id(message.application_id)
    if message.unmanaged_am:
        raise refusal(
            "YarnException",
            f"{name} wants its ApplicationMaster unmanaged; the local cluster cannot",
        )
    if not message.queue:
        words = "in a queue and submit context queue is null or empty"
        raise refusal("YarnException", f"Failed to place application {name} {words}")
    wrong = wrong_tags(message.applicationTags)
    if wrong:
        raise refusal("YarnException", wrong)
    size, am_label = _size(message)
    return Submission(
        application_id=name,
        user=user,
        context=ContainerLaunchContext.from_proto(message.am_container_spec),
        resource=Resource.from_proto(size),
        name=message.application_name,
        queue=message.queue.removeprefix("root."),
        application_type=message.applicationType,
        tags=tuple(tag.lower() for tag in message.applicationTags),
        priority=message.priority.priority,
        max_attempts=message.maxAppAttempts,
        keep_containers=message.keep_containers_across_application_attempts,
        failures_validity_ms=message.attempt_failures_validity_interval,
        am_label=am_label,
        label=message.node_label_expression,
    )


def _size(
    message: records.ApplicationSubmissionContextProto,
) -> tuple[yarn_pb2.ResourceProto, str]:
    """Return what the ApplicationMaster needs, and its node label."""
    if message.am_container_resource_request:
        first = message.am_container_resource_request[0]
        return first.capability, first.node_label_expression
    if not message.HasField("resource"):
        words = "Invalid resource request, no resources requested"
        raise refusal("InvalidResourceRequestException", words)
    return message.resource, ""


def lifetime_s(message: records.ApplicationSubmissionContextProto) -> int:
    """Return after how many seconds an application is to be killed, 0 for never.

    Raises:
        ClusterError: In no time, or before.
    """
    for each in message.application_timeouts:
        if each.timeout <= 0:
            words = f"Invalid application timeout, value={each.timeout}"
            raise refusal("YarnException", f"{words} for type=LIFETIME")
        return int(each.timeout)
    return 0


def select(
    cluster: Cluster, request: pb.GetApplicationsRequestProto
) -> list[Application]:
    """Return the applications that a request asks for, the newest first."""
    state = records.YarnApplicationStateProto.Name
    query = {
        "states": [state(each) for each in request.application_states],
        "applicationTypes": list(request.application_types),
        "applicationTags": list(request.applicationTags),
    }
    times = {
        "startedTimeBegin": "start_begin",
        "startedTimeEnd": "start_end",
        "finishedTimeBegin": "finish_begin",
        "finishedTimeEnd": "finish_end",
    }
    for key, field in times.items():
        if request.HasField(field):
            query[key] = [str(getattr(request, field))]
    queues = {queue.removeprefix("root.") for queue in request.queues}
    found = [
        app
        for app in rest_json.select(cluster, query)
        if (not request.users or app.submission.user in request.users)
        and (not queues or app.queue in queues)
        and request.name in ("", app.submission.name)
    ]
    return found[: request.limit] if request.HasField("limit") else found


def application(
    cluster: Cluster, app: Application, now: int
) -> records.ApplicationReportProto:
    """Return an application's report."""
    given = app.submission
    attempt = app.attempt if app.attempts else None
    log_aggregation = app.log_aggregation if app.ended else "NOT_START"
    own_url = attempt.tracking_url if attempt else app.tracking_url
    report = records.ApplicationReportProto(
        applicationId=application_id_message(app.id),
        user=given.user,
        queue=f"root.{app.queue}",
        name=given.name,
        host=attempt.host if attempt else NOT_YET,
        rpc_port=attempt.rpc_port if attempt else -1,
        yarn_application_state=app.state.value,
        trackingUrl=rest_json.page_url(cluster, app),
        diagnostics=app.diagnostics,
        startTime=app.submitted_ms,
        submitTime=app.submitted_ms,
        launchTime=app.launched_ms,
        finishTime=app.finished_ms,
        final_application_status=f"APP_{app.final_status}",
        app_resource_Usage=_usage(app),
        originalTrackingUrl=own_url or NOT_YET,
        currentApplicationAttemptId=_current(app),
        progress=1.0 if app.ended else attempt.progress if attempt else 0.0,
        applicationType=given.application_type,
        applicationTags=given.tags,
        log_aggregation_status=f"LOG_{log_aggregation}",
        unmanaged_application=False,
        priority=yarn_pb2.PriorityProto(priority=app.priority),
        appTimeouts=[_timeout(app, now)],
    )
    if given.label:
        report.appNodeLabelExpression = given.label
    if given.am_label:
        report.amNodeLabelExpression = given.am_label
    return report


def _current(app: Application) -> yarn_pb2.ApplicationAttemptIdProto:
    if app.attempts:
        return app.attempt.id.to_proto()
    return yarn_pb2.ApplicationAttemptIdProto(
        application_id=application_id_message(app.id), attemptId=_NO_ATTEMPT
    )


def _usage(app: Application) -> records.ApplicationResourceUsageReportProto:
    held = bool(app.attempts and app.attempt.containers) and not app.ended
    used = app.used() if held else _UNKNOWN
    return records.ApplicationResourceUsageReportProto(
        num_used_containers=len(app.attempt.containers) if held else -1,
        num_reserved_containers=0 if held else -1,
        used_resources=whole(used),
        reserved_resources=whole(amounts.NOTHING if held else _UNKNOWN),
        needed_resources=whole(used),
        memory_seconds=int(app.memory_mb_s),
        vcore_seconds=int(app.vcore_s),
    )


def _timeout(app: Application, now: int) -> records.AppTimeoutsMapProto:
    said = rest_json.timeout(app, now)
    lifetime = records.ApplicationTimeoutProto(
        application_timeout_type=records.APP_TIMEOUT_LIFETIME,
        expire_time=str(said["expiryTime"]),
        remaining_time=int(str(said["remainingTimeInSeconds"])),
    )
    return records.AppTimeoutsMapProto(
        application_timeout_type=records.APP_TIMEOUT_LIFETIME,
        application_timeout=lifetime,
    )


def attempt(
    cluster: Cluster, app: Application, each: Attempt
) -> records.ApplicationAttemptReportProto:
    """Return an attempt's report."""
    report = records.ApplicationAttemptReportProto(
        application_attempt_id=each.id.to_proto(),
        host=each.host,
        rpc_port=each.rpc_port,
        tracking_url=rest_json.page_url(cluster, app),
        original_tracking_url=each.tracking_url or NOT_YET,
        diagnostics=each.diagnostics,
        yarn_application_attempt_state=f"APP_ATTEMPT_{each.state}",
        startTime=each.started_ms,
        finishTime=each.finished_ms,
    )
    if each.master is not None:
        report.am_container_id.CopyFrom(each.master.to_proto())
    return report


def container(
    cluster: Cluster, app: Application, each: RmContainer
) -> records.ContainerReportProto:
    """Return the report of a container that has not ended."""
    address = cluster.nodes[each.node_id].http_address
    return records.ContainerReportProto(
        container_id=each.id.to_proto(),
        resource=whole(each.resource),
        node_id=each.node_id.to_proto(),
        priority=yarn_pb2.PriorityProto(priority=each.priority),
        creation_time=each.allocated_ms,
        finish_time=0,
        log_url=(
            f"http://{address}/node/containerlogs/{each.id}/{app.submission.user}"
        ),
        container_exit_status=0,
        container_state=yarn_pb2.C_RUNNING,
        node_http_address=f"http://{address}",
    )


def node(each: Node) -> yarn_pb2.NodeReportProto:
    """Return a node's report."""
    message = each.report().to_proto()
    message.used.CopyFrom(whole(each.used))
    message.capability.CopyFrom(whole(each.total))
    message.numContainers = len(each.containers)
    message.last_health_report_time = each.seen_ms
    return message


def metrics(cluster: Cluster) -> records.YarnClusterMetricsProto:
    """Return how many nodes there are in which state."""
    nodes = [each.state for each in cluster.nodes.values()]
    return records.YarnClusterMetricsProto(
        num_node_managers=len(nodes),
        num_decommissioned_nms=nodes.count(NodeState.DECOMMISSIONED),
        num_active_nms=nodes.count(NodeState.RUNNING),
        num_lost_nms=nodes.count(NodeState.LOST),
        num_unhealthy_nms=nodes.count(NodeState.UNHEALTHY),
        num_rebooted_nms=nodes.count(NodeState.REBOOTED),
        num_decommissioning_nms=nodes.count(NodeState.DECOMMISSIONING),
        num_shutdown_nms=nodes.count(NodeState.SHUTDOWN),
    )


def queue(
    cluster: Cluster, request: pb.GetQueueInfoRequestProto, now: int
) -> records.QueueInfoProto | None:
    """Return a queue, None where there is none of this name."""
    if request.queueName != "root":
        found = cluster.queue(request.queueName)
        if found is None:
            return None
        return _queue(cluster, found, now, applications=request.includeApplications)
    message = _queue_message("root", "root", 1.0, 1.0)
    if request.includeChildQueues:
        message.childQueues.extend(
            _queue(cluster, each, now, applications=request.includeApplications)
            for each in cluster.settings.queues
        )
    return message


def _queue(
    cluster: Cluster, spec: QueueSpec, now: int, *, applications: bool
) -> records.QueueInfoProto:
    message = _queue_message(
        spec.name, f"root.{spec.name}", spec.capacity, spec.maximum
    )
    share = amounts.dominant_share(cluster.used_by(spec.name), cluster.capacity())
    message.currentCapacity = share / spec.capacity if spec.capacity else 0.0
    message.preemptionDisabled = not cluster.settings.preemption
    message.accessibleNodeLabels.extend(sorted(cluster.settings.labels) or ["*"])
    if applications:
        message.applications.extend(
            application(cluster, app, now)
            for app in cluster.applications.values()
            if app.queue == spec.name and not app.ended
        )
    return message


def _queue_message(
    name: str, path: str, capacity: float, maximum: float
) -> records.QueueInfoProto:
    return records.QueueInfoProto(
        queueName=name,
        queuePath=path,
        capacity=capacity,
        maximumCapacity=maximum,
        currentCapacity=0.0,
        state=records.Q_RUNNING,
        intraQueuePreemptionDisabled=True,
        schedulerType="CapacityScheduler",
    )
