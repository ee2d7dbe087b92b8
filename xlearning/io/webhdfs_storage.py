"""HDFS over HTTP, for gateways and where only its web port can be reached.

Slower than `hdfs://` by half or more. Without Kerberos only: who we are is a name in
each request.
"""

from __future__ import annotations

import errno
import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from xlearning.config.cluster import is_secured
from xlearning.errors import ConfigError
from xlearning.io.storage import FileStatus, Storage
from xlearning.io.webhdfs_calls import Calls, WebHdfsReader, WebHdfsWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.io.storage import Reader, Writer

STICKY = 0o1000


class WebHdfsStorage(Storage):
    """One NameNode's web port, or an HttpFS gateway."""

    def __init__(
        self, root: str, properties: Mapping[str, str], user: str | None = None
    ) -> None:
        """Connect lazily.

        Args:
            root: `webhdfs://host:port`, with `swebhdfs` for HTTPS.
            properties: Hadoop's, resolved.
            user: Whom to act as; None for `HADOOP_USER_NAME`, else nobody is named.

        Raises:
            ConfigError: The cluster has Kerberos.
        """
        if is_secured(properties):
            raise ConfigError(f"not supported yet: `{root}` of a cluster with Kerberos")
        self._root = root.rstrip("/")
        name = user or os.environ.get("HADOOP_USER_NAME", "")
        self._calls = Calls(self._root, name)

    @property
    def root(self) -> str:
        """Scheme and authority."""
        return self._root

    def stat(self, path: str) -> FileStatus | None:
        """Return what is at `path`, None when nothing is."""
        plain = self.path(path)
        try:
            found = self._calls.json("GET", plain, "GETFILESTATUS")["FileStatus"]
        except (FileNotFoundError, NotADirectoryError):
            return None
        return _status(plain, found)

    def list(self, path: str) -> tuple[FileStatus, ...]:
        """Return what is directly in a folder, by name; a file alone gives itself."""
        plain = self.path(path)
        answer = self._calls.json("GET", plain, "LISTSTATUS")
        found = (
            _status(f"{plain.rstrip('/')}/{each['pathSuffix']}".rstrip("/"), each)
            for each in answer["FileStatuses"]["FileStatus"]
        )
        return tuple(sorted(found, key=lambda status: status.path))

    def mkdirs(self, path: str, mode: int = 0o755) -> None:
        """Make a folder and its missing parents, all with `mode`."""
        plain = self.path(path)
        above = PurePosixPath(plain).parents[:-1] if mode & STICKY else ()
        for folder in (*reversed(above), plain):
            self._calls.json("PUT", str(folder), "MKDIRS", permission=f"{mode:o}")

    def open(self, path: str, offset: int = 0) -> Reader:
        """Open a file for reading on from `offset`."""
        plain, length = self.path(path), self._file(path).length
        if offset >= length:
            return WebHdfsReader(self._calls, plain, None, length)
        answer = self._calls.open(plain, offset=offset)
        return WebHdfsReader(self._calls, plain, answer, length)

    def read_range(self, path: str, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer where the file ends."""
        length = min(length, self._file(path).length - offset)
        if length <= 0:
            return b""
        plain = self.path(path)
        answer = self._calls.open(plain, offset=offset, length=length)
        with WebHdfsReader(self._calls, plain, answer, length) as reader:
            return b"".join(iter(lambda: reader.read(length), b""))

    def create(self, path: str, mode: int = 0o644, overwrite: bool = False) -> Writer:
        """Start a file, making missing parents."""
        plain, found = self.path(path), self.stat(path)
        if found is not None and (found.is_dir or not overwrite):
            raise _os_error(errno.EEXIST, self.url(path))
        wanted = {"permission": f"{mode:o}", "overwrite": str(overwrite).lower()}
        return WebHdfsWriter(self._calls, plain, "PUT", "CREATE", **wanted)

    def append(self, path: str, data: bytes) -> None:
        """Add to the end of an existing file."""
        writer = WebHdfsWriter(self._calls, self.path(path), "POST", "APPEND")
        writer.write(data)
        writer.close()

    def rename(self, source: str, target: str) -> None:
        """Move a file or folder; never overwrites."""
        wanted = {"destination": self.path(target), "renameoptions": "NONE"}
        self._calls.json("PUT", self.path(source), "RENAME", **wanted)

    def delete(self, path: str, recursive: bool = False) -> bool:
        """Delete; say whether anything was there."""
        wanted = {"recursive": str(recursive).lower()}
        answer = self._calls.json("DELETE", self.path(path), "DELETE", **wanted)
        return bool(answer["boolean"])

    def set_permission(self, path: str, mode: int) -> None:
        """Set the permission bits."""
        plain = self.path(path)
        self._calls.json("PUT", plain, "SETPERMISSION", permission=f"{mode:o}")

    def set_modification_time(self, path: str, time_ms: int) -> None:
        """Set the time of the last change."""
        times = {"modificationtime": time_ms, "accesstime": time_ms}
        self._calls.json("PUT", self.path(path), "SETTIMES", **times)

    def _file(self, path: str) -> FileStatus:
        status = self.stat(path)
        if status is None or status.is_dir:
            number = errno.ENOENT if status is None else errno.EISDIR
            raise _os_error(number, self.url(path))
        return status


def _status(path: str, found: Mapping[str, Any]) -> FileStatus:
    return FileStatus(
        path=path,
        length=found["length"],
        is_dir=found["type"] == "DIRECTORY",
        modification_time_ms=found["modificationTime"],
        permission=int(found["permission"], 8),
        owner=found["owner"],
    )


def _os_error(number: int, url: str) -> OSError:
    return OSError(number, os.strerror(number), url)
