"""Avro, written by fastavro and split as Hadoop would."""

from __future__ import annotations

import io
import json
import sys
import zlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from tests.io.formats.reading import read_all, read_split, splits_of
from xlearning.errors import ConfigError
from xlearning.io.formats.avro import AvroInput
from xlearning.io.formats.base import DamagedFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

fastavro = pytest.importorskip("fastavro")

SCHEMA = {
    "type": "record",
    "name": "Row",
    "fields": [
        {"name": "number", "type": "long"},
        {"name": "text", "type": ["null", "string"]},
        {"name": "data", "type": "bytes"},
    ],
}
ROWS = [
    {
        "number": number - 500,
        "text": None if number % 3 else f"row {number * 7919 % 10_007}",
        "data": b"\xff" * (number % 5),
    }
    for number in range(5000)
]


def write(path: Path, codec: str = "null", rows: list[dict[str, Any]] = ROWS) -> bytes:
    """Write a file of many blocks."""
    memory = io.BytesIO()
    fastavro.writer(memory, SCHEMA, rows, codec=codec, sync_interval=2000)
    path.write_bytes(memory.getvalue())
    return memory.getvalue()


def numbers(data: bytes) -> list[int]:
    """Return a field of all records."""
    return [json.loads(line)["number"] for line in data.splitlines()]


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz"])
@pytest.mark.parametrize("block_bytes", [1, 7, 3000, 1 << 27])
def test_each_block_belongs_to_one_split(
    tmp_path: Path, codec: str, block_bytes: int
) -> None:
    path = tmp_path / "data.avro"
    write(path, codec, ROWS if block_bytes > 100 else ROWS[:300])
    found = splits_of(AvroInput(), [path], block_bytes=block_bytes)
    data = b"".join(read_split(AvroInput(), split) for split in found)
    assert numbers(data) == [row["number"] for row in ROWS][: len(data.splitlines())]
    assert len(data.splitlines()) in (300, 5000)


def test_records_are_json(tmp_path: Path) -> None:
    path = tmp_path / "data.avro"
    write(path, rows=ROWS[3:5])
    assert read_all(AvroInput(), [path]) == (
        b'{"number":-497,"text":"row 3743","data":"////"}\n'
        b'{"number":-496,"text":null,"data":"/////w=="}\n'
    )


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_no_cut_file_is_taken_for_a_whole_one(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "data.avro"
    whole = write(path, codec, ROWS[:200])
    sync = whole[-16:]
    ends = {place + 16 for place in range(len(whole)) if whole.startswith(sync, place)}
    for length in set(range(1, len(whole), 3)) - ends:
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile, match=f"file://{path}"):
            read_all(AvroInput(), [path])


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.avro"
    path.write_bytes(b"text of some length")
    with pytest.raises(DamagedFile, match="does not begin as an Avro file"):
        read_all(AvroInput(), [path])
    whole = write(path)
    path.write_bytes(whole.replace(b"\x08null", b"\x08nope"))
    with pytest.raises(ConfigError, match="`nope`, which is not known"):
        read_all(AvroInput(), [path])
    path.write_bytes(b"")
    assert read_all(AvroInput(), [path]) == b""


def test_without_the_library_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.avro"
    write(path)
    monkeypatch.setitem(sys.modules, "fastavro", None)
    with pytest.raises(ConfigError, match="need fastavro"):
        read_all(AvroInput(), [path])


def snappy(data: bytes) -> bytes:
    """Compress as Avro does: with the checksum of the plain bytes behind it."""
    packed: bytes = pa.Codec("snappy").compress(data, asbytes=True)
    return packed + zlib.crc32(data).to_bytes(4, "big")


def zstandard(data: bytes) -> bytes:
    """Compress as one frame."""
    packed: bytes = pa.Codec("zstd").compress(data, asbytes=True)
    return packed


@pytest.mark.parametrize("pack", [snappy, zstandard])
def test_codecs_that_need_other_libraries_elsewhere(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "data.avro"
    whole = write(path, rows=ROWS[:1])
    sync = whole[-16:]
    head, block = whole.split(sync)[:2]
    number, length, data = block[:1], block[1], block[2:]
    assert length == 2 * len(data)
    packed = pack(data)
    assert len(packed) < 64
    name = pack.__name__.encode()
    head = head.replace(b"\x08null", bytes([2 * len(name)]) + name)
    changed = head + sync + number + bytes([2 * len(packed)]) + packed + sync
    path.write_bytes(changed)
    assert numbers(read_all(AvroInput(), [path])) == [-500]
    wrong = changed.replace(packed, packed[:-1] + bytes([packed[-1] ^ 1]))
    path.write_bytes(wrong)
    with pytest.raises(DamagedFile, match="the block before it"):
        read_all(AvroInput(), [path])
