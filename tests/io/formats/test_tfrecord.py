"""TFRecord files."""

from __future__ import annotations

import gzip
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.io.formats.reading import read_all, read_split, splits_of
from tests.io.formats.test_text import many
from xlearning.errors import ConfigError
from xlearning.io.formats import tfrecord
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
    data = frame(b"x" * 3_000_000) + frame(b"small") * 100_000 + frame(bytes(9_000))
    path.write_bytes(data)
    for block_bytes, count, full in (
        (1 << 27, 1, 1),
        (900_000, 6, 4),
        (3_000_123, 2, 2),
    ):
        found = splits_of(TFRecordInput(), [path], block_bytes=block_bytes)
        parts = [read_split(TFRecordInput(), split) for split in found]
        assert b"".join(parts) == data
        assert (len(parts), len([part for part in parts if part])) == (count, full)
    packed = tmp_path / "data.gz"
    packed.write_bytes(gzip.compress(data))
    assert len(splits_of(TFRecordInput(), [packed], block_bytes=10)) == 1


nested = st.recursive(
    st.one_of(st.binary(max_size=30), st.integers(0, 40).map(bytes)),
    lambda inner: st.lists(inner.map(frame), max_size=4).map(b"".join),
)
"""Records that are zeros, or files of records, or have one at their end."""
records = st.lists(st.tuples(st.binary(max_size=9), nested).map(b"".join))


@given(records, st.integers(1, 100))
@many
def test_every_record_comes_once_wherever_a_file_is_cut(
    tmp_path: Path, records: list[bytes], block_bytes: int
) -> None:
    path = tmp_path / "data"
    starts = [0]
    for record in records:
        starts.append(starts[-1] + len(frame(record)))
    data = b"".join(map(frame, records))
    path.write_bytes(data)
    done = 0
    for split in splits_of(TFRecordInput(), [path], block_bytes=block_bytes):
        done += len(read_split(TFRecordInput(), split))
        end = split.pieces[0].end
        assert done == min((start for start in starts if start >= end), default=0)
    assert read_all(TFRecordInput(), [path], block_bytes=block_bytes) == data


@given(records, st.integers(1, 100), st.integers(12, 40))
@many
def test_records_that_deceive_are_an_error(
    tmp_path: Path, records: list[bytes], block_bytes: int, window_bytes: int
) -> None:
    """A record that is longer than what a reader looks at may be a file of records."""
    path = tmp_path / "data"
    data = b"".join(map(frame, records))
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfrecord, "_WINDOW_BYTES", window_bytes)
        with suppress(DamagedFile):
            assert read_all(TFRecordInput(), [path], block_bytes=block_bytes) == data


def test_a_file_in_a_record_in_a_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data"
    path.write_bytes(frame(frame(b"inner") * 9) + frame(b"outer"))
    monkeypatch.setattr(tfrecord, "_WINDOW_BYTES", 40)
    with pytest.raises(DamagedFile, match="where another seems to begin") as told:
        read_all(TFRecordInput(), [path], block_bytes=50)
    assert "split.minsize" in str(told.value.hint)


@pytest.mark.parametrize("block_bytes", [1 << 27, 1, 10])
def test_any_damage_is_noticed(tmp_path: Path, block_bytes: int) -> None:
    path = tmp_path / "data"
    whole = frame(b"hello") + frame(b"world")
    for place in range(len(whole)):
        wrong = bytearray(whole)
        wrong[place] ^= 1
        path.write_bytes(wrong)
        with pytest.raises(DamagedFile, match=r"checksum|seems to begin"):
            read_all(TFRecordInput(), [path], block_bytes=block_bytes)
    for length in set(range(1, len(whole))) - {len(frame(b"hello"))}:
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile, match="in the middle of a record"):
            read_all(TFRecordInput(), [path], block_bytes=block_bytes)


def test_without_the_library_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data"
    path.write_bytes(WRITTEN)
    monkeypatch.setitem(sys.modules, "google_crc32c", None)
    with pytest.raises(ConfigError, match="need google-crc32c"):
        read_all(TFRecordInput(), [path])
