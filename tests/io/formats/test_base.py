"""Splits are plain data that travels as JSON."""

from __future__ import annotations

import msgspec

from xlearning.io.formats.base import DamagedFile, Piece, RecordSplit


def test_a_split_travels_as_json() -> None:
    pieces = (Piece("hdfs://nn/ä #b", 5, 7, 20),)
    split = RecordSplit(pieces, ("n1", "n2"), bytes(range(256)), 7)
    data = msgspec.json.encode(split)
    assert msgspec.json.decode(data, type=RecordSplit) == split


def test_length_and_name_are_those_of_the_pieces() -> None:
    first, second = Piece("hdfs://nn/a", 5, 7, 20), Piece("hdfs://nn/b", 0, 3, 3)
    assert first.end == 12
    assert first.begun_at(0) == Piece("hdfs://nn/a", 0, 12, 20)
    assert first.begun_at(13) == Piece("hdfs://nn/a", 13, 0, 20)
    assert RecordSplit((first,)).name == "hdfs://nn/a:5+7"
    both = RecordSplit((first, second))
    assert (both.length, both.name) == (10, "hdfs://nn/a:5+7 and 1 more")


def test_a_split_without_pieces_says_its_length_itself() -> None:
    split = RecordSplit(payload=b"x", payload_length=9)
    assert (split.length, split.name) == (9, "a split of 9 bytes")
    assert RecordSplit(payload_length=9, label="split 1 of 2").name == "split 1 of 2"


def test_damage_names_file_place_and_cause() -> None:
    error = DamagedFile("hdfs://nn/a", 17, "bad checksum")
    assert str(error) == "`hdfs://nn/a` is damaged at byte 17: bad checksum"
    assert (error.uri, error.offset, error.exit_code) == ("hdfs://nn/a", 17, 2)
