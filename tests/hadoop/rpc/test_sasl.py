from __future__ import annotations

import pytest

from tests.hadoop.rpc.test_digest_md5 import ANSWER, CHALLENGE, CLIENT_NONCE, TOKEN
from xlearning.errors import RemoteProtocolError
from xlearning.hadoop.rpc.digest_md5 import Protection
from xlearning.hadoop.rpc.protection import Integrity
from xlearning.hadoop.rpc.sasl import (
    Credential,
    SaslAuth,
    SaslMessage,
    SaslTalk,
    SimpleUser,
    TokenCredential,
)

PROOF = b"rspauth=c9c19758b39b1b86219750ba3056279c"


def offer(
    challenge: bytes | None = CHALLENGE, mechanism: str = "DIGEST-MD5"
) -> SaslMessage:
    """Return what a ResourceManager offers."""
    auth = SaslAuth(
        method="TOKEN",
        mechanism=mechanism,
        protocol="",
        serverId="default",
        challenge=challenge,
    )
    return SaslMessage(state=SaslMessage.NEGOTIATE, auths=[auth])


def talk(credential: Credential | None = None) -> SaslTalk:
    """Begin a talk with the token of the reference."""
    return SaslTalk(credential or TokenCredential(TOKEN), CLIENT_NONCE)


def test_a_talk_with_a_token_ends_well() -> None:
    talking = talk()

    assert talking.first_message().state == SaslMessage.NEGOTIATE
    answer = talking.receive(offer())
    assert answer is not None
    assert answer.state == SaslMessage.INITIATE
    assert answer.token == ANSWER
    assert not talking.done
    assert talking.receive(SaslMessage(state=SaslMessage.SUCCESS, token=PROOF)) is None
    assert talking.done
    assert talking.wrapping is None


def test_the_offer_is_echoed_in_every_field_but_the_challenge() -> None:
    answer = talk().receive(offer())

    assert answer is not None
    (echo,) = answer.auths
    assert echo.HasField("protocol")
    assert echo.serverId == "default"
    assert not echo.HasField("challenge")


def test_a_challenge_may_come_later() -> None:
    talking = talk()

    first = talking.receive(offer(challenge=None))
    second = talking.receive(SaslMessage(state=SaslMessage.CHALLENGE, token=CHALLENGE))
    talking.receive(SaslMessage(state=SaslMessage.SUCCESS, token=PROOF))

    assert first is not None
    assert first.token == b""
    assert second is not None
    assert second.state == SaslMessage.RESPONSE
    assert second.token == ANSWER
    assert talking.done


def test_our_first_choice_of_protection_is_taken() -> None:
    challenge = CHALLENGE.replace(b'qop="auth"', b'qop="auth,auth-int,auth-conf"')
    wanted = (Protection.INTEGRITY, Protection.AUTHENTICATION)
    talking = talk(TokenCredential(TOKEN, wanted))

    answer = talking.receive(offer(challenge))

    assert answer is not None
    assert b"qop=auth-int" in answer.token
    assert talking._digest is not None
    proof = f"rspauth={talking._digest.server_response()}".encode()
    talking.receive(SaslMessage(state=SaslMessage.SUCCESS, token=proof))
    assert isinstance(talking.wrapping, Integrity)
    assert talking.protection is Protection.INTEGRITY


def test_a_server_without_security_takes_any_name() -> None:
    talking = talk(SimpleUser("alice"))

    assert talking.receive(SaslMessage(state=SaslMessage.SUCCESS)) is None
    assert talking.done


def test_simple_is_chosen_without_an_answer() -> None:
    talking = talk(SimpleUser("alice"))
    message = offer()
    message.auths.add(method="SIMPLE", mechanism="")

    answer = talking.receive(message)

    assert answer is not None
    assert [auth.method for auth in answer.auths] == ["SIMPLE"]
    assert talking.done


@pytest.mark.parametrize(
    ("credential", "message", "words"),
    [
        (None, SaslMessage(state=SaslMessage.SUCCESS), "takes no tokens"),
        (None, SaslMessage(state=SaslMessage.NEGOTIATE), "wants nothing, not TOKEN"),
        (SimpleUser("a"), offer(), "wants TOKEN, not SIMPLE"),
        (None, offer(mechanism="SCRAM-SHA-256"), "by `SCRAM-SHA-256` only"),
        (None, SaslMessage(state=SaslMessage.WRAP), "SASL WRAP while negotiating"),
        (None, offer(CHALLENGE.replace(b"auth", b"x")), "offers protection"),
    ],
)
def test_what_cannot_be_agreed_on_is_said(
    credential: Credential | None, message: SaslMessage, words: str
) -> None:
    with pytest.raises(RemoteProtocolError, match=words):
        talk(credential).receive(message)


def test_a_server_that_does_not_know_the_token_is_refused() -> None:
    talking = talk()
    talking.receive(offer())

    with pytest.raises(RemoteProtocolError, match="could not prove"):
        talking.receive(SaslMessage(state=SaslMessage.SUCCESS, token=b"rspauth=00"))


def test_success_needs_a_challenge() -> None:
    talking = talk()
    talking.receive(offer(challenge=None))

    with pytest.raises(RemoteProtocolError, match="without a challenge"):
        talking.receive(SaslMessage(state=SaslMessage.SUCCESS))


def test_a_second_challenge_is_refused() -> None:
    talking = talk()
    talking.receive(offer())

    with pytest.raises(RemoteProtocolError, match="second challenge"):
        talking.receive(SaslMessage(state=SaslMessage.CHALLENGE, token=CHALLENGE))
