from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.local.world import World, ask
from xlearning.errors import ClusterError
from xlearning.hadoop.proto import yarn_client_service_pb2 as pb
from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.rpc.channel import RpcChannel
from xlearning.hadoop.rpc.failover import Address, Failover
from xlearning.hadoop.rpc.sasl import SimpleUser
from xlearning.local.client_records import application_id_message
from xlearning.local.client_service import CLIENT_PROTOCOL, client_service
from xlearning.local.rpc_session import Call
from xlearning.local.store import NoStore
from xlearning.local.yarn import Yarn

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from tests.local.live import Live

M = TypeVar("M", bound="Message")
NO_NUMBER = yarn_pb2.ApplicationIdProto(id=9, cluster_timestamp=5)
NO_ATTEMPT = yarn_pb2.ApplicationAttemptIdProto(application_id=NO_NUMBER, attemptId=1)


class Client:
    """Calls the service without a socket, as alice."""

    def __init__(self, world: World) -> None:
        self._methods = client_service(Yarn(world.cluster, NoStore(), 1.0)).methods

    def call(self, method: str, kind: type[M], request: Message | None = None) -> M:
        """Return the answer."""
        data = request.SerializeToString() if request else b""
        answer = self._methods[method](Call(0, b"", "p", method, data, b"", "alice"))
        assert isinstance(answer, kind)
        return answer

    def refusal(self, method: str, request: Message | None = None) -> tuple[str, str]:
        """Return the short class and the text of a refusal."""
        data = request.SerializeToString() if request else b""
        with pytest.raises(ClusterError) as error:
            self._methods[method](Call(0, b"", "p", method, data, b"", "alice"))
        return error.value.java_class.rpartition(".")[2], error.value.remote_text

    def new(self) -> yarn_pb2.ApplicationIdProto:
        """Return a new application's id."""
        kind = pb.GetNewApplicationResponseProto
        return self.call("getNewApplication", kind).application_id

    def submit(
        self, memory_mb: int = 256, lifetime_s: int = 0
    ) -> pb.GetApplicationReportRequestProto:
        """Submit an application and return what asks for its report."""
        request = pb.SubmitApplicationRequestProto()
        context = request.application_submission_context
        context.application_id.CopyFrom(self.new())
        context.am_container_spec.command.append("true")
        context.resource.memory = memory_mb
        context.resource.virtual_cores = 1
        if lifetime_s:
            context.application_timeouts.add(timeout=lifetime_s)
        self.call("submitApplication", pb.SubmitApplicationResponseProto, request)
        return pb.GetApplicationReportRequestProto(
            application_id=context.application_id
        )


def test_from_a_new_id_to_a_report() -> None:
    world = World()
    client = Client(world)
    asked = client.submit()
    (app,) = world.cluster.applications.values()
    assert app.submission.user == "alice"
    kind = pb.GetApplicationReportResponseProto
    report = client.call("getApplicationReport", kind, asked).application_report
    assert report.applicationId == asked.application_id


async def test_a_kill_is_done_when_it_is_asked_for_again(live: Live) -> None:
    name = live.submit("sleep 100")
    request = pb.KillApplicationRequestProto(
        application_id=application_id_message(name), diagnostics="enough"
    ).SerializeToString()
    address = Failover([Address("127.0.0.1", live.server.ports["client"])])
    async with RpcChannel(CLIENT_PROTOCOL, address, SimpleUser("bob")) as channel:
        answers = [await channel.call("forceKillApplication", request) for _ in "12"]
    kind = pb.KillApplicationResponseProto
    assert [kind.FromString(a).is_kill_completed for a in answers] == [False, True]
    app = live.wait(name, lambda app: app["state"] == "KILLED")
    assert app["diagnostics"] == (
        f"Application {name} was killed by user bob at 127.0.0.1 "
        "with diagnostic message: enough"
    )


def test_a_lifetime_is_counted_from_the_submission() -> None:
    world = World()
    Client(world).submit(lifetime_s=60)
    (app,) = world.cluster.applications.values()
    assert app.lifetime_ms == app.submitted_ms + 60_000


def test_what_can_never_be_is_refused() -> None:
    world = World()
    with pytest.raises(ClusterError) as error:
        Client(world).submit(memory_mb=1 << 16)
    name = error.value.java_class.rpartition(".")[2]
    assert name == "InvalidResourceRequestException"
    assert not world.cluster.applications


def test_lists() -> None:
    world = World()
    client = Client(world)
    client.submit()
    client.submit()
    kind = pb.GetApplicationsResponseProto
    assert len(client.call("getApplications", kind).applications) == 2


def test_attempts_and_containers() -> None:
    world = World()
    client = Client(world)
    app = world.run()
    world.get(app, ask(1))
    attempt_id = app.attempt.id.to_proto()
    listed = client.call(
        "getApplicationAttempts",
        pb.GetApplicationAttemptsResponseProto,
        pb.GetApplicationAttemptsRequestProto(application_id=attempt_id.application_id),
    )
    one = client.call(
        "getApplicationAttemptReport",
        pb.GetApplicationAttemptReportResponseProto,
        pb.GetApplicationAttemptReportRequestProto(application_attempt_id=attempt_id),
    )
    assert list(listed.application_attempts) == [one.application_attempt_report]
    asked = pb.GetContainersRequestProto(application_attempt_id=attempt_id)
    kind = pb.GetContainersResponseProto
    first, second = client.call("getContainers", kind, asked).containers
    assert first.container_id == one.application_attempt_report.am_container_id
    again = client.call(
        "getContainerReport",
        pb.GetContainerReportResponseProto,
        pb.GetContainerReportRequestProto(container_id=second.container_id),
    )
    assert again.container_report == second
    app.attempt.finished_ms = world.now
    assert not client.call("getContainers", kind, asked).containers


def test_what_is_not_there() -> None:
    world = World()
    client = Client(world)
    report = pb.GetApplicationReportRequestProto(application_id=NO_NUMBER)
    assert client.refusal("getApplicationReport", report) == (
        "ApplicationNotFoundException",
        "Application with id 'application_5_0009' doesn't exist in RM. Please check "
        "that the job submission was successful.",
    )
    kill = pb.KillApplicationRequestProto(application_id=NO_NUMBER)
    assert client.refusal("forceKillApplication", kill) == (
        "ApplicationNotFoundException",
        "Trying to kill an absent application application_5_0009",
    )
    app = world.submit()
    missing = app.attempt.id.to_proto()
    missing.attemptId = 7
    asked = pb.GetApplicationAttemptReportRequestProto(application_attempt_id=missing)
    kind, text = client.refusal("getApplicationAttemptReport", asked)
    assert kind == "ApplicationAttemptNotFoundException"
    assert text.endswith("_000007' doesn't exist in RM.")
    container_id = yarn_pb2.ContainerIdProto(
        app_attempt_id=app.attempt.id.to_proto(), id=3
    )
    lost = pb.GetContainerReportRequestProto(container_id=container_id)
    kind, text = client.refusal("getContainerReport", lost)
    assert kind == "ContainerNotFoundException"
    assert text.endswith("_01_000003' doesn't exist in RM.")


def test_the_cluster() -> None:
    client = Client(World())
    metrics = client.call("getClusterMetrics", pb.GetClusterMetricsResponseProto)
    assert metrics.cluster_metrics.num_node_managers == 2
    kind = pb.GetClusterNodesResponseProto
    assert len(client.call("getClusterNodes", kind).nodeReports) == 2
    lost = pb.GetClusterNodesRequestProto(nodeStates=[yarn_pb2.NS_LOST])
    assert not client.call("getClusterNodes", kind, lost).nodeReports
    types = client.call("getResourceTypeInfo", pb.GetAllResourceTypeInfoResponseProto)
    assert len(types.resource_type_info) == 3


def test_queues() -> None:
    client = Client(World())
    kind = pb.GetQueueInfoResponseProto
    known = pb.GetQueueInfoRequestProto(queueName="default")
    assert client.call("getQueueInfo", kind, known).queueInfo.queueName == "default"
    unknown = pb.GetQueueInfoRequestProto(queueName="nosuch")
    assert not client.call("getQueueInfo", kind, unknown).HasField("queueInfo")
    acls = client.call("getQueueUserAcls", pb.GetQueueUserAclsInfoResponseProto)
    assert [each.queueName for each in acls.queueUserAcls] == ["root", "default"]


def test_what_is_off_says_so_in_yarn_s_words() -> None:
    client = Client(World())
    kind, text = client.refusal("getResourceProfiles")
    assert kind == "YARNFeatureNotEnabledException"
    assert text.startswith("Resource profile is not enabled")
    kind, text = client.refusal("getDelegationToken")
    assert kind == "YarnException"
    assert text.endswith("can be issued only with kerberos authentication")
