"""Reads local files through a format, as an agent does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.io.formats.base import FormatSettings, InputFormat, SourceFile
from xlearning.io.local_storage import LocalStorage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xlearning.io.formats.base import RecordSplit
    from xlearning.io.storage import Storage

STORAGE = LocalStorage()


def lookup(url: str) -> Storage:
    """Return the local disk."""
    return STORAGE


def settings(properties: Mapping[str, str] | None = None) -> FormatSettings:
    """Return settings with some of Hadoop's properties."""
    return FormatSettings(dict(properties or {}))


def source(path: Path, block_bytes: int = 1 << 27) -> SourceFile:
    """Return a local file as listed."""
    return SourceFile(f"file://{path}", path.stat().st_size, block_bytes)


def splits_of(
    form: InputFormat,
    paths: Sequence[Path],
    properties: Mapping[str, str] | None = None,
    block_bytes: int = 1 << 27,
) -> tuple[RecordSplit, ...]:
    """Return the splits of some files."""
    files = [source(path, block_bytes) for path in paths]
    return form.splits(files, lookup, settings(properties))


def read_split(
    form: InputFormat, split: RecordSplit, properties: Mapping[str, str] | None = None
) -> bytes:
    """Return all that one split gives; no chunk is empty."""
    chunks = list(form.read(split, lookup, settings(properties)))
    assert all(chunks)
    return b"".join(chunks)


def read_all(
    form: InputFormat,
    paths: Sequence[Path],
    properties: Mapping[str, str] | None = None,
    block_bytes: int = 1 << 27,
) -> bytes:
    """Return all that some files give, split by split."""
    found = splits_of(form, paths, properties, block_bytes)
    return b"".join(read_split(form, split, properties) for split in found)
