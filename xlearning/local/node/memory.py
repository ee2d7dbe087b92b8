"""What a container may use, and YARN's words when it used more. Pure.

From `ContainersMonitorImpl` and `ProcfsBasedProcessTree`. A container is over its limit
when all its processes use more than twice of it, or when those use more than it that
have been there at the measurement before: a fork looks, for a moment, like its parent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.local.node.diagnostics import KILLED_EXCEEDED_PMEM, KILLED_EXCEEDED_VMEM

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_UNITS = "KMGTPE"
_HEADER = (
    "\t|- PID PPID PGRPID SESSID CMD_NAME USER_MODE_TIME(MILLIS)"
    " SYSTEM_TIME(MILLIS) VMEM_USAGE(BYTES) RSSMEM_USAGE(PAGES) FULL_CMD_LINE\n"
)


@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """One process at one moment.

    Attributes:
        pid: Process id.
        parent: Of its parent.
        group: Of its process group.
        session: Of its session.
        name: The kernel's short name.
        user_ms: Time it computed.
        system_ms: Time the kernel computed for it.
        virtual_bytes: Address space.
        resident_pages: Memory that it has.
        command: Its words, separated by blanks.
    """

    pid: int
    parent: int
    group: int
    session: int
    name: str
    user_ms: int
    system_ms: int
    virtual_bytes: int
    resident_pages: int
    command: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What one container may use.

    Attributes:
        physical_bytes: Memory.
        virtual_bytes: Address space, None for any.
        page_bytes: Of this machine.
    """

    physical_bytes: int
    virtual_bytes: int | None
    page_bytes: int


@dataclass(frozen=True, slots=True)
class Excess:
    """That a container used too much.

    Attributes:
        exit_status: Which limit it was.
        statement: YARN's words.
    """

    exit_status: int
    statement: str


def excess(
    container_id: str,
    leader: int,
    tree: Sequence[ProcessUsage],
    aged: Collection[int],
    limits: Limits,
) -> Excess | None:
    """Return what a container used too much of, None when it kept to its limits.

    Args:
        container_id: YARN's id.
        leader: Its first process.
        tree: All its processes.
        aged: Those of the measurement before.
        limits: What it may use.
    """
    used = _usage(tree, limits)
    old = _usage([process for process in tree if process.pid in aged], limits)
    allowed = (limits.physical_bytes, limits.virtual_bytes)
    kinds = (("PHYSICAL", KILLED_EXCEEDED_PMEM), ("VIRTUAL", KILLED_EXCEEDED_VMEM))
    for index in (1, 0):
        limit = allowed[index]
        if limit is None or not (used[index] > 2 * limit or old[index] > limit):
            continue
        name, exit_status = kinds[index]
        virtual = limits.virtual_bytes
        if virtual is None:
            virtual = int(limits.physical_bytes * 2.1)
        statement = (
            f"Container [pid={leader},containerID={container_id}] is running"
            f" {used[index] - limit}B beyond the '{name}' memory limit. Current usage:"
            f" {binary(used[0])}B of {binary(limits.physical_bytes)}B physical memory"
            f" used; {binary(used[1])}B of {binary(virtual)}B virtual memory used."
            f" Killing container.\nDump of the process-tree for {container_id} :\n"
            f"{_dump(tree)}"
        )
        return Excess(exit_status, statement)
    return None


def binary(count: int) -> str:
    """Return a number as Hadoop's `TraditionalBinaryPrefix` writes it: `372.6 M`."""
    if count < 1024:
        return str(count)
    power = (count.bit_length() - 1) // 10
    if count % 1024**power == 0:
        return f"{count // 1024**power} {_UNITS[power - 1]}"
    text = f"{count / 1024**power:.1f}"
    if text == "1024.0":
        return f"1.0 {_UNITS[power]}"
    return f"{text} {_UNITS[power - 1]}"


def _usage(tree: Sequence[ProcessUsage], limits: Limits) -> tuple[int, int]:
    pages = sum(process.resident_pages for process in tree)
    return pages * limits.page_bytes, sum(process.virtual_bytes for process in tree)


def _dump(tree: Sequence[ProcessUsage]) -> str:
    lines = (
        f"\t|- {p.pid} {p.parent} {p.group} {p.session} ({p.name}) {p.user_ms}"
        f" {p.system_ms} {p.virtual_bytes} {p.resident_pages} {p.command}\n"
        for p in tree
    )
    return _HEADER + "".join(lines)
