"""ApplicationMasterProtocol: from messages to the core and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.hadoop.application_master import PROTOCOL
from xlearning.hadoop.ids import ContainerId
from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.proto import yarn_service_pb2 as pb
from xlearning.hadoop.records import Preemption, ResourceRequest
from xlearning.local import masters
from xlearning.local.cluster import refusal
from xlearning.local.resource_records import resource_types, whole
from xlearning.local.rpc_server import Service, parse_request
from xlearning.local.rpc_session import Offer
from xlearning.local.tokens import amrm_owner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.hadoop.ids import ApplicationAttemptId
    from xlearning.hadoop.rpc.digest_md5 import Protection
    from xlearning.local.applications import Answer
    from xlearning.local.rpc_session import Call
    from xlearning.local.yarn import Yarn

_NULL_POINTER = "java.lang.NullPointerException"
_NO_CAPABILITY = (
    'Cannot invoke "org.apache.hadoop.yarn.api.records.Resource.'
    'getResourceInformation(int)" because "reqResource" is null'
)
_KNOWN_UNITS = ", Gi, G, k, m, M, n, p, P, T, u, Ti, Pi, Mi, Ki"
_UNITS = frozenset(_KNOWN_UNITS.split(", "))


def rm_service(yarn: Yarn, protections: tuple[Protection, ...]) -> Service:
    """Return the service that ApplicationMasters call."""
    calls = _Calls(yarn)
    return Service(
        PROTOCOL,
        {
            "registerApplicationMaster": calls.register,
            "allocate": calls.allocate,
            "finishApplicationMaster": calls.finish,
        },
        Offer(protections=protections),
        lambda identifier: yarn.cluster.tokens.check_amrm(identifier)[2],
    )


def _caller(call: Call) -> tuple[ApplicationAttemptId, int]:
    """Return the attempt and the key that the connection was opened with.

    Its token was checked then; it may be too old by now, and still holds.
    """
    return amrm_owner(call.identifier)


class _Calls:
    def __init__(self, yarn: Yarn) -> None:
        self._yarn = yarn

    def register(self, call: Call) -> pb.RegisterApplicationMasterResponseProto:
        request = parse_request(pb.RegisterApplicationMasterRequestProto, call)
        address = (request.host, request.rpc_port, request.tracking_url)
        with self._yarn.change() as (cluster, now):
            known = masters.register(cluster, _caller(call)[0], address, now)
        response = pb.RegisterApplicationMasterResponseProto(
            maximumCapability=whole(known.maximum),
            queue=known.queue,
            containers_from_previous_attempts=[c.to_proto() for c in known.containers],
            nm_tokens_from_previous_attempts=[t.to_proto() for t in known.nm_tokens],
            scheduler_resource_types=[pb.MEMORY, pb.CPU],
            resource_types=resource_types(),
        )
        for name, acl in known.acls.items():
            access = yarn_pb2.ApplicationAccessTypeProto.Value(f"APPACCESS_{name}")
            response.application_ACLs.add(accessType=access, acl=acl)
        return response

    def allocate(self, call: Call) -> pb.AllocateResponseProto:
        request = parse_request(pb.AllocateRequestProto, call)
        attempt_id, key = _caller(call)
        said = masters.Allocate(
            request.response_id,
            request.progress,
            _asks(request.ask),
            tuple(ContainerId.from_proto(each) for each in request.release),
            tuple(request.blacklist_request.blacklist_additions),
            tuple(request.blacklist_request.blacklist_removals),
            bool(request.scheduling_requests),
        )
        with self._yarn.change() as (cluster, now):
            answer = masters.allocate(cluster, attempt_id, said, now)
            newer = cluster.tokens.newer_amrm_token(attempt_id, key)
        response = _answer(answer)
        if newer is not None:
            response.am_rm_token.CopyFrom(newer.to_proto())
        return response

    def finish(self, call: Call) -> pb.FinishApplicationMasterResponseProto:
        request = parse_request(pb.FinishApplicationMasterRequestProto, call)
        status = pb.FinalApplicationStatusProto.Name(request.final_application_status)
        end = (
            status.removeprefix("APP_"),
            request.diagnostics,
            request.tracking_url,
        )
        with self._yarn.change() as (cluster, now):
            done = masters.finish(cluster, _caller(call)[0], end, now)
        return pb.FinishApplicationMasterResponseProto(isUnregistered=done)


def _asks(
    messages: Iterable[yarn_pb2.ResourceRequestProto],
) -> tuple[ResourceRequest, ...]:
    """Read asks.

    YARN accepts one without priority, and every later call fails; here it is refused.
    """
    asks = []
    for message in messages:
        if not message.HasField("capability") or not message.HasField("priority"):
            raise refusal(_NULL_POINTER, _NO_CAPABILITY)
        for amount in message.capability.resource_value_map:
            if amount.units not in _UNITS:
                raise refusal(
                    "java.lang.IllegalArgumentException",
                    f"Unknown unit '{amount.units}'. Known units are [{_KNOWN_UNITS}]",
                )
        asks.append(ResourceRequest.from_proto(message))
    return tuple(asks)


def _answer(answer: Answer) -> pb.AllocateResponseProto:
    response = pb.AllocateResponseProto(
        response_id=answer.response_id,
        allocated_containers=[each.to_proto() for each in answer.containers],
        completed_container_statuses=[each.to_proto() for each in answer.completed],
        limit=whole(answer.available),
        updated_nodes=[each.to_proto() for each in answer.nodes],
        num_cluster_nodes=answer.node_count,
        nm_tokens=[each.to_proto() for each in answer.nm_tokens],
    )
    for given, message in zip(
        answer.containers, response.allocated_containers, strict=True
    ):
        message.resource.CopyFrom(whole(given.resource))
    response.application_priority.priority = answer.priority
    if answer.preempted:
        preemption = Preemption(contract=answer.preempted)
        response.preempt.CopyFrom(preemption.to_proto())
    return response
