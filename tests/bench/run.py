"""Speed beside the floor: medians, floor and ours alternating after a warm-up.

    make bench                         a cluster of its own, 5 runs of each
    make bench ARGS="--runs 3"
    make bench ARGS="--home <home>"    a cluster of `xl cluster up` that is up already

Both run the same trainer (`stamp.sh`) on the same cluster with YARN's default heartbeat
of 1 s. Times begin when the ResourceManager took the submission (`startedTime`). When
NodeManagers beat next depends on the job before, because they tell at once that one of
its containers has ended: both are submitted after the same job, at the same moments
after its end. Before all, a job with a container on each node warms them up.
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from hdfs_native import Client  # noqa: E402 - after the path

from tests.bench.floor.submit import Floor, FloorJob  # noqa: E402
from tests.bench.ours import Ours, help_time_s, peak_mib  # noqa: E402
from tests.bench.report import Row, lines  # noqa: E402
from xlearning.cluster.artifacts import cache_folder  # noqa: E402
from xlearning.cluster.cluster import Cluster  # noqa: E402
from xlearning.cluster.spec import ClusterSpec  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN_FLOOR_S = 1.9  # seen on live clusters with heartbeats of 1 s
HEARTBEAT_S = 1.0  # of the ApplicationMaster while it waits for trainers
NODE_HEARTBEAT_S = 1.0  # YARN's default
MANY = 64
STAMP = ROOT / "tests" / "bench" / "stamp.sh"


class Bench:
    """One cluster, and what is measured on it."""

    def __init__(self, cluster: Cluster, folder: Path, runs: int) -> None:
        self._runs = runs
        self._folder = folder
        self._numbers = iter(range(10**6))
        site = cluster.conf_dir / "yarn-site.xml"
        scheduler = _property(site, "yarn.resourcemanager.scheduler.address")
        self._floor = Floor(cluster.rm_url, scheduler, getpass.getuser())
        self._ours = Ours(cluster.conf_dir, folder)
        self._hdfs = Client(config_dir=str(cluster.conf_dir))

    def rows(self) -> Iterator[Row]:
        """Measure all, row by row."""
        yield Row("xl --help", [help_time_s() for _ in range(self._runs)], "s", 0.3)
        yield from self._one_trainer()
        yield self._with_output()
        yield from self._memory()
        yield self._many()

    def _one_trainer(self) -> Iterator[Row]:
        floor_first, floor_end, first, end = [], [], [], []
        accepted, client_mib = [], []
        self._warm_up()
        for number in range(self._runs):
            phase = number / self._runs * NODE_HEARTBEAT_S
            stamp = self._stamp()
            self._precede(phase)
            application = self._floor.submit(_floor_job(stamp, 1))
            one = self._times(application, stamp)
            stamp = self._stamp()
            self._precede(phase)
            submitted = self._ours.submit(_trainer(stamp, 1))
            other = self._times(submitted.application_id, stamp)
            floor_first.append(one.first)
            floor_end.append(one.end)
            first.append(other.first)
            end.append(other.end)
            accepted.append(other.started - submitted.began)
            client_mib.append(submitted.peak_mib)
        if median(floor_first) > 1.3 * KNOWN_FLOOR_S:
            _say(f"the floor is slow here: this machine is busy ({floor_first})")
        yield Row("xl-submit -> accepted", accepted, "s", 1.2)
        yield Row("xl-submit, memory", client_mib, "MiB", 80)
        yield Row("submit -> first line", first, "s", 1.8, tuple(floor_first), True)
        limit = 0.5 + HEARTBEAT_S
        yield Row("last exit -> FINISHED", end, "s", limit, tuple(floor_end))

    def _warm_up(self) -> None:
        """Unpack our Python on every node: each has room for one such container."""
        nodes = self._floor.nodes()
        memory_mb = min(node["availMemoryMB"] for node in nodes) * 2 // 3
        many = ["--worker-num", str(len(nodes)), "--worker-memory", f"{memory_mb}M"]
        stamp = self._stamp()
        self._floor.wait(self._floor.submit(_floor_job(stamp, 1, len(nodes))))
        stamp = self._stamp()
        submitted = self._ours.submit(_trainer(stamp, 1), *many)
        self._floor.wait(submitted.application_id)

    def _precede(self, pause_s: float) -> None:
        """Run the job that comes before each one that is measured, and wait."""
        self._floor.wait(self._floor.submit(_floor_job(self._stamp(), 1)))
        time.sleep(pause_s)

    def _with_output(self) -> Row:
        ends = []
        closes = []
        for number in range(self._runs):
            output = f"/tmp/bench-output-{time.time_ns()}"
            stamp = self._stamp()
            command = f"sh -c 'echo result > o/result; {_trainer(stamp, 1)}'"
            submitted = self._ours.submit(command, "--output", f"{output}#o")
            ends.append(self._times(submitted.application_id, stamp).end)
            closes.append(self._close_s(f"{output}/closed-{number}"))
            self._hdfs.delete(output, recursive=True)
        # The outputs are closed together; then _SUCCESS is written.
        limit = 0.5 + HEARTBEAT_S + 2 * median(closes)
        return Row("last exit -> FINISHED, one output", ends, "s", limit)

    def _close_s(self, path: str) -> float:
        began = time.monotonic()
        with self._hdfs.create(path) as file:
            file.write(b"result")
        return time.monotonic() - began

    def _memory(self) -> Iterator[Row]:
        master, agent = [], []
        for _ in range(self._runs):
            stamp = self._stamp()
            application = self._ours.submit(_trainer(stamp, 5)).application_id
            _wait_for_lines(stamp, 1)
            time.sleep(3)
            master.append(peak_mib(application, "xlearning.am"))
            agent.append(peak_mib(application, "xlearning.container"))
            self._times(application, stamp)
        yield Row("ApplicationMaster, memory", master, "MiB", 120)
        yield Row("agent, memory", agent, "MiB", 80)

    def _many(self) -> Row:
        floor, ours = [], []
        for _ in range(self._runs):
            stamp = self._stamp()
            application = self._floor.submit(_floor_job(stamp, 5, MANY))
            floor.append(self._registered_to_all(application, stamp))
            stamp = self._stamp()
            many = ["--worker-num", str(MANY)]
            application = self._ours.submit(_trainer(stamp, 5), *many).application_id
            ours.append(self._registered_to_all(application, stamp))
        name = f"registered -> {MANY} trainers started"
        return Row(name, ours, "s", None, tuple(floor))

    def _registered_to_all(self, application: str, stamp: Path) -> float:
        self._floor.wait(application, ("RUNNING", "FINISHED"))
        registered = time.time()
        _wait_for_lines(stamp, MANY)
        last = max(map(float, stamp.read_text().split()))
        self._floor.wait(application)
        return last - registered

    def _times(self, application: str, stamp: Path) -> _Times:
        """Wait for the end of a job with one trainer; return its times."""
        self._floor.wait(application)
        url = f"{self._floor.rm_url}/ws/v1/cluster/apps/{application}"
        with urllib.request.urlopen(url, timeout=30) as reply:
            app: dict[str, Any] = json.load(reply)["app"]
        return _Times(
            started=app["startedTime"] / 1000,
            began=float(stamp.read_text()),
            ended=float(Path(f"{stamp}.end").read_text()),
            finished=app["finishedTime"] / 1000,
        )

    def _stamp(self) -> Path:
        return self._folder / f"stamp-{next(self._numbers)}"


class _Times:
    """When the four things happened, seconds since the epoch."""

    def __init__(
        self, *, started: float, began: float, ended: float, finished: float
    ) -> None:
        self.started = started
        self.first = began - started
        self.end = finished - ended


def _trainer(stamp: Path, run_s: int) -> str:
    """Return the command of a trainer that writes down when it begins and ends."""
    return f"sh {STAMP} {stamp} {run_s}"


def _floor_job(stamp: Path, run_s: int, containers: int = 1) -> FloorJob:
    command = f"exec {_trainer(stamp, run_s)}"
    return FloorJob(f"{command} 1><LOG_DIR>/stdout 2><LOG_DIR>/stderr", containers)


def _wait_for_lines(stamp: Path, count: int, timeout_s: float = 300.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not stamp.exists() or len(stamp.read_text().split()) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{count} trainers did not start")
        time.sleep(0.05)


def _property(site: Path, name: str) -> str:
    for entry in ElementTree.parse(site).getroot():
        if entry.findtext("name") == name:
            return entry.findtext("value") or ""
    raise LookupError(name)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _cluster(home: str | None) -> Iterator[Cluster]:
    """Bring a cluster up for the bench, or take one that is up."""
    if home:
        yield Cluster(Path(home))
        return
    cluster = Cluster(cache_folder() / "clusters" / "bench")
    cluster.down(wipe=True)
    cluster.up(ClusterSpec(node_memory_mb=8192, node_cores=32), _say)
    try:
        yield cluster
    finally:
        cluster.down(wipe=True)


def main() -> int:
    """Run the bench, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="runs of each [5]")
    parser.add_argument("--home", help="a cluster that is up")
    arguments = parser.parse_args()
    rows: list[Row] = []
    with (
        tempfile.TemporaryDirectory(prefix="xlearning-bench-") as folder,
        _cluster(arguments.home) as cluster,
    ):
        for row in Bench(cluster, Path(folder), arguments.runs).rows():
            rows.append(row)
            _say(lines([row])[1])
    print("\n".join(lines(rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
