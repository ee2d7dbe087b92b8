"""Copy a local folder to the place that a try may write to.

Many files go at a time: closing one on HDFS waits half a second for the DataNodes'
report, so one after another would take that long per file.
"""

from __future__ import annotations

import logging
import stat
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlearning.io import uris
from xlearning.io.sending import Order, Sending
from xlearning.io.transfer import (
    PATIENT,
    Meter,
    Retrying,
    TransferFailed,
    TransferSummary,
    persist_or_fail,
    reason,
    run_all,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import stat_result
    from pathlib import Path

    from xlearning.io.storage import Progress, Storage, StorageLookup

_log = logging.getLogger(__name__)

LARGE_BYTES = 4 << 20
LARGE_THREADS = 4
"""How many files of more bytes go at a time: hdfs-native holds 15 MiB for each of them,
and four of them are as fast as eight."""


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """How a folder is copied.

    Attributes:
        threads: Files copied at a time, fewer of large ones.
        retrying: How often one file is tried again.
        progress: Told the bytes, from one thread at a time.
        overwrite: Whether files that are there are replaced.
        stop: Set from outside to end early; set by a failure.
    """

    threads: int = 16
    retrying: Retrying = PATIENT
    progress: Progress | None = None
    overwrite: bool = True
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class _Entry:
    """Something below the local folder."""

    path: Path
    relative: str
    status: stat_result

    @property
    def is_dir(self) -> bool:
        return stat.S_ISDIR(self.status.st_mode)

    @property
    def mode(self) -> int:
        return self.status.st_mode & 0o777


def upload(
    local: Path,
    url: str,
    storages: StorageLookup,
    options: UploadOptions | None = None,
) -> TransferSummary:
    """Make `url` a copy of a local folder; what was there is deleted first.

    Files keep their modes, links are followed. A missing local folder is an empty one.

    Raises:
        TransferFailed: A file could not be copied; the message names it.
    """
    options = options or UploadOptions()
    _Sender(storages(url), url, options).clear()
    if not local.is_dir():
        return TransferSummary(0, 0)
    return put_tree(local, url, storages, options)


def put_tree(
    local: Path,
    url: str,
    storages: StorageLookup,
    options: UploadOptions | None = None,
) -> TransferSummary:
    """Copy a local file to `url`, or what is in a local folder to below it.

    Raises:
        TransferFailed: A file could not be copied; the message names it.
    """
    options = options or UploadOptions()
    sender = _Sender(storages(url), url, options)
    entries = [entry for entry in [_entry(local, "")] if entry is not None]
    if local.is_dir():
        entries = [*entries, *_scan(local)]
    for entry in entries:
        if entry.is_dir:
            sender.make_folder(entry)
    files = [entry for entry in entries if not entry.is_dir]
    large = [entry for entry in files if entry.status.st_size > LARGE_BYTES]
    small = [entry for entry in files if entry.status.st_size <= LARGE_BYTES]
    run_all(large, sender.send, min(options.threads, LARGE_THREADS), options.stop)
    run_all(small, sender.send, options.threads, options.stop)
    return TransferSummary(len(files), sum(entry.status.st_size for entry in files))


def _scan(
    folder: Path, relative: str = "", above: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[_Entry]:
    """Yield all below a folder, folders before their content.

    Left out with a warning: broken links, sockets and pipes, and links to a folder that
    holds them.
    """
    own = folder.stat()
    above |= {(own.st_dev, own.st_ino)}
    for path in sorted(folder.iterdir()):
        entry = _entry(path, f"{relative}{path.name}")
        if entry is None:
            continue
        if not entry.is_dir:
            yield entry
        elif (entry.status.st_dev, entry.status.st_ino) in above:
            _log.warning("`%s` is not uploaded: it links to a folder above it", path)
        else:
            yield entry
            yield from _scan(path, f"{entry.relative}/", above)


def _entry(path: Path, relative: str) -> _Entry | None:
    """Look at one name, None where there is nothing to copy."""
    try:
        status = path.stat()
    except OSError as error:
        if not path.is_symlink():
            raise TransferFailed(
                f"`{path}` could not be uploaded: {reason(error)}"
            ) from error
        _log.warning("`%s` is not uploaded: the link is broken", path)
        return None
    if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
        return _Entry(path, relative, status)
    _log.warning("`%s` is not uploaded: it is neither a file nor a folder", path)
    return None


class _Sender:
    """Copies one file at a time in each thread."""

    def __init__(self, storage: Storage, url: str, options: UploadOptions) -> None:
        self._storage = storage
        self._url = url
        self._options = options
        self._meter = Meter(options.progress)

    def clear(self) -> None:
        """Leave an empty folder."""

        def clear() -> None:
            self._storage.delete(self._url, recursive=True)
            self._storage.mkdirs(self._url)

        self._persist(clear, f"`{self._url}` could not be made")

    def make_folder(self, entry: _Entry) -> None:
        """Make one folder; its owner can always write into it."""
        target = self._target(entry)
        mode = entry.mode | 0o700
        self._persist(
            lambda: self._storage.mkdirs(target, mode), _failed(entry.path, target)
        )

    def send(self, entry: _Entry) -> None:
        """Copy one file, with retries."""
        target = self._target(entry)
        order = Order(
            entry.path,
            entry.status.st_size,
            target,
            entry.mode,
            self._options.overwrite,
        )
        sending = Sending(order, self._storage, self._meter, self._options.stop)
        sending.send(self._options.retrying, _failed(entry.path, target))

    def _target(self, entry: _Entry) -> str:
        return uris.join(self._url, entry.relative) if entry.relative else self._url

    def _persist(self, action: Callable[[], None], failed: str) -> None:
        persist_or_fail(action, self._options.retrying, self._options.stop, failed)


def _failed(source: Path, target: str) -> str:
    return f"`{source}` could not be uploaded to `{target}`"
