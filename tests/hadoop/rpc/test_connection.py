from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hadoop.rpc.test_digest_md5 import TOKEN
from tests.hadoop.rpc.test_protection import Server
from xlearning.errors import LocalProtocolError, RemoteProtocolError
from xlearning.hadoop.proto import rpc_pb2
from xlearning.hadoop.rpc import wire
from xlearning.hadoop.rpc.connection import RpcConnection, State
from xlearning.hadoop.rpc.digest_md5 import Protection
from xlearning.hadoop.rpc.events import (
    Closed,
    Established,
    Event,
    Failed,
    Refused,
    Replied,
)
from xlearning.hadoop.rpc.protection import Integrity
from xlearning.hadoop.rpc.sasl import SaslMessage, SimpleUser, TokenCredential

PROTOCOL = "org.example.ProtocolPB"
_STATUS = rpc_pb2.RpcResponseHeaderProto


def reply(call_id: int, payload: bytes = b"", *, java_class: str = "") -> bytes:
    """Return a server's frame: an answer, or an error where there is a class."""
    header = _STATUS(
        callId=call_id % 2**32,
        status=_STATUS.ERROR if java_class else _STATUS.SUCCESS,
        exceptionClassName=java_class,
    )
    body = b"" if java_class else wire.varint(len(payload)) + payload
    return wire.frame(wire.delimited(header), body)


def fatal(call_id: int, java_class: str) -> bytes:
    """Return the frame after which a server closes."""
    header = _STATUS(
        callId=call_id % 2**32, status=_STATUS.FATAL, exceptionClassName=java_class
    )
    return wire.frame(wire.delimited(header))


WELCOME = reply(
    wire.CallId.SASL, SaslMessage(state=SaslMessage.SUCCESS).SerializeToString()
)


def simple() -> RpcConnection:
    """Return a connection without security."""
    return RpcConnection(PROTOCOL, SimpleUser("alice"), bytes)


def events(connection: RpcConnection) -> list[Event]:
    """Return all that happened."""
    found = []
    while (event := connection.next_event()) is not None:
        found.append(event)
    return found


def opened() -> RpcConnection:
    """Return a connection on which calls go out."""
    connection = simple()
    connection.data_to_send()
    connection.receive_data(WELCOME)
    assert events(connection) == [Established(Protection.AUTHENTICATION)]
    connection.data_to_send()
    return connection


def test_it_begins_with_the_header_and_negotiate() -> None:
    sent = simple().data_to_send()

    assert sent.startswith(bytes.fromhex("687270630900df0000000e"))


def test_early_calls_wait_for_the_welcome() -> None:
    connection = simple()
    connection.data_to_send()
    call_id = connection.call("greet", b"request")
    assert connection.data_to_send() == b""

    connection.receive_data(WELCOME)

    sent = connection.data_to_send()
    assert sent.index(PROTOCOL.encode()) < sent.index(b"greet")
    assert call_id == 0
    assert not connection.idle


def test_answers_may_come_out_of_order() -> None:
    connection = opened()
    first, second = connection.call("a", b""), connection.call("b", b"")

    connection.receive_data(reply(second, b"2") + reply(first, java_class="java.X"))

    assert events(connection) == [Replied(second, b"2"), Failed(first, "java.X", "")]
    assert connection.idle


def test_the_answer_of_a_forgotten_call_is_ignored() -> None:
    connection = opened()
    call_id = connection.call("a", b"")
    connection.forget(call_id)

    connection.receive_data(reply(call_id, b"late"))

    assert events(connection) == []


def test_a_call_that_waits_can_be_forgotten() -> None:
    connection = simple()
    connection.forget(connection.call("greet", b""))
    connection.receive_data(WELCOME)

    assert b"greet" not in connection.data_to_send()


def test_an_answer_to_no_call_is_the_servers_fault() -> None:
    connection = opened()

    with pytest.raises(RemoteProtocolError, match="call 5, which was not made"):
        connection.receive_data(reply(5))
    assert connection.state is State.CLOSED


def test_the_end_names_what_was_not_answered() -> None:
    connection = opened()
    call_id = connection.call("a", b"")

    connection.receive_data(b"")

    assert events(connection) == [Closed((call_id,))]
    with pytest.raises(LocalProtocolError, match="closed connection"):
        connection.call("b", b"")


def test_a_fatal_reply_ends_the_connection() -> None:
    connection = simple()

    connection.receive_data(fatal(-33, "java.Denied") + b"rest that is not looked at")

    assert events(connection) == [Refused("java.Denied", "")]
    connection.receive_data(b"more")
    assert events(connection) == []
    assert connection.data_to_send() == b""


@given(st.lists(st.integers(1, 40), min_size=1))
def test_any_cut_of_the_stream_gives_the_same_events(cuts: list[int]) -> None:
    def run(sizes: list[int]) -> list[Event]:
        connection = simple()
        for name in "abc":
            connection.call(name, b"")
        stream = WELCOME + reply(1, b"x" * 90) + reply(0, java_class="java.X")
        stream += reply(2) + fatal(-1, "java.Denied")
        found: list[Event] = []
        position = turn = 0
        while position < len(stream):
            size = sizes[turn % len(sizes)]
            connection.receive_data(stream[position : position + size])
            found += events(connection)
            position, turn = position + size, turn + 1
        return found

    assert run(cuts) == run([10_000])


def wrapped(*frames: bytes) -> RpcConnection:
    """Return a signed connection that got frames of the server in single bytes."""
    connection = RpcConnection(PROTOCOL, TokenCredential(TOKEN), bytes)
    # The talk itself is tested with its vectors and with Hadoop's own server.
    connection._talk.wrapping = Integrity(
        bytes.fromhex("b98f219e91a27bb39a1fc06a746ab042")
    )
    connection._open()
    for _ in frames:
        connection.call("a", b"")
    server = Server("rc4").integrity
    for byte in b"".join(frames):
        token = server.wrap(bytes([byte]))
        message = SaslMessage(state=SaslMessage.WRAP, token=token)
        connection.receive_data(reply(-33, message.SerializeToString()))
    return connection


def test_unwrapped_bytes_are_a_stream_too() -> None:
    connection = wrapped(reply(0, b"zero"), reply(1, b"one"))

    assert events(connection)[1:] == [Replied(0, b"zero"), Replied(1, b"one")]


def test_an_unprotected_reply_is_refused() -> None:
    connection = wrapped(reply(0))

    with pytest.raises(RemoteProtocolError, match="unprotected"):
        connection.receive_data(reply(0))


def test_wrapping_that_was_not_agreed_is_refused() -> None:
    message = SaslMessage(state=SaslMessage.WRAP, token=b"x" * 20)

    with pytest.raises(RemoteProtocolError, match="without having agreed"):
        opened().receive_data(reply(-33, message.SerializeToString()))


def test_a_long_call_is_wrapped_in_pieces() -> None:
    connection = wrapped()
    connection.data_to_send()
    connection.call("a", b"x" * 150_000)

    buffer = wire.FrameBuffer()
    buffer.append(connection.data_to_send())

    assert [len(frame) > 60_000 for frame in buffer.frames()] == [True, True, False]
