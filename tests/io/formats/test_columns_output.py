"""Rows written to Parquet and CSV."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pyarrow import csv, parquet

from tests.io.formats.reading import lookup, read_all, settings
from tests.io.formats.writing import cut, write
from xlearning.errors import ConfigError
from xlearning.io.formats.columns import ParquetInput
from xlearning.io.formats.columns_output import CsvOutput, ParquetOutput
from xlearning.io.formats.part_files import SIZE_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.io.formats.base import OutputFormat

ROWS = [
    {"number": number, "text": f"row {number}", "share": number / 7}
    for number in range(300_000)
]
LINES = b"".join(json.dumps(row).encode() + b"\n" for row in ROWS)
FORMS: list[OutputFormat] = [ParquetOutput(), CsvOutput()]


def test_parquet_of_several_batches(tmp_path: Path) -> None:
    names = write(ParquetOutput(), tmp_path, cut(LINES, 300_000))
    assert names == ["part-r-000.parquet"]
    path = tmp_path / names[0]
    assert parquet.ParquetFile(path).num_row_groups > 1
    rows = read_all(ParquetInput(), [path]).splitlines()
    assert [json.loads(row) for row in rows] == ROWS


def test_csv_with_names(tmp_path: Path) -> None:
    names = write(CsvOutput(), tmp_path, cut(LINES, 300_000))
    assert names == ["part-r-000.csv"]
    assert csv.read_csv(tmp_path / names[0]).to_pylist() == ROWS


@pytest.mark.parametrize("form", FORMS)
def test_files_roll(tmp_path: Path, form: OutputFormat) -> None:
    names = write(form, tmp_path, cut(LINES, 300_000), {SIZE_KEY: "9000000"})
    assert len(names) == 2
    assert names[1].startswith("part-r-001.")


@pytest.mark.parametrize("form", FORMS)
def test_what_does_not_fit_is_refused(tmp_path: Path, form: OutputFormat) -> None:
    for wrong in (b"no json", b"[1]", b'{"other": 1}', b'{"number": "x"}'):
        writer = form.open(f"file://{tmp_path}", lookup, settings())
        writer.write(LINES[: LINES.index(b"\n", 9_000_000) + 1])
        writer.write(wrong)
        with pytest.raises(ConfigError, match="a line of output is no row"):
            writer.close()
        writer.abort()
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", FORMS)
def test_nothing_printed_is_no_file(tmp_path: Path, form: OutputFormat) -> None:
    writer = form.open(f"file://{tmp_path}", lookup, settings())
    writer.write(b"\n \n")
    writer.close()
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_codec_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`LZO`"):
        ParquetOutput().open(
            str(tmp_path), lookup, settings({"parquet.compression": "lzo"})
        )
