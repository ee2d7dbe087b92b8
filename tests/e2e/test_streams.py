"""Records on programs' stdin and from their stdout, on a real Hadoop."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_failures import assert_failed
from tests.e2e.test_quickstart import TRAIN, run_well
from tests.e2e.waiting import eventually
from tests.io.formats.peers.custom import make_jar
from tests.io.formats.peers.peer import hadoop_class_path
from tests.io.formats.test_tfrecord import frame

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.hadoop import Hadoop

IN, OUT = "/tmp/stream-tests/in", "/tmp/stream-tests/out"
SMALL = ["--queue", "default", "--am-memory", "512M", "--worker-memory", "256M"]
STREAM = ["--input-strategy", "STREAM", "--input", IN]
WRITTEN = ["--output-strategy", "STREAM", "--output", OUT]
KEEP = ["--output", f"{OUT}#o", "--launch-cmd", "sh -c 'cat > o/$TF_INDEX'"]
LINES = [f"{number} of many" for number in range(200_000)]
BLOCK = "1048576"


@pytest.fixture(autouse=True)
def folders(hadoop: Hadoop) -> Iterator[None]:
    """No input and no output."""
    hadoop.hdfs.delete(IN)
    hadoop.hdfs.delete(OUT)
    yield
    hadoop.hdfs.delete(IN)
    hadoop.hdfs.delete(OUT)


def put_lines(hadoop: Hadoop) -> None:
    """Write the lines into two files, the larger one with three blocks."""
    text = [f"{line}\n".encode() for line in LINES]
    hadoop.hdfs.put(f"{IN}/a", b"".join(text[:150_000]), blocksize=BLOCK)
    hadoop.hdfs.put(f"{IN}/b ü#1", b"".join(text[150_000:]), blocksize=BLOCK)


def shares(hadoop: Hadoop) -> dict[str, list[str]]:
    """Return the lines that each worker was given."""
    files = hadoop.hdfs.files(OUT)
    del files["_SUCCESS"]
    return {
        name.rpartition("/")[2]: content.decode().splitlines()
        for name, content in files.items()
    }


def test_every_line_is_somebodys_once(hadoop: Hadoop) -> None:
    put_lines(hadoop)
    _, told = run_well(hadoop, "generic", *SMALL, *STREAM, *KEEP, "--worker-num", "3")
    found = shares(hadoop)
    assert set(found) == {"0", "1", "2"}
    assert sorted(line for lines in found.values() for line in lines) == sorted(LINES)
    sizes = [sum(map(len, lines)) for lines in found.values()]
    assert max(sizes) < 2 * min(sizes)
    assert "get no input" not in told.stderr


def test_epochs_have_orders_of_their_own(hadoop: Hadoop) -> None:
    for number in range(12):
        hadoop.hdfs.put(f"{IN}/{number}", f"{number}\n".encode())
    epochs = ["--stream-epoch", "2", "--inputformat-shuffle", "true"]
    cached = ["--conf", "xlearning.inputformat.cache=true"]
    orders = []
    for more in ([], cached, ["--conf", "xlearning.input.stream.seed=1"]):
        hadoop.hdfs.delete(OUT)
        run_well(
            hadoop,
            "generic",
            *SMALL,
            *STREAM,
            *KEEP,
            *epochs,
            "--worker-num",
            "2",
            *more,
        )
        found = shares(hadoop)
        for lines in found.values():
            assert len(lines) == 12
            assert sorted(lines[:6]) == sorted(lines[6:]) != lines[:6]
        every = Counter(line for lines in found.values() for line in lines)
        assert every == {str(number): 2 for number in range(12)}
        orders.append(found)
    assert orders[0] == orders[1] != orders[2]


def test_the_cache_is_a_file_of_the_program(hadoop: Hadoop) -> None:
    put_lines(hadoop)
    show = "sh -c 'cat > /dev/null; zcat kept.gz | wc -l > o/lines'"
    job = ["--output", f"{OUT}#o", "--launch-cmd", show, "--stream-epoch", "3"]
    keys = ["inputformat.cache=true", "inputformat.cachefile.name=kept.gz"]
    kept = ["--conf", *(f"xlearning.{key}" for key in keys)]
    run_well(hadoop, "generic", *SMALL, *STREAM, *job, *kept)
    assert int(hadoop.hdfs.read(f"{OUT}/o/lines")) == len(LINES)


def test_damaged_input_fails_the_job_and_is_named(hadoop: Hadoop) -> None:
    put_lines(hadoop)
    packed = gzip.compress(os.urandom(300_000))
    hadoop.hdfs.put(f"{IN}/damaged.gz", packed[:-1000])
    ended = hadoop.submit(*SMALL, *STREAM, *KEEP)
    assert_failed(hadoop, ended, "could not fetch its input", f"{IN}/damaged.gz")
    assert not hadoop.hdfs.exists(OUT)


def test_datanodes_that_are_away_are_waited_for(hadoop: Hadoop, tmp_path: Path) -> None:
    put_lines(hadoop)
    wait = f"read x; while [ ! -e {tmp_path}/go ]; do sleep 0.1; done; cat | wc -l"
    program = ["--output", f"{OUT}#o", "--launch-cmd", f"sh -c '({wait}) > o/lines'"]
    client = hadoop.start("xl-submit", *SMALL, *STREAM, *program)

    def says(words: str) -> None:
        eventually(lambda: words in client.seen().text, lambda: client.seen().text)

    daemons = [each.name for each in hadoop.cluster.status().daemons]
    nodes = [name for name in daemons if name.startswith("datanode")]
    says("status is RUNNING")
    try:
        for node in nodes:
            hadoop.cluster.kill(node)
        (tmp_path / "go").touch()
        says("could not be read: ")
    finally:
        for node in nodes:
            hadoop.cluster.start(node)
    ended = client.wait()
    assert ended.code == 0, ended.text
    assert int(hadoop.hdfs.read(f"{OUT}/o/lines")) == len(LINES) - 1


def test_a_program_may_stop_reading(hadoop: Hadoop) -> None:
    put_lines(hadoop)
    first = ["--output", f"{OUT}#o", "--launch-cmd", "sh -c 'head -n 3 > o/first'"]
    run_well(hadoop, "generic", *SMALL, *STREAM, *first)
    assert hadoop.hdfs.read(f"{OUT}/o/first").decode().splitlines() == LINES[:3]


def test_fewer_splits_than_workers_are_told(hadoop: Hadoop) -> None:
    hadoop.hdfs.put(f"{IN}/a", b"1\n")
    _, told = run_well(hadoop, "generic", *SMALL, *STREAM, *KEEP, "--worker-num", "2")
    assert "1 of 2 tasks get no input" in told.stderr
    assert "there is only 1 split" in told.stderr
    assert sorted(shares(hadoop).values()) == [[], ["1"]]


def test_several_inputs_one_after_the_other_or_mixed(hadoop: Hadoop) -> None:
    for name in ("a", "b"):
        hadoop.hdfs.put(f"{IN}/{name}/1", f"{name}\n".encode() * 700_000)
    inputs = ["--input", f"{IN}/b#first", "--input", f"{IN}/a#second"]
    job = [*SMALL, "--input-strategy", "STREAM", *inputs]
    count = ["--output", f"{OUT}#o", "--launch-cmd", "sh -c 'uniq -c > o/runs'"]
    run_well(hadoop, "generic", *job, *count)
    runs = hadoop.hdfs.read(f"{OUT}/o/runs").decode().split()
    assert runs == ["700000", "b", "700000", "a"]
    hadoop.hdfs.delete(OUT)
    merge = ["--conf", "xlearning.input.stream.merge=true"]
    run_well(hadoop, "generic", *job, *count, *merge)
    mixed = hadoop.hdfs.read(f"{OUT}/o/runs").decode().split()
    assert len(mixed) > 4
    totals = Counter[str]()
    for number, letter in zip(mixed[::2], mixed[1::2], strict=True):
        totals[letter] += int(number)
    assert totals == {"a": 700_000, "b": 700_000}


def test_what_programs_print_is_written(hadoop: Hadoop) -> None:
    show = ["--launch-cmd", "sh -c 'seq 100000; echo $TF_INDEX >&2'"]
    run_well(hadoop, "generic", *SMALL, *WRITTEN, *show, "--worker-num", "2")
    files = hadoop.hdfs.files(OUT)
    assert files.pop("_SUCCESS") == b""
    assert {name.partition("/")[2] for name in files} == {"part-r-000.gz"}
    assert len(files) == 2
    every = "".join(f"{number}\n" for number in range(1, 100_001)).encode()
    assert {gzip.decompress(content) for content in files.values()} == {every}


OWN_FORMATS = """
class Words:
    def __init__(self, context):
        self.open = context.open

    def splits(self, files):
        return [file.uri for file in files]

    def records(self, split):
        with self.open(split) as file:
            yield from file.read().split()


class Shout:
    def __init__(self, context):
        self.file = context.create("all")

    def write(self, line):
        self.file.write(line.upper() + b"!")

    def close(self):
        self.file.close()
"""


def test_formats_of_the_users_own(hadoop: Hadoop, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN_FORMATS)
    for name in ("a", "b"):
        hadoop.hdfs.put(f"{IN}/{name}", f"{name} word of {name}".encode())
    formats = ["--inputformat", "mine:Words", "--outputformat", "mine:Shout"]
    job = [*SMALL, *STREAM, *WRITTEN, *formats, "--files", str(tmp_path / "mine.py")]
    run_well(hadoop, "generic", *job, "--launch-cmd", "cat", "--worker-num", "2")
    files = hadoop.hdfs.files(OUT)
    assert files.pop("_SUCCESS") == b""
    assert sorted(files.values()) == [b"A!WORD!OF!A!", b"B!WORD!OF!B!"]


def test_rows_and_frames_of_large_files_are_shared_out(hadoop: Hadoop) -> None:
    rows = b"".join(b'%d,"x, y"\n' % number for number in range(200_000))
    hadoop.hdfs.put(f"{IN}/a.csv", b"id,text\n" + rows, blocksize=BLOCK)
    csv = ["--inputformat", "csv", "--worker-num", "2"]
    run_well(hadoop, "generic", *SMALL, *STREAM, *KEEP, *csv)
    found = shares(hadoop)
    assert min(map(len, found.values())) > 50_000
    numbers = [json.loads(line)["id"] for lines in found.values() for line in lines]
    assert sorted(map(int, numbers)) == list(range(200_000))
    for folder in (IN, OUT):
        hadoop.hdfs.delete(folder)
    record = frame(b"a record")
    hadoop.hdfs.put(f"{IN}/a", record * 90_000, blocksize=BLOCK)
    run_well(
        hadoop,
        "generic",
        *SMALL,
        *STREAM,
        *KEEP,
        *("--inputformat", "tfrecord", "--worker-num", "2"),
    )
    files = hadoop.hdfs.files(OUT)
    del files["_SUCCESS"]
    assert b"".join(files.values()) == record * 90_000
    assert min(map(len, files.values())) > 500_000


def test_one_jvm_of_each_worker_reads_a_java_format(
    hadoop: Hadoop, tmp_path: Path
) -> None:
    hadoop.hdfs.put(f"{IN}/a", b"")
    java = [
        "--jars",
        str(make_jar(tmp_path)),
        "--inputformat",
        "custom.Custom$OldCounter",
    ]
    java += ["--conf", f"yarn.application.classpath={','.join(hadoop_class_path())}"]
    told = ["--conf", "custom.pid=true"]
    run_well(
        hadoop, "generic", *SMALL, *STREAM, *KEEP, *java, *told, "--worker-num", "2"
    )
    pids = [set(lines) for lines in shares(hadoop).values()]
    assert [len(each) for each in pids] == [1, 1]
    assert pids[0] != pids[1]
    hadoop.hdfs.delete(OUT)
    ended = hadoop.submit(
        *SMALL, *STREAM, *KEEP, *java, "--conf", "custom.die=12", "--worker-num", "2"
    )
    assert_failed(
        hadoop, ended, "split 2 of 3", "the JVM of `custom.Custom$OldCounter`"
    )


def test_output_of_a_failed_job_is_gone(hadoop: Hadoop) -> None:
    show = ["--launch-cmd", "sh -c 'seq 100; exit 3'"]
    ended = hadoop.submit(*SMALL, *WRITTEN, *show)
    assert_failed(hadoop, ended, "exited with code 3")
    assert not hadoop.hdfs.exists(OUT)


def test_the_example_of_records_on_stdin(hadoop: Hadoop) -> None:
    hadoop.hdfs.put_folder(TRAIN, IN)
    epochs = ["--stream-epoch", "5", "--inputformat-shuffle", "true"]
    program = ["--files", "train.py", "--launch-cmd", "python3 train.py"]
    output = ["--output", f"{OUT}#model", "--worker-num", "2"]
    run_well(hadoop, "stream_in", *SMALL, *STREAM, *epochs, *program, *output)
    models = hadoop.hdfs.files(OUT)
    learned = [json.loads(data) for name, data in models.items() if "json" in name]
    records = sum(len(path.read_bytes().splitlines()) for path in TRAIN.iterdir())
    assert sum(model["records"] for model in learned) == 5 * records
    assert all(model["right"] > 0.8 * model["records"] for model in learned)


def test_the_example_of_records_from_stdout(hadoop: Hadoop) -> None:
    hadoop.hdfs.put_folder(TRAIN, IN)
    program = ["--files", "ink.py", "--launch-cmd", "python3 ink.py"]
    job = [*SMALL, *STREAM, *WRITTEN, *program, "--worker-num", "2"]
    run_well(hadoop, "stream_out", *job)
    files = hadoop.hdfs.files(OUT)
    written = [gzip.decompress(c) for n, c in files.items() if n.endswith(".gz")]
    digits = Counter(
        line.split(b"\t")[0] for data in written for line in data.split(b"\n")
    )
    del digits[b""]
    given = Counter(
        line.rpartition(b",")[2]
        for path in TRAIN.iterdir()
        for line in path.read_bytes().split()
    )
    assert digits == given
