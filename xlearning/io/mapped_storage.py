"""`hdfs:///` where there is no HDFS: a folder of the local disk.

The same command lines then run on one machine. URLs with a host are a real HDFS's. What
is found has `file://` URLs: programs that get the names of their input can open those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.io import globs, uris
from xlearning.io.local_storage import LocalStorage

if TYPE_CHECKING:
    from xlearning.io.storage import FileStatus


class MappedStorage(LocalStorage):
    """The local disk, with a folder on it under another name."""

    def __init__(self, folder: str) -> None:
        """Take the folder that `hdfs:///` stands for; it need not be there yet."""
        self._folder = folder.rstrip("/")

    def path(self, url: str) -> str:
        """Return the local path of a URL; plain paths are local already."""
        location = uris.split_url(url)
        if location.root == "hdfs://":
            return uris.normalise(f"{self._folder}{location.path}")
        return super().path(url)

    def glob(self, pattern: str) -> tuple[FileStatus, ...]:
        """Return what matches one of Hadoop's patterns, by path."""
        location = uris.split_url(pattern)
        if location.root == "hdfs://":
            return super().glob(f"{globs.escape(self._folder)}{location.path}")
        return super().glob(pattern)
