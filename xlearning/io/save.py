"""Copy a local folder while somebody writes into it.

Each file is copied from an open descriptor and counts if it was the same before and
after: a name that is given to another file meanwhile (write, then rename) does no harm.
A file that changes all the time is tried again a few times, then left out and named.
A program that marks its complete files has only these copied, as they were when it
marked them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from xlearning.io import uris
from xlearning.io.manifest import FileList, Identity, SavedFile
from xlearning.io.sending import Order, Sending
from xlearning.io.transfer import (
    PATIENT,
    Meter,
    Retrying,
    TransferFailed,
    check,
    persist_or_fail,
    reason,
    run_all,
)

if TYPE_CHECKING:
    from xlearning.io.storage import Progress, Storage, StorageLookup

Marks = Callable[[], Mapping[str, Identity] | None]
"""Returns the files that a program has marked as complete, None if it never did."""

COPIES = 4
"""How often a file is copied that changes meanwhile."""
QUIET_S = 0.2
"""A file that was changed less than this ago may be about to be changed again. It also
covers the ticks, of some milliseconds, in which file systems count time."""


def _no_marks() -> None:
    return None


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """How a folder is copied.

    Attributes:
        threads: Files copied at a time.
        retrying: How often one file is tried again when the file system fails.
        known: Files that an earlier save has, by path.
        digests: Whether files are told apart by their content too.
        marks: What the program has marked.
        first_pause_s: Before a file is looked at again that was not quiet; each further
            pause is twice as long.
        progress: Told the bytes that are copied, from one thread at a time.
        stop: Set from outside to end early; set by a failure.
    """

    threads: int = 16
    retrying: Retrying = PATIENT
    known: Mapping[str, SavedFile] = field(default_factory=dict)
    digests: bool = False
    marks: Marks = _no_marks
    first_pause_s: float = 0.3
    progress: Progress | None = None
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class SavedFolder:
    """What was copied.

    Attributes:
        files: What the save has of the folder.
        left_out: Paths of files that changed all the time.
    """

    files: FileList
    left_out: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(file.size for file in self.files.files)

    @property
    def copied_bytes(self) -> int:
        """The size of those that were not taken over."""
        return sum(file.size for file in self.files.files if not file.taken)


def save_folder(
    local: Path,
    url: str,
    folder: str,
    storages: StorageLookup,
    options: SaveOptions | None = None,
) -> SavedFolder:
    """Copy a local folder to `<url>/<folder>`; what was there is deleted first.

    Links are followed. A missing local folder is an empty one.

    Raises:
        TransferFailed: A file could not be read or written; the message names it.
    """
    options = options or SaveOptions()
    target = uris.join(url, folder)
    copier = _Copier(local, target, storages(url), options)
    copier.clear()
    marks = options.marks()
    folders, names = _scan(local)
    wanted = names if marks is None else [name for name in names if name in marks]
    run_all(wanted, copier.copy, options.threads, options.stop)
    files = tuple(sorted(copier.files, key=lambda file: file.path))
    return SavedFolder(
        FileList(folder, files, tuple(folders)), tuple(sorted(copier.left_out))
    )


def is_quiet(identity: Identity, now_ns: int) -> bool:
    """Say whether a file was not changed lately; it may be from the future."""
    return not 0 <= now_ns - identity.mtime_ns < QUIET_S * 1e9


def _scan(local: Path) -> tuple[list[str], list[str]]:
    """Return folders and files below a folder; what vanishes meanwhile is left out."""
    folders: list[str] = []
    names: list[str] = []
    for above, below, files in os.walk(local, followlinks=True):
        below[:] = sorted(name for name in below if not _is_loop(above, name))
        folders += (_relative(local, above, name) for name in below)
        names += (_relative(local, above, name) for name in sorted(files))
    return folders, names


def _relative(local: Path, above: str, name: str) -> str:
    return os.path.relpath(os.path.join(above, name), local)


def _is_loop(above: str, name: str) -> bool:
    """Say whether a folder is a link to one that holds it."""
    path = os.path.join(above, name)
    if not os.path.islink(path):
        return False
    inner, outer = os.path.realpath(above), os.path.realpath(path)
    return f"{inner}/".startswith(f"{outer}/")


def _open(path: Path) -> int:
    """Open a regular file.

    Raises:
        FileNotFoundError: There is none: a pipe or a socket is nothing to copy.
        TransferFailed: It may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise FileNotFoundError(path) from error
        why = f"`{path}` could not be read: {reason(error)}"
        raise TransferFailed(why) from error
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise FileNotFoundError(path)


def _identity(descriptor: int) -> Identity:
    status = os.fstat(descriptor)
    return Identity(status.st_size, status.st_mtime_ns)


class _Copier:
    """Copies one file at a time in each thread."""

    def __init__(
        self, local: Path, target: str, storage: Storage, options: SaveOptions
    ) -> None:
        self.files: list[SavedFile] = []
        self.left_out: list[str] = []
        self._local = local
        self._target = target
        self._storage = storage
        self._options = options
        self._meter = Meter(options.progress)

    def clear(self) -> None:
        """Leave an empty folder."""

        def clear() -> None:
            self._storage.delete(self._target, recursive=True)
            self._storage.mkdirs(self._target)

        self._persist(clear, f"`{self._target}` could not be made")

    def copy(self, path: str) -> None:
        """Copy a file as soon as it is quiet; give up on it after a few looks."""
        for look in range(COPIES):
            if look:
                self._options.stop.wait(self._options.first_pause_s * 2 ** (look - 1))
            check(self._options.stop)
            try:
                found = self._look(path)
            except FileNotFoundError:
                return  # its program has deleted it
            if found is not None:
                self.files.append(found)
                return
        self.left_out.append(path)

    def _look(self, path: str) -> SavedFile | None:
        """Copy a file if it is and stays quiet.

        Raises:
            FileNotFoundError: It is gone, or nothing that can be copied.
        """
        descriptor = _open(self._local / path)
        try:
            before = _identity(descriptor)
            if self._mark(path) not in (None, before):
                return None  # it is being written again
            if not is_quiet(before, time.time_ns()):
                self._options.stop.wait(QUIET_S)
            if _identity(descriptor) != before:
                return None
            mode = os.fstat(descriptor).st_mode & 0o777
            opened = Path(f"/proc/self/fd/{descriptor}")
            file = self._copied(SavedFile(path, *before, mode), opened)
            return file if _identity(descriptor) == before else None
        finally:
            os.close(descriptor)

    def _mark(self, path: str) -> Identity | None:
        """Return what a file was when its program said that it was complete."""
        marks = self._options.marks()
        return None if marks is None else marks.get(path)

    def _copied(self, file: SavedFile, opened: Path) -> SavedFile:
        """Copy an open file, unless the save before has it."""
        known = self._options.known.get(file.path)
        if not self._options.digests:
            self._put(file, opened)
            return file
        if known is not None and known.identity == file.identity:
            return msgspec.structs.replace(file, digest=known.digest, taken=True)
        with opened.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        file = msgspec.structs.replace(file, digest=digest)
        if known is not None and known.digest == digest:
            return msgspec.structs.replace(file, taken=True)
        self._put(file, opened)
        return file

    def _put(self, file: SavedFile, opened: Path) -> None:
        target = uris.join(self._target, file.path)
        order = Order(opened, file.size, target, file.mode, overwrite=True)
        sending = Sending(order, self._storage, self._meter, self._options.stop)
        name = self._local / file.path
        failed = f"`{name}` could not be saved to `{target}`"
        sending.send(self._options.retrying, failed)

    def _persist(self, action: Callable[[], None], failed: str) -> None:
        persist_or_fail(action, self._options.retrying, self._options.stop, failed)
