"""Progress lines, tails and pieces of log files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.container.logs import (
    MAX_LINE_BYTES,
    MAX_READ_BYTES,
    PROBLEM,
    Progress,
    ProgressReader,
    read_piece,
    size_of,
    tail,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """An empty log file."""
    path = tmp_path / "stderr"
    path.touch()
    return path


def append(path: Path, data: bytes) -> None:
    """Write as a program does."""
    with path.open("ab") as file:
        file.write(data)


@pytest.mark.parametrize(
    ("line", "progress"),
    [
        (b"reporter progress:0.35\n", Progress(0.35)),
        (b"report:progress:0.35\n", Progress(0.35)),
        (b"2026-01-01 10:00:00,1 INFO x: reporter progress: 1 \n", Progress(1.0)),
        (b"reporter progress:0\r 10%\r", Progress(0.0)),
        (b"reporter progress:0.5 epoch:3\n", Progress(0.5)),
        (b"reporter progress:half\n", Progress(None, PROBLEM)),
        (b"reporter progress:1.5\n", Progress(None, PROBLEM)),
        (b"reporter progress:nan\n", Progress(None, PROBLEM)),
        (b"reporter progress 0.5\n", Progress(None, PROBLEM)),
        (b"reporter progress:\n", Progress(None, PROBLEM)),
        (b"making progress:0.5\n", Progress()),
    ],
)
def test_a_progress_line(log: Path, line: bytes, progress: Progress) -> None:
    reader = ProgressReader([log])
    append(log, line)
    reader.poll()
    assert reader.progress == progress


def test_a_bad_line_keeps_the_last_good_value_and_a_good_one_ends_the_problem(
    log: Path,
) -> None:
    reader = ProgressReader([log])
    append(log, b"report:progress:0.5\nreport:progress:x\n")
    reader.poll()
    assert reader.progress == Progress(0.5, PROBLEM)
    append(log, b"report:progress:0.6\n")
    reader.poll()
    assert reader.progress == Progress(0.6)


def test_marks_are_given_once(log: Path) -> None:
    reader = ProgressReader([log])
    with log.open("ab") as file:
        file.write(b"checkpoint:model/1\nreporter progress:0.5\ncheckpoint:model/2")
    reader.poll()
    assert reader.take_marked() == ["model/1"]
    reader.poll(last=True)
    assert reader.take_marked() == ["model/2"]
    assert reader.take_marked() == []


def test_a_line_is_read_when_it_is_complete_or_the_last(log: Path) -> None:
    reader = ProgressReader([log])
    append(log, b"report:progress:0.")
    reader.poll()
    assert reader.progress == Progress()
    append(log, b"25")
    reader.poll(last=True)
    assert reader.progress == Progress(0.25)


def test_a_file_that_comes_later_and_old_lines(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    append(old, b"report:progress:0.9\n")
    reader = ProgressReader([old, new])
    reader.poll()
    assert reader.progress == Progress()
    append(new, b"report:progress:0.1\n")
    reader.poll()
    assert reader.progress == Progress(0.1)


def test_a_line_without_end_does_not_fill_the_memory(log: Path) -> None:
    reader = ProgressReader([log])
    append(log, b"x" * (3 * MAX_LINE_BYTES) + b"\nreport:progress:0.5\n")
    reader.poll()
    assert reader.progress == Progress(0.5)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_any_cut_of_the_bytes_gives_the_same_progress(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, cuts: list[int]
) -> None:
    log = tmp_path_factory.mktemp("log") / "stdout"
    reader = ProgressReader([log])
    data = noise.replace(b"progress", b"") + b"\nreport:progress:0.5\n" + b"tail\n"
    at = 0
    for cut in [*sorted(cuts), len(data)]:
        append(log, data[at : max(at, cut)])
        at = max(at, cut)
        reader.poll()
    assert reader.progress == Progress(0.5)


def test_a_tail_is_the_end_of_a_file(log: Path) -> None:
    append(log, b"one\ntwo\n\xff")
    assert tail(log, 6) == "\ntwo\n\ufffd"
    assert tail(log, 100) == "one\ntwo\n\ufffd"
    assert tail(log.with_name("none"), 5) == ""
    assert size_of(log.with_name("none")) == 0


@pytest.mark.parametrize(
    ("offset", "limit", "data", "start"),
    [
        (0, 4, b"0123", 0),
        (8, 4, b"89", 8),
        (-3, 10, b"789", 7),
        (-99, 2, b"01", 0),
        (99, 5, b"", 10),
    ],
)
def test_a_piece_of_a_log(
    log: Path, offset: int, limit: int, data: bytes, start: int
) -> None:
    append(log, b"0123456789")
    piece = read_piece([log.parent], "stderr", offset, limit)
    assert (piece.data, piece.offset, piece.size) == (data, start, 10)
    assert piece.error == ""


def test_the_agents_log_may_be_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "d2").mkdir()
    append(tmp_path / "d2" / "agent.log", b"hello")
    folders = [tmp_path / "d1", tmp_path / "d2"]
    assert read_piece(folders, "agent.log", 0, 99).data == b"hello"


def test_only_logs_can_be_read(tmp_path: Path) -> None:
    append(tmp_path / "container_tokens", b"secret")
    assert "not one of" in read_piece([tmp_path], "container_tokens", 0, 9).error
    assert read_piece([tmp_path], "stdout", 0, 9).error == "`stdout` does not exist yet"
    (tmp_path / "stderr").mkdir()
    assert "directory" in read_piece([tmp_path], "stderr", 0, 9).error


def test_one_answer_has_a_limit(log: Path) -> None:
    append(log, b"x" * (MAX_READ_BYTES + 1))
    assert len(read_piece([log.parent], "stderr", 0, 1 << 30).data) == MAX_READ_BYTES
