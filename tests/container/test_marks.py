"""Lines that mark files as complete, and the files that are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from xlearning.container.marks import Marks, marked_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (b"checkpoint:model/ckpt-1", "model/ckpt-1"),
        (b"checkpoint:model/with a blank ", "model/with a blank"),
        (b"[rank 0] checkpoint:m", "m"),
        (b"[rank 0]checkpoint:m", "m"),
        (b"INFO:root:checkpoint:/abs/m\r", "/abs/m"),
        (b"checkpoint:m\xff", os.fsdecode(b"m\xff")),
        (b"checkpoint: saved in model", None),
        (b"checkpoint:", None),
        (b"--checkpoint:m", None),
        (b"mycheckpoint:m", None),
        (b"loss 0.5", None),
    ],
)
def test_what_is_a_mark(line: bytes, path: str | None) -> None:
    assert marked_path(line) == path


@pytest.fixture
def marks(tmp_path: Path) -> Marks:
    """Marks of a container whose program wrote two checkpoints."""
    for number in (1, 2):
        (tmp_path / "model" / f"ckpt-{number}").mkdir(parents=True)
        (tmp_path / "model" / f"ckpt-{number}" / "weights").write_bytes(b"w")
    return Marks(tmp_path)


def test_a_program_that_marks_nothing_has_no_marks(marks: Marks) -> None:
    assert marks.below("model") is None


def test_a_file_and_a_folder_are_marked(marks: Marks, tmp_path: Path) -> None:
    marks.note("model/ckpt-1/weights")
    assert set(marks.below("model") or ()) == {"ckpt-1/weights"}
    marks.note(str(tmp_path / "model" / "x" / ".." / "ckpt-2"))
    found = marks.below(str(tmp_path / "model"))
    assert found is not None
    assert set(found) == {"ckpt-1/weights", "ckpt-2/weights"}
    status = (tmp_path / "model" / "ckpt-2" / "weights").stat()
    assert found["ckpt-2/weights"] == (status.st_size, status.st_mtime_ns)


def test_marks_elsewhere_do_not_count(marks: Marks, tmp_path: Path) -> None:
    (tmp_path / "models").write_bytes(b"")
    for path in ("models", "model/none", "../x"):
        marks.note(path)
    assert marks.below("model") is None


def test_restored_files_are_complete_and_no_marks(marks: Marks) -> None:
    marks.trust("model/ckpt-1/weights")
    assert marks.below("model") is None
    marks.note("model/ckpt-2")
    assert set(marks.below("model") or ()) == {"ckpt-1/weights", "ckpt-2/weights"}
