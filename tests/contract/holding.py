"""ApplicationMasters whose containers only wait: tests speak in their place."""

from __future__ import annotations

import asyncio
import base64
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from google.protobuf.message import Message

from tests.contract.test_rest import spec
from xlearning.hadoop.application_master import PROTOCOL
from xlearning.hadoop.credentials import AMRM_TOKEN_KIND, Credentials
from xlearning.hadoop.proto import yarn_service_pb2 as pb
from xlearning.hadoop.records import NMToken, ResourceRequest, Token
from xlearning.hadoop.rpc.channel import RpcChannel
from xlearning.hadoop.rpc.failover import Address, Failover
from xlearning.hadoop.rpc.sasl import TokenCredential

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.conftest import Yarn
    from xlearning.hadoop.proto import yarn_pb2

START_TIMEOUT_S = 60.0
M = TypeVar("M", bound=Message)


def hold(yarn: Yarn, folder: Path) -> tuple[str, Token]:
    """Submit an application that waits; return its id and its master's token."""
    application_id = yarn.new_id()
    shown = folder / "token"
    command = (
        f"base64 -w0 container_tokens > {shown}.new; mv {shown}.new {shown}; sleep 120"
    )
    body = spec(application_id)
    body["am-container-spec"] = {"commands": {"command": command}}
    assert yarn.call("POST", "/apps", body).status_code == 202
    deadline = time.monotonic() + START_TIMEOUT_S
    while not shown.exists():
        assert time.monotonic() < deadline, yarn.get(f"/apps/{application_id}")
        time.sleep(0.05)
    credentials = Credentials.from_bytes(base64.b64decode(shown.read_text()))
    token = credentials.token_of_kind(AMRM_TOKEN_KIND)
    assert token is not None
    return application_id, token


@dataclass
class Held:
    """An attempt, spoken for message by message.

    Attributes:
        id: The application's.
        token: The ApplicationMaster's.
        address: Of the scheduler.
        registered: Whether it is.
        response_id: Of the last allocate.
        nm_tokens: By node.
    """

    id: str
    token: Token
    address: Address
    registered: bool = False
    response_id: int = 0
    nm_tokens: dict[str, NMToken] = field(default_factory=dict)

    async def call(
        self, method: str, request: Message, kind: type[M], token: Token | None = None
    ) -> M:
        """Call a method on a connection of its own."""
        async with RpcChannel(
            PROTOCOL, Failover([self.address]), TokenCredential(token or self.token)
        ) as channel:
            data = await channel.call(method, request.SerializeToString())
        return kind.FromString(data)

    async def register(
        self, token: Token | None = None
    ) -> pb.RegisterApplicationMasterResponseProto:
        """Register, with another token if one is given."""
        request = pb.RegisterApplicationMasterRequestProto(host="h", rpc_port=-1)
        kind = pb.RegisterApplicationMasterResponseProto
        answer = await self.call("registerApplicationMaster", request, kind, token)
        self.registered = True
        return answer

    async def allocate(
        self,
        *asks: yarn_pb2.ResourceRequestProto | ResourceRequest,
        response_id: int | None = None,
        **more: Any,
    ) -> pb.AllocateResponseProto:
        """Send a heartbeat."""
        messages = [
            each.to_proto() if isinstance(each, ResourceRequest) else each
            for each in asks
        ]
        request = pb.AllocateRequestProto(
            response_id=self.response_id if response_id is None else response_id,
            progress=0.5,
            ask=messages,
            **more,
        )
        answer = await self.call("allocate", request, pb.AllocateResponseProto)
        self.response_id = answer.response_id
        tokens = map(NMToken.from_proto, answer.nm_tokens)
        self.nm_tokens |= {str(each.node_id): each for each in tokens}
        return answer

    async def containers(self, count: int) -> list[yarn_pb2.ContainerProto]:
        """Beat until so many containers came."""
        found: list[yarn_pb2.ContainerProto] = []
        for _ in range(200):
            found += (await self.allocate()).allocated_containers
            if len(found) >= count:
                break
            await asyncio.sleep(0.05)
        return found
