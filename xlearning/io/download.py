"""Fetch a share of the input into the working directory.

Files come in pieces (`xlearning.io.parts`), and appear when they are whole. A piece
that broke off goes on where it was. A file's length must be what it was when it was
listed, each time that it is opened, and its time too where something is put to what is
there of it.
"""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from xlearning.errors import ConnectionLost, XLearningError
from xlearning.io.parts import Part, Piece
from xlearning.io.storage import CHUNK_BYTES
from xlearning.io.transfer import (
    PATIENT,
    Meter,
    Retrying,
    TransferFailed,
    TransferStopped,
    TransferSummary,
    check,
    persist,
    reason,
    run_all,
)

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.io.splits import InputFile, Share
    from xlearning.io.storage import FileStatus, Progress, StorageLookup

_CHANGED = "the input must not change while the job runs"


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


class _Order(NamedTuple):
    """One piece to be fetched."""

    file: InputFile
    piece: Piece


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
    targets = _targets(share, folder, options.renamed_at_ms)
    for parent in {target.parent for target in targets}:
        parent.mkdir(parents=True, exist_ok=True)
    parts = [
        Part(target, file.length, number)
        for number, (file, target) in enumerate(zip(share, targets, strict=True))
    ]
    orders = [
        _Order(file, piece)
        for file, part in zip(share, parts, strict=True)
        for piece in part.pieces()
    ]
    try:
        run_all(
            orders, _Fetcher(storages, options).fetch, options.threads, options.stop
        )
    finally:
        for part in parts:
            part.discard()
    return TransferSummary(len(share), size)


def target_path(
    file: InputFile, number: int, folder: Path, renamed_at_ms: int | None
) -> Path:
    """Return where a file goes; `number` is its place within its alias."""
    name = file.relative_path
    if renamed_at_ms is not None:
        name = f"{renamed_at_ms}_{number}"
    return folder / file.alias / name


def _targets(share: Share, folder: Path, renamed_at_ms: int | None) -> list[Path]:
    seen: Counter[str] = Counter()
    targets: list[Path] = []
    for file in share:
        targets.append(target_path(file, seen[file.alias], folder, renamed_at_ms))
        seen[file.alias] += 1
    return targets


def _check_space(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise TransferFailed(
            f"the input of {size} bytes does not fit into `{folder}`, "
            f"where {free} bytes are free",
            hint="more workers get smaller shares; --input-strategy PLACEHOLDER "
            "lets the program read from HDFS itself",
        )


def _check_time(file: InputFile, status: FileStatus | None) -> None:
    """Refuse a source that was changed since it was listed.

    It is looked at once it is open: what is opened later is no older.
    """
    changed_ms = status.modification_time_ms if status else 0
    if file.modified_ms and changed_ms != file.modified_ms:
        raise TransferFailed(
            "it is not the one that was there when the input was listed", hint=_CHANGED
        )


class _Fetcher:
    """Fetches one piece at a time in each thread."""

    def __init__(self, storages: StorageLookup, options: DownloadOptions) -> None:
        self._storages = storages
        self._options = options
        self._meter = Meter(options.progress)

    def fetch(self, order: _Order) -> None:
        """Fetch one piece, with retries."""
        file, piece = order
        to = f"{file.alias}/{file.relative_path}"
        what = f"`{file.uri}` could not be fetched to `{to}`"
        try:
            persist(
                lambda: self._go_on(order),
                self._options.retrying,
                self._options.stop,
                what,
                lambda: piece.position,
            )
            piece.part.arrived()
        except TransferStopped:
            raise
        except (OSError, XLearningError) as error:
            raise TransferFailed(
                f"{what}: {reason(error)}", hint=getattr(error, "hint", None)
            ) from error

    def _go_on(self, order: _Order) -> None:
        """Fetch what is missing of a piece."""
        file, piece = order
        storage = self._storages(file.uri)
        with (
            storage.open(file.uri, piece.position) as reader,
            piece.part.open(piece.position) as out,
        ):
            if reader.length != file.length:
                raise TransferFailed(
                    f"it has {reader.length} bytes, but had {file.length} when the "
                    "input was listed",
                    hint=_CHANGED,
                )
            if piece.position:
                _check_time(file, storage.stat(file.uri))
            while wanted := min(CHUNK_BYTES, piece.end - piece.position):
                data = reader.read(wanted)
                if not data:
                    raise ConnectionLost(
                        f"it ended after {piece.position} of {file.length} bytes"
                    )
                out.write(data)
                piece.position += len(data)
                self._meter.add(len(data))
                check(self._options.stop)
