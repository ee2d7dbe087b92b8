"""What `xl fs` prints of files."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from xlearning.job.amounts import bytes_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.io.storage import FileStatus

_AMOUNT = 10


def mode_text(status: FileStatus) -> str:
    """Return type and permissions as `ls -l` writes them."""
    kind = stat.S_IFDIR if status.is_dir else stat.S_IFREG
    return stat.filemode(kind | status.permission)


def time_text(time_ms: int) -> str:
    """Return a local time to the minute; "-" where there is none."""
    if not time_ms:
        return "-"
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC).astimezone():%Y-%m-%d %H:%M}"


def listing_lines(found: Iterable[tuple[str, FileStatus]]) -> list[str]:
    """Return one line for each name and what it stands for."""
    rows = [(name, status, status.owner or "-") for name, status in found]
    width = max((len(owner) for _, _, owner in rows), default=0)
    return [
        f"{mode_text(status)}  {owner:{width}}  "
        f"{'-' if status.is_dir else bytes_text(status.length):>{_AMOUNT}}  "
        f"{time_text(status.modification_time_ms):16}  {name}"
        for name, status, owner in rows
    ]


def status_json(url: str, status: FileStatus) -> dict[str, object]:
    """Return a file or folder for programs."""
    return {
        "url": url,
        "type": "folder" if status.is_dir else "file",
        "bytes": status.length,
        "modified_ms": status.modification_time_ms,
        "mode": f"{status.permission:04o}",
        "owner": status.owner,
    }


def amount_line(amount: int, name: str) -> str:
    """Return how much something holds."""
    return f"{bytes_text(amount):>{_AMOUNT}}  {name}"
