"""All processes that descend from the agent, found by walking and ended by name.

YARN ends a container by its process group and session, which a program leaves with one
`setsid`. The agent makes itself the reaper of whatever is orphaned below it, so that
nothing that the trainer started gets out of this tree.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    import signal
    import subprocess

PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> None:
    """Adopt orphaned descendants in place of the machine's init (Linux 3.4).

    Raises:
        OSError: The kernel does not know how.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


class ProcessTree:
    """The descendants of this process."""

    def __init__(self, keeper: int = 0) -> None:
        """Look from this process down.

        Args:
            keeper: Process id of the agent's own child, which does not count.
        """
        self._self = psutil.Process()
        self._keeper = keeper
        self._helpers: dict[int, subprocess.Popen[bytes]] = {}
        self._seen: set[int] = set()

    def adopt(self, helper: subprocess.Popen[bytes]) -> None:
        """Count a child of ours, and what it starts, apart from the trainer's tree."""
        self._helpers[helper.pid] = helper

    def helpers(self) -> list[psutil.Process]:
        """Return our own children that are not zombies."""
        return [each for each in self._children() if each.pid in self._helpers]

    def living(self) -> list[psutil.Process]:
        """Return all descendants that are not zombies, without our own children."""
        found = []
        for process in self._children():
            with suppress(psutil.NoSuchProcess):
                if not self._helpers.keys() & {process.pid, process.ppid()}:
                    found.append(process)
        self._seen.update(process.pid for process in found)
        return found

    def _children(self) -> list[psutil.Process]:
        found = []
        for process in self._self.children(recursive=True):
            if process.pid == self._keeper:
                continue
            with suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def signal(self, number: signal.Signals) -> int:
        """Send a signal to every descendant and return how many got it.

        psutil compares start times before it sends, so that a process that has got
        the number of an ended one is not hit.
        """
        count = 0
        for process in self.living():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                process.send_signal(number)
                count += 1
        return count

    def contains(self, pid: int) -> bool:
        """Say whether a process, which may have ended already, is a descendant."""
        if pid in self._seen:
            return True
        with suppress(psutil.NoSuchProcess):
            parents = psutil.Process(pid).parents()
            return any(parent.pid == self._self.pid for parent in parents)
        return False

    def reap(self, trainer: subprocess.Popen[bytes] | None) -> None:
        """Take the exit status of every child that has ended, by its pid.

        The trainer's and our own children's go to their `Popen`; the others are orphans
        that were adopted. All of them are remembered: a signal that one of them sent
        may still be waiting to be read.
        """
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        with suppress(ChildProcessError):
            while (ended := os.waitid(os.P_ALL, 0, flags)) is not None:
                self._seen.add(ended.si_pid)
                if trainer is not None and ended.si_pid == trainer.pid:
                    trainer.poll()
                elif ended.si_pid in self._helpers:
                    self._helpers[ended.si_pid].poll()
                else:
                    os.waitpid(ended.si_pid, os.WNOHANG)
