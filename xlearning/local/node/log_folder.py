"""Reading a container's log folder: list, parts, and the ends that diagnostics show."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from xlearning.local.node.diagnostics import TAIL_BYTES, LogTails
from xlearning.local.node.layout import PRELAUNCH_ERR
from xlearning.local.node.spec import LogFile

if TYPE_CHECKING:
    from pathlib import Path


def list_files(folder: Path) -> tuple[LogFile, ...]:
    """Return the files in a log folder, by name; none where there is no folder."""
    try:
        with os.scandir(folder) as entries:
            found = [
                LogFile(entry.name, status.st_size, status.st_mtime_ns // 1_000_000)
                for entry in entries
                if entry.is_file()
                for status in [entry.stat()]
            ]
    except FileNotFoundError:
        return ()
    return tuple(sorted(found, key=lambda file: file.name))


def read(folder: Path, name: str, offset: int = 0, length: int | None = None) -> bytes:
    """Return a part of a log file; a negative offset counts from the end.

    Raises:
        FileNotFoundError: There is no such file; a name with a slash is none.
    """
    if "/" in name or name in ("", ".", ".."):
        raise FileNotFoundError(name)
    with (folder / name).open("rb") as file:
        if offset < 0:
            offset = max(0, os.fstat(file.fileno()).st_size + offset)
        file.seek(offset)
        return file.read() if length is None else file.read(length)


def tails(folder: Path) -> LogTails:
    """Return the ends of what the launch and the program wrote to standard error.

    Of several files that look like stderr (`{*stderr*,*STDERR*}`) the newest is shown.
    """
    files = list_files(folder)
    prelaunch = None
    if any(file.name == PRELAUNCH_ERR for file in files):
        prelaunch = _tail(folder, PRELAUNCH_ERR)
    errors = [f for f in files if "stderr" in f.name or "STDERR" in f.name]
    if not errors:
        return LogTails(prelaunch)
    newest = max(errors, key=lambda file: file.modified_ms)
    others = [file.name for file in errors if file is not newest]
    return LogTails(prelaunch, (newest.name, *others), _tail(folder, newest.name))


def _tail(folder: Path, name: str) -> str:
    return read(folder, name, -TAIL_BYTES).decode("utf-8", "replace")
