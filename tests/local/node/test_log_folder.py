"""Reading log folders."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from xlearning.local.node import log_folder
from xlearning.local.node.diagnostics import LogTails

if TYPE_CHECKING:
    from pathlib import Path


def test_files_by_name(tmp_path: Path) -> None:
    (tmp_path / "stdout").write_text("abc")
    (tmp_path / "a").write_text("")
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "a", (5, 5))
    found = log_folder.list_files(tmp_path)
    assert [(file.name, file.size) for file in found] == [("a", 0), ("stdout", 3)]
    assert found[0].modified_ms == 5000
    assert log_folder.list_files(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("offset", "length", "part"),
    [
        (0, None, b"abcdef"),
        (2, 2, b"cd"),
        (-2, None, b"ef"),
        (-99, 1, b"a"),
        (9, 1, b""),
    ],
)
def test_parts(tmp_path: Path, offset: int, length: int | None, part: bytes) -> None:
    (tmp_path / "stdout").write_bytes(b"abcdef")
    assert log_folder.read(tmp_path, "stdout", offset, length) == part


@pytest.mark.parametrize("name", ["..", ".", "", "../x", "/etc/passwd", "none"])
def test_only_files_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path.parent / "x").touch()
    with pytest.raises(FileNotFoundError):
        log_folder.read(tmp_path, name)


def test_the_ends_of_errors(tmp_path: Path) -> None:
    assert log_folder.tails(tmp_path) == LogTails()
    (tmp_path / "prelaunch.err").write_text("before")
    assert log_folder.tails(tmp_path) == LogTails("before")
    (tmp_path / "stderr").write_bytes(b"x" * 5000 + b"\xff")
    (tmp_path / "my.STDERR").write_text("older")
    os.utime(tmp_path / "my.STDERR", (5, 5))
    assert log_folder.tails(tmp_path) == LogTails(
        "before", ("stderr", "my.STDERR"), "x" * 4095 + "\ufffd"
    )
