"""HDFS as a `Storage`, over hdfs-native."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from xlearning.errors import ConnectionLost, XLearningError
from xlearning.io.bounded import Bounded
from xlearning.io.hdfs_errors import translate
from xlearning.io.storage import FileStatus, Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import hdfs_native

    from xlearning.io.storage import Log, Reader, Writer

_ATTEMPTS = "dfs.client.failover.max.attempts"
_USER = "HADOOP_USER_NAME"
STICKY = 0o1000

RECOVERY_S = 120
"""How long the recovery of a lease is waited for: DataNodes beat every 3 s."""
RECOVERY_PAUSE_S = 0.2


class _NativeStatus(Protocol):
    """hdfs-native's own FileStatus."""

    path: str
    length: int
    isdir: bool
    modification_time: int
    permission: int
    owner: str


class HdfsStorage(Storage):
    """One HDFS.

    hdfs-native takes the user's name from the environment each time it connects, so a
    given `user` is put there, for the whole process, before every call. With Kerberos
    or a token file that name is not looked at.

    A client must not be used in a forked child: calls there never return.
    """

    files_grow = True

    def __init__(
        self, root: str, properties: Mapping[str, str], user: str | None = None
    ) -> None:
        """Connect lazily.

        Args:
            root: `hdfs://host:port` or `hdfs://nameservice`.
            properties: Hadoop's, resolved.
            user: Whom to act as; None for `HADOOP_USER_NAME`, else the process's user.
        """
        import hdfs_native

        self._root = root.rstrip("/")
        self._user = user
        with self.translated("/"):
            self._client = hdfs_native.Client(self._root, client_properties(properties))

    @property
    def root(self) -> str:
        """Scheme and authority."""
        return self._root

    @property
    def client(self) -> hdfs_native.Client:
        """The client behind it, for `xlearning.io.filesystem`."""
        return self._client

    def stat(self, path: str) -> FileStatus | None:
        """Return what is at `path`, None when nothing is."""
        try:
            with self.translated(path) as plain:
                return _status(self._client.get_file_info(plain))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def list(self, path: str) -> tuple[FileStatus, ...]:
        """Return what is directly in a folder, by name; a file alone gives itself."""
        with self.translated(path) as plain:
            found = [_status(entry) for entry in self._client.list_status(plain)]
        return tuple(sorted(found, key=lambda status: status.path))

    def mkdirs(self, path: str, mode: int = 0o755) -> None:
        """Make a folder and its missing parents, all with `mode`.

        The NameNode leaves the sticky bit off parents that it makes itself
        (`FSDirMkdirOp`), and without it anybody could put another folder in the place
        of one below, so that then each gets a call of its own.
        """
        with self.translated(path) as plain:
            above = PurePosixPath(plain).parents[:-1] if mode & STICKY else ()
            for folder in (*reversed(above), plain):
                self._client.mkdirs(str(folder), mode, create_parent=True)

    def open(self, path: str, offset: int = 0) -> Reader:
        """Open a file for reading on from `offset`."""
        with self.translated(path) as plain:
            return HdfsReader(self, plain, self._client.read(plain), offset)

    def read_range(self, path: str, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer where the file ends."""
        with self.translated(path) as plain:
            reader = self._client.read(plain)
            return read_clamped(reader, offset, length)

    def create(self, path: str, mode: int = 0o644, overwrite: bool = False) -> Writer:
        """Start a file, making missing parents."""
        from hdfs_native import WriteOptions

        options = WriteOptions(permission=mode, overwrite=overwrite)
        with self.translated(path) as plain:
            return HdfsOutput(self, plain, self._client.create(plain, options))

    def append(self, path: str, data: bytes) -> None:
        """Add to the end of an existing file, flushed to the DataNodes' disks."""
        with self.translated(path) as plain:
            writer = self._client.append(plain)
            writer.write(data)
            writer.close()

    def recover(self, path: str) -> None:
        """Close a file whose writer was lost.

        A DataNode closes the last block with its next heartbeat.
        """
        with self.translated(path) as plain:
            closed = self._client.recover_lease(plain)
        if not closed:
            raise ConnectionLost(f"`{self.url(plain)}` is not closed yet by HDFS")

    def reopen(self, path: str) -> Writer:
        """Go on at the end of a file that nobody writes."""
        with self.translated(path) as plain:
            return HdfsOutput(self, plain, self._client.append(plain))

    def start_log(self, path: str) -> Log:
        """Make a file for its owner's eyes, to be written bit by bit."""
        from hdfs_native import WriteOptions

        options = WriteOptions(permission=0o600, overwrite=False)
        with self.translated(path) as plain:
            return HdfsLog(self, plain, self._client.create(plain, options))

    def continue_log(self, path: str) -> Log:
        """Go on at the end of a log that nobody else writes now."""
        with self.translated(path) as plain:
            return HdfsLog(self, plain, self._client.append(plain))

    def take_log(self, path: str) -> None:
        """Take a log from whoever writes it, by a recovery of the file's lease.

        The NameNode ends the writer's lease at once and has a DataNode close the last
        block with its next heartbeat (`FSNamesystem.recoverLease`); until then the file
        reads as empty.
        """
        until = time.monotonic() + RECOVERY_S
        with self.translated(path) as plain:
            while not self._client.recover_lease(plain):
                if time.monotonic() > until:
                    raise ConnectionLost(
                        f"`{self.url(plain)}` could not be closed in {RECOVERY_S} s",
                        hint="are the DataNodes that hold its last block running?",
                    )
                time.sleep(RECOVERY_PAUSE_S)

    def rename(self, source: str, target: str) -> None:
        """Move a file or folder; never overwrites."""
        with self.translated(target) as plain:
            self._client.rename(self.path(source), plain, overwrite=False)

    def delete(self, path: str, recursive: bool = False) -> bool:
        """Delete; say whether anything was there."""
        with self.translated(path) as plain:
            return self._client.delete(plain, recursive)

    def set_permission(self, path: str, mode: int) -> None:
        """Set the permission bits."""
        with self.translated(path) as plain:
            self._client.set_permission(plain, mode)

    def set_modification_time(self, path: str, time_ms: int) -> None:
        """Set the time of the last change."""
        with self.translated(path) as plain:
            self._client.set_times(plain, time_ms, time_ms)

    @contextmanager
    def translated(self, path: str) -> Iterator[str]:
        """Give the plain path to a block of calls, and translate their errors."""
        plain = self.path(path)
        if self._user is not None and os.environ.get(_USER) != self._user:
            os.environ[_USER] = self._user
        try:
            yield plain
        except (OSError, RuntimeError, NotImplementedError) as error:
            raise translate(error, self._root, plain) from error


class HdfsReader:
    """An open file on HDFS.

    It hands out the packets of hdfs-native's stream as they come: that is twice as fast
    as reads of many megabytes and takes a third of their memory.
    """

    def __init__(
        self,
        storage: HdfsStorage,
        path: str,
        reader: hdfs_native.FileReader,
        offset: int = 0,
    ) -> None:
        """Take over a reader that was just opened; it panics beyond the end."""
        self._storage = storage
        self._path = path
        self._length = len(reader)
        start = min(offset, self._length)
        self._packets = reader.read_range_stream(start, self._length - start)
        self._rest = b""

    @property
    def length(self) -> int:
        """The file's length in bytes when it was opened."""
        return self._length

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`, `b""` at the end."""
        if not self._rest:
            with self._storage.translated(self._path):
                self._rest = next(self._packets, b"")
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def __enter__(self) -> HdfsReader:
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: connections to DataNodes close by themselves."""


class _HdfsWriting:
    """A file on HDFS that is open for writing; each call has a limit."""

    def __init__(
        self, storage: HdfsStorage, path: str, writer: hdfs_native.FileWriter
    ) -> None:
        """Take over a writer that was just opened."""
        self._storage = storage
        self._path = path
        self._writer = writer
        self._calls = Bounded(f"HDFS, for `{storage.url(path)}`,")

    def close(self) -> None:
        """Make the file complete; waits for the DataNodes' reports."""
        self._call(self._writer.close)

    def _call(self, action: Callable[[], object]) -> None:
        with self._storage.translated(self._path):
            self._calls.begin(action)
            self._calls.end()


class HdfsOutput(_HdfsWriting):
    """A file on HDFS that is being written."""

    def write(self, data: bytes) -> None:
        """Add some bytes, while the caller gets the next ones."""
        with self._storage.translated(self._path):
            self._calls.begin(partial(self._writer.write, bytes(data)))

    def abort(self) -> None:
        """Delete what was written: a full quota, for one, leaves an empty file."""
        with suppress(OSError, XLearningError):
            self._storage.delete(self._path)


class HdfsLog(_HdfsWriting):
    """A file on HDFS that grows; `hdfs_native` renews its lease while it is open."""

    def write(self, data: bytes) -> None:
        """Add some bytes; they are on the DataNodes' disks when this returns."""
        self._call(partial(self._writer.write, data))
        self._call(self._writer.hsync)


def client_properties(properties: Mapping[str, str]) -> dict[str, str]:
    """Return Hadoop's properties with a bound on how long a dead NameNode is tried.

    hdfs-native's default is minutes. With two attempts it gives up within 3 s; where
    there are several NameNodes each is tried twice.
    """
    most = max(
        (
            len(value.split(","))
            for name, value in properties.items()
            if name.startswith("dfs.ha.namenodes.")
        ),
        default=1,
    )
    return {_ATTEMPTS: str(2 * most), **properties}


def read_clamped(reader: hdfs_native.FileReader, offset: int, length: int) -> bytes:
    """Read a range; hdfs-native panics on one that goes beyond the end."""
    length = min(length, len(reader) - offset)
    return reader.read_range(offset, length) if length > 0 else b""


def _status(native: _NativeStatus) -> FileStatus:
    return FileStatus(
        path=native.path or "/",
        length=native.length,
        is_dir=native.isdir,
        modification_time_ms=native.modification_time,
        permission=native.permission,
        owner=native.owner,
    )
