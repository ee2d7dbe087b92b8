"""Writables, and numbers as Java prints them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.io.formats.writables import (
    PACKAGE,
    PLAIN,
    java_number,
    plain_bytes,
    plain_text,
    read_vint,
    text_head,
    vints,
    write_vint,
)


# Written by org.apache.hadoop.io.WritableUtils.writeVLong.
@pytest.mark.parametrize(
    ("number", "encoded"),
    [
        (0, "00"),
        (127, "7f"),
        (-112, "90"),
        (128, "8f80"),
        (-113, "8770"),
        (255, "8fff"),
        (256, "8e0100"),
        (-257, "860100"),
        (1000000, "8d0f4240"),
        (2**63 - 1, "887fffffffffffffff"),
        (-(2**63), "807fffffffffffffff"),
    ],
)
def test_numbers_as_hadoop_writes_them(number: int, encoded: str) -> None:
    assert write_vint(number).hex() == encoded
    assert read_vint(bytes.fromhex(encoded), 0) == (number, len(encoded) // 2)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_numbers_follow_each_other(numbers: list[int]) -> None:
    assert vints(b"".join(map(write_vint, numbers))) == numbers


@given(st.integers(128, 2**63 - 1))
def test_a_cut_number_is_noticed(number: int) -> None:
    with pytest.raises(IndexError):
        read_vint(write_vint(number)[:-1], 0)


@given(st.one_of(st.integers(0, 300), st.integers(60_000, 70_000), st.just(2**24)))
def test_the_head_of_a_text_follows_from_its_size(length: int) -> None:
    head = len(write_vint(length))
    assert text_head(head + length) == head


def test_texts_and_bytes() -> None:
    assert plain_text(b"\x03abc") == b"abc"
    assert plain_bytes(b"\0\0\0\x03\x00\xffa") == b"00 ff 61"
    assert plain_bytes(b"\0\0\0\0") == b""
    for wrong in (b"\x04abc", b"\x02abc", b"\xff"):
        with pytest.raises(ValueError, match="says that it has"):
            plain_text(wrong)
    for wrong in (b"\0\0", b"\0\0\0\x02a"):
        with pytest.raises(ValueError, match="BytesWritable"):
            plain_bytes(wrong)


# Printed by Double.toString of Java 17.
@pytest.mark.parametrize(
    ("number", "printed"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (100.5, "100.5"),
        (-1234567.0, "-1234567.0"),
        (9999999.0, "9999999.0"),
        (1.0e7, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (1e300, "1.0E300"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
    ],
)
def test_fractions_as_java_prints_them(number: float, printed: str) -> None:
    assert java_number(repr(number)) == printed.encode()
    double = PLAIN[f"{PACKAGE}DoubleWritable"]
    assert double(struct.pack(">d", number)) == printed.encode()


def test_fractions_of_four_bytes() -> None:
    plain = PLAIN[f"{PACKAGE}FloatWritable"]
    assert plain(struct.pack(">f", 0.1)) == b"0.1"
    assert plain(struct.pack(">f", 16777216.0)) == b"1.6777216E7"


@pytest.mark.parametrize(
    ("name", "data", "printed"),
    [
        ("IntWritable", "fffffffe", "-2"),
        ("LongWritable", "0000000000000100", "256"),
        ("ShortWritable", "ffff", "-1"),
        ("ByteWritable", "80", "-128"),
        ("VIntWritable", "8f80", "128"),
        ("VLongWritable", "7f", "127"),
        ("BooleanWritable", "01", "true"),
        ("BooleanWritable", "00", "false"),
        ("NullWritable", "", "(null)"),
    ],
)
def test_other_values(name: str, data: str, printed: str) -> None:
    assert PLAIN[PACKAGE + name](bytes.fromhex(data)).decode() == printed


def test_numbers_of_a_wrong_size_are_damage() -> None:
    with pytest.raises(ValueError, match="8 bytes has 7"):
        PLAIN[f"{PACKAGE}LongWritable"](b"1234567")
    with pytest.raises(ValueError, match="followed by"):
        PLAIN[f"{PACKAGE}VIntWritable"](b"\x01\x01")
