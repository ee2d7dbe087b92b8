"""Writes local files through a format, as an agent does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.io.formats.reading import lookup, settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from xlearning.io.formats.base import OutputFormat


def write(
    form: OutputFormat,
    folder: Path,
    pieces: Iterable[bytes],
    properties: Mapping[str, str] | None = None,
) -> list[str]:
    """Write pieces and return the names of the files."""
    writer = form.open(f"file://{folder}", lookup, settings(properties))
    total = 0
    for piece in pieces:
        writer.write(piece)
        total += len(piece)
        assert writer.written_bytes == total
    writer.close()
    return sorted(path.name for path in folder.iterdir())


def cut(data: bytes, size: int) -> list[bytes]:
    """Return data in pieces."""
    return [data[start : start + size] for start in range(0, len(data), size)]
