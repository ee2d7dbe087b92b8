"""TFile, from bytes that Hadoop wrote and from damaged ones."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.errors import RemoteProtocolError
from xlearning.io.tfile import (
    ChunkedValue,
    GzipSource,
    PlainSource,
    ReadRange,
    Region,
    read_vint,
    records,
)

DATA = Path(__file__).parents[1] / "data" / "logs"


def ranges(data: bytes) -> ReadRange:
    """Read from memory as from a file."""
    return lambda offset, length: data[offset : offset + length]


def source(data: bytes) -> PlainSource:
    """Read all of some bytes."""
    return PlainSource(ranges(data), Region(0, len(data), len(data)))


# Written by org.apache.hadoop.io.file.tfile.Utils.writeVLong.
@pytest.mark.parametrize(
    ("encoded", "number"),
    [
        ("00", 0),
        ("7f", 127),
        ("e0", -32),
        ("cc80", 128),
        ("ccff", 255),
        ("cbdf", -33),
        ("dfff", 5119),
        ("b800", -5120),
        ("a81400", 5120),
        ("b3ffff", 786431),
        ("9bffff", -786433),
        ("b74240", 1000000),
        ("97ffffff", 134217727),
        ("83f7ffffff", -134217729),
        ("85ff172b5af000", -1000000000000),
        ("837fffffff", 2147483647),
        ("8500ffffffffff", 1099511627775),
        ("8600ffffffffffff", 281474976710655),
        ("86feffffffffffff", -281474976710657),
        ("877fffffffffffffff", 9223372036854775807),
        ("878000000000000000", -9223372036854775808),
    ],
)
def test_variable_length_numbers(encoded: str, number: int) -> None:
    assert read_vint(source(bytes.fromhex(encoded))) == number


def test_keys_of_a_file_that_hadoop_wrote() -> None:
    data = (DATA / "none.tfile").read_bytes()
    keys = [key for key, _ in records(ranges(data), len(data))]
    assert keys[:3] == ["VERSION", "APPLICATION_ACL", "APPLICATION_OWNER"]
    assert [key[-1] for key in keys[3:]] == ["1", "2", "3"]


@given(st.integers(0, 6212))
def test_any_cut_is_noticed(length: int) -> None:
    data = (DATA / "none.tfile").read_bytes()[:length]
    with pytest.raises(RemoteProtocolError, match="not a TFile"):
        list(records(ranges(data), length))


@given(st.binary(max_size=300), st.integers(1, 50), st.integers(0, 40))
def test_a_value_is_its_chunks_joined(data: bytes, size: int, skipped: int) -> None:
    pieces = [data[i : i + size] for i in range(0, len(data), size)] or [b""]
    encoded = io.BytesIO()
    for piece in pieces[:-1]:
        encoded.write(bytes([0x83]) + (-len(piece)).to_bytes(4, "big", signed=True))
        encoded.write(piece)
    encoded.write(bytes([0x83]) + len(pieces[-1]).to_bytes(4, "big") + pieces[-1])
    value = ChunkedValue(source(encoded.getvalue()))
    value.skip(skipped)
    assert value.read(7) == data[skipped : skipped + 7]
    assert value.read(1000) == data[skipped + 7 :]
    assert value.at_end()


@given(st.binary(min_size=1, max_size=5000), st.integers(0, 6000), st.integers(0, 99))
def test_compressed_and_plain_give_the_same(data: bytes, skipped: int, n: int) -> None:
    packed = GzipSource(source(zlib.compress(data)))
    plain = source(data)
    for each in (packed, plain):
        assert not each.at_end()
        each.skip(skipped)
        assert each.read(n) == data[skipped : skipped + n]
        assert each.read(9999) == data[skipped + n :]
        assert each.at_end()


def test_long_blocks_are_read_by_windows() -> None:
    data = bytes(range(256)) * 10_000
    asked: list[tuple[int, int]] = []

    def read_range(offset: int, length: int) -> bytes:
        asked.append((offset, length))
        return data[offset : offset + length]

    plain = PlainSource(read_range, Region(0, len(data), len(data)))
    assert plain.read(3) == b"\0\1\2"
    plain.skip(2_000_000 - 3)
    assert plain.read(5) == data[2_000_000:2_000_005]
    assert asked == [(0, 1 << 20), (2_000_000, 560_000)]


def test_damage_inside_is_noticed() -> None:
    with pytest.raises(RemoteProtocolError, match="before its block does"):
        PlainSource(ranges(b"ab"), Region(0, 5, 5)).read(5)
    with pytest.raises(RemoteProtocolError, match="within a chunk"):
        ChunkedValue(source(b"\x05ab")).read(5)
    with pytest.raises(RemoteProtocolError, match="too early"):
        read_vint(source(b""))
    with pytest.raises(RemoteProtocolError, match="damaged"):
        GzipSource(source(b"no zlib at all")).read(1)
    cut = zlib.compress(bytes(range(256)) * 9)[:-20]
    assert len(GzipSource(source(cut)).read(9999)) < 256 * 9


def test_other_codecs_are_refused() -> None:
    data = (DATA / "none.tfile").read_bytes().replace(b"\4none", b"\4zstd")
    with pytest.raises(RemoteProtocolError, match="`zstd` cannot be read"):
        list(records(ranges(data), len(data)))


def test_a_file_without_index_is_refused() -> None:
    data = (DATA / "none.tfile").read_bytes().replace(b"BCFile.index", b"BCFile.other")
    with pytest.raises(RemoteProtocolError, match="no index"):
        list(records(ranges(data), len(data)))
