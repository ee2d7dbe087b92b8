"""CSV."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.io.formats.reading import read_all, read_split, splits_of
from tests.io.formats.test_text import many
from xlearning.io.formats.base import DamagedFile
from xlearning.io.formats.csv_input import NEWLINES_KEY, CsvInput

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = [
    {"id": f"{number:06d}", "a,b": ["", "x", 'q"uote', "two\nlines"][number % 4]}
    for number in range(100_000)
]
SPANNING = {NEWLINES_KEY: "true"}
ENDS = ("\n", "\r\n")
ENDINGS: dict[Callable[[bytes], bytes], str] = {
    bytes: "",
    bz2.compress: ".bz2",
    gzip.compress: ".gz",
}


def write(path: Path) -> bytes:
    """Write the rows."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    return path.read_bytes()


def parsed(data: bytes) -> list[dict[str, str]]:
    """Return lines as rows."""
    return [json.loads(line) for line in data.splitlines()]


def test_rows_with_line_ends_in_them(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    data = write(path)
    assert len(splits_of(CsvInput(), [path], SPANNING, block_bytes=1000)) == 1
    lines = read_all(CsvInput(), [path], SPANNING)
    assert parsed(lines) == ROWS
    packed = tmp_path / "data.csv.gz"
    packed.write_bytes(gzip.compress(data))
    assert read_all(CsvInput(), [packed], SPANNING) == lines


@pytest.mark.parametrize("pack", [bytes, bz2.compress, gzip.compress])
def test_rows_that_are_lines_are_split_as_text_is(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"data.csv{ENDINGS[pack]}"
    rows = "".join(f'{number},"{number % 7}, x"\r\n' for number in range(100_000))
    path.write_bytes(pack(b"\xef\xbb\xbfid,text\r\n" + rows.encode()))
    found = splits_of(CsvInput(), [path], block_bytes=50_000)
    assert (len(found) > 3) == (pack is not gzip.compress)
    parts = [parsed(read_split(CsvInput(), split)) for split in found]
    assert [row for part in parts for row in part] == [
        {"id": str(number), "text": f"{number % 7}, x"} for number in range(100_000)
    ]


cells = st.text(st.sampled_from('ab," \n\\'), max_size=4)


@given(st.lists(st.tuples(cells, cells)), st.integers(1, 60), st.sampled_from(ENDS))
@many
def test_every_row_comes_once_or_the_file_is_refused(
    tmp_path: Path, rows: list[tuple[str, str]], block_bytes: int, end: str
) -> None:
    path = tmp_path / "data.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator=end)
        writer.writerow(("one", "two"))
        writer.writerows(rows)
    expected = [dict(zip(("one", "two"), row, strict=True)) for row in rows]
    assert parsed(read_all(CsvInput(), [path], SPANNING)) == expected
    if any("\n" in cell for row in rows for cell in row):
        with pytest.raises(DamagedFile, match=f"file://{path}") as refused:
            read_all(CsvInput(), [path], block_bytes=block_bytes)
        assert f"--conf {NEWLINES_KEY}=true" in str(refused.value.hint)
    else:
        assert parsed(read_all(CsvInput(), [path], block_bytes=block_bytes)) == expected


@pytest.mark.parametrize(
    "data",
    [
        b'a\n"1\n2"\n3\n',
        b'a\n1\n"2\n',
        b'a\n1\n"2',
        b'a\n"1\r2"\n3\n',
        b'"a\nb"\n1\n2\n',
        b'a,b\n1,5" x\n"2\n",3\n',
    ],
)
def test_no_value_with_a_line_end_is_overlooked(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(data)
    for block_bytes in range(1, len(data) + 1):
        with pytest.raises(DamagedFile, match=r"has a line end in it|got 1: ") as told:
            read_all(CsvInput(), [path], block_bytes=block_bytes)
        assert NEWLINES_KEY in str(told.value.hint)


def test_a_quote_in_the_middle_of_a_value_is_no_more_than_that(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b'size,of\n\n5" x,6\n\n7,8')
    for block_bytes in range(1, 30):
        rows = read_all(CsvInput(), [path], block_bytes=block_bytes)
        assert rows == b'{"size":"5\\" x","of":"6"}\n{"size":"7","of":"8"}\n'


def test_first_lines_of_any_length(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    names = [f"name {number}" for number in range(20_000)]
    line = ",".join(names).encode() + b"\n"
    path.write_bytes(line + line.replace(b"name ", b"") * 3)
    row = {name: name.removeprefix("name ") for name in names}
    assert parsed(read_all(CsvInput(), [path], block_bytes=70_000)) == [row] * 3


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
    for wrong in (b"a,b\n1,2\n3\n", b"a,b\n1,\xff\n", b"\na,b\n1,2\n"):
        path.write_bytes(wrong)
        for properties in ({}, SPANNING):
            with pytest.raises(DamagedFile, match=f"file://{path}") as told:
                read_all(CsvInput(), [path], properties, block_bytes=5)
            assert not properties or NEWLINES_KEY not in str(told.value.hint)


def test_a_cut_gzip_is_told(tmp_path: Path) -> None:
    data = write(tmp_path / "data.csv")
    path = tmp_path / "data.csv.gz"
    whole = gzip.compress(data)
    for length in (50, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile, match="ends too early"):
            read_all(CsvInput(), [path], SPANNING)
