"""A window that moves over a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.io.formats.test_lines import Bits
from xlearning.io.formats.base import DamagedFile
from xlearning.io.formats.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator


@given(st.binary(max_size=60), st.integers(1, 9), st.lists(st.integers(0, 9)))
def test_bytes_are_taken_in_order(data: bytes, piece: int, sizes: list[int]) -> None:
    cursor = Cursor(Bits(data, piece, None), 100)
    place = 0
    for size in sizes:
        if place + size > len(data):
            with pytest.raises(DamagedFile, match="in the middle of a record"):
                cursor.take(size)
            return
        assert cursor.take(size) == data[place : place + size]
        place += size
        assert cursor.position == 100 + place


@given(st.lists(st.sampled_from([b"abab", b"ab", b"a", b"b"])), st.integers(1, 9))
def test_all_places_are_found(parts: list[bytes], piece: int) -> None:
    data = b"".join(parts)

    def found() -> Iterator[int]:
        cursor = Cursor(Bits(data, piece, None), 0)
        while cursor.seek(b"aba"):
            yield cursor.position
            cursor.place += 1

    expected = [place for place in range(len(data)) if data[place:].startswith(b"aba")]
    assert list(found()) == expected


def test_impossible_lengths_are_damage() -> None:
    cursor = Cursor(Bits(b"abc", 9, None), 5)
    assert cursor.take(1) == b"a"
    for length in (-1, 1 << 40):
        with pytest.raises(DamagedFile, match=f"at byte 6: a length of {length} bytes"):
            cursor.take(length)
