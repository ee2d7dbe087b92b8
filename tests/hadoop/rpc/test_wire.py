from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.errors import RemoteProtocolError
from xlearning.hadoop.proto import rpc_pb2, yarn_service_pb2
from xlearning.hadoop.rpc import wire

CLIENT_ID = bytes(range(16))
PROTOCOL = "org.apache.hadoop.yarn.api.ApplicationMasterProtocolPB"


def test_the_connection_header_is_hadoops() -> None:
    assert wire.connection_header(wire.AuthProtocol.SASL).hex() == "687270630900df"
    assert wire.connection_header(wire.AuthProtocol.NONE).hex() == "68727063090000"


def test_negotiate_is_what_a_server_accepted() -> None:
    message = rpc_pb2.RpcSaslProto(state=rpc_pb2.RpcSaslProto.NEGOTIATE)

    expected = "0000000e0a0802100018412200280102" + "1001"
    assert wire.sasl_frame(message).hex() == expected


def test_the_context_is_what_a_server_accepted() -> None:
    expected = (
        "000000541a0802100018052210000102030405060708090a0b0c0d0e0f2801381a36"
    ) + PROTOCOL.encode().hex()

    assert wire.context_frame(CLIENT_ID, PROTOCOL, None).hex() == expected


def test_the_user_is_named_with_simple_authentication_only() -> None:
    frame = wire.context_frame(CLIENT_ID, PROTOCOL, "alice")

    assert b"alice" in frame


def test_a_call_is_what_a_server_accepted() -> None:
    request = yarn_service_pb2.RegisterApplicationMasterRequestProto(
        host="h1", rpc_port=0, tracking_url=""
    )
    expected = (
        bytes.fromhex("0000007a1a08021000180022 10000102030405060708090a0b0c0d0e0f2800")
        + bytes.fromhex("550a19")
        + b"registerApplicationMaster"
        + bytes.fromhex("1236")
        + PROTOCOL.encode()
        + bytes.fromhex("1801 08 0a02683110001a00")
    )

    target = wire.call_target(PROTOCOL, "registerApplicationMaster")
    frame = wire.call_frame(0, CLIENT_ID, target, request.SerializeToString())

    assert frame == expected


def test_ids_of_replies_are_signed() -> None:
    header = bytes.fromhex("0e08dfffffff0f100018093a004001")

    reply = wire.parse_reply(header + b"\x02\x10\x01")

    assert reply == wire.Reply(
        wire.CallId.SASL, wire.Status.SUCCESS, payload=b"\x10\x01"
    )


def test_an_error_has_a_class_and_a_text() -> None:
    header = rpc_pb2.RpcResponseHeaderProto(
        callId=3,
        status=rpc_pb2.RpcResponseHeaderProto.ERROR,
        exceptionClassName="java.io.IOException",
        errorMsg="no",
    )

    reply = wire.parse_reply(wire.delimited(header))

    assert reply == wire.Reply(3, wire.Status.ERROR, "java.io.IOException", "no")


@pytest.mark.parametrize(
    "data", [b"", b"\x05a", b"\xff" * 9, b"\x01\x00", b"\x02\x08\x01"]
)
def test_what_is_no_reply_is_the_servers_fault(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        wire.parse_reply(data)


@given(st.integers(0, 2**32), st.binary(max_size=5))
def test_a_delimited_message_can_be_split_off(length: int, rest: bytes) -> None:
    body = b"x" * (length % 1000)
    data = wire.varint(len(body)) + body + rest

    assert wire.split_delimited(data) == (body, rest)


def test_a_frame_of_a_wild_length_is_refused() -> None:
    buffer = wire.FrameBuffer()
    buffer.append(b"HTTP/1.1 404")

    with pytest.raises(RemoteProtocolError, match="a frame of"):
        list(buffer.frames())


@given(
    st.lists(st.binary(max_size=40), max_size=6),
    st.lists(st.integers(1, 30), min_size=1),
)
def test_any_cut_of_the_stream_gives_the_same_frames(
    parts: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(wire.frame(part) for part in parts)
    buffer = wire.FrameBuffer()
    got: list[bytes] = []
    position = turn = 0
    while position < len(stream):
        size = cuts[turn % len(cuts)]
        buffer.append(stream[position : position + size])
        got += buffer.frames()
        position, turn = position + size, turn + 1

    assert got == parts
    assert len(buffer) == 0
