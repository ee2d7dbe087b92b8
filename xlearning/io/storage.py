"""What staging, journal, commit and records need of a file system.

`Storage` is the protocol; `storage_for` chooses between HDFS and the local disk. Both
behave alike, errors included: `FileNotFoundError`, `FileExistsError`,
`IsADirectoryError`, `NotADirectoryError`, `PermissionError`, `OSError` with
`ENOTEMPTY`, `ENOSPC` or `EDQUOT`; `ConnectionLost` when no server answers.

Every `path` may be a plain absolute path or a URL of the same file system. Modes are
exact: no umask applies, neither ours nor Hadoop's.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from xlearning.errors import ConfigError
from xlearning.io import globs, uris

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

CHUNK_BYTES = 1 << 20
"""How much is held at a time; a pool of transfers holds this once per thread."""

Progress = Callable[[int], None]
"""Told the bytes just moved; a negative number takes back what has to be done again."""


@dataclass(frozen=True, slots=True)
class FileStatus:
    """A file or folder.

    Attributes:
        path: Absolute, without scheme and authority.
        length: In bytes; 0 for a folder.
        is_dir: Whether it is a folder.
        modification_time_ms: Since 1970, as YARN wants it for local resources.
        permission: The nine permission bits and the sticky bit.
        owner: The owner's name.
    """

    path: str
    length: int
    is_dir: bool
    modification_time_ms: int
    permission: int
    owner: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class Reader(Protocol):
    """An open file."""

    @property
    def length(self) -> int:
        """The file's length in bytes when it was opened."""

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`, `b""` at the end."""

    def __enter__(self) -> Self:
        """Return the reader."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""


class Writer(Protocol):
    """A file that is being written; nobody sees it before it is closed or aborted."""

    def write(self, data: bytes) -> None:
        """Add some bytes."""

    def close(self) -> None:
        """Make the file complete."""

    def abort(self) -> None:
        """Delete what was written; raises nothing."""


class Log(Protocol):
    """A file that grows; what was written is there for whoever reads it later."""

    def write(self, data: bytes) -> None:
        """Add some bytes; they are safe when this returns.

        Raises:
            OSError: They are perhaps not: the file was taken over, for one. Nothing
                more can be written to this log then.
            XLearningError: The same.
        """

    def close(self) -> None:
        """Write no more."""


def fill(
    writer: Writer, pieces: Iterable[bytes], progress: Progress | None = None
) -> None:
    """Write all pieces and close the file; a failure leaves nothing of it."""
    try:
        for piece in pieces:
            writer.write(piece)
            if progress is not None:
                progress(len(piece))
        writer.close()
    except BaseException:
        writer.abort()
        raise


class Storage(Protocol):
    """A file system.

    Attributes:
        renames_at_once: Others see a folder that is renamed under its old name or its
            new one, never a part of it.
        files_grow: What a lost writer wrote can be kept and added to, by `recover` and
            `reopen`.
    """

    renames_at_once: bool = True
    files_grow: bool = False

    @property
    def root(self) -> str:
        """Scheme and authority: `hdfs://nn:8020`, `file://`."""

    def stat(self, path: str) -> FileStatus | None:
        """Return what is at `path`, None when nothing is."""

    def list(self, path: str) -> tuple[FileStatus, ...]:
        """Return what is directly in a folder, by name; a file alone gives itself.

        Raises:
            FileNotFoundError: Nothing is at `path`.
        """

    def mkdirs(self, path: str, mode: int = 0o755) -> None:
        """Make a folder and its missing parents, all with `mode`.

        Raises:
            FileExistsError: A file is at `path`.
            NotADirectoryError: A file is above `path`.
        """

    def open(self, path: str, offset: int = 0) -> Reader:
        """Open a file for reading on from `offset`, which may be its end."""

    def read_range(self, path: str, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer where the file ends."""

    def create(self, path: str, mode: int = 0o644, overwrite: bool = False) -> Writer:
        """Start a file, making missing parents.

        Raises:
            FileExistsError: Something is at `path` and may not be overwritten; a local
                file says so when it is closed.
        """

    def write(
        self, path: str, data: bytes, mode: int = 0o644, overwrite: bool = False
    ) -> None:
        """Write a whole file, making missing parents; nothing is left of a failure.

        Raises:
            FileExistsError: Something is at `path` and may not be overwritten.
        """
        fill(self.create(path, mode, overwrite), [data])

    def put(
        self,
        local: Path,
        path: str,
        *,
        mode: int | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Copy a local file as `write` does, in pieces; `mode` None keeps its own."""
        with local.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777 if mode is None else mode
            pieces = iter(lambda: file.read(CHUNK_BYTES), b"")
            fill(self.create(path, mode, overwrite), pieces, progress)

    def append(self, path: str, data: bytes) -> None:
        """Add to the end of an existing file."""

    def recover(self, path: str) -> None:
        """Close a file whose writer was lost, where `files_grow`.

        Raises:
            ConnectionLost: It is not closed yet; this can be repeated.
            FileNotFoundError: Nothing is at `path`.
        """
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), path)

    def reopen(self, path: str) -> Writer:
        """Go on at the end of a file that nobody writes, where `files_grow`."""
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), path)

    def start_log(self, path: str) -> Log:
        """Make a file for its owner's eyes, to be written bit by bit.

        Raises:
            FileExistsError: Something is at `path`.
            OSError: `ENOTSUP` where a file cannot grow.
        """
        raise no_logs(self.url(path))

    def continue_log(self, path: str) -> Log:
        """Go on at the end of a log that nobody else writes now.

        Raises:
            FileNotFoundError: Nothing is at `path`.
        """
        raise no_logs(self.url(path))

    def take_log(self, path: str) -> None:
        """Take a log from whoever writes it, so that all of it can be read.

        A writer that is still alive gets an error when it writes the next time.

        Raises:
            FileNotFoundError: Nothing is at `path`.
        """
        raise no_logs(self.url(path))

    def rename(self, source: str, target: str) -> None:
        """Move a file or folder; never overwrites, needs the target's parent.

        Raises:
            FileExistsError: Something is at `target`.
            FileNotFoundError: `source` or the target's parent is missing.
        """

    def delete(self, path: str, recursive: bool = False) -> bool:
        """Delete; say whether anything was there.

        Raises:
            OSError: `ENOTEMPTY` for a folder with content and not `recursive`.
        """

    def set_permission(self, path: str, mode: int) -> None:
        """Set the permission bits."""

    def set_modification_time(self, path: str, time_ms: int) -> None:
        """Set the time of the last change, in milliseconds since 1970."""

    def read(self, path: str) -> bytes:
        """Return a whole small file."""
        with self.open(path) as reader:
            return b"".join(iter(lambda: reader.read(CHUNK_BYTES), b""))

    def url(self, path: str) -> str:
        """Return a path of this file system as a URL."""
        return self.root + self.path(path)

    def path(self, url: str) -> str:
        """Return the path in a URL of this file system.

        Raises:
            ConfigError: The URL is of another file system, or not absolute.
        """
        location = uris.split_url(url)
        if not location.path.startswith("/"):
            raise ConfigError(f"`{url}` is not an absolute path")
        if location.scheme and location.authority and location.root != self.root:
            raise ConfigError(f"`{url}` is not on `{self.root}`")
        return location.path

    def glob(self, pattern: str) -> tuple[FileStatus, ...]:
        """Return what matches one of Hadoop's patterns, by path.

        Raises:
            ConfigError: The pattern is wrong.
        """
        found: dict[str, FileStatus] = {}
        for path in globs.expand_alternatives(self.path(pattern)):
            parts = [part for part in path.split("/") if part]
            for status in self._match("/", parts):
                found.setdefault(status.path, status)
        return tuple(found[path] for path in sorted(found))

    def _match(self, folder: str, parts: Sequence[str]) -> Iterator[FileStatus]:
        """Yield what matches the parts of a pattern below a folder."""
        number = 0
        while number < len(parts) and globs.is_literal(parts[number]):
            folder = uris.join(folder, globs.unescape(parts[number]))
            number += 1
        status = self.stat(folder)
        if status is None or (number < len(parts) and not status.is_dir):
            return
        if number == len(parts):
            yield status
            return
        pattern, rest = globs.compile_part(parts[number]), parts[number + 1 :]
        for entry in self.list(folder):
            if pattern.fullmatch(entry.name):
                yield from self._match(entry.path, rest) if rest else (entry,)

    def walk(self, path: str) -> Iterator[FileStatus]:
        """Yield all below a folder, each folder before its content, by name.

        Raises:
            FileNotFoundError: Nothing is at `path`.
        """
        for entry in self.list(path):
            yield entry
            if entry.is_dir:
                yield from self.walk(entry.path)


def no_logs(url: str) -> OSError:
    """Return the error of a file system whose files do not grow."""
    return OSError(errno.ENOTSUP, "files cannot grow on this file system", url)


StorageLookup = Callable[[str], Storage]
"""Returns the storage that a URL is on."""


def storage_for(
    url: str, properties: Mapping[str, str], user: str | None = None
) -> Storage:
    """Return the file system that a URL or path is on.

    Args:
        url: With one of `uris.SCHEMES`; a plain path is on `fs.defaultFS`.
        properties: Hadoop's, resolved.
        user: Whom to act as where the cluster has no Kerberos; None for Hadoop's own
            choice. See `HdfsStorage` for what this does to the process.

    Raises:
        ConfigError: The scheme is not supported.
    """
    from xlearning.io.schemes import open_storage

    return open_storage(locate_url(url, properties), properties, user)


def locate_url(url: str, properties: Mapping[str, str]) -> uris.Location:
    """Return where a URL or path is, on `fs.defaultFS` when it does not say."""
    default_fs = properties.get("fs.defaultFS") or "file:///"
    return uris.split_url(uris.qualify(url, default_fs))


class Storages:
    """The storages that a process uses, one per file system; any thread may ask."""

    def __init__(self, properties: Mapping[str, str], user: str | None = None) -> None:
        """Connect to nothing yet; the arguments are those of `storage_for`."""
        self._properties = dict(properties)
        self._user = user
        self._known: dict[str, Storage] = {}
        self._lock = threading.Lock()

    def __call__(self, url: str) -> Storage:
        """Return the storage that a URL is on.

        Raises:
            ConfigError: The scheme is not supported.
        """
        root = locate_url(url, self._properties).root
        with self._lock:
            if root not in self._known:
                self._known[root] = storage_for(url, self._properties, self._user)
            return self._known[root]
