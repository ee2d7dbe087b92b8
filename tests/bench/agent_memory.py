"""What an agent and its helpers have resident together while a job's data moves.

    HADOOP_CONF_DIR=… python tests/bench/agent_memory.py

One task fetches 8 files of 128 MiB and uploads them again; another one reads them as a
stream of records and writes them as one. Measured is the sum over the container's
processes of ours, several times a second; the user's program is none of them.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psutil

from tests.bench.ours import Ours
from xlearning.config.site import load_hadoop
from xlearning.io.storage import Storage, Storages

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = "/tmp/bench-agent-memory"
FILES, FILE_BYTES = 8, 128 << 20
MODULES = frozenset({"xlearning.container", "xlearning.io.streams"})
MOST_MIB = 150
PAUSE_S = 0.1
PATIENCE_S = 240.0

_ROOMY = ("--worker-memory", "1G")
_DATA = (*_ROOMY, "--input", f"{FOLDER}/in#data", "--output", f"{FOLDER}/out#output")
_STREAMS = (
    *("--input-strategy", "STREAM", "--output-strategy", "STREAM"),
    *("--inputformat", "text", "--outputformat", "text"),
)


class Moving(NamedTuple):
    """A job whose data moves.

    Attributes:
        name: Of the row.
        command: The user's program.
        arguments: For `xl-submit`.
    """

    name: str
    command: str
    arguments: tuple[str, ...]


ROWS = (
    Moving("download and upload", "sh -c 'mv data/* output/'", _DATA),
    Moving("stream in and out", "cat", (*_DATA, *_STREAMS)),
)


def prepare(storage: Storage) -> None:
    """Write the input: lines of 64 bytes."""
    line = os.urandom(32).hex().encode()[:63] + b"\n"
    for number in range(FILES):
        writer = storage.create(f"{FOLDER}/in/{number}", overwrite=True)
        for _ in range(FILE_BYTES >> 20):
            writer.write(line * (1 << 14))
        writer.close()


def own_processes(application_id: str) -> Iterator[psutil.Process]:
    """Yield the agents of a job and what they have started of ours."""
    mark = application_id.removeprefix("application_")
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            ours = not MODULES.isdisjoint(words)
            if ours and mark in process.environ().get("CONTAINER_ID", ""):
                yield process
        except psutil.Error:
            continue


def resident_mib(processes: list[psutil.Process]) -> float:
    """Return what processes have resident together."""
    found = 0
    for process in processes:
        try:
            found += process.memory_info().rss
        except psutil.Error:
            continue
    return found / (1 << 20)


def peak_mib(application_id: str, storage: Storage) -> float:
    """Return the most that a job's agent had until its output was complete.

    Raises:
        TimeoutError: The job does not end well.
    """
    peak, until = 0.0, time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        known = list(own_processes(application_id))
        for _ in range(10):
            peak = max(peak, resident_mib(known))
            time.sleep(PAUSE_S)
        if storage.stat(f"{FOLDER}/out/_SUCCESS") is not None:
            return peak
    raise TimeoutError(f"{application_id} did not succeed in {PATIENCE_S:g} s")


def main() -> int:
    """Run the jobs and print a table; return the exit status."""
    conf_dir = Path(os.environ["HADOOP_CONF_DIR"])
    storage = Storages(load_hadoop(conf_dir, os.environ))(FOLDER)
    prepare(storage)
    well = True
    try:
        with tempfile.TemporaryDirectory() as folder:
            ours = Ours(conf_dir, Path(folder))
            for row in ROWS:
                storage.delete(f"{FOLDER}/out", recursive=True)
                submitted = ours.submit(row.command, *row.arguments)
                peak = peak_mib(submitted.application_id, storage)
                well = well and 0 < peak <= MOST_MIB
                print(
                    f"agent, {row.name:24}{peak:6.0f} MiB (at most {MOST_MIB})",
                    flush=True,
                )
    finally:
        storage.delete(FOLDER, recursive=True)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
