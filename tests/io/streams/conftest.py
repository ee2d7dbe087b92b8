"""Files, orders and pipes for streams."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from xlearning.io.formats.base import FormatSettings, Piece, RecordSplit
from xlearning.io.storage import Storages
from xlearning.io.streams.orders import Feed, Setup, StreamSplit
from xlearning.job.spec import StreamOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOCAL = Storages({"fs.defaultFS": "file:///"})


def a_setup(name: str = "text", **properties: str) -> Setup:
    """Return a setup for local files."""
    given = {"fs.defaultFS": "file:///"} | properties
    return Setup(name, FormatSettings(given), "alice")


def a_split(path: Path, alias: str = "data") -> StreamSplit:
    """Return a whole file as a split."""
    length = path.stat().st_size
    return StreamSplit(
        alias, RecordSplit((Piece(f"file://{path}", 0, length, length),))
    )


def splits_of(folder: Path, contents: dict[str, bytes]) -> tuple[StreamSplit, ...]:
    """Write files, `alias/name`, and return a split of each."""
    found = []
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        found.append(a_split(path, path.parent.name))
    return tuple(found)


def an_order(splits: tuple[StreamSplit, ...], **options: object) -> Feed:
    """Return the order to feed splits."""
    given = replace(StreamOptions(), **options)
    return Feed(a_setup(), "worker-0", splits, given, retries=0)


def read_all(work: Callable[[int], object]) -> bytes:
    """Let something write into a pipe and return what it wrote."""
    out, into = os.pipe()
    found: list[bytes] = []

    def read() -> None:
        with os.fdopen(out, "rb") as pipe:
            found.append(pipe.read())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        work(into)
    finally:
        with suppress(OSError):
            os.close(into)
        reader.join()
    return found[0]
