from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.errors import ConfigError
from xlearning.hadoop.credentials import (
    AMRM_TOKEN_KIND,
    Credentials,
    token_from_url_string,
    token_to_url_string,
    vint,
)
from xlearning.hadoop.records import Token

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hadoop.conftest import Java

# Written by Hadoop 3.4.2 (`Credentials.writeTokenStorageToStream`).
FILE = bytes.fromhex(
    "48445453 00 01 00 12 0a0d0a09082a1080d095ffbc31100110b960"
    "14 853454ad4b7aa9432bac47e75a57c5efcb438cc9"
    "10 5941524e5f414d5f524d5f544f4b454e 00 01 01 6b 02 7631"
)
TOKEN = Token(
    bytes.fromhex("0a0d0a09082a1080d095ffbc31100110b960"),
    bytes.fromhex("853454ad4b7aa9432bac47e75a57c5efcb438cc9"),
    AMRM_TOKEN_KIND,
)
URL_STRING = (
    "EgoNCgkIKhCA0JX_vDEQARC5YBSFNFStS3qpQyusR-daV8Xvy0OMyRBZQVJOX0FNX1JNX1RPS0VOAA"
)
# `WritableUtils.writeVLong` of Hadoop.
VINTS = {
    0: "00",
    127: "7f",
    -112: "90",
    -1: "ff",
    128: "8f80",
    200: "8fc8",
    255: "8fff",
    256: "8e0100",
    65535: "8effff",
    -113: "8770",
    2147483647: "8c7fffffff",
}
tokens = st.builds(
    Token, st.binary(max_size=300), st.binary(max_size=300), st.text(), st.text()
)
credentials = st.builds(
    Credentials,
    st.dictionaries(st.text(), tokens, max_size=3),
    st.dictionaries(st.text(), st.binary(max_size=300), max_size=3),
)


def test_hadoops_file_is_read_and_written() -> None:
    read = Credentials.from_bytes(FILE)

    assert read == Credentials({"": TOKEN}, {"k": b"v1"})
    assert read.to_bytes() == FILE


def test_trailing_bytes_are_ignored() -> None:
    assert Credentials.from_bytes(FILE + b"more") == Credentials.from_bytes(FILE)


@pytest.mark.parametrize("length", range(len(FILE)))
def test_a_file_that_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(ConfigError, match="token file"):
        Credentials.from_bytes(FILE[:length])


@pytest.mark.parametrize(
    "data", [b"", b"HDTS\x02", b"PK\x03\x04 ", b"HDTS\x01\x02\xff"]
)
def test_what_is_no_token_file_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigError, match="token file"):
        Credentials.from_bytes(data)


@given(credentials)
def test_credentials_survive_their_file(value: Credentials) -> None:
    assert Credentials.from_bytes(value.to_bytes()) == value


@pytest.mark.parametrize(("number", "encoded"), VINTS.items())
def test_numbers_are_written_as_hadoop_does(number: int, encoded: str) -> None:
    assert vint(number).hex() == encoded


def test_the_url_string_is_hadoops() -> None:
    assert token_to_url_string(TOKEN) == URL_STRING
    assert token_from_url_string(URL_STRING) == TOKEN
    assert token_from_url_string(URL_STRING + "==") == TOKEN


@given(tokens)
def test_a_token_survives_its_url_string(token: Token) -> None:
    assert token_from_url_string(token_to_url_string(token)) == token


@pytest.mark.parametrize("text", ["", "a", "EgoN", "ü"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="no Hadoop token"):
        token_from_url_string(text)


def test_containers_get_neither_our_token_nor_our_secrets() -> None:
    hdfs = Token(b"h", b"p", "HDFS_DELEGATION_TOKEN", "ha-hdfs:ns")
    mine = Credentials({"": TOKEN, "hdfs": hdfs}, {"job": b"secret"})

    theirs = mine.for_containers({"leaf": b"certificate"})

    assert theirs == Credentials({"hdfs": hdfs}, {"leaf": b"certificate"})
    assert mine.token_of_kind(AMRM_TOKEN_KIND) == TOKEN
    assert theirs.token_of_kind(AMRM_TOKEN_KIND) is None


@pytest.mark.java
def test_hadoop_reads_our_file_and_we_read_both_of_its(
    java: Java, tmp_path: Path
) -> None:
    hdfs = Token(b"h" * 200, b"\xff\x00", "HDFS_DELEGATION_TOKEN", "ha-hdfs:ns")
    ours = Credentials({"": TOKEN, "ü": hdfs}, {"a": b"", "b": bytes(range(200))})
    paths = [tmp_path / name for name in ("ours", "v0", "v1")]
    paths[0].write_bytes(ours.to_bytes())
    numbers = ["0", "-113", str(2**63 - 1), str(-(2**63)), "65536"]

    lines = java.run("TokenFiles", *map(str, paths), *numbers)

    for token in (TOKEN, hdfs):
        assert (
            f"token {token.identifier.hex()} {token.password.hex()} kind={token.kind} "
            f"service={token.service} url={token_to_url_string(token)}"
        ) in lines
    assert f"secrets {{a=-, b={bytes(range(200)).hex()}}}" in lines
    assert [line for line in lines if line.startswith("vint")] == [
        f"vint {number} {vint(int(number)).hex()}" for number in numbers
    ]
    assert Credentials.from_bytes(paths[1].read_bytes()) == ours
    assert Credentials.from_bytes(paths[2].read_bytes()) == ours
