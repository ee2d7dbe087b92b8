"""Transfers beside raw hdfs-native streams and `hadoop fs`: seconds, MB/s, memory.

    HADOOP_CONF_DIR=… python tests/bench/transfers.py [rounds [a part of rows' names]]

Each measurement runs in a process of its own, so that memory can be compared; the kinds
take turns, after a warm-up of the DataNodes' page cache, and each round gives a ratio.
The median of the ratios is what counts: other load hits neighbours alike.
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
from typing import TYPE_CHECKING, NamedTuple

from xlearning.config.site import load_hadoop
from xlearning.io.download import download
from xlearning.io.hdfs_storage import HdfsStorage
from xlearning.io.listing import list_input
from xlearning.io.storage import CHUNK_BYTES, Storages
from xlearning.io.upload import upload
from xlearning.job.spec import InputSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOLDER = "/tmp/bench-transfers"
LARGE, LARGE_BYTES = 8, 128 << 20
SMALL, SMALL_BYTES = 10_000, 4096
SMALL_UP = 200
"""Fewer than are read: to close a file takes Java 0.2 s."""
EMPTY = 100_000
THREADS = 32
AGENT_MIB, LISTING_MIB, LISTING_S = 150, 300, 60.0


def storages() -> Storages:
    """Return the file systems that HADOOP_CONF_DIR names."""
    return Storages(_hadoop())


def _hadoop() -> dict[str, str]:
    return load_hadoop(Path(os.environ["HADOOP_CONF_DIR"]), os.environ)


def storage() -> HdfsStorage:
    """Return the HDFS."""
    found = storages()(FOLDER)
    assert isinstance(found, HdfsStorage), "the bench needs HDFS"
    return found


def fetch(local: Path, remote: str) -> None:
    """Download with the product's code."""
    lookup = storages()
    share = list_input([InputSpec("data", (remote,))], lookup)
    download(share, local, lookup)


def fetch_raw(local: Path, remote: str) -> None:
    """Copy hdfs-native's packet streams to files, a thread for each."""
    found = storage()

    def copy(path: str) -> None:
        reader = found.client.read(path)
        with (local / Path(path).name).open("wb", buffering=0) as out:
            for packet in reader.read_range_stream(0, len(reader)):
                out.write(packet)

    with ThreadPoolExecutor(LARGE) as pool:
        list(pool.map(copy, [each.path for each in found.list(remote)]))


def fetch_java(local: Path, remote: str) -> None:
    """Run `hadoop fs -get`."""
    _shell("-get", remote, str(local / "data"))


def send(local: Path, remote: str) -> None:
    """Upload with the product's code."""
    upload(local, storage().url(remote), storages())


def send_raw(local: Path, remote: str) -> None:
    """Write files with hdfs-native alone, a thread for each."""
    from hdfs_native import WriteOptions

    found = storage()

    def copy(path: Path) -> None:
        target = f"{remote}/{path.name}"
        writer = found.client.create(target, WriteOptions(overwrite=True))
        with path.open("rb", buffering=0) as file:
            while piece := file.read(CHUNK_BYTES):
                writer.write(piece)
        writer.close()

    with ThreadPoolExecutor(LARGE) as pool:
        list(pool.map(copy, local.iterdir()))


def send_java(local: Path, remote: str) -> None:
    """Run `hadoop fs -put`."""
    _shell("-put", str(local), remote)


def listing(_: Path, remote: str) -> None:
    """List input with the product's code."""
    assert len(list_input([InputSpec("data", (remote,))], storages())) == EMPTY


KINDS: dict[str, Callable[[Path, str], None]] = {
    each.__name__: each
    for each in (fetch, fetch_raw, fetch_java, send, send_raw, send_java, listing)
}


class Measured(NamedTuple):
    """One run: how long it took, and the most memory that it had resident."""

    seconds: float
    peak_mib: int


class Wanted(NamedTuple):
    """One comparison: ours with another, which may take at least so many times longer.

    Attributes:
        name: What is moved.
        ours: One of KINDS.
        other: Another one.
        folder: Of the remote files, below FOLDER.
        least: What the other's seconds divided by ours must reach.
    """

    name: str
    ours: str
    other: str
    folder: str
    least: float


WANTED = (
    Wanted("download 8 x 128 MiB / raw", "fetch", "fetch_raw", "large", 0.9),
    Wanted("download 8 x 128 MiB / java", "fetch", "fetch_java", "large", 1.0),
    Wanted(f"download {SMALL} x 4 KiB / java", "fetch", "fetch_java", "small", 5.0),
    Wanted("upload 8 x 128 MiB / raw", "send", "send_raw", "large", 0.9),
    Wanted("upload 8 x 128 MiB / java", "send", "send_java", "large", 1.0),
    Wanted(f"upload {SMALL_UP} x 4 KiB / java", "send", "send_java", "small", 5.0),
)


def prepare() -> None:
    """Write the remote files."""
    found, data = storage(), os.urandom(1 << 20)
    found.delete(FOLDER, recursive=True)
    with ThreadPoolExecutor(4) as pool:
        names = [f"{FOLDER}/large/{number}" for number in range(LARGE)]
        _all(pool.map(lambda n: _write_large(found, n, data), names))
    with ThreadPoolExecutor(THREADS * 4) as pool:
        names = [f"{FOLDER}/small/{number:05}" for number in range(SMALL)]
        _all(pool.map(lambda n: found.write(n, data[:SMALL_BYTES]), names))
        names = [f"{FOLDER}/empty/{n % 100:02}/{n:06}" for n in range(EMPTY)]
        _all(pool.map(lambda n: found.write(n, b""), names))


def _write_large(found: HdfsStorage, name: str, data: bytes) -> None:
    writer = found.create(name)
    for _ in range(LARGE_BYTES // len(data)):
        writer.write(data)
    writer.close()


def _all(results: Iterable[None]) -> None:
    for _ in results:
        pass


def make_local(folder: Path, kind: str) -> None:
    """Write the local files of an upload."""
    count, size = (LARGE, LARGE_BYTES) if kind == "large" else (SMALL_UP, SMALL_BYTES)
    data = os.urandom(1 << 20)
    for number in range(count):
        with (folder / f"{number:05}").open("wb") as file:
            for start in range(0, size, len(data)):
                file.write(data[: size - start])


def _shell(*words: str) -> None:
    """Run one of Hadoop's FsShell commands."""
    entries = _hadoop()["yarn.application.classpath"]
    path = os.pathsep.join(entries.split(","))
    command = ["java", "-Xmx512m", "-cp", path, "org.apache.hadoop.fs.FsShell", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)


def measure(kind: str, folder: str) -> None:
    """Run one measurement and print seconds and peak memory in MiB."""
    local = Path(tempfile.mkdtemp(prefix="bench-"))
    target = f"{FOLDER}/{folder}"
    if kind.startswith("send"):
        make_local(local, folder)
        target = f"{FOLDER}/up-{folder}"
    try:
        started = time.perf_counter()
        KINDS[kind](local, target)
        print(time.perf_counter() - started, peak_mib())
    finally:
        shutil.rmtree(local)
        if kind.startswith("send"):
            storage().delete(target, recursive=True)


def peak_mib() -> int:
    """Return the most memory that this program had resident."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert match is not None
    return int(match[1]) // 1024


def run(kind: str, folder: str) -> Measured:
    """Run one measurement in a process of its own, with an idle disk before it."""
    os.sync()
    words = [sys.executable, __file__, kind, folder]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    seconds, peak = done.stdout.split()
    return Measured(float(seconds), int(peak))


def compare(wanted: Wanted, rounds: int) -> bool:
    """Print how ours stands to the other; say whether that is enough."""
    ours, other = list[Measured](), list[Measured]()
    run(wanted.ours, wanted.folder)
    turns = [(wanted.ours, ours), (wanted.other, other)]
    for _ in range(rounds):
        for kind, found in turns:
            found.append(run(kind, wanted.folder))
        turns.reverse()
    ratios = [b.seconds / a.seconds for a, b in zip(ours, other, strict=True)]
    ratio, peak = statistics.median(ratios), max(each.peak_mib for each in ours)
    well = ratio >= wanted.least and peak <= AGENT_MIB
    print(
        f"{wanted.name:32}{_median(ours):8.2f} s {_median(other):8.2f} s"
        f"{ratio:7.2f}x {'ok' if well else 'LESS'} (at least {wanted.least:g}x)"
        f"{peak:6} MiB (at most {AGENT_MIB})",
        flush=True,
    )
    return well


def _median(found: list[Measured]) -> float:
    return statistics.median(each.seconds for each in found)


def check_listing() -> bool:
    """Print how a long listing does; say whether that is enough."""
    found = run("listing", "empty")
    well = found.seconds <= LISTING_S and found.peak_mib <= LISTING_MIB
    print(
        f"{f'list {EMPTY} empty files':32}{found.seconds:8.2f} s "
        f"{'ok' if well else 'OVER'} (at most {LISTING_S:g} s)"
        f"{found.peak_mib:6} MiB (at most {LISTING_MIB})",
        flush=True,
    )
    return well


def main(rounds: int, rows: str) -> int:
    """Compare, and print a table; return the exit status.

    Args:
        rounds: How often each is measured.
        rows: A part of the names of the rows that are wanted.
    """
    prepare()
    try:
        print(f"{'':32}{'ours':>10} {'other':>10}{'other/ours':>11}")
        found = [compare(each, rounds) for each in WANTED if rows in each.name]
        if rows in "listing":
            found.append(check_listing())
    finally:
        storage().delete(FOLDER, recursive=True)
    return 0 if all(found) else 1


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in KINDS:
        measure(sys.argv[1], sys.argv[2])
    else:
        given = dict(enumerate(sys.argv))
        sys.exit(main(int(given.get(1, "3")), given.get(2, "")))
