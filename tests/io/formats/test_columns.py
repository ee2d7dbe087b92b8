"""Parquet and ORC."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import orc, parquet

from tests.io.formats.reading import read_all, read_split, splits_of
from xlearning.io.formats.base import DamagedFile
from xlearning.io.formats.columns import OrcInput, ParquetInput

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.io.formats.base import InputFormat

ROWS = [
    {"number": number, "text": f"row {number * 7919 % 100_003}", "list": [number]}
    for number in range(30_000)
]
FORMS: list[InputFormat] = [ParquetInput(), OrcInput()]


def write(form: InputFormat, path: Path, rows: list[dict[str, Any]]) -> None:
    """Write a file of several groups."""
    table = pa.Table.from_pylist(rows)
    if isinstance(form, ParquetInput):
        parquet.write_table(table, path, row_group_size=3000)
    else:
        orc.write_table(table, path, stripe_size=50_000, batch_size=1000)


def parsed(data: bytes) -> list[dict[str, Any]]:
    """Return lines as rows."""
    return [json.loads(line) for line in data.splitlines()]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("block_bytes", [1000, 40_000, 1 << 27])
def test_each_group_belongs_to_one_split(
    tmp_path: Path, form: InputFormat, block_bytes: int
) -> None:
    path = tmp_path / "data"
    write(form, path, ROWS)
    found = splits_of(form, [path], block_bytes=block_bytes)
    parts = [read_split(form, split) for split in found]
    assert parsed(b"".join(parts)) == ROWS
    if block_bytes == 40_000:
        assert len([part for part in parts if part]) > 2


@pytest.mark.parametrize("form", FORMS)
def test_empty_tables_and_empty_files(tmp_path: Path, form: InputFormat) -> None:
    path = tmp_path / "data"
    write(form, path, ROWS[:1])
    assert parsed(read_all(form, [path])) == ROWS[:1]
    path.write_bytes(b"")
    assert read_all(form, [path]) == b""


@pytest.mark.parametrize("form", FORMS)
def test_damage_is_told(tmp_path: Path, form: InputFormat) -> None:
    path = tmp_path / "data"
    write(form, path, ROWS)
    whole = path.read_bytes()
    for wrong in (
        b"text",
        whole[:-5],
        whole[: len(whole) // 2],
        whole[:1000] + bytes(60_000) + whole[61_000:],
    ):
        path.write_bytes(wrong)
        with pytest.raises(DamagedFile, match=f"file://{path}"):
            read_all(form, [path])
