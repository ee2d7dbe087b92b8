"""What the client keeps on this machine between submissions (XDG's cache folder)."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def cache_folder(kind: str = "") -> Path:
    """Return the folder for one kind of things, or of all; it may not be there yet."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home, "xlearning", kind)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that appears under its name only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(data)
    temporary.replace(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process of this machine work at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def forget_old(folder: Path, pattern: str, kept: int) -> list[Path]:
    """Delete all but the newest files that match; return what was deleted."""
    files = sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime)
    old = files[: max(0, len(files) - kept)]
    for path in old:
        path.unlink(missing_ok=True)
    return old
