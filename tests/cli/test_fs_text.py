from __future__ import annotations

import pytest

from xlearning.cli.fs_text import amount_line, listing_lines, mode_text, time_text
from xlearning.io.storage import FileStatus

FILE = FileStatus("/a", 3 << 20, False, 0, 0o640, "alice")
FOLDER = FileStatus("/b", 0, True, 1_700_000_000_000, 0o1777, "")


@pytest.mark.parametrize(
    ("status", "text"), [(FILE, "-rw-r-----"), (FOLDER, "drwxrwxrwt")]
)
def test_modes(status: FileStatus, text: str) -> None:
    assert mode_text(status) == text


def test_columns_are_aligned() -> None:
    one, two = listing_lines([("/a", FILE), ("/b", FOLDER)])
    assert one == f"-rw-r-----  alice    3.00 MiB  {'-':16}  /a"
    assert two.startswith("drwxrwxrwt  -               -  2023-11-1")
    assert two.index("/b") == one.index("/a")
    assert listing_lines([]) == []


def test_times_and_amounts() -> None:
    assert time_text(0) == "-"
    assert len(time_text(1)) == 16
    assert amount_line(1 << 40, "x") == "  1.00 TiB  x"
