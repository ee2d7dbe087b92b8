"""Against the client's end, and bytes of the RFC's sums computed by a JDK."""

from __future__ import annotations

import pytest

from xlearning.errors import RemoteProtocolError
from xlearning.hadoop.rpc.protection import Integrity, Privacy, Wrapping
from xlearning.local.rpc_protection import ServerIntegrity, ServerPrivacy

KEY = bytes.fromhex("b98f219e91a27bb39a1fc06a746ab042")
ENDS = [
    (Integrity(KEY), ServerIntegrity(KEY)),
    (Privacy(KEY, "rc4"), ServerPrivacy(KEY)),
]


@pytest.mark.parametrize(("client", "server"), ENDS, ids=["auth-int", "auth-conf"])
def test_both_ends_read_each_other(client: Wrapping, server: Wrapping) -> None:
    for text in (b"one", b"two" * 1000):
        assert server.unwrap(client.wrap(text)) == text
        assert client.unwrap(server.wrap(text)) == text


@pytest.mark.parametrize(
    ("server", "token"),
    [
        (ServerIntegrity(KEY), "00000002010056224df88e977b449d84000100000000"),
        (ServerPrivacy(KEY), "d592a8b390b6ceca60611ff6282811e9000100000000"),
    ],
    ids=["auth-int", "auth-conf"],
)
def test_what_a_jdk_s_client_wraps(server: Wrapping, token: str) -> None:
    """Tokens that a Hadoop 3.4 server accepted."""
    assert server.unwrap(bytes.fromhex(token)) == bytes.fromhex("000000020100")


def test_a_changed_token_is_refused() -> None:
    token = bytearray(Integrity(KEY).wrap(b"pay 1"))
    token[4] = ord("9")
    with pytest.raises(RemoteProtocolError):
        ServerIntegrity(KEY).unwrap(bytes(token))
