"""Fetch a share of the input into the working directory.

Each file is written under a name of its own and renamed when it is whole, so that a
trainer never sees a part of one. Its length must be what it was when it was listed.
"""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlearning.errors import ConnectionLost, XLearningError
from xlearning.io.storage import CHUNK_BYTES
from xlearning.io.transfer import (
    PATIENT,
    Meter,
    Retrying,
    Tally,
    TransferFailed,
    TransferStopped,
    TransferSummary,
    persist,
    reason,
    run_all,
)

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.io.splits import InputFile, Share
    from xlearning.io.storage import Progress, StorageLookup


@dataclass(frozen=True, slots=True)
class DownloadOptions:
    """How a share is fetched.

    Attributes:
        threads: Files fetched at a time.
        retrying: How often one file is tried again.
        renamed_at_ms: Name files `<this>_<n>`, n from 0 in each local directory;
            None keeps their relative paths.
        progress: Told the bytes, from one thread at a time.
        stop: Set from outside to end early; set by a failure.
    """

    threads: int = 10
    retrying: Retrying = PATIENT
    renamed_at_ms: int | None = None
    progress: Progress | None = None
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class _Order:
    """One file and where it goes."""

    file: InputFile
    target: Path
    number: int


def download(
    share: Share,
    folder: Path,
    storages: StorageLookup,
    options: DownloadOptions | None = None,
) -> TransferSummary:
    """Fetch files to `<folder>/<alias>/<relative path>`.

    Raises:
        TransferFailed: The disk is too small, or a file could not be fetched; the other
            files are then given up.
    """
    options = options or DownloadOptions()
    size = sum(file.length for file in share)
    folder.mkdir(parents=True, exist_ok=True)
    _check_space(folder, size)
    orders = _orders(share, folder, options.renamed_at_ms)
    for parent in {order.target.parent for order in orders}:
        parent.mkdir(parents=True, exist_ok=True)
    fetcher = _Fetcher(storages, options)
    run_all(orders, fetcher.fetch, options.threads, options.stop)
    return TransferSummary(len(share), size)


def target_path(
    file: InputFile, number: int, folder: Path, renamed_at_ms: int | None
) -> Path:
    """Return where a file goes; `number` is its place within its alias."""
    name = file.relative_path
    if renamed_at_ms is not None:
        name = f"{renamed_at_ms}_{number}"
    return folder / file.alias / name


def _orders(share: Share, folder: Path, renamed_at_ms: int | None) -> list[_Order]:
    seen: Counter[str] = Counter()
    orders: list[_Order] = []
    for number, file in enumerate(share):
        target = target_path(file, seen[file.alias], folder, renamed_at_ms)
        orders.append(_Order(file, target, number))
        seen[file.alias] += 1
    return orders


def _check_space(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise TransferFailed(
            f"the input of {size} bytes does not fit into `{folder}`, "
            f"where {free} bytes are free",
            hint="more workers get smaller shares; --input-strategy PLACEHOLDER "
            "lets the program read from HDFS itself",
        )


class _Fetcher:
    """Fetches one file at a time in each thread."""

    def __init__(self, storages: StorageLookup, options: DownloadOptions) -> None:
        self._storages = storages
        self._options = options
        self._meter = Meter(options.progress)

    def fetch(self, order: _Order) -> None:
        """Fetch one file, with retries."""
        file = order.file
        try:
            persist(
                lambda: self._try(order), self._options.retrying, self._options.stop
            )
        except TransferStopped:
            raise
        except (OSError, XLearningError) as error:
            raise TransferFailed(
                f"`{file.uri}` could not be fetched to "
                f"`{file.alias}/{file.relative_path}`: {reason(error)}",
                hint=getattr(error, "hint", None),
            ) from error

    def _try(self, order: _Order) -> None:
        part = order.target.with_name(f".{order.number}.part")
        tally = Tally(self._meter, self._options.stop)
        try:
            self._copy(order.file, part, tally)
            part.replace(order.target)
        except BaseException:
            tally.take_back()
            part.unlink(missing_ok=True)
            raise

    def _copy(self, file: InputFile, part: Path, tally: Tally) -> None:
        storage = self._storages(file.uri)
        with storage.open(file.uri) as reader, part.open("wb", buffering=0) as out:
            if reader.length != file.length:
                raise TransferFailed(
                    f"it has {reader.length} bytes, but had {file.length} when the "
                    "input was listed",
                    hint="the input must not change while the job runs",
                )
            while piece := reader.read(CHUNK_BYTES):
                out.write(piece)
                tally.add(len(piece))
        if tally.count != file.length:
            raise ConnectionLost(f"it ended after {tally.count} of {file.length} bytes")
