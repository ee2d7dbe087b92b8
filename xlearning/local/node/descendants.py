"""The processes below this one; standard library only, for the warden and keepers.

A keeper is the reaper of all that descends from it (`PR_SET_CHILD_SUBREAPER`), so that
a process which leaves its session, or loses its parents, is still found by going down
from the keeper, and the kernel says `ECHILD` only when nothing at all is left.
"""

from __future__ import annotations

import ctypes
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of orphaned descendants.

    Raises:
        OSError: The kernel (before Linux 3.4) does not know how.
    """
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent ends; else end here and now.

    Args:
        parent: The process id that the parent had when it forked.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(128 + signal.SIGKILL)


def descendants(pid: int) -> Iterator[int]:
    """Yield the ids of all processes below one, parents first.

    The kernel may leave some out while others end: ask again.
    """
    for child in children(pid):
        yield child
        yield from descendants(child)


def terminate(keeper: int, group: int) -> None:
    """Send SIGTERM to a process group, and to what has left it below a keeper."""
    members = {pid: _group_of(pid) for pid in descendants(keeper)}
    with suppress(ProcessLookupError, PermissionError):
        if group in members.values():
            os.killpg(group, signal.SIGTERM)
    for pid, its_group in members.items():
        if its_group != group:
            send(pid, signal.SIGTERM)


def kill(keeper: int) -> None:
    """Send SIGKILL to all below a keeper that is found at this moment."""
    for pid in descendants(keeper):
        send(pid, signal.SIGKILL)


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended, or become somebody else's."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def reap() -> Iterator[tuple[int, int]]:
    """Take the ends of children: process id and exit code as a shell gives it.

    Raises:
        ChildProcessError: There is no child at all, ended or not.
    """
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        code = os.waitstatus_to_exitcode(status)
        yield pid, code if code >= 0 else 128 - code


def children(pid: int) -> list[int]:
    """Return the ids of the children of a process."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            found += _children_of_thread(pid, thread)
    return found


def _children_of_thread(pid: int, thread: str) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{thread}/children") as file:
            return [int(word) for word in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return -1


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")
