"""Through real sockets, with the client that is proved against Hadoop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ClusterError
from xlearning.hadoop.rpc.channel import RpcChannel
from xlearning.hadoop.rpc.failover import Address, Failover
from xlearning.hadoop.rpc.sasl import SimpleUser
from xlearning.local.client_service import CLIENT_PROTOCOL

if TYPE_CHECKING:
    from tests.local.live import Live


async def test_an_unknown_method_is_refused_in_hadoop_s_words(live: Live) -> None:
    address = Address("127.0.0.1", live.server.ports["client"])
    user = SimpleUser("alice")
    async with RpcChannel(CLIENT_PROTOCOL, Failover([address]), user) as channel:
        with pytest.raises(ClusterError) as error:
            await channel.call("fooBar", b"")
    assert error.value.java_class == "org.apache.hadoop.ipc.RpcNoSuchMethodException"
    assert error.value.remote_text == (
        f"Unknown method fooBar called on {CLIENT_PROTOCOL} protocol."
    )


async def test_a_name_opens_no_token_port(live: Live) -> None:
    address = Address("127.0.0.1", live.server.ports["scheduler"])
    user = SimpleUser("alice")
    async with RpcChannel("x.Y", Failover([address]), user) as channel:
        with pytest.raises(Exception, match="TOKEN"):
            await channel.call("allocate", b"")
