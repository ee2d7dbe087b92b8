"""Cutting lines; `test_text` compares what comes out with Hadoop's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.errors import ConfigError
from xlearning.io.formats import lines
from xlearning.io.formats.base import DamagedFile
from xlearning.io.formats.lines import (
    DELIMITER_KEY,
    MAX_LENGTH_KEY,
    Delimiter,
    LineCutter,
    LineRules,
    Newlines,
    line_rules,
)


class Bits:
    """A source that gives its data in pieces of a few bytes."""

    def __init__(self, data: bytes, piece: int, end: int | None) -> None:
        """Give so many bytes at a time."""
        self.end = end
        self._data = data
        self._piece = piece

    def read(self, size: int) -> bytes:
        """Return a piece."""
        part, self._data = self._data[: self._piece], self._data[self._piece :]
        return part

    def damaged(self, cause: str) -> DamagedFile:
        """Return an error."""
        return DamagedFile("hdfs://nn/a", 7, cause)


pieces = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"bcd", b"|", b"|x", b"\xef\xbb\xbf"])
).map(b"".join)
rules = st.sampled_from(
    [LineRules(Newlines()), LineRules(Delimiter(b"|x")), LineRules(Delimiter(b"|"))]
)


@given(pieces, st.integers(1, 9), st.integers(0, 40), rules, st.booleans())
def test_how_data_comes_in_makes_no_difference(
    data: bytes, piece: int, end: int, rules: LineRules, from_start: bool
) -> None:
    slow = LineCutter(Bits(data, piece, end), rules, from_start)
    fast = LineCutter(Bits(data, 1 << 20, end), rules, from_start)
    assert b"".join(slow.lines()) == b"".join(fast.lines())


@given(pieces, st.integers(1, 9), st.integers(1, 9))
def test_long_lines_are_left_out_however_they_come(
    data: bytes, piece: int, longest: int
) -> None:
    limited = LineRules(Newlines(), longest)
    slow = LineCutter(Bits(data, piece, None), limited, from_start=True)
    fast = LineCutter(Bits(data, 1 << 20, None), limited, from_start=True)
    assert b"".join(slow.lines()) == b"".join(fast.lines())


def test_blocks_are_as_they_stand_in_the_file() -> None:
    cutter = LineCutter(Bits(b"a\r\nb\rc", 3, None), LineRules(Newlines()), True)
    assert b"".join(cutter.blocks()) == b"a\r\nb\rc"


def test_a_line_without_end_does_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "MAX_RECORD_BYTES", 100)
    cutter = LineCutter(Bits(b"x" * 999, 10, None), LineRules(Newlines()), True)
    with pytest.raises(DamagedFile, match="at byte 7: a line before it is longer") as e:
        list(cutter.lines())
    assert e.value.hint == f"{MAX_LENGTH_KEY} leaves longer ones out"


def test_rules_of_properties() -> None:
    assert isinstance(line_rules({}).ends, Newlines)
    assert isinstance(line_rules({DELIMITER_KEY: ""}).ends, Newlines)
    assert isinstance(line_rules({DELIMITER_KEY: "\t"}).ends, Delimiter)
    assert isinstance(
        line_rules({DELIMITER_KEY: "|"}, own_delimiter=False).ends, Newlines
    )
    assert not line_rules({}).limited
    assert line_rules({MAX_LENGTH_KEY: "9"}).max_bytes == 9
    with pytest.raises(ConfigError):
        line_rules({MAX_LENGTH_KEY: "many"})
