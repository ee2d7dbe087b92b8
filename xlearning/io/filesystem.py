"""`pyarrow.fs.FileSystem` for user data.

`hdfs://` is hdfs-native behind a handler of ours: pyarrow's own `HadoopFileSystem`
needs a JVM and libhdfs. Handlers do not pickle: another process builds its own.
"""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import fs

from xlearning.errors import ConfigError
from xlearning.io import uris
from xlearning.io.hdfs_storage import HdfsStorage, read_clamped
from xlearning.io.local_storage import LocalStorage
from xlearning.io.object_storage import ObjectStorage
from xlearning.io.range_file import RangeFile
from xlearning.io.storage import locate_url, storage_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.io.storage import FileStatus

_COPY_BYTES = 8 << 20


def filesystem_for(
    url: str, properties: Mapping[str, str], user: str | None = None
) -> tuple[fs.FileSystem, str]:
    """Return the file system that a URL is on, and the path there.

    Args:
        url: With one of `uris.SCHEMES`; a plain path is on `fs.defaultFS`.
        properties: Hadoop's, resolved.
        user: As `xlearning.io.storage.storage_for` has it.

    Raises:
        ConfigError: The scheme is not supported, or not by pyarrow (`webhdfs://`).
    """
    storage = storage_for(url, properties, user)
    qualified = locate_url(url, properties).url
    match storage:
        case HdfsStorage():
            handler = HdfsHandler(storage)
            return fs.PyFileSystem(handler), storage.path(qualified)
        case ObjectStorage():
            return storage.filesystem, storage.key(qualified)
        case LocalStorage():
            return fs.LocalFileSystem(), storage.path(qualified)
        case _:
            raise ConfigError(f"pyarrow cannot read `{qualified}`")


class HdfsRaw(RangeFile):
    """A file on HDFS for random access.

    hdfs-native's reader has no `readinto`, reads lines byte by byte and panics on a
    seek beyond the end; this one does none of that.
    """

    def __init__(self, storage: HdfsStorage, path: str) -> None:
        """Open a file."""
        self._storage = storage
        self._path = path
        with storage.translated(path) as plain:
            self._reader = storage.client.read(plain)
        super().__init__(len(self._reader))

    def _read_range(self, start: int, size: int) -> bytes:
        with self._storage.translated(self._path):
            return read_clamped(self._reader, start, size)


class HdfsWriter(io.RawIOBase):
    """A file on HDFS being written; readers see it once it is closed."""

    def __init__(self, storage: HdfsStorage, path: str, append: bool = False) -> None:
        """Create the file, replacing one that is there, or open it at its end."""
        from hdfs_native import WriteOptions

        super().__init__()
        self._storage = storage
        self._path = path
        with storage.translated(path) as plain:
            self._writer = (
                storage.client.append(plain)
                if append
                else storage.client.create(plain, WriteOptions(overwrite=True))
            )

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, data: Any) -> int:
        """Write all of some bytes."""
        with self._storage.translated(self._path):
            return self._writer.write(data)

    def close(self) -> None:
        """Make the file complete; waits for the DataNodes' reports."""
        if not self.closed:
            super().close()
            with self._storage.translated(self._path):
                self._writer.close()


class HdfsHandler(fs.FileSystemHandler):  # type: ignore[misc]  # pyarrow is untyped
    """One HDFS behind pyarrow's interface. pyarrow documents what each method does."""

    def __init__(self, storage: HdfsStorage) -> None:
        """Use a storage's connection."""
        self._storage = storage

    def __eq__(self, other: object) -> bool:
        """Say whether both are on one HDFS."""
        if isinstance(other, HdfsHandler):
            return self._storage.root == other._storage.root
        return NotImplemented

    def __hash__(self) -> int:
        """Return a hash that goes with equality."""
        return hash(self._storage.root)

    def get_type_name(self) -> str:
        """Return a name for humans."""
        return "hdfs"

    def normalize_path(self, path: str) -> str:
        """Return the path that the other methods get."""
        return "/" + path.strip("/")

    def get_file_info(self, paths: list[str]) -> list[fs.FileInfo]:
        """Look at several paths."""
        return [self._info_of(path) for path in paths]

    def get_file_info_selector(self, selector: fs.FileSelector) -> list[fs.FileInfo]:
        """List a folder."""
        base = self._rooted(selector.base_dir)
        status = self._storage.stat(base)
        if status is None and selector.allow_not_found:
            return []
        if status is not None and not status.is_dir:
            raise NotADirectoryError(base)
        found = (
            self._storage.walk(base)
            if selector.recursive
            else iter(self._storage.list(base))
        )
        return [_info(entry.path, entry) for entry in found]

    def create_dir(self, path: str, recursive: bool) -> None:
        """Make a folder."""
        path = self._rooted(path)
        if not recursive and self._storage.stat(uris.parent(path)) is None:
            raise FileNotFoundError(uris.parent(path))
        self._storage.mkdirs(path)

    def delete_dir(self, path: str) -> None:
        """Delete a folder and its content."""
        if not self._storage.delete(self._folder(path), recursive=True):
            raise FileNotFoundError(path)

    def delete_dir_contents(self, path: str, missing_dir_ok: bool = False) -> None:
        """Delete what is in a folder."""
        path = self._rooted(path)
        if path == "/":
            raise ValueError("refusing to delete all of HDFS")
        if missing_dir_ok and self._storage.stat(path) is None:
            return
        for entry in self._storage.list(self._folder(path)):
            self._storage.delete(entry.path, recursive=True)

    def delete_root_dir_contents(self) -> None:
        """Refuse."""
        raise ValueError("refusing to delete all of HDFS")

    def delete_file(self, path: str) -> None:
        """Delete a file."""
        self._storage.delete(self._file(path))

    def move(self, src: str, dest: str) -> None:
        """Rename, replacing a file that is there."""
        with self._storage.translated(src) as source:
            self._storage.client.rename(source, self._rooted(dest), overwrite=True)

    def copy_file(self, src: str, dest: str) -> None:
        """Copy a file."""
        with (
            HdfsRaw(self._storage, self._rooted(src)) as source,
            HdfsWriter(self._storage, self._rooted(dest)) as target,
        ):
            shutil.copyfileobj(source, target, _COPY_BYTES)

    def open_input_stream(self, path: str) -> pa.NativeFile:
        """Open a file."""
        return self.open_input_file(path)

    def open_input_file(self, path: str) -> pa.NativeFile:
        """Open a file for random access."""
        return pa.PythonFile(HdfsRaw(self._storage, self._rooted(path)), mode="r")

    def open_output_stream(
        self, path: str, metadata: Mapping[str, str]
    ) -> pa.NativeFile:
        """Write a file, replacing one that is there."""
        return pa.PythonFile(HdfsWriter(self._storage, self._rooted(path)), mode="w")

    def open_append_stream(
        self, path: str, metadata: Mapping[str, str]
    ) -> pa.NativeFile:
        """Write at the end of a file."""
        writer = HdfsWriter(self._storage, self._rooted(path), append=True)
        return pa.PythonFile(writer, mode="w")

    def _info_of(self, path: str) -> fs.FileInfo:
        status = self._storage.stat(self._rooted(path))
        if status is None:
            return fs.FileInfo(path, fs.FileType.NotFound)
        return _info(path, status)

    def _folder(self, path: str) -> str:
        status = self._storage.stat(self._rooted(path))
        if status is not None and not status.is_dir:
            raise NotADirectoryError(path)
        return self._rooted(path)

    def _file(self, path: str) -> str:
        status = self._storage.stat(self._rooted(path))
        if status is None:
            raise FileNotFoundError(path)
        if status.is_dir:
            raise IsADirectoryError(path)
        return status.path

    def _rooted(self, path: str) -> str:
        return self.normalize_path(path)


def _info(path: str, status: FileStatus) -> fs.FileInfo:
    if status.is_dir:
        kind, size = fs.FileType.Directory, None
    else:
        kind, size = fs.FileType.File, status.length
    mtime_ns = status.modification_time_ms * 1_000_000
    return fs.FileInfo(path, kind, size=size, mtime_ns=mtime_ns)
