"""The example programs with variables made by hand: no Hadoop, none of our code."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PARTS = sorted((EXAMPLES / "data" / "tensorflow").iterdir())
_TIMEOUT_S = 100


@pytest.fixture(scope="session")
def tensorflow_python() -> str:
    script = ROOT / "scripts" / "ensure-tensorflow"
    printed = subprocess.run([script], check=True, capture_output=True, text=True)
    return f"{printed.stdout.strip()}/python"


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Place:
    """A container's working directory."""

    def __init__(self, folder: Path, programs: list[str], parts: list[Path]) -> None:
        self.folder = folder
        (folder / "data").mkdir(parents=True)
        for program in programs:
            shutil.copy(EXAMPLES / program, folder)
        for part in parts:
            shutil.copy(part, folder / "data")

    def start(self, command: list[str], **variables: str) -> subprocess.Popen[bytes]:
        environment = {"PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"} | variables
        with (
            (self.folder / "stdout").open("wb") as out,
            (self.folder / "stderr").open("wb") as err,
        ):
            return subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=out, stderr=err
            )

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()


def assert_learned(python: str, model: Path) -> None:
    held_out = EXAMPLES / "data" / "tensorflow-test"
    printed = subprocess.run(
        [python, "-B", "evaluate.py", "--model", str(model), "--data", str(held_out)],
        cwd=EXAMPLES / "tensorflow",
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = re.match(r"accuracy (\d\.\d+) on 359 records", printed)
    assert found
    assert float(found[1]) >= 0.9


def test_count(tmp_path: Path) -> None:
    place = Place(tmp_path, ["generic/count.py"], PARTS)
    program = place.start([sys.executable, "count.py"], TF_INDEX="1")
    assert program.wait(_TIMEOUT_S) == 0
    counts = json.loads(place.text("output/counts-1.json"))
    assert sum(counts.values()) == 1438
    assert place.text("stderr").splitlines()[-1] == "reporter progress:1.0000"


@pytest.mark.tensorflow
def test_workers_and_a_parameter_server(tmp_path: Path, tensorflow_python: str) -> None:
    ports = free_ports(3)
    hosts = [f"127.0.0.1:{port}" for port in ports]
    cluster = json.dumps({"ps": hosts[:1], "worker": hosts[1:]})
    roles = [("worker", 0, PARTS[0::2]), ("worker", 1, PARTS[1::2]), ("ps", 0, [])]
    places, running = [], []
    for role, index, parts in roles:
        files = ["tensorflow/demo.py", "tensorflow/dataDeal.py"]
        places.append(Place(tmp_path / f"{role}-{index}", files, list(parts)))
        variables = {"TF_CLUSTER_DEF": cluster, "TF_ROLE": role, "TF_INDEX": str(index)}
        running.append(places[-1].start([tensorflow_python, "demo.py"], **variables))
    try:
        assert [worker.wait(_TIMEOUT_S) for worker in running[:2]] == [0, 0]
        assert running[2].poll() is None  # a parameter server never ends by itself
    finally:
        for process in running:
            process.kill()
            process.wait()
    assert "variable hidden/weights is on /job:ps/" in places[0].text("stdout")
    assert "reporter progress:1.0000" in places[1].text("stderr")
    assert list((places[0].folder / "eventLog").iterdir())
    assert_learned(tensorflow_python, places[0].folder)


@pytest.mark.tensorflow
def test_all_reduce_with_shares_of_unequal_size(
    tmp_path: Path, tensorflow_python: str
) -> None:
    hosts = [f"127.0.0.1:{port}" for port in free_ports(2)]
    places, running = [], []
    for index, parts in enumerate((PARTS[:3], PARTS[3:])):
        files = ["allreduce/train.py", "tensorflow/dataDeal.py"]
        places.append(Place(tmp_path / f"worker-{index}", files, parts))
        task = {"type": "worker", "index": index}
        config = json.dumps({"cluster": {"worker": hosts}, "task": task})
        variables = {"TF_CONFIG": config, "TF_INDEX": str(index)}
        running.append(places[-1].start([tensorflow_python, "train.py"], **variables))
    try:
        assert [worker.wait(_TIMEOUT_S) for worker in running] == [0, 0]
    finally:
        for process in running:
            process.kill()
            process.wait()
    digests = [re.findall(r"weights (\w+)", place.text("stdout")) for place in places]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 1
    assert_learned(tensorflow_python, places[0].folder)
