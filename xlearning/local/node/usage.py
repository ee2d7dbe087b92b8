"""Measures processes by reading `/proc`; blocks for some milliseconds."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from xlearning.local.node.descendants import descendants
from xlearning.local.node.memory import ProcessUsage

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_MS_PER_TICK = 1000 // os.sysconf("SC_CLK_TCK")


def tree_usage(leader: int) -> list[ProcessUsage]:
    """Return a container's processes: the first one and all below the same keeper."""
    with suppress(FileNotFoundError, ProcessLookupError):
        keeper = usage(leader).parent
        return [found for pid in descendants(keeper) if (found := _try(pid))]
    return []


def usage(pid: int) -> ProcessUsage:
    """Measure one process.

    Raises:
        FileNotFoundError: It has ended.
        ProcessLookupError: It is ending.
    """
    folder = Path(f"/proc/{pid}")
    before, _, after = (folder / "stat").read_text().rpartition(") ")
    fields = after.split()
    command = (folder / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ")
    return ProcessUsage(
        pid=pid,
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        name=before.partition("(")[2],
        user_ms=int(fields[11]) * _MS_PER_TICK,
        system_ms=int(fields[12]) * _MS_PER_TICK,
        virtual_bytes=int(fields[20]),
        resident_pages=int(fields[21]),
        command=command.decode(errors="replace"),
    )


def _try(pid: int) -> ProcessUsage | None:
    try:
        return usage(pid)
    except (FileNotFoundError, ProcessLookupError):
        return None
