"""Which processes belong to a cluster, and ending them.

A daemon is known by a mark on its command line that holds the home folder and its
name; a container's processes by the folders that YARN puts into their environment.
Nothing is read from a file with process ids, so that a stale one cannot mislead; and
psutil compares start times before it signals, so that a process id that the kernel
gave to somebody else meanwhile is left alone.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from xlearning.cluster.layout import Layout
    from xlearning.cluster.spec import DaemonName

_MARK = "-Dxlearning.cluster.daemon="
_FOLDER_VARIABLES = ("LOCAL_DIRS", "LOG_DIRS", "HADOOP_TOKEN_FILE_LOCATION")
_NOISE = re.compile(r"\s*$|\s+at \S+\(|\s+\.\.\. \d+ more|/?\*{10,}|.*SHUTDOWN_MSG: ")
_POLL_S = 0.05
_KILLED_S = 10.0


def daemon_mark(layout: Layout, name: DaemonName | str) -> str:
    """Return the argument of the JVM by which its daemon is recognised."""
    return f"{_MARK}{layout.home}#{name}"


def living_daemons(layout: Layout) -> dict[str, psutil.Process]:
    """Return the daemons of a home folder that run, by name."""
    start = daemon_mark(layout, "")
    return {
        argument.removeprefix(start): process
        for process, arguments in _command_lines()
        for argument in arguments
        if argument.startswith(start)
    }


def _command_lines() -> Iterator[tuple[psutil.Process, list[str]]]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            yield process, process.cmdline()


def is_alive(process: psutil.Process) -> bool:
    """Say whether a process runs; one that only waits to be reaped does not.

    The first thread of a killed JVM is a zombie while the others still end, and until
    the last one has, the process's ports are taken.
    """
    try:
        if not process.is_running():
            return False
        return process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1
    except psutil.NoSuchProcess:
        return False


def container_processes(layout: Layout) -> list[psutil.Process]:
    """Return what still runs of containers of the cluster's NodeManagers.

    These are the processes to which YARN gave folders below `data`, their process
    groups, and all that these started.
    """
    below = f"{layout.data}{os.sep}"
    marked = [
        process for process in psutil.process_iter() if _is_container(process, below)
    ]
    groups = {_group(process) for process in marked} - {os.getpgrp(), None}
    found = {process.pid: process for process in marked}
    for process in psutil.process_iter():
        if _group(process) in groups:
            found[process.pid] = process
    for process in list(found.values()):
        with contextlib.suppress(psutil.Error):
            found |= {child.pid: child for child in process.children(recursive=True)}
    found.pop(os.getpid(), None)
    return list(found.values())


def _is_container(process: psutil.Process, below: str) -> bool:
    with contextlib.suppress(psutil.Error):
        environment = process.environ()
        return any(
            environment.get(name, "").startswith(below) for name in _FOLDER_VARIABLES
        )
    return False


def _group(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid)
    except OSError:
        return None


def end(processes: Iterable[psutil.Process], grace_s: float) -> list[psutil.Process]:
    """End processes: SIGTERM, then SIGKILL for those that remain after `grace_s`.

    Returns:
        The ones that had to be killed.
    """
    asked = list(processes)
    for process in asked:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    stubborn = wait_gone(asked, grace_s)
    kill(stubborn)
    return stubborn


def kill(processes: Iterable[psutil.Process]) -> None:
    """Send SIGKILL and wait until the processes are gone."""
    killed = list(processes)
    for process in killed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait_gone(killed, _KILLED_S)


def wait_gone(
    processes: Iterable[psutil.Process], timeout_s: float
) -> list[psutil.Process]:
    """Wait until processes are gone; return those that are not after the time."""
    deadline = time.monotonic() + timeout_s
    remaining = [process for process in processes if is_alive(process)]
    while remaining and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        remaining = [process for process in remaining if is_alive(process)]
    return remaining


def last_lines(path: Path, offset: int, count: int) -> list[str]:
    """Return the last lines of a log that were written after `offset` bytes.

    Without the frames of Java's stack traces and the banner of a shutdown, which would
    push the reason out.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            # A file that was rolled over meanwhile is shorter: then all of it is new.
            file.seek(offset if offset <= size else 0)
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    told = [line for line in text.splitlines() if not _NOISE.match(line)]
    return told[-count:]
