"""Parquet and ORC."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import orc, parquet

from tests.io.formats.reading import read_all, read_split, settings, splits_of
from xlearning.io.formats.base import DamagedFile
from xlearning.io.formats.columns import OrcInput, ParquetInput
from xlearning.io.local_storage import LocalStorage

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


class Counting(LocalStorage):
    """Counts what is read."""

    read_bytes = 0

    def read_range(self, path: str, offset: int, length: int) -> bytes:
        data = super().read_range(path, offset, length)
        self.read_bytes += len(data)
        return data


def test_a_large_group_is_read_page_after_page(tmp_path: Path) -> None:
    path = tmp_path / "data"
    texts = pa.array([os.urandom(500).hex() for _ in range(20_000)])
    parquet.write_table(pa.table({"text": texts}), path, row_group_size=1 << 20)
    storage = Counting()
    [split] = splits_of(ParquetInput(), [path])
    chunks = iter(ParquetInput().read(split, lambda url: storage, settings()))
    first = next(chunks)
    assert storage.read_bytes < path.stat().st_size / 2
    assert len(parsed(first + b"".join(chunks))) == 20_000


def test_text_that_is_none_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "data"
    texts = pa.array([b"\xff"], pa.binary()).view(pa.string())
    parquet.write_table(pa.table({"text": texts}), path)
    with pytest.raises(DamagedFile, match="can't decode byte 0xff"):
        read_all(ParquetInput(), [path])
