"""Text, beside Hadoop's own TextInputFormat on the same files."""

from __future__ import annotations

import bz2
import gzip
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.io.formats.peers.peer import MAPRED
from tests.io.formats.reading import read_all, read_split, settings, splits_of
from xlearning.errors import ConfigError
from xlearning.io.formats.base import DamagedFile, SourceFile
from xlearning.io.formats.lines import DELIMITER_KEY, MAX_LENGTH_KEY
from xlearning.io.formats.registry import find_input_format
from xlearning.io.formats.text import (
    CombineTextInput,
    JsonLinesInput,
    KeyValueTextInput,
    TextInput,
)
from xlearning.io.storage import Storages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.io.conftest import Place
    from tests.io.formats.peers.peer import Peer
    from xlearning.io.storage import StorageLookup

many = hypothesis_settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
texts = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"bc", b"b|", b"||", b"\xff", b"\t"]),
    max_size=30,
).map(b"".join)
DELIMITERS = ("", "|", "|a", "ab|", "\r\n", "|\n|b")
OVERLAPPING = ("||", "aa", "aba")
"""Hadoop's readers of neighbouring splits do not agree where these are."""


def joined(records: list[bytes]) -> bytes:
    """Return records as the trainer gets them."""
    return b"".join(record + b"\n" for record in records)


def check_beside_hadoop(
    peer: Peer,
    path: Path,
    block_bytes: int,
    properties: dict[str, str],
    name: str = "TextInputFormat",
) -> None:
    """Compare the splits and the records of every split."""
    form = find_input_format(f"{MAPRED}.{name}")
    asked = {**properties, "fs.local.block.size": str(block_bytes)}
    expected = peer.read(f"{MAPRED}.{name}", path, asked)
    found = splits_of(form, [path], properties, block_bytes)
    places = [(split.pieces[0].start, split.length) for split in found]
    assert places == [(split.start, split.length) for split in expected]
    for split, java in zip(found, expected, strict=True):
        assert read_split(form, split, properties) == joined(java.records)


@pytest.mark.java
@given(texts, st.integers(1, 12), st.sampled_from(DELIMITERS))
@example(b"a\r\nb\r\n\r\nc", 2, "")
@example(b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", 3, "")
@example(b"\xef\xbb\xbf", 3, "")
@many
def test_every_split_has_the_records_that_hadoop_reads(
    peer: Peer, tmp_path: Path, data: bytes, block_bytes: int, delimiter: str
) -> None:
    path = tmp_path / "data"
    path.write_bytes(data)
    properties = {DELIMITER_KEY: delimiter} if delimiter else {}
    check_beside_hadoop(peer, path, block_bytes, properties)


@given(texts, st.integers(1, 12), st.sampled_from((*DELIMITERS, *OVERLAPPING)))
@many
def test_every_byte_is_read_once(
    tmp_path: Path, data: bytes, block_bytes: int, delimiter: str
) -> None:
    path = tmp_path / "data"
    path.write_bytes(data)
    properties = {DELIMITER_KEY: delimiter} if delimiter else {}
    parts = read_all(TextInput(), [path], properties, block_bytes)
    whole = read_all(TextInput(), [path], properties)
    assert parts == whole


@pytest.mark.java
@given(texts, st.sampled_from(OVERLAPPING))
@many
def test_delimiters_that_overlap_themselves(
    peer: Peer, tmp_path: Path, data: bytes, delimiter: str
) -> None:
    path = tmp_path / "data"
    path.write_bytes(data.replace(b"bc", b"b"))
    check_beside_hadoop(peer, path, 1 << 20, {DELIMITER_KEY: delimiter})


@pytest.mark.java
@given(texts, st.integers(1, 12), st.integers(1, 9))
@many
def test_lines_that_are_too_long_are_left_out(
    peer: Peer, tmp_path: Path, data: bytes, block_bytes: int, longest: int
) -> None:
    """Hadoop's rest of a line that goes beyond its split counts as a line of its own.

    So only whole files are compared.
    """
    path = tmp_path / "data"
    path.write_bytes(data)
    properties = {MAX_LENGTH_KEY: str(longest)}
    check_beside_hadoop(peer, path, 1 << 20, properties)
    parts = read_all(TextInput(), [path], properties, block_bytes)
    assert parts == read_all(TextInput(), [path], properties)


@pytest.mark.java
@given(texts, st.integers(1, 12))
@many
def test_values_are_what_stands_behind_the_first_separator(
    peer: Peer, tmp_path: Path, data: bytes, block_bytes: int
) -> None:
    path = tmp_path / "data"
    path.write_bytes(data)
    properties = {"key.value.separator.in.input.line": "b"}
    for given_ in ({}, properties):
        check_beside_hadoop(
            peer, path, block_bytes, given_, name="KeyValueTextInputFormat"
        )


def test_a_separator_is_one_character(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"a")
    with pytest.raises(ConfigError, match="one ASCII character"):
        read_all(KeyValueTextInput(), [path], {"key.value.separator.in.input.line": ""})


def lines(count: int) -> bytes:
    """Return lines that do not compress away."""
    chance = random.Random(count)
    return b"".join(
        b"%d %s\n" % (number, chance.randbytes(chance.randrange(60)).hex().encode())
        for number in range(count)
    )


@pytest.mark.java
@pytest.mark.parametrize("level", [1, 9])
@pytest.mark.parametrize("block_bytes", [20_000, 77_777, 1 << 20])
def test_bzip2_is_read_by_blocks(
    peer: Peer, tmp_path: Path, level: int, block_bytes: int
) -> None:
    data = lines(40_000) + b"no end"
    path = tmp_path / "data.bz2"
    path.write_bytes(bz2.compress(data, level))
    found = splits_of(TextInput(), [path], block_bytes=block_bytes)
    given_ = [read_split(TextInput(), split) for split in found]
    assert b"".join(given_) == data + b"\n"
    asked = {"fs.local.block.size": str(block_bytes)}
    expected = peer.read(f"{MAPRED}.TextInputFormat", path, asked)
    assert [len(each) for each in given_] == [
        len(joined(split.records)) for split in expected
    ]


def test_compressed_files_are_one_split(tmp_path: Path) -> None:
    data = lines(1000)
    path = tmp_path / "data.gz"
    path.write_bytes(gzip.compress(data))
    (split,) = splits_of(TextInput(), [path], block_bytes=100)
    assert read_split(TextInput(), split) == data


def test_files_and_blocks_are_combined(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "abcd"]
    for path in paths:
        path.write_bytes(lines(100))
    size = paths[0].stat().st_size
    properties = {"mapreduce.input.fileinputformat.split.maxsize": str(2 * size + 1)}
    found = splits_of(CombineTextInput(), paths, properties)
    assert [len(split.pieces) for split in found] == [2, 2]
    assert read_all(CombineTextInput(), paths, properties) == lines(100) * 4
    small = {"mapreduce.input.fileinputformat.split.maxsize": "1000"}
    assert read_all(CombineTextInput(), paths, small) == lines(100) * 4


def test_json_lines_know_no_other_ends(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b'{"a": "|"}\n{"b": 1}')
    properties = {DELIMITER_KEY: "|"}
    expected = b'{"a": "|"}\n{"b": 1}\n'
    assert read_all(JsonLinesInput(), [path], properties, 3) == expected


@pytest.mark.hadoop
def test_text_on_hdfs_with_real_blocks(hdfs_place: Place) -> None:
    data = lines(60_000) + b"no end"
    hdfs_place.storage.write(hdfs_place.at("a b#%ü"), data)
    file = SourceFile(hdfs_place.url("a b#%ü"), len(data), 1 << 20)
    found = TextInput().splits([file], hdfs_place.lookup, settings())
    assert len(found) > 1
    assert b"".join(
        chunk
        for split in found
        for chunk in TextInput().read(split, hdfs_place.lookup, settings())
    ) == (data + b"\n")


@pytest.mark.hadoop
def test_faults_on_hdfs_name_the_file(
    hdfs_place: Place, hadoop_properties: Mapping[str, str]
) -> None:
    storage = hdfs_place.storage
    packed = gzip.compress(lines(1000))
    storage.write(hdfs_place.at("cut.gz"), packed[:-9])
    storage.write(hdfs_place.at("short"), b"only this\n")
    storage.write(hdfs_place.at("secret"), b"x\n", mode=0o600)
    storage.write(hdfs_place.at("empty"), b"")

    def read(name: str, length: int, lookup: StorageLookup) -> bytes:
        file = SourceFile(hdfs_place.url(name), length)
        (split,) = TextInput().splits([file], lookup, settings())
        return b"".join(TextInput().read(split, lookup, settings()))

    assert read("empty", 0, hdfs_place.lookup) == b""
    with pytest.raises(DamagedFile, match=r"cut\.gz` is damaged at byte .*too early"):
        read("cut.gz", len(packed) - 9, hdfs_place.lookup)
    with pytest.raises(DamagedFile, match=r"short` .*has 10 bytes and had 20 when"):
        read("short", 20, hdfs_place.lookup)
    with pytest.raises(FileNotFoundError, match="gone"):
        read("gone", 20, hdfs_place.lookup)
    with pytest.raises(PermissionError, match="user=alice, access=READ"):
        read("secret", 2, Storages(hadoop_properties, "alice"))
