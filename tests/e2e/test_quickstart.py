"""The examples on a real Hadoop, as their pages say, and what comes out of them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.e2e.submission import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.e2e.hadoop import Hadoop
    from tests.e2e.submission import Ended

EXAMPLES = ROOT / "examples"
TRAIN = EXAMPLES / "data" / "tensorflow"
HELD_OUT = EXAMPLES / "data" / "tensorflow-test"

QUICK_START = [
    *("--app-type", "tensorflow", "--app-name", "tf-demo"),
    *("--input", "/tmp/data/tensorflow#data"),
    *("--output", "/tmp/tensorflow_model#model"),
    *("--files", "demo.py,dataDeal.py"),
    "--launch-cmd",
    "python demo.py --data_path=./data --save_path=./model --log_dir=./eventLog "
    "--training_epochs=10",
    *("--worker-memory", "2G", "--worker-num", "2", "--worker-cores", "1"),
    *("--worker-gpus", "1", "--ps-memory", "1G", "--ps-num", "1", "--ps-cores", "2"),
    *("--queue", "default"),
]
ALL_REDUCE = [
    *("--app-type", "tensorflow", "--app-name", "all-reduce", "--queue", "default"),
    *("--input", "/tmp/data/tensorflow#data"),
    *("--output", "/tmp/allreduce_model#model"),
    *("--files", "train.py,../tensorflow/dataDeal.py"),
    *("--launch-cmd", "python train.py --data_path=./data --save_path=./model"),
    *("--worker-num", "2", "--worker-memory", "2G", "--worker-cores", "1"),
    *("--conf", "xlearning.tf.distribution.strategy=true"),
]
COUNT = [
    *("--app-name", "count", "--queue", "default"),
    *("--input", "/tmp/data/tensorflow#data", "--files", "count.py"),
    *("--launch-cmd", "python3 count.py", "--worker-memory", "256M"),
]
OUTPUTS = ["/tmp/tensorflow_model", "/tmp/allreduce_model", "/tmp/count_output"]


@pytest.fixture
def data(hadoop: Hadoop) -> None:
    """The data set in HDFS, and none of the outputs."""
    hadoop.hdfs.put_folder(TRAIN, "/tmp/data/tensorflow")
    for output in OUTPUTS:
        hadoop.hdfs.delete(output)


@pytest.fixture
def with_tensorflow(hadoop: Hadoop, tensorflow_bin: Path) -> list[str]:
    """What makes `python` on the nodes one that has TensorFlow."""
    return ["--conf", f"xlearning.container.env.PATH={tensorflow_bin}"]


def run_well(hadoop: Hadoop, example: str, *arguments: str) -> tuple[str, Ended]:
    """Submit from an example's folder; the job must succeed in everybody's eyes."""
    ended = hadoop.submit(*arguments, cwd=EXAMPLES / example)
    assert ended.code == 0, ended.text
    assert "Application completed successfully" in ended.text
    application_id = ended.application_id
    assert application_id is not None
    report = hadoop.report(application_id)
    assert (report["state"], report["finalStatus"]) == ("FINISHED", "SUCCEEDED")
    assert report["user"] == hadoop.user
    hadoop.assert_nothing_left(application_id)
    return application_id, ended


def accuracy(tensorflow_bin: Path, model: Mapping[str, bytes], folder: Path) -> float:
    """Measure a model that was fetched from HDFS, in a process of its own."""
    for name, content in model.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    python = str(tensorflow_bin / "python")
    command = [python, "evaluate.py", "--model", str(folder), "--data", str(HELD_OUT)]
    printed = subprocess.run(
        command,
        cwd=EXAMPLES / "tensorflow",
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = re.match(r"accuracy (\d\.\d+)", printed)
    assert found, printed
    return float(found[1])


def assert_shares_are_disjoint_and_complete(model: Mapping[str, bytes]) -> None:
    """Compare what the workers were given with the data set, by content."""
    shares = [
        json.loads(content)["files"]
        for name, content in model.items()
        if re.search(r"share-\d+\.json$", name)
    ]
    assert len(shares) == 2
    assert all(shares)
    given = Counter(name for share in shares for name in share)
    digests = {name: digest for share in shares for name, digest in share.items()}
    assert set(given.values()) == {1}
    assert digests == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in TRAIN.iterdir()
    }


def folders_of_containers(files: Mapping[str, bytes], application_id: str) -> set[str]:
    """Return the first folders of an output; all are named after containers."""
    folders = {name.split("/")[0] for name in files if "/" in name}
    mark = application_id.removeprefix("application_")
    assert all(re.fullmatch(rf"container_(e\d+_)?{mark}_01_\d+", f) for f in folders)
    return folders


@pytest.mark.releases
@pytest.mark.usefixtures("data")
def test_the_quick_start_of_xlearning(
    hadoop: Hadoop, with_tensorflow: list[str], tensorflow_bin: Path, tmp_path: Path
) -> None:
    application_id, _ = run_well(hadoop, "tensorflow", *QUICK_START, *with_tensorflow)
    output = hadoop.hdfs.files("/tmp/tensorflow_model")
    assert output.pop("_SUCCESS") == b""
    assert len(folders_of_containers(output, application_id)) == 2
    assert_shares_are_disjoint_and_complete(output)
    assert accuracy(tensorflow_bin, output, tmp_path / "model") >= 0.9
    logs = hadoop.xl("logs", application_id)
    assert logs.code == 0, logs.text
    placed = re.findall(r"variable (\S+) is on (\S+)", logs.stdout)
    assert len(placed) == 4
    assert all("/job:ps/" in device for _, device in placed)


@pytest.mark.usefixtures("data")
def test_two_workers_agree_by_all_reduce(
    hadoop: Hadoop, with_tensorflow: list[str], tensorflow_bin: Path, tmp_path: Path
) -> None:
    application_id, _ = run_well(hadoop, "allreduce", *ALL_REDUCE, *with_tensorflow)
    output = hadoop.hdfs.files("/tmp/allreduce_model")
    assert_shares_are_disjoint_and_complete(output)
    assert accuracy(tensorflow_bin, output, tmp_path / "model") >= 0.9
    logs = hadoop.xl("logs", application_id)
    assert logs.stdout.count("2 replicas in sync") == 2
    digests = re.findall(r"weights ([0-9a-f]{64})", logs.stdout)
    assert len(digests) == 2
    assert len(set(digests)) == 1


def count_of(output: Mapping[str, bytes]) -> Counter[str]:
    """Add up what the workers counted."""
    total: Counter[str] = Counter()
    for name, content in output.items():
        if "counts-" in name:
            total.update(json.loads(content))
    return total


def expected_count() -> Counter[str]:
    """Count the digits in the data set."""
    lines = [line for path in TRAIN.iterdir() for line in path.read_text().split()]
    return Counter(line.rpartition(",")[2] for line in lines)


@pytest.mark.usefixtures("data")
def test_independent_workers_count_everything_once(hadoop: Hadoop) -> None:
    output = ["--output", "/tmp/count_output#output", "--worker-num", "3"]
    application_id, _ = run_well(hadoop, "generic", *COUNT, *output)
    counted = hadoop.hdfs.files("/tmp/count_output")
    assert counted.pop("_SUCCESS") == b""
    assert len(folders_of_containers(counted, application_id)) == 3
    assert count_of(counted) == expected_count()


@pytest.mark.usefixtures("data")
def test_one_worker_writes_without_a_container_folder(hadoop: Hadoop) -> None:
    run_well(hadoop, "generic", *COUNT, "--output", "/tmp/count_output#output")
    counted = hadoop.hdfs.files("/tmp/count_output")
    assert set(counted) == {"_SUCCESS", "output/counts-0.json"}
    assert count_of(counted) == expected_count()


@pytest.mark.usefixtures("data")
def test_the_layout_by_task(hadoop: Hadoop) -> None:
    layout = ["--conf", "xlearning.output.layout=task", "--worker-num", "2"]
    output = ["--output", "/tmp/count_output#output"]
    run_well(hadoop, "generic", *COUNT, *output, *layout)
    folders = {name.split("/")[0] for name in hadoop.hdfs.files("/tmp/count_output")}
    assert folders == {"_SUCCESS", "worker-0", "worker-1"}


def test_local_files_in_and_out(hadoop: Hadoop, tmp_path: Path) -> None:
    where = ["--input", f"file://{TRAIN}#data", "--output", f"file://{tmp_path}/out#o"]
    command = ["--launch-cmd", "sh -c 'wc -l < data/part-00000.csv > o/lines'"]
    run_well(hadoop, "generic", *where, *command, "--worker-memory", "256M")
    lines = len((TRAIN / "part-00000.csv").read_text().splitlines())
    assert int((tmp_path / "out" / "o" / "lines").read_text()) == lines
