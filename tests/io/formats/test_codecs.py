"""Compressed files, made by Hadoop's codecs and by Python; damaged ones too."""

from __future__ import annotations

import bz2
import gzip
import zlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.io.formats.reading import lookup
from xlearning.errors import ConfigError
from xlearning.io.formats.base import DamagedFile, Piece
from xlearning.io.formats.codecs import codec_of, is_splittable, plain
from xlearning.io.formats.sources import open_piece

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.io.formats.peers.peer import Peer

COMPRESS = "org.apache.hadoop.io.compress"
JAVA_CODECS = {
    ".gz": "GzipCodec",
    ".deflate": "DefaultCodec",
    ".bz2": "BZip2Codec",
    ".snappy": "SnappyCodec",
    ".lz4": "Lz4Codec",
}
"""Those that Hadoop has without native libraries; zstd it has not."""


def zstd(data: bytes) -> bytes:
    """Compress as one frame."""
    packed: bytes = pa.Codec("zstd").compress(data, asbytes=True)
    return packed


OURS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".deflate": zlib.compress,
    ".bz2": bz2.compress,
    ".zst": zstd,
}
DATA = b"".join(b"line %d of some text\n" % number for number in range(200_000))


def unpack(path: Path, size: int = 1 << 20) -> bytes:
    """Return what is in a file, read in pieces."""
    length = path.stat().st_size
    with open_piece(Piece(str(path), 0, length, length), lookup) as file:
        source = plain(file, str(path))
        parts = list(iter(lambda: source.read(size), b""))
        assert source.read(size) == b""
    assert all(len(part) <= size for part in parts)
    return b"".join(parts)


@pytest.mark.java
@pytest.mark.parametrize("extension", JAVA_CODECS)
@pytest.mark.parametrize("data", [b"", b"x", DATA], ids=len)
def test_what_hadoop_compressed(
    peer: Peer, tmp_path: Path, extension: str, data: bytes
) -> None:
    path = tmp_path / f"data{extension}"
    peer.compress(f"{COMPRESS}.{JAVA_CODECS[extension]}", path, data)
    assert unpack(path) == data


@pytest.mark.parametrize("extension", OURS)
@given(st.lists(st.binary(max_size=300), max_size=4), st.integers(1, 200))
@hypothesis_settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_several_streams_follow_each_other(
    tmp_path: Path, extension: str, parts: list[bytes], size: int
) -> None:
    path = tmp_path / f"data{extension}"
    path.write_bytes(b"".join(map(OURS[extension], parts)))
    assert unpack(path, size) == b"".join(parts)


@pytest.mark.parametrize("extension", OURS)
def test_no_end_that_comes_too_early_is_taken_for_the_real_one(
    tmp_path: Path, extension: str
) -> None:
    path = tmp_path / f"data{extension}"
    whole = OURS[extension](DATA[:3000])
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile, match=f"data{extension}.* at byte {length}"):
            unpack(path)


@pytest.mark.java
@pytest.mark.parametrize("extension", [".snappy", ".lz4"])
def test_neither_is_one_between_hadoops_blocks(
    peer: Peer, tmp_path: Path, extension: str
) -> None:
    path = tmp_path / f"data{extension}"
    peer.compress(f"{COMPRESS}.{JAVA_CODECS[extension]}", path, DATA[:3000])
    whole = path.read_bytes()
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile):
            unpack(path)


@pytest.mark.parametrize("extension", [*OURS, ".snappy", ".lz4"])
def test_what_is_not_compressed_is_damaged(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"data{extension}"
    path.write_bytes(DATA)
    with pytest.raises(DamagedFile):
        unpack(path)


@pytest.mark.parametrize("extension", OURS)
def test_a_changed_byte_is_noticed(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"data{extension}"
    whole = bytearray(OURS[extension](DATA))
    whole[len(whole) // 2] ^= 0x10
    path.write_bytes(whole)
    if extension == ".zst":  # a frame has a checksum only if its writer wants one
        return
    with pytest.raises(DamagedFile):
        unpack(path)


@pytest.mark.parametrize("extension", [*OURS, ".snappy", ".lz4"])
def test_an_empty_file_is_empty(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"data{extension}"
    path.write_bytes(b"")
    assert unpack(path) == b""


def test_files_are_known_by_their_extensions() -> None:
    assert codec_of("hdfs://nn/a.b/c") is None
    assert codec_of("hdfs://nn/a.gz/c.txt") is None
    assert is_splittable("a.bz2")
    assert is_splittable("a")
    assert not is_splittable("a.zst")
    with pytest.raises(ConfigError, match=r"`\.lzo` cannot be read without Java"):
        codec_of("hdfs://nn/a.lzo")
