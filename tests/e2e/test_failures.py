"""The failure table: how a job can end badly on a real Hadoop.

Each row looks from all sides: the ResourceManager's state and diagnostics, the client's
text and exit code, and what is left behind: nothing.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.submission import ROOT
from tests.e2e.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.hadoop import Hadoop
    from tests.e2e.submission import Ended, Running

PROGRAMS = ROOT / "tests" / "e2e" / "programs"
SMALL = ["--queue", "default", "--am-memory", "512M", "--worker-memory", "256M"]
BIG = ["--queue", "default", "--am-memory", "512M", "--worker-memory", "2560M"]


def assert_failed(
    hadoop: Hadoop,
    ended: Ended,
    *words: str,
    state: str = "FINISHED",
    status: str = "FAILED",
) -> dict[str, Any]:
    """Check an end from all sides; `words` are said by the RM and by the client."""
    assert ended.code == 2, ended.text
    assert "Application run failed!" in ended.text
    application_id = ended.application_id
    assert application_id is not None
    report = hadoop.final_report(application_id)
    assert (report["state"], report["finalStatus"]) == (state, status)
    for word in words:
        assert word in report["diagnostics"]
        assert word in ended.text
    hadoop.assert_nothing_left(application_id)
    return report


def assert_refused(ended: Ended, *words: str) -> None:
    """Check that the client said no before it asked the cluster for anything."""
    assert ended.code == 1, ended.text
    assert "error: " in ended.stderr
    for word in words:
        assert word in ended.stderr
    assert ended.application_id is None


class Held:
    """A job whose trainers run until they are let go."""

    def __init__(
        self, hadoop: Hadoop, folder: Path, *arguments: str, workers: int = 1
    ) -> None:
        """Submit it and wait until all workers run."""
        self._folder = folder
        self._workers = workers
        self.client: Running = hadoop.start(
            "xl-submit",
            *(arguments or SMALL),
            *("--files", str(PROGRAMS / "hold.sh")),
            *("--launch-cmd", f"sh hold.sh {folder}"),
            *("--worker-num", str(workers)),
        )
        self.id = self.client.application_id()
        eventually(self._runs, lambda: self.client.seen().text, 60.0)

    def _runs(self) -> bool:
        if self.client.process.poll() is not None:
            raise RuntimeError(self.client.seen().text)
        return len(list(self._folder.glob("started-worker-*"))) == self._workers

    def let_go(self) -> None:
        """Let the trainers end well."""
        (self._folder / "go").touch()

    def __enter__(self) -> Held:
        """Return itself."""
        return self

    def __exit__(self, *failure: object) -> None:
        """Leave neither trainers nor a client behind, whatever happened."""
        self.let_go()
        self.client.process.kill()
        self.client.process.wait()


@pytest.fixture
def held(hadoop: Hadoop, tmp_path: Path) -> Iterator[Held]:
    """A job with one worker that runs."""
    with Held(hadoop, tmp_path) as job:
        yield job


@pytest.mark.releases
def test_the_program_exits_3(hadoop: Hadoop) -> None:
    command = "sh -c 'echo it broke >&2; exit 3'"
    ended = hadoop.submit(*SMALL, "--launch-cmd", command)
    assert_failed(hadoop, ended, "worker 0", "exited with code 3", "it broke")


def test_the_program_is_not_found(hadoop: Hadoop) -> None:
    ended = hadoop.submit(*SMALL, "--launch-cmd", "no-such-program --fast")
    assert_failed(hadoop, ended, "worker 0", "no-such-program")


@pytest.mark.releases
def test_killed_for_memory(hadoop: Hadoop) -> None:
    program = ["--files", str(PROGRAMS / "eat.py")]
    command = ["--launch-cmd", "python3 eat.py 700"]
    ended = hadoop.submit(*SMALL, *program, *command)
    assert_failed(hadoop, ended, "worker 0", "more memory", "of 256 MB allowed")


def test_a_worker_is_killed_by_a_signal(hadoop: Hadoop) -> None:
    ended = hadoop.submit(*SMALL, "--launch-cmd", "sh -c 'kill -SEGV $$'")
    assert_failed(hadoop, ended, "worker 0", "signal 11 (SIGSEGV)")


@pytest.mark.releases
def test_the_input_is_missing(hadoop: Hadoop) -> None:
    missing = ["--input", "/tmp/no/such/input#data"]
    ended = hadoop.submit(*SMALL, *missing, "--launch-cmd", "true")
    assert_refused(ended, "/tmp/no/such/input")


def test_the_output_exists(hadoop: Hadoop) -> None:
    hadoop.hdfs.put("/tmp/there/already", b"precious")
    output = ["--output", "/tmp/there#model"]
    ended = hadoop.submit(*SMALL, *output, "--launch-cmd", "true")
    assert_refused(ended, "/tmp/there already existed")
    assert hadoop.hdfs.read("/tmp/there/already") == b"precious"


def test_the_queue_is_unknown(hadoop: Hadoop) -> None:
    ended = hadoop.submit("--queue", "nope", "--launch-cmd", "true")
    assert_refused(ended, "`nope`", "`default`", "`prod`", "`dev`")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--worker-memory", "8G"], ["memory", "4096"]),
        (["--worker-gpus", "3"], ["GPU", "2"]),
    ],
    ids=["memory", "gpus"],
)
def test_more_than_any_node_has(
    hadoop: Hadoop, asked: list[str], words: list[str]
) -> None:
    ended = hadoop.submit("--queue", "default", *asked, "--launch-cmd", "true")
    assert_refused(ended, *words)


def test_one_file_of_the_input_is_deleted_after_it_was_listed(
    hadoop: Hadoop, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        hadoop.hdfs.put(f"/tmp/vanishing/{name}", name.encode())
    # No node has room for the worker while the three of this job hold theirs.
    with Held(hadoop, tmp_path, *BIG, workers=3) as blocker:
        waiting = hadoop.start(
            "xl-submit",
            *(*BIG, "--input", "/tmp/vanishing#data", "--launch-cmd", "ls data"),
        )
        application_id = waiting.application_id()

        def has_listed() -> bool:
            shown = hadoop.xl("status", application_id, "--json").stdout
            return '"WAITING"' in shown

        eventually(has_listed, lambda: waiting.seen().text, 60.0)
        hadoop.hdfs.delete("/tmp/vanishing/b")
        blocker.let_go()
        assert blocker.client.wait().code == 0
    ended = waiting.wait()
    assert_failed(hadoop, ended, "could not fetch its input", "/tmp/vanishing/b")


def test_a_nodemanager_is_killed(hadoop: Hadoop, tmp_path: Path) -> None:
    with Held(hadoop, tmp_path, *BIG, workers=2) as held:
        masters_node = hadoop.node_of(hadoop.master(held.id))
        nodes = {hadoop.node_of(process) for process in hadoop.processes(held.id)}
        node = min(nodes - {masters_node})
        hadoop.cluster.kill(node)
        try:
            ended = held.client.wait()
            assert ended.code == 2, ended.text
            report = hadoop.final_report(held.id)
            assert (report["state"], report["finalStatus"]) == ("FINISHED", "FAILED")
            for word in ("worker ", "lost with its node"):
                assert word in report["diagnostics"]
                assert word in ended.text
            # A dead NodeManager deletes no folders; processes are ended without it.
            eventually(
                lambda: not hadoop.processes(held.id), "no process of the job", 25.0
            )
        finally:
            hadoop.cluster.start(node)
        hadoop.assert_nothing_left(held.id)


@pytest.mark.releases
def test_the_only_master_is_killed(hadoop: Hadoop, tmp_path: Path) -> None:
    once = ("--conf", "xlearning.app.max.attempts=1")
    with Held(hadoop, tmp_path, *SMALL, *once) as held:
        hadoop.master(held.id).kill()
        ended = held.client.wait()
        report = assert_failed(hadoop, ended, "137", state="FAILED")
    assert "AM Container" in report["diagnostics"]


def test_the_user_stops_it(hadoop: Hadoop, held: Held) -> None:
    stopped = hadoop.xl("stop", held.id)
    assert stopped.code == 0, stopped.text
    ended = held.client.wait()
    assert_failed(hadoop, ended, "stopped", hadoop.user, status="KILLED")


def test_the_resourcemanager_kills_it(hadoop: Hadoop, held: Held) -> None:
    hadoop.kill_application(held.id)
    ended = held.client.wait()
    assert_failed(hadoop, ended, "killed by", state="KILLED", status="KILLED")


def test_the_client_is_killed(hadoop: Hadoop, held: Held) -> None:
    held.client.process.send_signal(signal.SIGKILL)
    held.client.process.wait()
    held.let_go()
    report = hadoop.final_report(held.id)
    assert (report["state"], report["finalStatus"]) == ("FINISHED", "SUCCEEDED")
    hadoop.assert_nothing_left(held.id)


def test_the_agent_is_killed(hadoop: Hadoop, held: Held) -> None:
    hadoop.agent(held.id).kill()
    ended = held.client.wait()
    assert_failed(hadoop, ended, "worker 0", "agent")


def test_the_resourcemanager_is_restarted(hadoop: Hadoop, held: Held) -> None:
    hadoop.cluster.kill("rm")
    hadoop.cluster.start("rm")
    eventually(
        lambda: hadoop.report(held.id)["state"] == "RUNNING",
        "the job registered again",
        60.0,
    )
    held.let_go()
    ended = held.client.wait()
    assert ended.code == 0, ended.text
    report = hadoop.final_report(held.id)
    assert (report["state"], report["finalStatus"]) == ("FINISHED", "SUCCEEDED")
    hadoop.assert_nothing_left(held.id)
