"""Rows of tables as JSON objects, a line each.

Bytes are in base64, dates and times in ISO 8601, decimals and numbers that JSON lacks
(NaN, infinity) as text and null: as `msgspec` writes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BATCH_ROWS = 4096
"""How many rows are made at a time: some hundred kilobytes of most tables."""

_encoder = msgspec.json.Encoder(enc_hook=str)


def json_lines(rows: Iterable[Any]) -> bytes:
    """Return rows as lines."""
    return _encoder.encode_lines(list(rows))


def lines_of_batch(batch: Any) -> Iterator[bytes]:
    """Yield the rows of a pyarrow record batch as lines, some thousand at a time."""
    names = batch.schema.names
    for start in range(0, batch.num_rows, BATCH_ROWS):
        part = batch.slice(start, BATCH_ROWS)
        columns = [column.to_pylist() for column in part.columns]
        if columns:
            yield json_lines(
                dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)
            )
        else:
            yield b"{}\n" * part.num_rows
