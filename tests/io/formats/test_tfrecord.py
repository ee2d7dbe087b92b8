"""TFRecord files."""

from __future__ import annotations

import gzip
import struct
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.io.formats.reading import read_all, splits_of
from tests.io.formats.test_text import many
from xlearning.errors import ConfigError
from xlearning.io.formats.base import DamagedFile
from xlearning.io.formats.tfrecord import TFRecordInput

if TYPE_CHECKING:
    from pathlib import Path

google_crc32c = pytest.importorskip("google_crc32c")

# Written by tf.io.TFRecordWriter of TensorFlow 2.21: the records `hello` and ``.
WRITTEN = bytes.fromhex(
    "0500000000000000eab2043e68656c6c6fbb1f1c19000000000000000029039807d8ea82a2"
)


def masked(data: bytes) -> bytes:
    """Return the checksum as the format has it."""
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def frame(record: bytes) -> bytes:
    """Return a record in its frame."""
    head = struct.pack("<Q", len(record))
    return head + masked(head) + record + masked(record)


def test_frames_are_those_of_tensorflow(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(WRITTEN)
    assert frame(b"hello") + frame(b"") == WRITTEN
    assert read_all(TFRecordInput(), [path]) == WRITTEN


@given(st.lists(st.binary(max_size=40)))
@many
def test_records_come_as_they_stand(tmp_path: Path, records: list[bytes]) -> None:
    path = tmp_path / "data"
    data = b"".join(map(frame, records))
    path.write_bytes(data)
    assert read_all(TFRecordInput(), [path]) == data
    packed = tmp_path / "data.gz"
    packed.write_bytes(gzip.compress(data))
    assert read_all(TFRecordInput(), [packed]) == data


def test_large_records_and_large_files(tmp_path: Path) -> None:
    path = tmp_path / "data"
    data = frame(b"x" * 3_000_000) + frame(b"small") * 100_000
    path.write_bytes(data)
    assert len(splits_of(TFRecordInput(), [path], block_bytes=1000)) == 1
    assert read_all(TFRecordInput(), [path]) == data


def test_any_damage_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "data"
    whole = frame(b"hello") + frame(b"world")
    for place in range(len(whole)):
        wrong = bytearray(whole)
        wrong[place] ^= 1
        path.write_bytes(wrong)
        with pytest.raises(DamagedFile, match="checksum"):
            read_all(TFRecordInput(), [path])
    for length in set(range(1, len(whole))) - {len(frame(b"hello"))}:
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile, match="in the middle of a record"):
            read_all(TFRecordInput(), [path])


def test_without_the_library_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data"
    path.write_bytes(WRITTEN)
    monkeypatch.setitem(sys.modules, "google_crc32c", None)
    with pytest.raises(ConfigError, match="need google-crc32c"):
        read_all(TFRecordInput(), [path])
