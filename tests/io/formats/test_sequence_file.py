"""Heads and codecs of SequenceFiles; `test_sequence_input` has files of Hadoop's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.io.formats.sequence_file import (
    CODECS,
    DEFAULT_CODEC,
    Head,
    NotYet,
    parse_head,
)

HEAD = Head(
    "org.apache.hadoop.io.Text",
    "org.apache.hadoop.io.BytesWritable",
    DEFAULT_CODEC,
    True,
    bytes(range(16)),
    metadata={b"made by": b"us", b"": b"\xff" * 300},
)


def test_a_head_comes_back() -> None:
    data = HEAD.encode()
    found = parse_head(data + b"more")
    assert found.length == len(data)
    assert found == Head(**{**vars(HEAD), "length": len(data)})
    assert found.mark == b"\xff\xff\xff\xff" + bytes(range(16))


def test_a_cut_head_is_not_yet_one() -> None:
    data = HEAD.encode()
    for length in range(len(data)):
        with pytest.raises(NotYet):
            parse_head(data[:length])


def test_older_versions() -> None:
    plain = Head("a", "b", None, False, bytes(16)).encode()
    before_metadata = plain[:3] + b"\x05" + plain[4:10] + plain[14:]
    assert parse_head(before_metadata).value_class == "b"
    with pytest.raises(ValueError, match="version 7"):
        parse_head(plain[:3] + b"\x07" + plain[4:])


@pytest.mark.parametrize("name", CODECS)
@given(data=st.binary(max_size=50).map(lambda part: part * 40))
def test_codecs_come_back(name: str, data: bytes) -> None:
    codec = CODECS[name]
    assert codec.decompress(codec.compress(data)) == data


@pytest.mark.parametrize("name", CODECS)
def test_large_blocks(name: str) -> None:
    data = b"".join(b"%d " % number for number in range(200_000))
    codec = CODECS[name]
    assert codec.decompress(codec.compress(data)) == data
