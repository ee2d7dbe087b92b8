from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.io.range_file import RangeFile


class Held(RangeFile):
    def __init__(self, data: bytes) -> None:
        super().__init__(len(data))
        self._data = data

    def _read_range(self, start: int, size: int) -> bytes:
        assert start + size <= len(self._data)
        return self._data[start : start + size]


@given(
    st.binary(max_size=40), st.lists(st.tuples(st.integers(0, 50), st.integers(-1, 50)))
)
def test_it_reads_as_any_file_does(data: bytes, steps: list[tuple[int, int]]) -> None:
    ours, python = Held(data), io.BytesIO(data)
    for place, size in steps:
        assert ours.seek(place) == python.seek(place)
        assert ours.read(size) == python.read(size)
        assert ours.tell() == python.tell()
    ours.seek(-len(data), io.SEEK_END)
    assert io.BufferedReader(ours).read() == data


def test_there_is_nothing_before_the_start() -> None:
    with pytest.raises(ValueError, match="-1"):
        Held(b"a").seek(-1)
