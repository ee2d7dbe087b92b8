"""Which files a program has marked as complete.

A line with `checkpoint:<path>` on stdout or stderr says that a file, or all files of a
folder, are written to their ends. The path is relative to the working directory, or
absolute. `checkpoint:` begins the line, or stands after a blank, `:` or `]` (what
loggers write before a message); a blank behind it makes it a sentence and no mark.

What a file was when its mark was read is kept. A file that is changed after that is
being written again, and is not complete until it is marked again.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from xlearning.io.manifest import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MARK = re.compile(rb"(?:^|[\s\]:])checkpoint:(\S.*?)\s*$")


def marked_path(line: bytes) -> str | None:
    """Return the path that a line marks, None if it marks none."""
    match = _MARK.search(line)
    return os.fsdecode(match[1]) if match else None


class Marks:
    """The marked files of one container; any thread may ask."""

    def __init__(self, folder: Path) -> None:
        """Know of none; relative paths are below `folder`."""
        self._folder = os.path.abspath(folder)
        self._known: dict[str, Identity] = {}
        self._restored: dict[str, Identity] = {}

    def note(self, path: str) -> None:
        """Take a mark: look at what the file is now, or all files of the folder."""
        self._look(path, self._known)

    def trust(self, path: str) -> None:
        """Know that a file is complete, because it comes from a save.

        That does not mean that its program marks files.
        """
        self._look(path, self._restored)

    def _look(self, path: str, known: dict[str, Identity]) -> None:
        for name in _files(self._absolute(path)):
            try:
                status = os.stat(name)
            except OSError:
                continue  # it is gone again
            known[name] = Identity(status.st_size, status.st_mtime_ns)

    def below(self, local: str) -> dict[str, Identity] | None:
        """Return the marked files of a local folder by path below it, None if none."""
        root = self._absolute(local) + os.sep
        marked = _below(root, self._known)
        return {**_below(root, self._restored), **marked} if marked else None

    def _absolute(self, path: str) -> str:
        return os.path.normpath(os.path.join(self._folder, path))


def _below(root: str, known: dict[str, Identity]) -> dict[str, Identity]:
    return {
        name.removeprefix(root): identity
        for name, identity in known.copy().items()
        if name.startswith(root)
    }


def _files(path: str) -> Iterator[str]:
    if not os.path.isdir(path):
        yield path
        return
    for above, _, names in os.walk(path, followlinks=True):
        for name in names:
            yield os.path.join(above, name)
