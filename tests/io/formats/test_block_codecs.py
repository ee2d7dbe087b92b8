"""LZ4 and snappy chunks, against Arrow's own coder."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.io.formats.block_codecs import lz4_chunk, lz4_length, snappy_chunk

repetitive = st.builds(
    lambda parts: b"".join(part * count for part, count in parts),
    st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 300)), max_size=8),
)


def packed(codec: str, data: bytes) -> bytes:
    """Compress without any framing."""
    done: bytes = pa.Codec(codec).compress(data, asbytes=True)
    return done


@given(repetitive)
def test_lz4_blocks(data: bytes) -> None:
    block = packed("lz4_raw", data)
    assert lz4_length(block) == len(data)
    assert lz4_chunk(block, len(data)) == data


@given(repetitive)
def test_snappy_chunks(data: bytes) -> None:
    assert snappy_chunk(packed("snappy", data), len(data)) == data


@given(repetitive.filter(lambda data: len(data) > 20), st.data())
def test_a_cut_block_is_not_taken_for_a_whole_one(
    data: bytes, draw: st.DataObject
) -> None:
    for codec, decode in (("lz4_raw", lz4_chunk), ("snappy", snappy_chunk)):
        block = packed(codec, data)
        cut = block[: draw.draw(st.integers(0, len(block) - 1))]
        try:
            found = decode(cut, len(data))
        except (ValueError, OSError):
            continue
        assert len(found) < len(data)


def test_a_chunk_never_becomes_more_than_its_block_has() -> None:
    for codec, decode in (("lz4_raw", lz4_chunk), ("snappy", snappy_chunk)):
        with pytest.raises(
            ValueError, match="a chunk of 100 bytes in a block that has"
        ):
            decode(packed(codec, b"x" * 100), 99)
