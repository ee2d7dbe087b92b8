"""ContainerManagementProtocol of one node: checks tokens, then asks its NodeManager.

Words are those of `ContainerManagerImpl` and `NMTokenSecretManagerInNM` of YARN's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.errors import ClusterError
from xlearning.hadoop.container_management import PROTOCOL
from xlearning.hadoop.ids import ContainerId
from xlearning.hadoop.launch_context import ContainerLaunchContext
from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.proto import yarn_service_pb2 as pb
from xlearning.hadoop.records import Token
from xlearning.local.cluster import refusal
from xlearning.local.node.manager import ContainerStart
from xlearning.local.rpc_server import Service, parse_request
from xlearning.local.rpc_session import Offer
from xlearning.local.tokens import (
    INVALID_TOKEN,
    InvalidToken,
    UnreadableToken,
    nm_owner,
)

if TYPE_CHECKING:
    from xlearning.hadoop.ids import NodeId
    from xlearning.hadoop.rpc.digest_md5 import Protection
    from xlearning.local.applications import RmContainer
    from xlearning.local.node.manager import NodeManager
    from xlearning.local.rpc_session import Call
    from xlearning.local.tokens import ContainerGrant
    from xlearning.local.yarn import Yarn

_YARN_EXCEPTION = "YarnException"


def nm_service(
    yarn: Yarn,
    node_id: NodeId,
    manager: NodeManager,
    protections: tuple[Protection, ...],
) -> Service:
    """Return the service that ApplicationMasters call at a node."""
    calls = _Calls(yarn, node_id, manager)
    return Service(
        PROTOCOL,
        {
            "startContainers": calls.start,
            "stopContainers": calls.stop,
            "getContainerStatuses": calls.statuses,
        },
        Offer(protections=protections),
        lambda identifier: yarn.cluster.tokens.check_nm(identifier, node_id)[1],
    )


class _Calls:
    def __init__(self, yarn: Yarn, node_id: NodeId, manager: NodeManager) -> None:
        self._yarn = yarn
        self._node_id = node_id
        self._manager = manager

    def start(self, call: Call) -> pb.StartContainersResponseProto:
        request = parse_request(pb.StartContainersRequestProto, call)
        response = pb.StartContainersResponseProto()
        self._yarn.cluster.tokens.nm_token_used(call.identifier)
        for each in request.start_container_request:
            grant = self._grant(Token.from_proto(each.container_token))
            context = ContainerLaunchContext.from_proto(each.container_launch_context)
            try:
                self._start(call, grant, context)
            except ClusterError as error:
                response.failed_requests.append(_failure(grant.container_id, error))
            else:
                response.succeeded_requests.append(grant.container_id.to_proto())
        return response

    def _grant(self, token: Token) -> ContainerGrant:
        """Check a container's token; a bad one fails the whole call."""
        try:
            return self._yarn.cluster.tokens.check_container(token)
        except UnreadableToken as error:
            raise refusal(_YARN_EXCEPTION, str(error)) from error
        except InvalidToken as error:
            raise refusal(INVALID_TOKEN, str(error)) from error

    def _start(
        self, call: Call, grant: ContainerGrant, context: ContainerLaunchContext
    ) -> None:
        self._check(call, grant)
        with self._yarn.change() as (cluster, _):
            application = cluster.application_of(grant.container_id)
            attempt = application.attempt if application else None
            given = attempt.containers.get(grant.container_id) if attempt else None
            known = str(grant.container_id) in self._manager.containers()
            if application is None or (given is None and not known):
                raise refusal(
                    _YARN_EXCEPTION,
                    f"Container {grant.container_id} is not allocated any more",
                )
            self._manager.start(self._order(grant, context, given))
            if given is not None:
                given.started = True

    def _order(
        self,
        grant: ContainerGrant,
        context: ContainerLaunchContext,
        given: RmContainer | None,
    ) -> ContainerStart:
        return ContainerStart(
            str(grant.container_id),
            grant.container_id.attempt_id.application_id,
            grant.user,
            context,
            grant.resource.memory_mb,
            grant.resource.virtual_cores,
            {},
            self._node_id.port,
            gpus=grant.resource.gpus,
            priority=grant.priority,
            allocation_request_id=given.allocation_request_id if given else -1,
        )

    def _check(self, call: Call, grant: ContainerGrant) -> None:
        container_id, owner = grant.container_id, nm_owner(call.identifier)
        unauthorized = "Unauthorized request to start container.\n"
        if container_id.attempt_id.application_id != owner.application_id:
            raise refusal(
                _YARN_EXCEPTION,
                f"{unauthorized}NMToken for application attempt : {owner} was used "
                "for starting container with container token issued for application "
                f"attempt : {container_id.attempt_id}",
            )
        if grant.node != str(self._node_id):
            raise refusal(
                _YARN_EXCEPTION,
                f"{unauthorized}Container {container_id} is not for this node",
            )
        if grant.rm_identifier != self._yarn.cluster.settings.started_ms:
            raise refusal(
                "InvalidContainerException",
                f"\nContainer {container_id} rejected as it is allocated by a "
                "previous RM",
            )
        if grant.expires_ms < self._yarn.now():
            raise refusal(
                _YARN_EXCEPTION,
                f"{unauthorized}This token is expired. current time is "
                f"{self._yarn.now()} found {grant.expires_ms}",
            )

    def stop(self, call: Call) -> pb.StopContainersResponseProto:
        request = parse_request(pb.StopContainersRequestProto, call)
        response = pb.StopContainersResponseProto()
        for message in request.container_id:
            container_id = ContainerId.from_proto(message)
            try:
                _check_owner(call, container_id, "stop")
                if not self._manager.stop(str(container_id)):
                    raise refusal(
                        _YARN_EXCEPTION,
                        f"Container {container_id} is not handled by this NodeManager",
                    )
            except ClusterError as error:
                response.failed_requests.append(_failure(container_id, error))
            else:
                response.succeeded_requests.append(message)
        return response

    def statuses(self, call: Call) -> pb.GetContainerStatusesResponseProto:
        request = parse_request(pb.GetContainerStatusesRequestProto, call)
        response = pb.GetContainerStatusesResponseProto()
        for message in request.container_id:
            container_id = ContainerId.from_proto(message)
            try:
                _check_owner(call, container_id, "get status for")
                status = self._manager.status(str(container_id))
            except ClusterError as error:
                response.failed_requests.append(_failure(container_id, error))
            else:
                response.status.append(status.to_proto())
        return response


def _check_owner(call: Call, container_id: ContainerId, what: str) -> None:
    owner = nm_owner(call.identifier)
    if owner.application_id != container_id.attempt_id.application_id:
        raise refusal(
            _YARN_EXCEPTION,
            f"{owner} attempted to {what} non-application container : {container_id}",
        )


def _failure(
    container_id: ContainerId, error: ClusterError
) -> pb.ContainerExceptionMapProto:
    return pb.ContainerExceptionMapProto(
        container_id=container_id.to_proto(),
        exception=yarn_pb2.SerializedExceptionProto(
            message=error.remote_text, class_name=error.java_class
        ),
    )
