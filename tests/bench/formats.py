"""Record formats: MB/s beside the raw read, a pipe, and Hadoop's own readers.

    [HADOOP_CONF_DIR=…] python tests/bench/formats.py [rounds]

Each line is a process that reads one file and writes the records into a pipe, at whose
other end another process throws them away; so a Java reader is measured alike, as
XLearning's container did it. With HADOOP_CONF_DIR the text is on HDFS as well. Medians
of all rounds; the kinds alternate, and the first round only warms up.

No reader may need more memory than `MOST_MIB`, whatever it reads: the text is there as
one gzip and as one row group of Parquet too. Last come splits of a Java class that hold
next to nothing: what a split itself costs, in one JVM.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.io.formats.peers.custom import make_jar
from tests.io.formats.peers.peer import MAPRED, Peer, hadoop_class_path, pack
from xlearning.config.site import load_hadoop
from xlearning.io.formats.base import CHUNK_BYTES, FormatSettings, SourceFile
from xlearning.io.formats.java_input import JavaInput
from xlearning.io.formats.registry import find_input_format
from xlearning.io.formats.sequence_output import TYPE_KEYS, SequenceFileOutput
from xlearning.io.local_storage import LocalStorage
from xlearning.io.storage import Storages, storage_for

FOLDER = Path(tempfile.gettempdir()) / "xlearning-bench-formats"
HDFS_FILE = "/tmp/xlearning-bench-formats/text"
LINE = b"%d 3:0.5 17:0.25 102:1 3301:0.125 5120:0.0625 9001:1 some words of a row\n"
LINES = 4_000_000
SEQUENCES = {"none": "NONE", "block": "BLOCK"}
MOST_MIB = 200
JAVA_SPLITS = 300


@dataclass(frozen=True)
class Measured:
    """One run: MB/s of plain records and the most memory, in MiB."""

    rate: float
    peak_mib: int = 0


def prepare() -> int:
    """Write the files, if they are not there yet; return the bytes of text."""
    FOLDER.mkdir(exist_ok=True)
    text = FOLDER / "text"
    if not text.exists():
        with text.open("wb") as file:
            for start in range(0, LINES, 50_000):
                numbers = range(start, start + 50_000)
                file.write(b"".join(LINE % number for number in numbers))
    prepare_large(text)
    storage = LocalStorage()
    for name, kind in SEQUENCES.items():
        if not (FOLDER / name / "part-r").exists():
            compress = "false" if kind == "NONE" else "true"
            key = "mapreduce.output.fileoutputformat.compress"
            settings = FormatSettings({TYPE_KEYS[0]: kind, key: compress})
            writer = SequenceFileOutput().open(
                str(FOLDER / name), lambda url: storage, settings
            )
            with text.open("rb") as file:
                while data := file.read(CHUNK_BYTES):
                    writer.write(data)
            writer.close()
    return text.stat().st_size


def prepare_large(text: Path) -> None:
    """Write the text as one gzip, and as one group of rows."""
    packed, rows = FOLDER / "text.gz", FOLDER / "rows"
    if not packed.exists():
        with text.open("rb") as file, gzip.open(packed, "wb", compresslevel=1) as out:
            shutil.copyfileobj(file, out, CHUNK_BYTES)
    if not rows.exists():
        lines = pa.table(
            {"line": pa.array(text.read_bytes().splitlines(), pa.string())}
        )
        parquet.write_table(
            lines, rows, row_group_size=LINES, use_dictionary=False, compression="none"
        )


def on_hdfs() -> bool:
    """Put the text on HDFS, if there is one; say whether there is."""
    folder = os.environ.get("HADOOP_CONF_DIR")
    if folder is None:
        return False
    storage = storage_for(HDFS_FILE, load_hadoop(Path(folder), os.environ))
    if storage.stat(HDFS_FILE) is None:
        storage.put(FOLDER / "text", HDFS_FILE)
    return True


def clean() -> None:
    """Delete what was written."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    folder = os.environ.get("HADOOP_CONF_DIR")
    if folder is not None:
        properties = load_hadoop(Path(folder), os.environ)
        parent = str(Path(HDFS_FILE).parent)
        storage_for(parent, properties).delete(parent, recursive=True)


def child(kind: str, url: str) -> None:
    """Write all of a file into stdout: as it stands, or through a format."""
    folder = os.environ.get("HADOOP_CONF_DIR")
    properties = load_hadoop(Path(folder), os.environ) if folder else {}
    lookup = Storages(properties)
    status = lookup(url).stat(url)
    assert status is not None
    source = SourceFile(lookup(url).url(status.path), status.length)
    form = find_input_format("text" if kind in ("pipe", "raw") else kind)
    settings = FormatSettings()
    total = 0
    started = time.perf_counter()
    with open(1, "wb", buffering=0, closefd=False) as out:
        if kind == "pipe":
            for _ in range(status.length // CHUNK_BYTES):
                total += out.write(bytes(CHUNK_BYTES))
        elif kind == "raw":
            with lookup(url).open(url) as reader:
                while data := reader.read(CHUNK_BYTES):
                    total += len(data)
        else:
            for split in form.splits([source], lookup, settings):
                for chunk in form.read(split, lookup, settings):
                    written = memoryview(chunk)
                    while written:
                        written = written[out.write(written) :]
                    total += len(chunk)
    seconds = time.perf_counter() - started
    match = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert match is not None
    print(total / 1e6 / seconds, int(match[1]) // 1024, file=sys.stderr)


def ours(kind: str, url: str) -> Measured:
    """Run a child into a pipe to one that throws all away."""
    command = [sys.executable, __file__, kind, url]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=False
    ) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        drain(writer.stdout.fileno())
        words = writer.stderr.read().split()
    assert len(words) == 2, b" ".join(words).decode()
    return Measured(float(words[0]), int(words[1]))


def drain(descriptor: int) -> None:
    """Read a pipe to its end in a process of its own, as a trainer does."""
    code = "import os\nwhile os.read(0, 65536): pass"
    subprocess.run([sys.executable, "-c", code], stdin=descriptor, check=True)


def java(peer: Peer, name: str, path: Path, total: int) -> Measured:
    """Let Hadoop's reader write into a pipe as XLearning's container did."""
    pipe = FOLDER / "pipe"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    code = "import os, sys\nf = os.open(sys.argv[1], 0)\nwhile os.read(f, 65536): pass"
    with subprocess.Popen([sys.executable, "-c", code, pipe]):
        started = time.perf_counter()
        peer.ask("stream", name, str(path), f"peer.target={pack(str(pipe).encode())}")
        seconds = time.perf_counter() - started
    return Measured(total / 1e6 / seconds)


def rounds_of(count: int, total: int, has_hdfs: bool) -> dict[str, list[Measured]]:
    """Measure everything so often, after a warm-up."""
    found: dict[str, list[Measured]] = {}
    text = f"file://{FOLDER}/text"
    with Peer(["-Xmx512m"]) as peer:
        for number in range(count + 1):
            measured = {
                "pipe": ours("pipe", text),
                "raw read, local": ours("raw", text),
                "text, local": ours("text", text),
                "text, local, Java": java(
                    peer, f"{MAPRED}.TextInputFormat", FOLDER / "text", total
                ),
                "text, one gzip": ours("text", f"{text}.gz"),
                "Parquet, one row group": ours("parquet", f"file://{FOLDER}/rows"),
            }
            if has_hdfs:
                measured["raw read, HDFS"] = ours("raw", HDFS_FILE)
                measured["text, HDFS"] = ours("text", HDFS_FILE)
            for kind in SEQUENCES:
                path = FOLDER / kind / "part-r"
                name = f"{MAPRED}.SequenceFileInputFormat"
                label = f"SequenceFile, {kind}"
                measured[label] = ours("sequencefile", f"file://{path}")
                measured[f"{label}, Java"] = java(peer, name, path, total)
            for label, value in measured.items() if number else ():
                found.setdefault(label, []).append(value)
    return found


def ratios(has_hdfs: bool) -> list[tuple[str, str, tuple[str, ...], float]]:
    """Return what is compared: a name, ours, the others, and the least ratio."""
    found = [
        ("text from memory", "text, local", ("pipe", "raw read, local"), 0.0),
        ("text : Java", "text, local", ("text, local, Java",), 2.0),
    ]
    if has_hdfs:
        others = ("pipe", "raw read, HDFS")
        found.append(("text : lower of pipe and raw", "text, HDFS", others, 0.7))
    for kind in SEQUENCES:
        label = f"SequenceFile, {kind}"
        found.append((f"{label} : Java", label, (f"{label}, Java",), 1.0))
    return found


def java_splits() -> float:
    """Return how many splits one JVM reads in a second, its start not counted."""
    settings = FormatSettings(
        {"custom.count": "2"}, (str(make_jar(FOLDER)), *hadoop_class_path())
    )
    lookup = Storages({})
    with closing(JavaInput("custom.Custom$OldCounter")) as form:
        first, *_ = form.splits([], lookup, settings)
        list(form.read(first, lookup, settings))
        started = time.perf_counter()
        for _ in range(JAVA_SPLITS):
            list(form.read(first, lookup, settings))
        return JAVA_SPLITS / (time.perf_counter() - started)


def main(count: int) -> int:
    """Compare, print medians and ratios; return 1 when a target is missed."""
    try:
        total = prepare()
        has_hdfs = on_hdfs()
        found = rounds_of(count, total, has_hdfs)
        splits = java_splits()
    finally:
        clean()
    rates = {
        label: statistics.median(each.rate for each in values)
        for label, values in found.items()
    }
    print(f"{total / 1e6:.0f} MB of text, {LINES} lines, medians of {count} rounds\n")
    for label, values in found.items():
        peak = max(each.peak_mib for each in values)
        memory = f"{peak:5} MiB" if peak else ""
        print(f"{label:28}{rates[label]:8.0f} MB/s {memory}")
    print(f"{'splits of a Java class':28}{splits:8.0f} a second\n")
    peak = max(each.peak_mib for values in found.values() for each in values)
    print(f"{'most memory of a reader':34}{peak:6} MiB  (at most {MOST_MIB})")
    missed = int(peak > MOST_MIB)
    for label, one, others, target in ratios(has_hdfs):
        ratio = rates[one] / min(rates[other] for other in others)
        missed += ratio < target
        wanted = f"at least {target:g}" if target else "no target"
        print(f"{label:34}{ratio:6.2f}  ({wanted})")
    return 1 if missed else 0


if __name__ == "__main__":
    if len(sys.argv) == 3:
        child(*sys.argv[1:])
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
