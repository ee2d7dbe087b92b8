"""Buckets as a `Storage`: S3, Google's, Azure's, over pyarrow.

Object stores have no folders, modes or renames. A folder is what names begin with; one
that is made is an empty object with a slash at its end. Modes are not kept. To rename
means to copy each object, then to delete each: when it was broken off it can be gone on
with, but it does not happen at once. Nothing can be appended.

Of Google's and Azure's stores nothing was tried on a real one.
"""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pyarrow import fs

from xlearning.errors import XLearningError
from xlearning.io import uris
from xlearning.io.object_errors import translate
from xlearning.io.storage import FileStatus, Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pyarrow import NativeFile

    from xlearning.io.storage import Reader, Writer

THREADS = 16
"""How many objects are copied or deleted at a time."""
_FOLDER_MODE, _FILE_MODE = 0o755, 0o644
READ_BYTES = 8 << 20
"""One request; smaller ones cost more time than they take memory."""


class ObjectStorage(Storage):
    """One bucket."""

    renames_at_once = False

    def __init__(self, root: str, filesystem: fs.FileSystem) -> None:
        """Use a connection.

        Args:
            root: Scheme and authority, e.g. `s3://bucket`.
            filesystem: pyarrow's, whose paths begin with the bucket.
        """
        self._root = root
        self._filesystem = filesystem
        # Azure's authority is `container@account.dfs.core.windows.net`.
        self._bucket = uris.split_url(root).authority.partition("@")[0]

    @property
    def root(self) -> str:
        """Scheme and authority."""
        return self._root

    @property
    def filesystem(self) -> fs.FileSystem:
        """The connection, for `xlearning.io.filesystem`."""
        return self._filesystem

    def key(self, path: str) -> str:
        """Return a path as pyarrow has it: with the bucket in front."""
        return f"{self._bucket}{self.path(path)}".rstrip("/")

    def stat(self, path: str) -> FileStatus | None:
        """Return what is at `path`, None when nothing is."""
        with self.translated(path) as key:
            info = self._filesystem.get_file_info(key)
        if info.type == fs.FileType.NotFound:
            return None
        return self._status(info)

    def list(self, path: str) -> tuple[FileStatus, ...]:
        """Return what is directly in a folder, by name; a file alone gives itself."""
        status = self._present(path)
        if not status.is_dir:
            return (status,)
        return self._found(path, recursive=False)

    def walk(self, path: str) -> Iterator[FileStatus]:
        """Yield all below a folder, each folder before its content, by name."""
        yield from sorted(
            self._found(path, recursive=True), key=lambda each: each.path.split("/")
        )

    def mkdirs(self, path: str, mode: int = 0o755) -> None:
        """Make a folder and its missing parents; they have no modes."""
        status = self.stat(path)
        if status is not None and not status.is_dir:
            raise _os_error(errno.EEXIST, self.url(path))
        if status is None:
            with self.translated(path) as key:
                self._filesystem.create_dir(key)

    def open(self, path: str, offset: int = 0) -> Reader:
        """Open a file for reading on from `offset`."""
        return ObjectReader(self, path, self._open(path), offset)

    def read_range(self, path: str, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer where the file ends."""
        with self._open(path) as file, self.translated(path):
            length = min(length, file.size() - offset)
            return file.read_at(length, offset) if length > 0 else b""

    def create(self, path: str, mode: int = 0o644, overwrite: bool = False) -> Writer:
        """Start a file; its mode is not kept."""
        found = self.stat(path)
        if found is not None and (found.is_dir or not overwrite):
            raise _os_error(errno.EEXIST, self.url(path))
        with self.translated(path) as key:
            stream = self._filesystem.open_output_stream(key)
        return ObjectOutput(self, path, stream)

    def append(self, path: str, data: bytes) -> None:
        """Refuse: no object store can."""
        raise _os_error(errno.ENOTSUP, self.url(path))

    def rename(self, source: str, target: str) -> None:
        """Move a file, or a folder object by object; never overwrites.

        A folder's move that was broken off is gone on with: either everything is still
        here and a part is there already, or a part is here and everything there. What
        is at both places with equal lengths then counts as copied.
        """
        old, new = self.path(source), self.path(target)
        moved, there = self._present(old), self.stat(new)
        objects, copied = self._objects(moved), self._objects(there)
        if there is not None and not (
            moved.is_dir and there.is_dir and _is_broken_off(objects, copied)
        ):
            raise _os_error(errno.EEXIST, self.url(new))
        missing = objects.keys() - copied.keys()
        self._in_parallel(lambda name: self._copy(old + name, new + name), missing)
        if not objects:
            self.mkdirs(new)
        self.delete(old, recursive=True)

    def delete(self, path: str, recursive: bool = False) -> bool:
        """Delete; say whether anything was there."""
        status = self.stat(path)
        if status is None:
            return False
        with self.translated(path) as key:
            if not status.is_dir:
                self._filesystem.delete_file(key)
            elif not recursive and self._found(path, recursive=False):
                raise _os_error(errno.ENOTEMPTY, self.url(path))
            elif self.path(path) == "/":
                self._filesystem.delete_dir_contents(key)
            else:
                self._filesystem.delete_dir(key)
        return True

    def set_permission(self, path: str, mode: int) -> None:
        """Do nothing to what is there: objects have no modes."""
        self._present(path)

    def set_modification_time(self, path: str, time_ms: int) -> None:
        """Refuse: the store alone says when an object was written."""
        raise _os_error(errno.ENOTSUP, self.url(path))

    def _open(self, path: str) -> NativeFile:
        try:
            with self.translated(path) as key:
                return self._filesystem.open_input_file(key)
        except FileNotFoundError:
            if self.stat(path) is None:
                raise
        raise _os_error(errno.EISDIR, self.url(path))

    def _present(self, path: str) -> FileStatus:
        status = self.stat(path)
        if status is None:
            raise _os_error(errno.ENOENT, self.url(path))
        return status

    def _found(self, path: str, *, recursive: bool) -> tuple[FileStatus, ...]:
        with self.translated(path) as key:
            selector = fs.FileSelector(key, recursive=recursive)
            infos = self._filesystem.get_file_info(selector)
        found = (self._status(info) for info in infos)
        return tuple(sorted(found, key=lambda status: status.path))

    def _objects(self, status: FileStatus | None) -> dict[str, int]:
        """Return the files at or below a place: what follows its path, and length."""
        if status is None:
            return {}
        if not status.is_dir:
            return {"": status.length}
        return {
            each.path.removeprefix(status.path): each.length
            for each in self._found(status.path, recursive=True)
            if not each.is_dir
        }

    def _copy(self, source: str, target: str) -> None:
        with self.translated(source) as key:
            self._filesystem.copy_file(key, self.key(target))

    def _in_parallel(self, do: Callable[[str], None], names: Iterable[str]) -> None:
        with ThreadPoolExecutor(THREADS, "objects") as pool:
            for _ in pool.map(do, sorted(names)):
                pass

    def _status(self, info: fs.FileInfo) -> FileStatus:
        is_dir = info.type == fs.FileType.Directory
        return FileStatus(
            path=info.path.removeprefix(self._bucket).rstrip("/") or "/",
            length=info.size or 0,
            is_dir=is_dir,
            modification_time_ms=(info.mtime_ns or 0) // 1_000_000,
            permission=_FOLDER_MODE if is_dir else _FILE_MODE,
            owner="",
        )

    @contextmanager
    def translated(self, path: str) -> Iterator[str]:
        """Give pyarrow's path to a block of calls, and translate their errors."""
        try:
            yield self.key(path)
        except OSError as error:
            if error.filename is not None:
                raise
            raise translate(error, self.url(path)) from error


class ObjectReader:
    """An open object."""

    def __init__(
        self, storage: ObjectStorage, path: str, file: NativeFile, offset: int
    ) -> None:
        """Take over what was just opened."""
        self._storage = storage
        self._path = path
        self._file = file
        self._length = int(file.size())
        self._file.seek(min(offset, self._length))
        self._rest = memoryview(b"")

    @property
    def length(self) -> int:
        """The object's length in bytes when it was opened."""
        return self._length

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`, `b""` at the end."""
        if not self._rest:
            with self._storage.translated(self._path):
                self._rest = memoryview(self._file.read(READ_BYTES))
        piece, self._rest = self._rest[:size], self._rest[size:]
        return bytes(piece)

    def __enter__(self) -> ObjectReader:
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the object."""
        self._file.close()


class ObjectOutput:
    """An object that is being written, in parts that the store keeps meanwhile."""

    def __init__(self, storage: ObjectStorage, path: str, stream: NativeFile) -> None:
        """Take over what was just opened."""
        self._storage = storage
        self._path = path
        self._stream = stream

    def write(self, data: bytes) -> None:
        """Add some bytes."""
        with self._storage.translated(self._path):
            self._stream.write(data)

    def close(self) -> None:
        """Let the object appear."""
        with self._storage.translated(self._path):
            self._stream.close()

    def abort(self) -> None:
        """Delete what was written.

        pyarrow cannot give up an upload: one that is left alone becomes an object too.
        """
        with suppress(OSError):
            self._stream.close()
        with suppress(OSError, XLearningError):
            self._storage.delete(self._path)


def _is_broken_off(left: Mapping[str, int], arrived: Mapping[str, int]) -> bool:
    """Say whether two folders, as names and lengths, are halves of one move."""
    common = left.items() & arrived.items()
    return bool(common) and len(common) in (len(left), len(arrived))


def _os_error(number: int, url: str) -> OSError:
    return OSError(number, os.strerror(number), url)
