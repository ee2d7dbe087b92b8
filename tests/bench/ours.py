"""Submits with `bin/xl-submit`, and sees what that costs."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
_APPLICATION = re.compile(r"application_\d+_\d+")
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Submitted:
    """A submission that left when the job was accepted.

    Attributes:
        application_id: The job.
        began: When `xl-submit` was started, seconds since the epoch.
        peak_mib: The most memory that it had resident.
    """

    application_id: str
    began: float
    peak_mib: float


class Ours:
    """Submits to one cluster."""

    def __init__(self, conf_dir: Path, folder: Path) -> None:
        """Submit with this HADOOP_CONF_DIR; `folder` is for the settings."""
        conf = folder / "conf"
        conf.mkdir(exist_ok=True)
        self._folder = folder
        self._environment = os.environ | {
            "HADOOP_CONF_DIR": str(conf_dir),
            "XLEARNING_CONF_DIR": str(conf),
        }

    def submit(self, command: str, *arguments: str) -> Submitted:
        """Submit a job and leave it.

        Raises:
            RuntimeError: It was not accepted.
        """
        words = [
            *(str(ROOT / "bin" / "xl-submit"), "--app-name", "bench", "--detach"),
            *arguments,  # of an option given twice the first counts
            *("--queue", "default", "--am-memory", "512M", "--worker-memory", "128M"),
            *("--launch-cmd", command),
        ]
        log = self._folder / "xl-submit.log"
        began = time.time()
        with log.open("wb") as out:
            process = subprocess.Popen(
                words, env=self._environment, stdout=out, stderr=out
            )
            _, status, usage = os.wait4(process.pid, 0)
        text = log.read_text()
        found = _APPLICATION.search(text)
        if os.waitstatus_to_exitcode(status) or not found:
            raise RuntimeError(text)
        return Submitted(found[0], began, usage.ru_maxrss / 1024)


def help_time_s() -> float:
    """Return how long `xl --help` takes."""
    began = time.monotonic()
    subprocess.run([ROOT / "bin" / "xl", "--help"], check=True, capture_output=True)
    return time.monotonic() - began


def peak_mib(application_id: str, module: str) -> float:
    """Return the most memory that a job's process had resident until now."""
    mark = application_id.removeprefix("application_")
    for process in psutil.process_iter():
        try:
            if module in process.cmdline() and mark in process.environ().get(
                "CONTAINER_ID", ""
            ):
                status = Path(f"/proc/{process.pid}/status").read_text()
                [kib] = re.findall(r"VmHWM:\s+(\d+) kB", status)
                return int(kib) * 1024 / _MIB
        except psutil.Error:
            continue
    raise LookupError(f"{application_id} has no process of {module}")
