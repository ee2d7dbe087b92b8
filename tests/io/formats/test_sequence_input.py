"""SequenceFiles that Hadoop wrote, read by us and by Hadoop."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.io.formats.peers.peer import MAPRED
from tests.io.formats.reading import read_all, read_split, splits_of
from tests.io.formats.test_text import joined
from xlearning.errors import ConfigError
from xlearning.io.formats.base import DamagedFile, Piece, RecordSplit
from xlearning.io.formats.sequence_file import Head
from xlearning.io.formats.sequence_input import SequenceFileInput

if TYPE_CHECKING:
    from pathlib import Path

    from tests.io.formats.peers.peer import Peer

CODECS = ("DefaultCodec", "GzipCodec", "BZip2Codec", "SnappyCodec", "Lz4Codec")
COMPRESSIONS = [
    ("NONE", ""),
    *((kind, codec) for kind in ("RECORD", "BLOCK") for codec in CODECS),
]
INPUT = f"{MAPRED}.SequenceFileInputFormat"


def records(count: int, longest: int = 400) -> list[tuple[bytes, bytes]]:
    """Return keys and values, some of them empty, few longer."""
    chance = random.Random(count)
    return [
        (
            b"%d" % number,
            chance.randbytes(chance.randrange(longest) // 2).hex().encode()
            * (200 if number % 97 == 0 else 1),
        )
        for number in range(count)
    ]


def lines(values: list[tuple[bytes, bytes]]) -> bytes:
    """Return values as the trainer gets them."""
    return b"".join(value + b"\n" for _, value in values)


@pytest.mark.java
@pytest.mark.parametrize("compression", COMPRESSIONS, ids="-".join)
def test_every_split_has_the_records_that_hadoop_reads(
    peer: Peer, tmp_path: Path, compression: tuple[str, str]
) -> None:
    path = tmp_path / "data"
    written = records(4000)
    peer.write(path, ("LongWritable", "Text"), compression, written)
    block_bytes = 104_000
    expected = peer.read(INPUT, path, {"fs.local.block.size": str(block_bytes)})
    found = splits_of(SequenceFileInput(), [path], {}, block_bytes)
    assert len(found) > 2
    assert [split.length for split in found] == [split.length for split in expected]
    for split, java in zip(found, expected, strict=True):
        assert read_split(SequenceFileInput(), split) == joined(java.records)
    assert b"".join(read_split(SequenceFileInput(), split) for split in found) == lines(
        written
    )


@pytest.mark.java
@pytest.mark.parametrize("compression", [COMPRESSIONS[0], COMPRESSIONS[6]])
@pytest.mark.parametrize("size", [1, 7, 20, 100, 1000, 7777])
def test_any_split_size_gives_every_record_once(
    peer: Peer, tmp_path: Path, compression: tuple[str, str], size: int
) -> None:
    path = tmp_path / "data"
    written = records(300, longest=10)
    peer.write(path, ("Text", "Text"), compression, written, interval=100)
    length = path.stat().st_size
    given_ = b""
    for start in range(0, length, size):
        piece = Piece(str(path), start, min(size, length - start), length)
        given_ += read_split(SequenceFileInput(), RecordSplit((piece,)))
    assert given_ == lines(written)


@pytest.mark.java
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("IntWritable", ["0", "-1", "2147483647"]),
        ("LongWritable", ["-9223372036854775808"]),
        ("VIntWritable", ["127", "128", "-112", "-113", "65536"]),
        ("VLongWritable", ["9223372036854775807", "-256"]),
        ("ByteWritable", ["-128", "5"]),
        ("ShortWritable", ["-32768"]),
        ("BooleanWritable", ["true", "false"]),
        ("FloatWritable", ["0.1", "1.0E10", "-3.0", "NaN", "1.1E-5"]),
        ("DoubleWritable", ["0.1", "123456.789", "-1.0E-300", "Infinity", "1.0E7"]),
        ("NullWritable", ["", ""]),
        ("BytesWritable", ["", "abc", "\x00ÿ"]),
    ],
)
@pytest.mark.parametrize(
    "compression", [COMPRESSIONS[0], COMPRESSIONS[6]], ids="-".join
)
def test_values_look_as_java_prints_them(
    peer: Peer,
    tmp_path: Path,
    kind: str,
    values: list[str],
    compression: tuple[str, str],
) -> None:
    path = tmp_path / "data"
    written = [(b"k", value.encode()) for value in values]
    peer.write(path, ("Text", kind), compression, written)
    (expected,) = peer.read(INPUT, path, {})
    assert read_all(SequenceFileInput(), [path]) == joined(expected.records)
    assert len(expected.records) == len(values)


@pytest.mark.java
@pytest.mark.parametrize("compression", COMPRESSIONS, ids="-".join)
def test_no_cut_file_is_taken_for_a_whole_one(
    peer: Peer, tmp_path: Path, compression: tuple[str, str]
) -> None:
    """Where a cut falls between two records nothing tells it from a whole file."""
    path = tmp_path / "data"
    written = records(20, longest=20)
    peer.write(path, ("Text", "Text"), compression, written)
    whole = path.read_bytes()
    expected = read_all(SequenceFileInput(), [path])
    noticed: list[DamagedFile] = []
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        try:
            found = read_all(SequenceFileInput(), [path])
        except DamagedFile as error:
            noticed.append(error)
        else:
            assert expected.startswith(found)
    assert len(noticed) >= len(whole) - len(written) - 3
    assert all(error.uri == f"file://{path}" for error in noticed)
    assert all(0 <= error.offset < len(whole) for error in noticed)


@pytest.mark.java
def test_a_wrong_mark_is_damage(peer: Peer, tmp_path: Path) -> None:
    path = tmp_path / "data"
    for compression in (COMPRESSIONS[0], COMPRESSIONS[6]):
        peer.write(path, ("Text", "Text"), compression, records(200), interval=100)
        whole = bytearray(path.read_bytes())
        place = whole.rindex(b"\xff\xff\xff\xff")
        whole[place + 9] ^= 1
        path.write_bytes(whole)
        with pytest.raises(DamagedFile, match=f"at byte {place}: .*mark"):
            read_all(SequenceFileInput(), [path])


@pytest.mark.java
def test_a_changed_byte_in_a_block_is_damage(peer: Peer, tmp_path: Path) -> None:
    path = tmp_path / "data"
    peer.write(path, ("Text", "Text"), ("BLOCK", "DefaultCodec"), records(200))
    whole = bytearray(path.read_bytes())
    whole[-30] ^= 1
    path.write_bytes(whole)
    with pytest.raises(DamagedFile, match="the block before it"):
        read_all(SequenceFileInput(), [path])


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"")
    assert read_all(SequenceFileInput(), [path]) == b""


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data"
    for wrong, cause in (
        (b"text", "does not begin as a SequenceFile"),
        (b"SEQ", "the head of the file has no end"),
        (b"SEQ\x03", "version 3"),
    ):
        path.write_bytes(wrong)
        with pytest.raises(DamagedFile, match=cause):
            read_all(SequenceFileInput(), [path])


def test_what_needs_java_is_said(tmp_path: Path) -> None:
    path = tmp_path / "data"
    for head, cause in (
        (Head("a.Key", "a.Value", None, False, bytes(16)), "values of `a.Value`"),
        (
            Head("a.Key", "org.apache.hadoop.io.Text", "a.Codec", True, bytes(16)),
            "compressed by `a.Codec`",
        ),
    ):
        path.write_bytes(head.encode())
        with pytest.raises(ConfigError, match=cause) as refused:
            read_all(SequenceFileInput(), [path])
        assert "java:" in str(refused.value.hint)
