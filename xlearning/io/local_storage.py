"""The local disk (or what is mounted there) as a `Storage`."""

from __future__ import annotations

import ctypes
import errno
import os
import pwd
import shutil
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.io.storage import FileStatus, Storage

if TYPE_CHECKING:
    from xlearning.io.storage import Log, Reader, Writer

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_NO_SUCH_CALL = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


class LocalStorage(Storage):
    """`file://`; symbolic links are followed, except by `delete` and `rename`."""

    @property
    def root(self) -> str:
        """Scheme and authority."""
        return "file://"

    def stat(self, path: str) -> FileStatus | None:
        """Return what is at `path`, None when nothing is."""
        try:
            return _status(Path(self.path(path)))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def list(self, path: str) -> tuple[FileStatus, ...]:
        """Return what is directly in a folder, by name; a file alone gives itself.

        What is deleted meanwhile is left out; a broken link is an error.
        """
        folder = Path(self.path(path))
        if not folder.is_dir():
            return (_status(folder),)
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        return tuple(
            _status(folder / entry.name)
            for entry in found
            if entry.is_symlink() or os.path.lexists(entry.path)
        )

    def mkdirs(self, path: str, mode: int = 0o755) -> None:
        """Make a folder and its missing parents, all with `mode`."""
        _make_folders(Path(self.path(path)), mode)

    def open(self, path: str, offset: int = 0) -> Reader:
        """Open a file for reading on from `offset`."""
        return LocalReader(Path(self.path(path)), offset)

    def read_range(self, path: str, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer where the file ends."""
        with Path(self.path(path)).open("rb") as file:
            file.seek(offset)
            return file.read(max(0, length))

    def create(self, path: str, mode: int = 0o644, overwrite: bool = False) -> Writer:
        """Start a file, making missing parents."""
        return LocalOutput(self, Path(self.path(path)), mode, overwrite)

    def append(self, path: str, data: bytes) -> None:
        """Add to the end of an existing file."""
        descriptor = os.open(self.path(path), os.O_WRONLY | os.O_APPEND)
        with os.fdopen(descriptor, "ab") as file:
            file.write(data)

    def start_log(self, path: str) -> Log:
        """Make a file for its owner's eyes, to be written bit by bit."""
        plain = self.path(path)
        _make_folders(Path(plain).parent, 0o755)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
        return LocalLog(plain, os.open(plain, flags, 0o600))

    def continue_log(self, path: str) -> Log:
        """Go on at the end of a log that nobody else writes now."""
        plain = self.path(path)
        return LocalLog(plain, os.open(plain, os.O_WRONLY | os.O_APPEND))

    def take_log(self, path: str) -> None:
        """Take a log from whoever writes it: a copy takes its place.

        It has another name meanwhile, under which it is found again after a crash.
        """
        plain = self.path(path)
        taken, copy = f"{plain}.taken", f"{plain}.copy"
        with suppress(FileNotFoundError):
            os.rename(plain, taken)
        shutil.copy2(taken, copy)
        os.replace(copy, plain)
        os.unlink(taken)

    def rename(self, source: str, target: str) -> None:
        """Move a file or folder; never overwrites."""
        old, new = self.path(source), self.path(target)
        if _rename_whole(old, new):
            return
        os.lstat(old)
        if os.path.isdir(old) and not os.path.islink(old):
            os.mkdir(new)  # claims the name; rename replaces only an empty folder
            try:
                os.rename(old, new)
            except OSError:
                os.rmdir(new)
                raise
        else:
            os.link(old, new, follow_symlinks=False)
            os.unlink(old)

    def delete(self, path: str, recursive: bool = False) -> bool:
        """Delete; say whether anything was there."""
        plain = self.path(path)
        try:
            if not os.path.isdir(plain) or os.path.islink(plain):
                os.unlink(plain)
            elif recursive:
                shutil.rmtree(plain)
            else:
                os.rmdir(plain)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def set_permission(self, path: str, mode: int) -> None:
        """Set the permission bits."""
        os.chmod(self.path(path), mode)

    def set_modification_time(self, path: str, time_ms: int) -> None:
        """Set the time of the last change."""
        time_ns = time_ms * 1_000_000
        os.utime(self.path(path), ns=(time_ns, time_ns))


class LocalOutput:
    """A local file that is being written under a name of our own."""

    def __init__(
        self, storage: LocalStorage, target: Path, mode: int, overwrite: bool
    ) -> None:
        """Make the file beside its place, and missing folders."""
        if target.is_dir():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        _make_folders(target.parent, 0o755)
        self._storage = storage
        self._target = target
        self._overwrite = overwrite
        own = f".{target.name}.{os.getpid()}.{id(self):x}"
        self._temporary = target.with_name(own)
        self._file = self._temporary.open("xb")
        os.fchmod(self._file.fileno(), mode)

    def write(self, data: bytes) -> None:
        """Add some bytes."""
        self._file.write(data)

    def close(self) -> None:
        """Take the name that was asked for."""
        self._file.close()
        if self._overwrite:
            self._temporary.replace(self._target)
        else:
            self._storage.rename(str(self._temporary), str(self._target))

    def abort(self) -> None:
        """Delete what was written."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._temporary.unlink()


class LocalLog:
    """A local file that grows, as long as nobody puts another in its place."""

    def __init__(self, path: str, descriptor: int) -> None:
        """Remember a file that was just opened, and close it."""
        self._path = path
        self._own = os.fstat(descriptor)
        os.close(descriptor)

    def write(self, data: bytes) -> None:
        """Add some bytes; they outlive this process, not the machine."""
        with open(self._path, "r+b", buffering=0) as file:
            self._check(os.fstat(file.fileno()))
            file.seek(0, os.SEEK_END)
            file.write(data)
        self._check(os.stat(self._path))

    def close(self) -> None:
        """Do nothing: the file is open while it is written to."""

    def _check(self, there: os.stat_result) -> None:
        if not os.path.samestat(there, self._own):
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), self._path)


class LocalReader:
    """An open local file."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        """Open the file."""
        self._file = path.open("rb", buffering=0)
        self._file.seek(offset)

    @cached_property
    def length(self) -> int:
        """The file's length in bytes when it was first asked for."""
        return os.fstat(self._file.fileno()).st_size

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`, `b""` at the end."""
        return self._file.read(size) or b""

    def __enter__(self) -> LocalReader:
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()


def _status(path: Path) -> FileStatus:
    status = path.stat()
    return FileStatus(
        path=str(path),
        length=0 if path.is_dir() else status.st_size,
        is_dir=path.is_dir(),
        modification_time_ms=status.st_mtime_ns // 1_000_000,
        permission=status.st_mode & 0o1777,
        owner=_owner(status.st_uid),
    )


@cache
def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _make_folders(path: Path, mode: int) -> None:
    """Make a folder and its missing parents; another process may do the same."""
    missing = [path]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for folder in reversed(missing):
        try:
            folder.mkdir()
        except FileExistsError:
            if not folder.is_dir():
                raise
        else:
            folder.chmod(mode)


def _rename_whole(old: str, new: str) -> bool:
    """Rename by Linux's `renameat2`, which can refuse to replace.

    Returns:
        False where the file system or the C library has no such call (NFS has not).
    """
    call = _renameat2()
    if call is None:
        return False
    paths = (_AT_FDCWD, os.fsencode(old), _AT_FDCWD, os.fsencode(new))
    if call(*paths, _RENAME_NOREPLACE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NO_SUCH_CALL:
        return False
    missing = old if number == errno.ENOENT and not os.path.lexists(old) else new
    raise OSError(number, os.strerror(number), missing)


@cache
def _renameat2() -> ctypes._NamedFuncPointer | None:
    library = ctypes.CDLL(None, use_errno=True)
    return getattr(library, "renameat2", None)
