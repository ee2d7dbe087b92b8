"""Servers that misbehave; good ones are Hadoop's own, where protocols are tested."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.hadoop.rpc.test_connection import WELCOME, fatal, reply
from xlearning.errors import (
    ClusterError,
    ConnectionLost,
    LocalProtocolError,
    RemoteProtocolError,
)
from xlearning.hadoop.rpc.channel import Deadlines, RpcChannel, clean_text
from xlearning.hadoop.rpc.failover import Address, Failover
from xlearning.hadoop.rpc.sasl import SimpleUser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOWHERE = Address("127.0.0.1", 1)


@asynccontextmanager
async def server(*answers: bytes, close: bool = False) -> AsyncIterator[Address]:
    """Serve one answer for each thing that a client sends, then nothing or the end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.read(65536)
            writer.write(answer)
        if not close:
            await reader.read()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        host, port = listening.sockets[0].getsockname()
        yield Address(host, port)


def channel(*addresses: Address, **deadlines: float) -> RpcChannel:
    """Return a channel without security."""
    limits = Deadlines(**{"connect_s": 0.3, "call_s": 0.3, **deadlines})
    return RpcChannel("P", Failover(addresses), SimpleUser("alice"), limits)


async def test_the_next_address_is_tried_at_once() -> None:
    async with (
        server(WELCOME, reply(0, b"done")) as address,
        channel(NOWHERE, address) as calls,
    ):
        assert await calls.call("m", b"") == b"done"
        assert calls.pause_s == 0.0


async def test_a_silent_server_is_given_up() -> None:
    async with server() as address, channel(address) as calls:
        with pytest.raises(ConnectionLost, match="did not answer within"):
            await calls.call("m", b"")
        assert calls.pause_s > 0


async def test_a_call_has_a_deadline() -> None:
    async with server(WELCOME) as address, channel(address) as calls:
        with pytest.raises(ConnectionLost, match=r"did not answer `m` within 0\.1 s"):
            await calls.call("m", b"", timeout_s=0.1)


async def test_a_broken_connection_is_told_and_opened_again() -> None:
    async with server(WELCOME, b"", close=True) as address, channel(address) as calls:
        for _ in range(2):
            with pytest.raises(ConnectionLost, match="closed the connection"):
                await calls.call("m", b"")


async def test_a_refused_connection_has_a_java_class() -> None:
    async with server(fatal(-1, "java.Denied")) as address, channel(address) as calls:
        with pytest.raises(ClusterError) as caught:
            await calls.call("m", b"")

    assert caught.value.java_class == "java.Denied"


async def test_a_standby_is_not_a_refusal() -> None:
    standby = "org.apache.hadoop.ipc.StandbyException"
    async with (
        server(fatal(-1, standby)) as first,
        server(WELCOME, reply(0, java_class=standby)) as second,
        server(WELCOME, reply(0, b"done")) as third,
        channel(first, second, third) as calls,
    ):
        with pytest.raises(ConnectionLost, match="cannot serve now"):
            await calls.call("m", b"")
        assert await calls.call("m", b"") == b"done"


async def test_a_server_of_another_kind_is_a_protocol_error() -> None:
    async with server(b"HTTP/1.1 404 Not Found") as address, channel(address) as calls:
        with pytest.raises(RemoteProtocolError, match="a frame of"):
            await calls.call("m", b"")


async def test_calls_share_a_connection() -> None:
    answers = reply(1, b"b") + reply(0, b"a")
    async with server(WELCOME, b"", answers) as address, channel(address) as calls:
        first = await asyncio.gather(calls.call("a", b""), calls.call("b", b""))

    assert list(first) == [b"a", b"b"]


async def test_a_channel_works_in_its_block_only() -> None:
    with pytest.raises(LocalProtocolError, match="outside of its"):
        await channel(NOWHERE).call("m", b"")


async def test_a_cancelled_call_leaves_the_channel_usable() -> None:
    async with (
        server(WELCOME, b"", reply(1, b"done")) as address,
        channel(address, call_s=5.0) as calls,
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await calls.call("m", b"")
        assert await calls.call("n", b"") == b"done"


def test_a_stack_trace_is_cut_off() -> None:
    text = "java.io.IOException: org.apache.X$YException: why\n more\n\tat a.b(C:1)\n"

    assert clean_text(text) == "why\n more"
    assert clean_text("plain: text") == "plain: text"
