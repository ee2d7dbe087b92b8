"""The bytes of the runtime archive: a tar, gzipped in blocks by several threads.

The same files give the same bytes. A gzip file may consist of several members, each
compressed for itself: blocks are compressed side by side, and the part that rarely
changes (interpreter, standard library, dependencies) is kept compressed and only
joined with our own package when that has changed.
"""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from xlearning.client.runtime_content import Entry

BLOCK = 4 << 20
LEVEL = 6
MTIME_S = 315532800  # 1980-01-01, the oldest time that zip files can tell


class BlockGzip(io.RawIOBase):
    """Writes a gzip file whose members are compressed by a pool of threads."""

    def __init__(self, out: IO[bytes]) -> None:
        super().__init__()
        self._out = out
        self._buffer = bytearray()
        self._position = 0
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1)
        self._pending: deque[Future[bytes]] = deque()

    def writable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Return the number of bytes written, before compression."""
        return self._position

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Take bytes; they are compressed when a block is full."""
        self._buffer += data
        self._position += len(data)
        while len(self._buffer) >= BLOCK:
            self._submit(bytes(self._buffer[:BLOCK]))
            del self._buffer[:BLOCK]
        return len(data)

    def close(self) -> None:
        """Write what is left; the file below stays open."""
        if self.closed:
            return
        if self._buffer:
            self._submit(bytes(self._buffer))
            self._buffer.clear()
        while self._pending:
            self._out.write(self._pending.popleft().result())
        self._pool.shutdown()
        super().close()

    def _submit(self, block: bytes) -> None:
        self._pending.append(self._pool.submit(_member, block))
        while len(self._pending) > 2 * (os.cpu_count() or 1):
            self._out.write(self._pending.popleft().result())


def write_base(entries: Iterable[Entry], path: Path) -> None:
    """Write the first part of an archive, complete or not at all."""
    _write_whole(path, lambda out: _write_tar(entries, out, end=False))


def write_archive(base: Path, own: Iterable[Entry], path: Path) -> None:
    """Write an archive from its first part and our own package, or nothing."""

    def write(out: IO[bytes]) -> None:
        with base.open("rb") as first:
            shutil.copyfileobj(first, out, BLOCK)
        _write_tar(own, out, end=True)

    _write_whole(path, write)


def write_folder(folder: Path, path: Path) -> None:
    """Write an archive of a folder, or nothing: links are kept, owners are not."""

    def write(out: IO[bytes]) -> None:
        with (
            BlockGzip(out) as stream,
            tarfile.TarFile(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as tar,
        ):
            tar.add(folder, arcname=".", filter=_of_nobody)

    _write_whole(path, write)


def _of_nobody(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info


def _write_tar(entries: Iterable[Entry], out: IO[bytes], *, end: bool) -> None:
    with BlockGzip(out) as stream:
        tar = tarfile.TarFile(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT)
        for entry in entries:
            _add(tar, entry)
        if end:
            tar.close()


def _add(tar: tarfile.TarFile, entry: Entry) -> None:
    info = tarfile.TarInfo(entry.name)
    info.mtime = MTIME_S
    info.mode = 0o755 if entry.executable else 0o644
    if entry.source is None:
        info.size = len(entry.data)
        tar.addfile(info, io.BytesIO(entry.data))
        return
    with entry.source.open("rb") as file:  # some are larger than is good for memory
        info.size = os.fstat(file.fileno()).st_size
        tar.addfile(info, file)


def _member(block: bytes) -> bytes:
    engine = zlib.compressobj(LEVEL, zlib.DEFLATED, 31)
    return engine.compress(block) + engine.flush()


def _write_whole(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Let `write` fill a file that appears under its name only when it is complete."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as out:
            write(out)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
