from __future__ import annotations

import pytest

from tests.local.world import World
from xlearning.errors import ClusterError
from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.proto import yarn_service_pb2 as pb
from xlearning.hadoop.rpc.digest_md5 import Protection
from xlearning.local.rm_service import rm_service
from xlearning.local.rpc_session import Call
from xlearning.local.store import NoStore
from xlearning.local.yarn import Yarn

REGISTER = pb.RegisterApplicationMasterRequestProto(host="h", rpc_port=-1)


def caller(world: World) -> tuple[Yarn, bytes]:
    """Return a shell without nodes, and the token of a launched attempt."""
    app = world.submit()
    world.beat()
    token = world.cluster.tokens.begin(app.attempt.id)
    return Yarn(world.cluster, NoStore(), 1.0), token.identifier


def call(identifier: bytes, method: str, request: bytes) -> Call:
    return Call(0, b"", "p", method, request, identifier, "")


def test_registering_and_a_newer_token() -> None:
    world = World()
    yarn, identifier = caller(world)
    methods = rm_service(yarn, (Protection.AUTHENTICATION,)).methods
    register = call(identifier, "", REGISTER.SerializeToString())
    known = methods["registerApplicationMaster"](register)
    assert isinstance(known, pb.RegisterApplicationMasterResponseProto)
    assert known.queue == "root.default"
    assert [each.name for each in known.resource_types] == [
        "yarn.io/gpu",
        "memory-mb",
        "vcores",
    ]
    world.cluster.tokens.amrm.announce()
    beat = pb.AllocateRequestProto(response_id=0).SerializeToString()
    answer = methods["allocate"](call(identifier, "", beat))
    assert isinstance(answer, pb.AllocateResponseProto)
    assert answer.HasField("am_rm_token")
    assert not answer.HasField("a_m_command")


@pytest.mark.parametrize("missing", ["priority", "capability"])
def test_asks_that_lack_something(missing: str) -> None:
    world = World()
    yarn, identifier = caller(world)
    methods = rm_service(yarn, (Protection.AUTHENTICATION,)).methods
    ask = yarn_pb2.ResourceRequestProto(
        priority=yarn_pb2.PriorityProto(priority=1),
        capability=yarn_pb2.ResourceProto(memory=64, virtual_cores=1),
        resource_name="*",
        num_containers=1,
    )
    ask.ClearField(missing)
    request = pb.AllocateRequestProto(ask=[ask], response_id=0).SerializeToString()
    with pytest.raises(ClusterError) as error:
        methods["allocate"](call(identifier, "", request))
    assert error.value.java_class == "java.lang.NullPointerException"


def test_a_request_that_cannot_be_read() -> None:
    yarn, identifier = caller(World())
    methods = rm_service(yarn, (Protection.AUTHENTICATION,)).methods
    with pytest.raises(ClusterError):
        methods["allocate"](call(identifier, "", b"\xff"))
