from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hadoop.rpc.test_digest_md5 import SEALED_NONCE, digest
from xlearning.errors import RemoteProtocolError
from xlearning.hadoop.rpc.digest_md5 import Protection, md5
from xlearning.hadoop.rpc.protection import (
    Integrity,
    Privacy,
    Rc4,
    TripleDes,
    wrapping_for,
)

KEY = bytes.fromhex("b98f219e91a27bb39a1fc06a746ab042")
MESSAGE = bytes.fromhex("000000020100")


def test_authentication_alone_wraps_nothing() -> None:
    assert wrapping_for(digest()) is None


def test_integrity_signs_as_the_jdk_does() -> None:
    wrapping = wrapping_for(digest(Protection.INTEGRITY, SEALED_NONCE))

    assert wrapping is not None
    assert wrapping.wrap(MESSAGE).hex() == (
        "00000002010056224df88e977b449d84000100000000"
    )


def test_privacy_seals_as_the_jdk_does() -> None:
    wrapping = wrapping_for(digest(Protection.PRIVACY, SEALED_NONCE))

    assert wrapping is not None
    assert (
        wrapping.wrap(MESSAGE).hex() == "d592a8b390b6ceca60611ff6282811e9000100000000"
    )
    assert (
        wrapping.wrap(MESSAGE).hex() == "9def5f518210d531dbd0abba7bd2519c000100000001"
    )


def test_rc4_is_the_known_one() -> None:
    assert Rc4(b"Key", seal=True).update(b"Plaintext").hex() == "bbf316e8d940af0ad3"


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_triple_des_opens_what_it_sealed(blocks: list[bytes]) -> None:
    padded = [block + bytes(-len(block) % 8) for block in blocks]
    seal, open_ = TripleDes(KEY, seal=True), TripleDes(KEY, seal=False)

    assert [open_.update(seal.update(block)) for block in padded] == padded


class Server:
    """The other side: the JDK signs and seals with the keys of its direction."""

    def __init__(self, cipher: str) -> None:
        keys = {
            name: md5(KEY + text.encode())
            for name, text in {
                "sign": "Digest session key to server-to-client signing key "
                "magic constant",
                "seal": "Digest H(A1) to server-to-client sealing key magic constant",
            }.items()
        }
        self.integrity = Integrity(KEY)
        self.integrity._sent._key = keys["sign"]
        self.privacy = Privacy(KEY, cipher)
        self.privacy._sent._key = keys["sign"]
        kind: type[Rc4 | TripleDes] = Rc4 if cipher == "rc4" else TripleDes
        self.privacy._seal = kind(keys["seal"], seal=True)


@pytest.mark.parametrize("cipher", ["rc4", "3des"])
@given(messages=st.lists(st.binary(max_size=70), max_size=5))
def test_what_the_server_wraps_is_unwrapped(cipher: str, messages: list[bytes]) -> None:
    server, client = Server(cipher), Privacy(KEY, cipher)
    signed = Integrity(KEY)

    for message in messages:
        assert client.unwrap(server.privacy.wrap(message)) == message
        assert signed.unwrap(server.integrity.wrap(message)) == message


@pytest.mark.parametrize("cipher", ["rc4", "3des"])
@given(position=st.integers(0, 200), bit=st.integers(0, 7))
def test_a_changed_token_is_noticed(cipher: str, position: int, bit: int) -> None:
    token = bytearray(Server(cipher).privacy.wrap(b"from the server"))
    token[position % len(token)] ^= 1 << bit

    with pytest.raises(RemoteProtocolError, match="signature"):
        Privacy(KEY, cipher).unwrap(bytes(token))


@pytest.mark.parametrize("data", [b"", b"\x00", bytes(15), bytes(17)])
def test_a_token_that_is_cut_off_is_noticed(data: bytes) -> None:
    for wrapping in (Integrity(KEY), Privacy(KEY, "rc4"), Privacy(KEY, "3des")):
        with pytest.raises(RemoteProtocolError):
            wrapping.unwrap(data)


def test_a_repeated_token_is_noticed() -> None:
    token = Server("rc4").integrity.wrap(b"once")
    client = Integrity(KEY)
    client.unwrap(token)

    with pytest.raises(RemoteProtocolError, match="signature"):
        client.unwrap(token)
