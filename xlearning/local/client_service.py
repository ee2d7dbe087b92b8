"""ApplicationClientProtocol: what Hadoop's own clients call, with REST's core below.

Words and classes are those of YARN's `ClientRMService`. Callers are whoever they say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.hadoop.ids import ApplicationAttemptId, ContainerId
from xlearning.hadoop.proto import yarn_client_pb2 as records
from xlearning.hadoop.proto import yarn_client_service_pb2 as pb
from xlearning.hadoop.proto import yarn_pb2
from xlearning.local import client_records, lifecycle, submissions
from xlearning.local.cluster import refusal
from xlearning.local.resource_records import resource_types, whole
from xlearning.local.rpc_server import Service, parse_request
from xlearning.local.rpc_session import Offer
from xlearning.local.site import HOST
from xlearning.local.tokens import InvalidToken

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from xlearning.local.applications import Application, Attempt
    from xlearning.local.rpc_session import Call
    from xlearning.local.yarn import Yarn

CLIENT_PROTOCOL = "org.apache.hadoop.yarn.api.ApplicationClientProtocolPB"
_NO_PROFILES = (
    "Resource profile is not enabled, please enable resource profile feature before "
    "using its functions. (by setting yarn.resourcemanager.resource-profiles.enabled "
    "to true)"
)
_NO_TOKENS = (
    "java.io.IOException: Delegation Token can be issued only with kerberos "
    "authentication"
)


def client_service(yarn: Yarn) -> Service:
    """Return the service that clients call."""
    applications, cluster = _Applications(yarn), _Cluster(yarn)
    return Service(
        CLIENT_PROTOCOL,
        {
            "getNewApplication": applications.new,
            "submitApplication": applications.submit,
            "getApplicationReport": applications.report,
            "getApplications": applications.listed,
            "forceKillApplication": applications.kill,
            "getApplicationAttempts": applications.attempts,
            "getApplicationAttemptReport": applications.attempt_report,
            "getContainers": applications.containers,
            "getContainerReport": applications.container_report,
            "getClusterMetrics": cluster.metrics,
            "getClusterNodes": cluster.nodes,
            "getQueueInfo": cluster.queue,
            "getQueueUserAcls": cluster.queue_acls,
            "getResourceTypeInfo": _resource_types,
            "getResourceProfiles": _no_profiles,
            "getResourceProfile": _no_profiles,
            "getDelegationToken": _no_delegation_tokens,
        },
        Offer(tokens=False),
        _no_password,
    )


def _no_password(_: bytes) -> bytes:
    raise InvalidToken("no tokens are taken here")


def _no_profiles(_: Call) -> Message:
    raise refusal("YARNFeatureNotEnabledException", _NO_PROFILES)


def _no_delegation_tokens(_: Call) -> Message:
    raise refusal("YarnException", _NO_TOKENS)


def _resource_types(_: Call) -> pb.GetAllResourceTypeInfoResponseProto:
    return pb.GetAllResourceTypeInfoResponseProto(resource_type_info=resource_types())


class _Applications:
    def __init__(self, yarn: Yarn) -> None:
        self._yarn = yarn

    def new(self, _: Call) -> pb.GetNewApplicationResponseProto:
        cluster = self._yarn.cluster
        given = submissions.new_application_id(cluster)
        return pb.GetNewApplicationResponseProto(
            application_id=client_records.application_id_message(given),
            maximumCapability=whole(cluster.largest_container()),
        )

    def submit(self, call: Call) -> pb.SubmitApplicationResponseProto:
        request = parse_request(pb.SubmitApplicationRequestProto, call)
        context = request.application_submission_context
        given = client_records.submission(context, call.user)
        lifetime_s = client_records.lifetime_s(context)
        with self._yarn.change() as (cluster, now):
            submissions.submit(cluster, given, now)
            if lifetime_s:
                application = cluster.applications[given.application_id]
                until_ms = now + lifetime_s * 1000
                submissions.set_lifetime(cluster, application, until_ms)
        return pb.SubmitApplicationResponseProto()

    def report(self, call: Call) -> pb.GetApplicationReportResponseProto:
        request = parse_request(pb.GetApplicationReportRequestProto, call)
        app = self._find(client_records.application_id(request.application_id))
        report = client_records.application(self._yarn.cluster, app, self._yarn.now())
        return pb.GetApplicationReportResponseProto(application_report=report)

    def listed(self, call: Call) -> pb.GetApplicationsResponseProto:
        request = parse_request(pb.GetApplicationsRequestProto, call)
        cluster, now = self._yarn.cluster, self._yarn.now()
        found = client_records.select(cluster, request)
        return pb.GetApplicationsResponseProto(
            applications=[client_records.application(cluster, a, now) for a in found]
        )

    def kill(self, call: Call) -> pb.KillApplicationResponseProto:
        """Kill an application; as YARN, say that it is done when called once more."""
        request = parse_request(pb.KillApplicationRequestProto, call)
        name = client_records.application_id(request.application_id)
        application = self._yarn.cluster.applications.get(name)
        if application is None:
            raise refusal(
                "ApplicationNotFoundException",
                f"Trying to kill an absent application {name}",
            )
        done = application.ended
        words = f"Application {name} was killed by user {call.user} at {HOST}"
        if request.diagnostics:
            words += f" with diagnostic message: {request.diagnostics}"
        with self._yarn.change() as (cluster, now):
            lifecycle.kill(cluster, application, words, now)
        return pb.KillApplicationResponseProto(is_kill_completed=done)

    def attempts(self, call: Call) -> pb.GetApplicationAttemptsResponseProto:
        request = parse_request(pb.GetApplicationAttemptsRequestProto, call)
        app = self._find(client_records.application_id(request.application_id))
        cluster = self._yarn.cluster
        return pb.GetApplicationAttemptsResponseProto(
            application_attempts=[
                client_records.attempt(cluster, app, each) for each in app.attempts
            ]
        )

    def attempt_report(self, call: Call) -> pb.GetApplicationAttemptReportResponseProto:
        request = parse_request(pb.GetApplicationAttemptReportRequestProto, call)
        app, attempt = self._find_attempt(request.application_attempt_id)
        report = client_records.attempt(self._yarn.cluster, app, attempt)
        return pb.GetApplicationAttemptReportResponseProto(
            application_attempt_report=report
        )

    def containers(self, call: Call) -> pb.GetContainersResponseProto:
        """Return the living containers of an attempt."""
        request = parse_request(pb.GetContainersRequestProto, call)
        app, attempt = self._find_attempt(request.application_attempt_id)
        cluster = self._yarn.cluster
        held = [] if attempt.finished_ms else attempt.containers.values()
        return pb.GetContainersResponseProto(
            containers=[client_records.container(cluster, app, each) for each in held]
        )

    def container_report(self, call: Call) -> pb.GetContainerReportResponseProto:
        request = parse_request(pb.GetContainerReportRequestProto, call)
        container_id = ContainerId.from_proto(request.container_id)
        app, attempt = self._find_attempt(request.container_id.app_attempt_id)
        given = attempt.containers.get(container_id)
        if given is None:
            raise refusal(
                "ContainerNotFoundException",
                f"Container with id '{container_id}' doesn't exist in RM.",
            )
        report = client_records.container(self._yarn.cluster, app, given)
        return pb.GetContainerReportResponseProto(container_report=report)

    def _find(self, name: str) -> Application:
        application = self._yarn.cluster.applications.get(name)
        if application is None:
            raise refusal(
                "ApplicationNotFoundException",
                f"Application with id '{name}' doesn't exist in RM. Please check that "
                "the job submission was successful.",
            )
        return application

    def _find_attempt(
        self, message: yarn_pb2.ApplicationAttemptIdProto
    ) -> tuple[Application, Attempt]:
        wanted = ApplicationAttemptId.from_proto(message)
        app = self._find(wanted.application_id)
        for attempt in app.attempts:
            if attempt.id == wanted:
                return app, attempt
        raise refusal(
            "ApplicationAttemptNotFoundException",
            f"ApplicationAttempt with id '{wanted}' doesn't exist in RM.",
        )


class _Cluster:
    def __init__(self, yarn: Yarn) -> None:
        self._yarn = yarn

    def metrics(self, _: Call) -> pb.GetClusterMetricsResponseProto:
        return pb.GetClusterMetricsResponseProto(
            cluster_metrics=client_records.metrics(self._yarn.cluster)
        )

    def nodes(self, call: Call) -> pb.GetClusterNodesResponseProto:
        """Return the nodes in the states that are named, in any where none is."""
        request = parse_request(pb.GetClusterNodesRequestProto, call)
        name = yarn_pb2.NodeStateProto.Name
        wanted = {name(each).removeprefix("NS_") for each in request.nodeStates}
        return pb.GetClusterNodesResponseProto(
            nodeReports=[
                client_records.node(each)
                for each in self._yarn.cluster.nodes.values()
                if not wanted or each.state.value in wanted
            ]
        )

    def queue(self, call: Call) -> pb.GetQueueInfoResponseProto:
        """Return a queue; an unknown one is an empty answer, as YARN's."""
        request = parse_request(pb.GetQueueInfoRequestProto, call)
        cluster, now = self._yarn.cluster, self._yarn.now()
        found = client_records.queue(cluster, request, now)
        return pb.GetQueueInfoResponseProto(queueInfo=found)

    def queue_acls(self, _: Call) -> pb.GetQueueUserAclsInfoResponseProto:
        """Allow everything, as YARN without ACLs."""
        response = pb.GetQueueUserAclsInfoResponseProto()
        names = ["root", *(q.name for q in self._yarn.cluster.settings.queues)]
        for name in names:
            response.queueUserAcls.add(
                queueName=name,
                userAcls=[
                    records.QACL_SUBMIT_APPLICATIONS,
                    records.QACL_ADMINISTER_QUEUE,
                ],
            )
        return response
