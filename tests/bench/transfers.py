"""Downloads from HDFS beside raw hdfs-native streams: seconds, MB/s, memory.

    HADOOP_CONF_DIR=… python tests/bench/io_speed.py [rounds]

Each measurement runs in a process of its own, so that memory can be compared; ours and
the floor alternate after a warm-up of the DataNode's page cache.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from xlearning.config.site import load_hadoop
from xlearning.io.download import DownloadOptions, download
from xlearning.io.hdfs_storage import HdfsStorage
from xlearning.io.splits import InputFile
from xlearning.io.storage import Storages

FILES = 8
FILE_BYTES = 64 << 20
FOLDER = "/tmp/io-speed"
KINDS = ("floor", "ours")


def storages() -> Storages:
    """Return the file systems that HADOOP_CONF_DIR names."""
    folder = Path(os.environ["HADOOP_CONF_DIR"])
    return Storages(load_hadoop(folder, os.environ))


def prepare() -> None:
    """Write the files."""
    storage = storages()(FOLDER)
    data = os.urandom(FILE_BYTES)
    with ThreadPoolExecutor(4) as pool:
        for number in range(FILES):
            pool.submit(storage.write, f"{FOLDER}/{number}", data, overwrite=True)


def ours(folder: Path) -> None:
    """Download with the product's code."""
    lookup = storages()
    storage = lookup(FOLDER)
    share = tuple(
        InputFile("data", storage.url(status.path), status.length, status.name)
        for status in storage.list(FOLDER)
    )
    download(share, folder, lookup, DownloadOptions())


def floor(folder: Path) -> None:
    """Copy hdfs-native's packet streams to files, a thread for each."""
    storage = storages()(FOLDER)
    assert isinstance(storage, HdfsStorage)

    def copy(number: int) -> None:
        reader = storage.client.read(f"{FOLDER}/{number}")
        with (folder / str(number)).open("wb", buffering=0) as out:
            for packet in reader.read_range_stream(0, len(reader)):
                out.write(packet)

    with ThreadPoolExecutor(FILES) as pool:
        list(pool.map(copy, range(FILES)))


def measure(kind: str) -> None:
    """Run one measurement and print seconds and peak memory in MiB."""
    folder = Path(tempfile.mkdtemp())
    try:
        started = time.perf_counter()
        {"ours": ours, "floor": floor}[kind](folder)
        seconds = time.perf_counter() - started
        print(seconds, peak_mib())
    finally:
        shutil.rmtree(folder)


def peak_mib() -> int:
    """Return the most memory that this program had resident."""
    status = Path("/proc/self/status").read_text()
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert match is not None
    return int(match[1]) // 1024


def run(kind: str) -> tuple[float, int]:
    """Run one measurement in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, kind], capture_output=True, text=True, check=True
    )
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak)


def main(rounds: int) -> None:
    """Compare, and print medians."""
    prepare()
    try:
        run("floor")
        results = {kind: list[tuple[float, int]]() for kind in KINDS}
        for _ in range(rounds):
            for kind in KINDS:
                results[kind].append(run(kind))
    finally:
        storages()(FOLDER).delete(FOLDER, recursive=True)
    medians = {
        kind: statistics.median(seconds for seconds, _ in found)
        for kind, found in results.items()
    }
    for kind, found in results.items():
        rate = FILES * FILE_BYTES / 1e6 / medians[kind]
        peak = max(peak for _, peak in found)
        line = f"{kind:6}{medians[kind]:6.2f} s {rate:6.0f} MB/s {peak:5} MiB"
        print(line)
    print(f"ratio {medians['ours'] / medians['floor']:6.2f}")


if __name__ == "__main__":
    argument = sys.argv[1] if len(sys.argv) > 1 else "5"
    measure(argument) if argument in KINDS else main(int(argument))
