from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.local.world import attempt_id, fixed_bytes
from xlearning.errors import ClusterError
from xlearning.hadoop.records import Token
from xlearning.hadoop.rpc import wire
from xlearning.hadoop.rpc.connection import RpcConnection
from xlearning.hadoop.rpc.digest_md5 import Protection
from xlearning.hadoop.rpc.events import Established, Event, Failed, Refused, Replied
from xlearning.hadoop.rpc.sasl import SimpleUser, TokenCredential
from xlearning.local.rpc_session import Offer, RpcSession
from xlearning.local.tokens import Tokens

PROTOCOL = "org.example.ProtocolPB"
ALL = tuple(Protection)
TOKENS = Tokens(fixed_bytes)
TOKEN = TOKENS.begin(attempt_id())


def server(offer: Offer) -> RpcSession:
    """Return a server that knows `TOKEN`."""
    return RpcSession(offer, lambda i: TOKENS.check_amrm(i)[2], fixed_bytes)


def client(
    token: Token = TOKEN, wanted: Protection = Protection.AUTHENTICATION
) -> RpcConnection:
    """Return a client, which is proved against Hadoop elsewhere."""
    return RpcConnection(PROTOCOL, TokenCredential(token, (wanted,)), fixed_bytes)


def talk(one: RpcConnection, other: RpcSession, cut: int = 1 << 20) -> list[Event]:
    """Carry bytes both ways, in pieces, until nobody has more; calls are echoed."""
    events: list[Event] = []
    while True:
        forth = one.data_to_send()
        for start in range(0, len(forth), cut):
            other.receive_data(forth[start : start + cut])
        while (call := other.next_call()) is not None:
            if call.method == "fail":
                error = ClusterError("", java_class="a.B", remote_text="no")
                other.fail(call, error)
            else:
                other.reply(call, call.request)
        back = other.data_to_send()
        for start in range(0, len(back), cut):
            one.receive_data(back[start : start + cut])
        while (event := one.next_event()) is not None:
            events.append(event)
        if not forth and not back:
            return events


@pytest.mark.parametrize("protection", ALL)
@given(cut=st.integers(1, 200), request=st.binary(max_size=300))
def test_calls_are_answered(protection: Protection, cut: int, request: bytes) -> None:
    caller, session = client(wanted=protection), server(Offer(protections=ALL))
    first = caller.call("echo", request)
    second = caller.call("fail", b"")

    events = talk(caller, session, cut)

    assert events == [
        Established(protection),
        Replied(first, request),
        Failed(second, "a.B", "no"),
    ]
    third = caller.call("echo", b"again")
    assert talk(caller, session, cut) == [Replied(third, b"again")]


def test_large_answers_come_whole() -> None:
    caller = client(wanted=Protection.PRIVACY)
    session = server(Offer(protections=ALL))
    caller.call("echo", bytes(200_000))
    assert talk(caller, session)[-1] == Replied(0, bytes(200_000))


def test_a_wrong_password_is_refused() -> None:
    wrong = Token(TOKEN.identifier, b"wrong", TOKEN.kind)
    session = server(Offer())
    events = talk(client(wrong), session)
    assert events == [
        Refused(
            "javax.security.sasl.SaslException",
            "DIGEST-MD5: digest response format violation. Mismatched response.",
        )
    ]
    assert session.closed


def test_a_token_of_an_attempt_that_is_over() -> None:
    tokens = Tokens(fixed_bytes)
    token = tokens.begin(attempt_id(2))
    tokens.end(attempt_id(2))
    (event,) = talk(client(token), server(Offer()))
    assert isinstance(event, Refused)
    assert event.java_class.endswith("SecretManager$InvalidToken")
    assert "appattempt_1700000000000_0002_000001 not found" in event.text


def test_a_name_does_not_do_where_a_token_is_wanted() -> None:
    session = server(Offer())
    session.receive_data(wire.connection_header(wire.AuthProtocol.NONE))
    reply = wire.parse_reply(session.data_to_send()[4:])
    assert reply.call_id == wire.CallId.AUTHORIZATION_FAILED
    assert reply.java_class == "org.apache.hadoop.security.AccessControlException"
    assert reply.text == ("SIMPLE authentication is not enabled.  Available:[TOKEN]")


def test_a_name_does_where_none_is_wanted() -> None:
    caller = RpcConnection(PROTOCOL, SimpleUser("alice"), fixed_bytes)
    session = server(Offer(tokens=False))
    caller.call("echo", b"x")
    caller_bytes = caller.data_to_send()
    session.receive_data(caller_bytes)
    caller.receive_data(session.data_to_send())
    session.receive_data(caller.data_to_send())
    call = session.next_call()
    assert call is not None
    assert (call.user, call.method, call.protocol) == ("alice", "echo", PROTOCOL)


@given(st.binary(max_size=100))
def test_no_bytes_are_too_bad(data: bytes) -> None:
    session = server(Offer())
    session.receive_data(wire.connection_header(wire.AuthProtocol.SASL) + data)
    session.receive_data(b"")
    assert session.closed


def test_a_call_before_the_talk_is_not_heard() -> None:
    session = server(Offer())
    target = wire.call_target(PROTOCOL, "echo")
    frame = wire.call_frame(0, bytes(16), target, b"")
    session.receive_data(wire.connection_header(wire.AuthProtocol.SASL) + frame)
    assert session.next_call() is None
