from __future__ import annotations

import base64

import pytest

from xlearning.errors import RemoteProtocolError
from xlearning.hadoop.records import Token
from xlearning.hadoop.rpc.digest_md5 import (
    Challenge,
    Digest,
    Protection,
    choose,
    hmac_md5,
)

# A talk that a Hadoop 3.4.2 server accepted.
TOKEN = Token(
    bytes.fromhex("0a0d0a09082a1080d095ffbc31100110b960"),
    bytes.fromhex("853454ad4b7aa9432bac47e75a57c5efcb438cc9"),
)
CHALLENGE = (
    b'realm="default",nonce="7YM0Ha42BR3h6FGg9Hi0sdRoPaAvpwbKVVJO6XbO",qop="auth",'
    b"charset=utf-8,algorithm=md5-sess"
)
CLIENT_NONCE = "Y25vbmNlLWZvci10aGUtZXhhbXBsZQ=="
ANSWER = (
    b'charset=utf-8,username="Cg0KCQgqEIDQlf+8MRABELlg",realm="default",'
    b'nonce="7YM0Ha42BR3h6FGg9Hi0sdRoPaAvpwbKVVJO6XbO",nc=00000001,'
    b'cnonce="Y25vbmNlLWZvci10aGUtZXhhbXBsZQ==",digest-uri="/default",maxbuf=65536,'
    b"response=483fe484ff24310fee72e16adbacc02e,qop=auth"
)
SEALED_NONCE = base64.b64encode(bytes(range(30))).decode()


def digest(
    protection: Protection = Protection.AUTHENTICATION, nonce: str | None = None
) -> Digest:
    """Return an answer to the challenge, or to one with another nonce."""
    challenge = Challenge.parse(CHALLENGE)
    if nonce is not None:
        challenge = Challenge("default", nonce, challenge.protections, ("rc4",))
    cipher = "rc4" if protection is Protection.PRIVACY else ""
    return Digest(challenge, TOKEN, CLIENT_NONCE, "/default", protection, cipher)


def test_the_answer_is_what_a_server_accepted() -> None:
    assert digest().to_bytes() == ANSWER


def test_the_servers_proof_is_checked() -> None:
    digest().verify(b"rspauth=c9c19758b39b1b86219750ba3056279c")
    with pytest.raises(RemoteProtocolError, match="could not prove"):
        digest().verify(b"rspauth=c9c19758b39b1b86219750ba3056279d")
    with pytest.raises(RemoteProtocolError, match="could not prove"):
        digest().verify(b"")


@pytest.mark.parametrize(
    ("protection", "proof"),
    [
        (Protection.AUTHENTICATION, "368233b664876c33bac0d6baf16d5e9f"),
        (Protection.INTEGRITY, "29a40c31ba28645b89791ec8ee583b87"),
        (Protection.PRIVACY, "e7659d8ad1af28c2ecc7619d074a18f6"),
    ],
)
def test_the_proof_depends_on_the_protection(
    protection: Protection, proof: str
) -> None:
    assert digest(protection, SEALED_NONCE).server_response() == proof


def test_the_answer_to_privacy_names_the_cipher() -> None:
    sealed = digest(Protection.PRIVACY, SEALED_NONCE)

    assert sealed.response() == "77113c2d127b7304f7ef466ff29511cb"
    assert sealed.to_bytes().endswith(b'qop=auth-conf,cipher="rc4"')
    assert sealed.session_key.hex() == "b98f219e91a27bb39a1fc06a746ab042"


def test_a_challenge_lists_what_is_offered() -> None:
    challenge = Challenge.parse(
        rb'realm="a\"b",nonce="n",qop="auth-conf,auth",cipher="3des, rc4",'
        rb"algorithm=md5-sess"
    )

    assert challenge == Challenge('a"b', "n", ("auth-conf", "auth"), ("3des", "rc4"))


def test_without_an_offer_authentication_is_all() -> None:
    challenge = Challenge.parse(b'nonce="n",algorithm=md5-sess')

    assert challenge.protections == ("auth",)


@pytest.mark.parametrize(
    "data", [b"", b"nonce=1", b'nonce="n",algorithm=md5', b'nonce="n', b"=,,"]
)
def test_an_unusable_challenge_is_refused(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="challenge"):
        Challenge.parse(data)


def test_the_first_of_ours_is_chosen() -> None:
    assert choose(["b", "a"], ["a", "b"], "things") == "a"
    with pytest.raises(RemoteProtocolError, match="offers things `a`; known here: `b`"):
        choose(["a"], ["b"], "things")


def test_hmac_md5_is_rfc_2202s() -> None:
    code = hmac_md5(b"Jefe", b"what do ya want for nothing?")

    assert code.hex() == "750c783e6ab0b503eaa86e310a5db738"
