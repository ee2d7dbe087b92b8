"""Starting and ending the process from outside, and asking whether it runs."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import xlearning
from xlearning.errors import ConfigError, XLearningError
from xlearning.local.home import Home, LocalSpec
from xlearning.local.site import HOST

if TYPE_CHECKING:
    from xlearning.local.home import ServerFile

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0
IDLE_S = 900.0
"""A cluster that a submission started ends after so long without jobs and callers."""
_POLL_S = 0.02
_ANSWER_S = 2.0
_LOG_TAIL = 2000
_LEAST_CORES = 8
_KEPT_MB = 512


def machine_spec(*, gpus: int | None = None, idle_s: float = IDLE_S) -> LocalSpec:
    """Return one node that offers this machine.

    Args:
        gpus: How many to pretend; None for those that NVML finds.
        idle_s: See `LocalSpec`.
    """
    pages, page_bytes = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    memory_mb = max(1024, pages * page_bytes // (1 << 20) - _KEPT_MB)
    cores = max(_LEAST_CORES, os.cpu_count() or 1)
    return LocalSpec(
        memory_mb=memory_mb,
        vcores=cores,
        gpus=count_gpus() if gpus is None else gpus,
        idle_s=idle_s,
    )


def count_gpus() -> int:
    """Return how many GPUs NVML lets this process open, 0 where there is no driver."""
    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return 0
    import pynvml

    try:
        pynvml.nvmlInit()
        return sum(map(_may_be_opened, range(pynvml.nvmlDeviceGetCount())))
    except pynvml.NVMLError:
        return 0


def _may_be_opened(index: int) -> bool:
    import pynvml

    try:
        pynvml.nvmlDeviceGetHandleByIndex(index)
    except pynvml.NVMLError:  # e.g. a device that a cgroup hides
        return False
    return True


def running(home: Home) -> ServerFile | None:
    """Return what serves in a home, None when nothing does yet."""
    pid = home.server_pid()
    server = home.read() if pid is not None else None
    if server is None or server.pid != pid:
        return None
    return server if _answers(server.ports["web"]) else None


def _answers(port: int) -> bool:
    """Say whether a server answers; a stopped one lets us connect all the same."""
    connection = HTTPConnection(HOST, port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/ws/v1/cluster/info")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def start(
    home: Home, spec: LocalSpec, timeout_s: float = START_TIMEOUT_S
) -> ServerFile:
    """Start the process, unless it runs, and wait until it serves.

    Two callers at once get the same one.

    Raises:
        ConfigError: The home cannot be used.
        XLearningError: It did not come up.
    """
    found = running(home)
    if found is not None:
        return found
    child = _spawn(home, spec)
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = running(home)
        if found is not None:
            # It outlives us; without this Python warns of a child never waited for.
            child.returncode = 0
            return found
        if child.poll() is not None and home.server_pid() is None:
            break
        time.sleep(_POLL_S)
    with suppress(ProcessLookupError):
        child.kill()
    child.wait()
    holder = home.server_pid()
    if holder is not None:
        raise XLearningError(
            f"process {holder} holds `{home.path}`, but does not answer",
            hint="`xl local down` ends it",
        )
    raise XLearningError(
        f"the local cluster did not start: {_tail(home.log_file)}",
        hint=f"its log: {home.log_file}",
    )


def _spawn(home: Home, spec: LocalSpec) -> subprocess.Popen[bytes]:
    home.make()
    try:
        with suppress(FileNotFoundError):
            home.log_file.replace(home.last_log_file)
        log = home.log_file.open("wb")
    except OSError as error:
        raise ConfigError(
            f"`{home.path}` cannot be used: {error.strerror}",
            hint="name another folder with `--home`",
        ) from error
    source = str(Path(xlearning.__file__).parent.parent)
    path = os.environ.get("PYTHONPATH")
    words = msgspec.json.encode(spec).decode()
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", "xlearning.local", str(home.path), words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home.path,
            env={**os.environ, "PYTHONPATH": f"{source}:{path}" if path else source},
            start_new_session=True,
        )


def _tail(path: Path) -> str:
    try:
        text = path.read_text(errors="replace")[-_LOG_TAIL:]
    except OSError:
        return "no log"
    errors = [line for line in text.splitlines() if line.startswith("error: ")]
    last = errors[-1:] or text.splitlines()[-1:] or ["no word in its log"]
    return last[0].removeprefix("error: ")


def stop(home: Home, *, keep_jobs: bool = False) -> bool:
    """End the process with all jobs; say whether it ran.

    Args:
        home: Where it runs.
        keep_jobs: Jobs run on for some time; a process that is started then has them.

    Raises:
        XLearningError: It is another user's.
    """
    pid = home.server_pid()
    if pid is None:
        return False
    # A kill that it cannot see is what jobs survive anyway.
    how = (signal.SIGKILL,) if keep_jobs else (signal.SIGTERM, signal.SIGKILL)
    for number in how:
        _signal(pid, number)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while time.monotonic() < deadline:
            if home.server_pid() != pid:
                return True
            time.sleep(_POLL_S)
    raise XLearningError(f"process {pid} does not end")


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise XLearningError(f"process {pid} is another user's") from error
