"""Rows as JSON."""

from __future__ import annotations

import datetime
import decimal
import json

import pyarrow as pa

from xlearning.io.formats.rows import BATCH_ROWS, json_lines, lines_of_batch


def test_values_of_all_kinds() -> None:
    row = {
        "text": 'ä"\n',
        "bytes": b"\x00\xff",
        "time": datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
        "day": datetime.date(2026, 1, 2),
        "decimal": decimal.Decimal("1.50"),
        "nan": float("nan"),
        "list": [1, None, {"a": True}],
    }
    assert json.loads(json_lines([row])) == {
        "text": 'ä"\n',
        "bytes": "AP8=",
        "time": "2026-01-02T03:04:05Z",
        "day": "2026-01-02",
        "decimal": "1.50",
        "nan": None,
        "list": [1, None, {"a": True}],
    }


def test_batches_come_in_parts() -> None:
    count = 2 * BATCH_ROWS + 1
    batch = pa.record_batch({"a": list(range(count)), "b": ["x"] * count})
    parts = list(lines_of_batch(batch))
    assert len(parts) == 3
    rows = [json.loads(line) for line in b"".join(parts).splitlines()]
    assert rows == [{"a": number, "b": "x"} for number in range(count)]


def test_rows_without_columns_are_rows() -> None:
    batch = pa.record_batch({"a": [1, 2]}).select([])
    assert b"".join(lines_of_batch(batch)) == b"{}\n{}\n"
