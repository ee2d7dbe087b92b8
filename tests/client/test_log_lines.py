from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.client.log_lines import (
    LineSplitter,
    LogKey,
    is_first_container,
    parse_task,
    tail_start,
    task_label,
)

KEY = LogKey("worker-0", "container_1_0001_01_000002", "stdout")


PIECES = st.lists(st.binary(max_size=20), max_size=10)


@given(PIECES)
def test_no_cut_of_the_bytes_loses_a_line(pieces: list[bytes]) -> None:
    whole, cut = LineSplitter(KEY), LineSplitter(KEY)
    data = b"".join(pieces) + b"\n"
    lines = iter([line for piece in (*pieces, b"\n") for line in cut.feed(piece)])
    assert all(line in lines for line in whole.feed(data))  # in this order
    assert cut.finish() == whole.finish() == []


def test_a_progress_bar_is_shown_as_it_grows() -> None:
    splitter = LineSplitter(KEY)
    pieces = (b"\r 10%", b"\r 20%\r 30%\r", b"\r 40%\r", b" 50%\r\n", b"done\n")
    shown = [[line.text for line in splitter.feed(piece)] for piece in pieces]
    assert shown == [[], [" 20%"], [" 30%"], [" 50%"], ["done"]]


@given(PIECES.map(lambda pieces: [piece.replace(b"\r", b"") for piece in pieces]))
def test_any_cut_of_the_bytes_gives_the_same_lines(pieces: list[bytes]) -> None:
    whole, cut = LineSplitter(KEY), LineSplitter(KEY)
    data = b"".join(pieces)
    expected = [*whole.feed(data), *whole.finish()]
    lines = [line for piece in pieces for line in cut.feed(piece)]
    assert [*lines, *cut.finish()] == expected
    assert cut.offset == len(data)


def test_lines_say_whose_they_are() -> None:
    splitter = LineSplitter(KEY)
    lines = splitter.feed("epoch 1 ü\r\nno end".encode())
    assert [line.prefixed() for line in lines] == ["[worker 0] epoch 1 ü"]
    assert [line.prefixed() for line in splitter.finish()] == ["[worker 0] no end"]
    assert splitter.finish() == []


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    (line,) = LineSplitter(KEY).feed(b"\xff\xfe\n")
    assert line.text == "\ufffd\ufffd"


@pytest.mark.parametrize(
    ("data", "lines", "expected"),
    [
        (b"", 3, b""),
        (b"a\nb\nc\n", 1, b"c\n"),
        (b"a\nb\nc\n", 2, b"b\nc\n"),
        (b"a\nb\nc", 2, b"b\nc"),
        (b"a\nb\nc\n", 9, b"a\nb\nc\n"),
        (b"a\n\n", 1, b"\n"),
    ],
)
def test_the_tail_is_found(data: bytes, lines: int, expected: bytes) -> None:
    assert data[tail_start(data, lines) :] == expected


def test_no_line_of_tail_is_nothing() -> None:
    assert tail_start(b"a\nb", 0) == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("worker-0", "worker-0"),
        ("ps:1", "ps-1"),
        ("am", "am"),
        ("container_1_0001_01_000002", "container_1_0001_01_000002"),
    ],
)
def test_tasks_are_named_as_users_write_them(text: str, expected: str) -> None:
    assert parse_task(text) == expected


def test_what_is_no_task_is_refused() -> None:
    with pytest.raises(ValueError, match="does not name a task"):
        parse_task("worker")


def test_labels() -> None:
    assert task_label("ps-1") == "ps 1"
    assert task_label("am") == "am"


def test_the_first_container_has_number_one() -> None:
    assert is_first_container("container_e07_1_0001_02_000001")
    assert not is_first_container("container_1_0001_01_000011")
