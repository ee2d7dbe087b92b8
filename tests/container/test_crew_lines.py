"""Lines with a prefix, however they arrive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xlearning.container.crew_lines import LONGEST, Lines


def test_each_line_says_whose_it_is() -> None:
    lines = Lines(b"[rank 1] ")
    assert lines.feed(b"one\ntw") == b"[rank 1] one\n"
    assert lines.feed(b"o\n\nthree") == b"[rank 1] two\n\n"
    assert lines.last == b"two"
    assert lines.rest() == b"[rank 1] three\n"
    assert lines.rest() == b""
    assert lines.last == b"three"


def test_a_progress_bar_moves() -> None:
    lines = Lines(b"> ")
    assert lines.feed(b" 10%\r 20%\r") == b">  10%\r>  20%\r"
    assert lines.last == b"20%"


def test_a_line_without_an_end_is_cut() -> None:
    lines = Lines(b"> ")
    assert lines.feed(b"x" * LONGEST) == b"> " + b"x" * LONGEST + b"\n"


@given(st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r", b" "]), max_size=30))
def test_any_cut_of_a_stream_gives_the_same_lines(pieces: list[bytes]) -> None:
    whole, cut = Lines(b"> "), Lines(b"> ")
    at_once = whole.feed(b"".join(pieces)) + whole.rest()
    assert b"".join(cut.feed(piece) for piece in pieces) + cut.rest() == at_once
    assert cut.last == whole.last
