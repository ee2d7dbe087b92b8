"""CSV."""

from __future__ import annotations

import csv
import gzip
import json
from typing import TYPE_CHECKING

import pytest

from tests.io.formats.reading import read_all, splits_of
from xlearning.io.formats.base import DamagedFile
from xlearning.io.formats.csv_input import CsvInput

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    {"id": f"{number:06d}", "a,b": ["", "x", 'q"uote', "two\nlines"][number % 4]}
    for number in range(100_000)
]


def write(path: Path) -> bytes:
    """Write the rows."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    return path.read_bytes()


def test_rows_are_objects_of_texts(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    data = write(path)
    assert len(splits_of(CsvInput(), [path], block_bytes=1000)) == 1
    lines = read_all(CsvInput(), [path]).splitlines()
    assert [json.loads(line) for line in lines] == ROWS
    packed = tmp_path / "data.csv.gz"
    packed.write_bytes(gzip.compress(data))
    assert read_all(CsvInput(), [packed]).splitlines() == lines


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"a,b"])
def test_nothing_but_names(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(data)
    assert read_all(CsvInput(), [path]) == b""


def test_the_mark_of_utf8_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"\xef\xbb\xbfa\r\n1\r\n")
    assert read_all(CsvInput(), [path]) == b'{"a":"1"}\n'


def test_damage_is_told(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    for wrong in (b"a,b\n1,2\n3\n", b"a,b\n1,\xff\n"):
        path.write_bytes(wrong)
        with pytest.raises(DamagedFile, match=f"file://{path}"):
            read_all(CsvInput(), [path])


def test_a_cut_gzip_is_told(tmp_path: Path) -> None:
    data = write(tmp_path / "data.csv")
    path = tmp_path / "data.csv.gz"
    whole = gzip.compress(data)
    for length in (50, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile, match="ends too early"):
            read_all(CsvInput(), [path])
