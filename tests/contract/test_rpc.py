"""Hadoop RPC, message by message: who is let in, who is not, and in which words."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.contract.holding import Held, hold
from tests.contract.test_rest import kill
from xlearning.errors import ClusterError, ConnectionLost
from xlearning.hadoop.constraints import (
    OWN_JOB,
    Constraint,
    SchedulingRequest,
    Target,
    TargetKind,
)
from xlearning.hadoop.container_management import PROTOCOL as NODE_PROTOCOL
from xlearning.hadoop.container_management import ContainerManagementProtocol
from xlearning.hadoop.ids import ContainerId
from xlearning.hadoop.launch_context import ContainerLaunchContext
from xlearning.hadoop.proto import security_pb2, yarn_pb2
from xlearning.hadoop.proto import yarn_service_pb2 as pb
from xlearning.hadoop.proto.yarn_security_token_pb2 import AMRMTokenIdentifierProto
from xlearning.hadoop.records import Container, Resource, ResourceRequest
from xlearning.hadoop.rpc import wire
from xlearning.hadoop.rpc.channel import RpcChannel
from xlearning.hadoop.rpc.failover import Address, Failover
from xlearning.hadoop.rpc.sasl import TokenCredential

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.conftest import Yarn

YARN = "org.apache.hadoop.yarn.exceptions."
INVALID_RESOURCE = f"{YARN}InvalidResourceRequestException"
INVALID_LABEL = f"{YARN}InvalidLabelResourceRequestException"
INVALID_MASTER = f"{YARN}InvalidApplicationMasterRequestException"
NO_METHOD = "org.apache.hadoop.ipc.RpcNoSuchMethodException"
ANY = yarn_pb2.PriorityProto(priority=1)
SMALL = Resource(64, 1)


@pytest.fixture(scope="module")
def held(yarn: Yarn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    """An attempt that all tests here speak for."""
    application_id, token = hold(yarn, tmp_path_factory.mktemp("held"))
    yield Held(application_id, token, Address.parse(yarn.scheduler))
    kill(yarn, application_id)


@pytest.fixture
async def master(held: Held) -> Held:
    """The same, registered."""
    if not held.registered:
        await held.register()
    return held


async def refused(held: Held, *asks: yarn_pb2.ResourceRequestProto) -> ClusterError:
    """Return how an allocate is refused, which changes nothing."""
    before = held.response_id
    with pytest.raises(ClusterError) as error:
        await held.allocate(*asks)
    await held.allocate()
    assert held.response_id == before + 1
    return error.value


def ask(
    memory_mb: int = 64, cores: int = 1, gpus: int = 0, units: str = ""
) -> yarn_pb2.ResourceRequestProto:
    """Return an ask that our own classes would refuse to send."""
    size = yarn_pb2.ResourceProto(memory=memory_mb, virtual_cores=cores)
    size.resource_value_map.add(
        key="yarn.io/gpu", value=gpus, units=units, type=yarn_pb2.COUNTABLE
    )
    return yarn_pb2.ResourceRequestProto(
        priority=ANY, resource_name="*", capability=size, num_containers=1
    )


def without_sasl(address: Address) -> wire.Reply:
    """Return what is said to a caller that does not authenticate."""
    with socket.create_connection((address.host, address.port), timeout=30) as sock:
        sock.sendall(wire.connection_header(wire.AuthProtocol.NONE))
        data = b""
        while more := sock.recv(4096):
            data += more
    (frame,) = frames(data)
    return wire.parse_reply(frame)


def frames(data: bytes) -> list[bytes]:
    buffer = wire.FrameBuffer()
    buffer.append(data)
    return list(buffer.frames())


# ---- before and after registering


async def test_nothing_goes_before_registering(held: Held) -> None:
    with pytest.raises(ClusterError) as error:
        await held.allocate()
    assert error.value.java_class == f"{YARN}ApplicationMasterNotRegisteredException"
    assert error.value.remote_text.startswith(
        "AM is not registered for known application attempt: appattempt_"
    )
    request = pb.FinishApplicationMasterRequestProto(
        final_application_status="APP_SUCCEEDED"
    )
    kind = pb.FinishApplicationMasterResponseProto
    with pytest.raises(ClusterError) as error:
        await held.call("finishApplicationMaster", request, kind)
    assert error.value.java_class == f"{YARN}ApplicationMasterNotRegisteredException"
    assert error.value.remote_text == (
        f"Application Master is trying to unregister before registering for: {held.id}"
    )


async def test_a_registration(held: Held) -> None:
    answer = await held.register()
    amounts = {each.key: each for each in answer.maximumCapability.resource_value_map}
    assert answer.maximumCapability.memory == amounts["memory-mb"].value == 4096
    assert answer.maximumCapability.virtual_cores == amounts["vcores"].value == 8
    assert amounts["yarn.io/gpu"].value == 2
    assert amounts["memory-mb"].units == "Mi"
    assert answer.queue == "root.default"
    assert list(answer.scheduler_resource_types) == [pb.MEMORY, pb.CPU]
    types = {each.name: each.units for each in answer.resource_types}
    assert types == {"memory-mb": "Mi", "vcores": "", "yarn.io/gpu": ""}
    assert not answer.HasField("client_to_am_token_master_key")
    assert not answer.containers_from_previous_attempts


async def test_a_second_registration(master: Held) -> None:
    with pytest.raises(ClusterError) as error:
        await master.register()
    assert error.value.java_class == INVALID_MASTER
    assert error.value.remote_text == (
        f"Application Master is already registered : {master.id}"
    )


async def test_a_repeated_allocate_is_answered_from_memory(master: Held) -> None:
    first = await master.allocate()
    again = await master.allocate(response_id=first.response_id - 1)
    assert again == first
    assert not first.HasField("a_m_command")


@pytest.mark.parametrize("step", [-2, 1, 5])
async def test_an_allocate_out_of_step(master: Held, step: int) -> None:
    for _ in range(3):
        await master.allocate()
    last = master.response_id
    with pytest.raises(ClusterError) as error:
        await master.allocate(response_id=last + step)
    assert error.value.java_class == INVALID_MASTER
    assert error.value.remote_text.endswith(
        f"_000001 expect responseId to be {last} but get {last + step}"
    )


# ---- who is let in


async def test_a_wrong_password(held: Held) -> None:
    with pytest.raises(ClusterError) as error:
        await held.register(replace(held.token, password=b"wrong"))
    assert error.value.java_class == "javax.security.sasl.SaslException"
    assert error.value.remote_text == (
        "DIGEST-MD5: digest response format violation. Mismatched response."
    )


async def test_a_token_of_an_unknown_key(held: Held) -> None:
    identifier = AMRMTokenIdentifierProto.FromString(held.token.identifier)
    identifier.keyId ^= (
        1  # its last byte alone would not do: a key's id may be negative
    )
    other = replace(held.token, identifier=identifier.SerializeToString())
    with pytest.raises(ClusterError) as error:
        await held.register(other)
    assert error.value.java_class == (
        "org.apache.hadoop.security.token.SecretManager$InvalidToken"
    )
    assert error.value.remote_text.startswith("Invalid AMRMToken from appattempt_")


@pytest.mark.parametrize("identifier", [b"garbage", b""])
async def test_what_is_no_token(held: Held, identifier: bytes) -> None:
    with pytest.raises(ConnectionLost, match="closed the connection"):
        await held.register(replace(held.token, identifier=identifier))


def test_no_authentication(held: Held) -> None:
    reply = without_sasl(held.address)
    assert (reply.call_id, reply.status) == (-1, wire.Status.FATAL)
    assert reply.java_class == "org.apache.hadoop.security.AccessControlException"
    assert reply.text == "SIMPLE authentication is not enabled.  Available:[TOKEN]"


async def test_an_unknown_method(held: Held) -> None:
    with pytest.raises(ClusterError) as error:
        await held.call("fooBar", pb.AllocateRequestProto(), pb.AllocateResponseProto)
    assert error.value.java_class == NO_METHOD
    assert error.value.remote_text == (
        "Unknown method fooBar called on "
        "org.apache.hadoop.yarn.api.ApplicationMasterProtocolPB protocol."
    )


async def test_a_request_that_cannot_be_read(held: Held) -> None:
    other = security_pb2.TokenProto(
        identifier=b"\xff\xff", password=b"\xff", kind="a", service="b"
    )
    with pytest.raises(ClusterError) as error:
        await held.call("allocate", other, pb.AllocateResponseProto)
    assert error.value.java_class == (
        "org.apache.hadoop.thirdparty.protobuf.InvalidProtocolBufferException"
    )


# ---- asks that go wrong


@pytest.mark.parametrize(
    ("given", "kind", "shown"),
    [
        (ask(gpus=3), "yarn.io/gpu", "<memory:64, vCores:1, yarn.io/gpu: 3>"),
        (ask(64, 1, 1, "k"), "yarn.io/gpu", "<memory:64, vCores:1, yarn.io/gpu: 1000>"),
        (ask(5000), "memory-mb", "<memory:5000, vCores:1>"),
        (ask(cores=9), "vcores", "<memory:64, vCores:9>"),
    ],
    ids=["gpus", "kilo", "memory", "cores"],
)
async def test_more_than_any_node_has(
    master: Held, given: yarn_pb2.ResourceRequestProto, kind: str, shown: str
) -> None:
    error = await refused(master, given)
    assert error.java_class == INVALID_RESOURCE
    assert error.remote_text == (
        "Invalid resource request! Cannot allocate containers as requested resource "
        "is greater than maximum allowed allocation. "
        f"Requested resource type=[{kind}], "
        f"Requested resource={shown}, "
        "maximum allowed allocation=<memory:4096, vCores:8, yarn.io/gpu: 2>, please "
        "note that maximum allowed allocation is calculated by scheduler based on "
        "maximum resource of registered NodeManagers, which might be less than "
        "configured maximum allocation=<memory:4096, vCores:8, yarn.io/gpu: "
        "9223372036854775807>"
    )


@pytest.mark.parametrize(
    ("given", "kind"),
    [(ask(-5), "memory-mb"), (ask(cores=-1), "vcores"), (ask(gpus=-1), "yarn.io/gpu")],
    ids=["memory", "cores", "gpus"],
)
async def test_less_than_nothing(
    master: Held, given: yarn_pb2.ResourceRequestProto, kind: str
) -> None:
    error = await refused(master, given)
    assert error.java_class == INVALID_RESOURCE
    assert error.remote_text.startswith(
        "Invalid resource request! Cannot allocate containers as requested resource "
        f"is less than 0! Requested resource type=[{kind}], Requested resource=<"
    )


async def test_an_unknown_unit(master: Held) -> None:
    error = await refused(master, ask(gpus=1, units="zz"))
    assert error.java_class == "java.lang.IllegalArgumentException"
    assert error.remote_text.startswith("Unknown unit 'zz'. Known units are [, Gi, G")


async def test_no_size(master: Held) -> None:
    request = yarn_pb2.ResourceRequestProto(
        priority=ANY, resource_name="*", num_containers=1
    )
    error = await refused(master, request)
    assert error.java_class == "java.lang.NullPointerException"


@pytest.mark.parametrize("place", ["*", "/default-rack"])
async def test_a_label(master: Held, place: str) -> None:
    request = ResourceRequest(1, SMALL, 1, place, node_label="nosuch")
    error = await refused(master, request.to_proto())
    assert error.java_class == INVALID_LABEL
    assert error.remote_text == (
        "Invalid resource request, node label not enabled but request contains label "
        "expression"
    )


async def test_placement_constraints_that_are_switched_off(master: Held) -> None:
    own = Target(TargetKind.ALLOCATION_TAG, OWN_JOB, "w")
    alone = (Constraint((own,), 0, 0),)
    request = SchedulingRequest(1, SMALL, 1, 1, ("w",), alone)
    with pytest.raises(ClusterError) as error:
        await master.allocate(scheduling_requests=[request.to_proto()])
    assert error.value.java_class == f"{YARN}YarnException"
    attempt = f"{master.id.replace('application', 'appattempt')}_000001"
    assert error.value.remote_text == (
        f"Found non empty SchedulingRequest in AllocateRequest for application="
        f"{attempt}, but the configured yarn.resourcemanager.placement-constraints."
        "handler cannot handle placement constraints. Rejecting this allocate operation"
    )


async def test_a_blacklist_of_everything(master: Held) -> None:
    everything = pb.ResourceBlacklistRequestProto(blacklist_additions=["*"])
    with pytest.raises(ClusterError) as error:
        await master.allocate(blacklist_request=everything)
    assert error.value.java_class == f"{YARN}InvalidResourceBlacklistRequestException"
    assert error.value.remote_text == "Cannot add * to the blacklist!"


async def test_a_release_of_a_foreign_container(master: Held) -> None:
    foreign = ContainerId.parse("container_1_9999_01_000003")
    with pytest.raises(ClusterError) as error:
        await master.allocate(release=[foreign.to_proto()])
    assert error.value.java_class == f"{YARN}InvalidContainerReleaseException"
    assert error.value.remote_text.startswith(
        f"Cannot release container : {foreign} not belonging to this application "
        "attempt : appattempt_"
    )


# ---- asks that are served otherwise than they look


async def test_what_is_dropped_and_what_is_rounded(master: Held) -> None:
    strange = ResourceRequest(-1, Resource(0, 0), 1, node_label="").to_proto()
    strange.capability.resource_value_map.add(
        key="nosuch", value=5, units="", type=yarn_pb2.COUNTABLE
    )
    await master.allocate(strange)
    (given,) = await master.containers(1)
    amounts = {each.key: each.value for each in given.resource.resource_value_map}
    assert amounts == {"memory-mb": 64, "vcores": 1, "yarn.io/gpu": 0}
    assert (given.priority.priority, given.allocation_request_id) == (-1, -1)
    await master.allocate(release=[given.id])


async def test_counts_are_absolute(master: Held) -> None:
    three = ResourceRequest(4, Resource(65, 1), 3, allocation_request_id=40)
    await master.allocate(three)
    given = await master.containers(3)
    assert [each.resource.memory for each in given] == [128] * 3
    two = [replace(three, count=5), replace(three, count=2)]
    await master.allocate(*two)
    more = await master.containers(2)
    for _ in range(5):
        more += (await master.allocate()).allocated_containers
    assert len(more) == 2
    await master.allocate(release=[each.id for each in (*given, *more)])


@pytest.mark.parametrize("place", ["a.host.that.is.none", "/default-rack"])
async def test_an_ask_without_everywhere_is_never_served(
    master: Held, place: str
) -> None:
    request = ResourceRequest(6, SMALL, 1, place)
    found = list((await master.allocate(request)).allocated_containers)
    for _ in range(10):
        found += (await master.allocate()).allocated_containers
    assert found == []
    await master.allocate(replace(request, count=0))


# ---- a NodeManager


async def test_a_nodemanager(master: Held) -> None:
    await master.allocate(ResourceRequest(8, SMALL, 1))
    (message,) = await master.containers(1)
    given = Container.from_proto(message)
    await check_callers(master, given)
    await check_starts(master, given)
    await master.allocate(release=[message.id])


async def check_callers(master: Held, given: Container) -> None:
    """Check who is let in."""
    good = master.nm_tokens[str(given.node_id)]
    address = Address(good.node_id.host, good.node_id.port)
    reply = without_sasl(address)
    assert (reply.call_id, reply.status) == (-1, wire.Status.FATAL)
    assert reply.text == "SIMPLE authentication is not enabled.  Available:[TOKEN]"
    wrong = replace(good, token=replace(good.token, password=b"wrong"))
    async with ContainerManagementProtocol(wrong) as node:
        with pytest.raises(ClusterError, match=r"Mismatched response\."):
            await node.container_statuses([given.id])
    for token in (master.token, replace(good.token, identifier=b"garbage")):
        async with ContainerManagementProtocol(replace(good, token=token)) as node:
            with pytest.raises(ConnectionLost, match="closed the connection"):
                await node.container_statuses([given.id])
    async with RpcChannel(
        NODE_PROTOCOL, Failover([address]), TokenCredential(good.token)
    ) as channel:
        with pytest.raises(ClusterError) as error:
            await channel.call("fooBar", b"")
    assert error.value.java_class == NO_METHOD


async def check_starts(master: Held, given: Container) -> None:
    """Check what is refused to one that was let in."""
    context = ContainerLaunchContext("true")
    nm_token = master.nm_tokens[str(given.node_id)]
    async with ContainerManagementProtocol(nm_token) as node:
        unknown = await node.container_statuses([given.id])
        assert unknown.failed[0].java_class == f"{YARN}YarnException"
        assert unknown.failed[0].text == (
            f"Container {given.id} is not handled by this NodeManager"
        )
        wrong = replace(given, token=replace(given.token, password=b"wrong"))
        with pytest.raises(ClusterError) as error:
            await node.start_containers([(wrong, context)])
        assert error.value.remote_text == (
            f"Invalid container token used for starting container on : {given.node_id}"
        )
        none = replace(given, token=replace(given.token, identifier=b"none"))
        with pytest.raises(ClusterError) as error:
            await node.start_containers([(none, context)])
        assert error.value.java_class == f"{YARN}YarnException"
        attempt = replace(given.id.attempt_id, application=9998)
        foreign = replace(given.id, attempt_id=attempt)
        for failed, what in (
            ((await node.stop_containers([foreign])).failed, "stop"),
            ((await node.container_statuses([foreign])).failed, "get status for"),
        ):
            assert failed[0].text == (
                f"{given.id.attempt_id} attempted to {what} non-application container "
                f": {foreign}"
            )
