"""Saves of the model while it trains, on a real Hadoop."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.submission import ROOT
from tests.e2e.test_failures import PROGRAMS, Held, assert_refused
from tests.e2e.test_quickstart import run_well
from tests.e2e.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psutil

    from tests.e2e.hadoop import Hadoop

BASE = "/tmp/save-tests"
OUT = f"{BASE}/out"
SMALL = ["--queue", "default", "--am-memory", "512M", "--worker-memory", "256M"]
EXAMPLE = ROOT / "examples" / "save"


@pytest.fixture(autouse=True)
def folders(hadoop: Hadoop) -> Iterator[None]:
    """No output of an earlier test."""
    hadoop.hdfs.delete(BASE)
    yield
    hadoop.hdfs.delete(BASE)


def job(*, workers: int, steps: int = 1000, seconds: float = 0.1) -> list[str]:
    """Return the example's job."""
    command = f"python3 train.py --steps {steps} --seconds {seconds}"
    return [
        *SMALL,
        *("--worker-num", str(workers)),
        *("--files", "train.py", "--launch-cmd", command),
        *("--output", f"{OUT}#model"),
    ]


def saves(hadoop: Hadoop, place: str) -> list[dict[str, Any]]:
    """Return the saves of a job or an output, the newest first."""
    shown = hadoop.xl("saves", place, "--json")
    assert shown.code == 0, shown.text
    found: list[dict[str, Any]] = json.loads(shown.stdout)
    return found


def save(hadoop: Hadoop, application_id: str) -> dict[str, Any]:
    """Save a job's model now and wait for it."""
    asked = hadoop.xl("save", application_id, "--wait", "--json")
    assert asked.code == 0, asked.text
    found: dict[str, Any] = json.loads(asked.stdout)
    return found


def saved_files(hadoop: Hadoop, url: str) -> dict[str, bytes]:
    """Return what is in a save, by `<container>/<path>`."""
    files = hadoop.hdfs.files(url[url.index(BASE) :])
    return {k: v for k, v in files.items() if not k.startswith("_save/")}


class Jobs:
    """Starts jobs from the example's folder, and leaves none behind."""

    def __init__(self, hadoop: Hadoop) -> None:
        self._hadoop = hadoop
        self._ids: list[str] = []

    def start(self, *arguments: str, workers: int = 1) -> str:
        """Submit and leave; return the id when every worker has a checkpoint."""
        given = [*job(workers=workers), *arguments, "--detach"]
        ended = self._hadoop.submit(*given, cwd=EXAMPLE)
        assert ended.code == 0, ended.text
        application_id = ended.stdout.strip()
        self._ids.append(application_id)

        def written() -> bool:
            log = self._hadoop.xl("logs", application_id, "--stdout").stdout
            return all(f"[worker {n}] checkpoint:" in log for n in range(workers))

        status = self._hadoop.xl
        eventually(written, lambda: status("status", application_id).text)
        return application_id

    def stop(self, application_id: str) -> None:
        """End a job."""
        stopped = self._hadoop.xl("stop", application_id)
        assert stopped.code == 0, stopped.text
        self._hadoop.assert_nothing_left(application_id)
        self._ids.remove(application_id)

    def stop_all(self) -> None:
        """End those that a test did not come to end."""
        for application_id in self._ids:
            self._hadoop.xl("stop", application_id)


@pytest.fixture
def jobs(hadoop: Hadoop, folders: None) -> Iterator[Jobs]:
    """Who starts jobs."""
    jobs = Jobs(hadoop)
    yield jobs
    jobs.stop_all()


def test_a_stopped_job_goes_on_from_its_last_save(hadoop: Hadoop, jobs: Jobs) -> None:
    application_id = jobs.start(workers=2)
    first = save(hadoop, application_id)
    assert (first["state"], first["tasks"]) == ("COMPLETE", 2)
    before = saved_files(hadoop, first["urls"][0])
    containers = {name.partition("/")[0] for name in before}
    assert len(containers) == 2
    second = save(hadoop, application_id)
    shown = saves(hadoop, application_id)
    assert [each["name"] for each in shown] == [second["name"], first["name"]]
    jobs.stop(application_id)
    assert saved_files(hadoop, first["urls"][0]) == before
    assert [each["name"] for each in saves(hadoop, OUT)] == [
        second["name"],
        first["name"],
    ]
    refused = hadoop.submit(*job(workers=2), cwd=EXAMPLE)
    assert_refused(refused, f"{OUT} already existed!", "--restore last")
    refused = hadoop.submit(*job(workers=1), "--restore", "last", cwd=EXAMPLE)
    assert_refused(refused, "it is of 2 worker tasks, and the job has 1")
    last = max(saved_files(hadoop, second["urls"][0])).rpartition("-")[2]
    steps = int(last.removesuffix(".json")) + 5
    again = [*job(workers=2, steps=steps), "--restore", "last"]
    rerun, ended = run_well(hadoop, "save", *again)
    assert f"Restoring {second['urls'][0]}" in ended.stderr
    log = hadoop.xl("logs", rerun, "--stdout").stdout
    assert log.count("going on with model/checkpoint-") == 2
    output = hadoop.hdfs.files(OUT)
    assert "_SUCCESS" in output
    ends = [n for n in output if n.endswith(f"/checkpoint-{steps:06}.json")]
    assert len(ends) == 2, output.keys()


def test_a_save_at_a_path_begins_another_output(hadoop: Hadoop, jobs: Jobs) -> None:
    application_id = jobs.start()
    [url] = save(hadoop, application_id)["urls"]
    jobs.stop(application_id)

    def collected() -> bool:
        """Say whether YARN has the logs, which tell where the job wrote."""
        return hadoop.xl("saves", application_id).code == 0

    eventually(collected, lambda: hadoop.xl("saves", application_id).text)
    assert [each["urls"] for each in saves(hadoop, application_id)] == [[url]]
    other = [*job(workers=1, steps=5)[:-1], f"{BASE}/other#model", "--restore", url]
    run_well(hadoop, "save", *other)
    output = hadoop.hdfs.files(f"{BASE}/other")
    restored = {name.partition("/")[2] for name in saved_files(hadoop, url)}
    assert {name.removeprefix("model/") for name in output} >= restored


def test_saves_are_made_by_time_and_only_the_newest_are_kept(
    hadoop: Hadoop, jobs: Jobs
) -> None:
    timed = ["--save-every", "1500", "--save-keep", "2", "--save-inc", "true"]
    application_id = jobs.start(*timed)

    def newest() -> int:
        found = saves(hadoop, application_id)
        complete = [each for each in found if each["state"] == "COMPLETE"]
        assert len(complete) <= 2
        return max((each["number"] for each in complete), default=0)

    eventually(lambda: newest() >= 5, lambda: str(saves(hadoop, application_id)))
    jobs.stop(application_id)
    last, before = saves(hadoop, OUT)
    assert last["who"] == "the schedule"
    whole = saved_files(hadoop, last["urls"][0])
    assert len(whole) == last["files"]
    thinned = saved_files(hadoop, before["urls"][0])
    assert len(thinned) < before["files"]
    assert {name.rpartition("/")[2] for name in whole} >= {"checkpoint-000005.json"}
    restored = [*job(workers=1, steps=1), "--restore", before["urls"][0]]
    run_well(hadoop, "save", *restored)
    output = hadoop.hdfs.files(f"{OUT}/model")
    assert len(output) == before["files"]


# ---- what goes wrong


def agents(hadoop: Hadoop, application_id: str) -> list[psutil.Process]:
    """Return the agents' processes, by container."""
    found = [
        process
        for process in hadoop.processes(application_id)
        if "xlearning.container" in process.cmdline()
    ]
    return sorted(found, key=lambda process: process.environ()["CONTAINER_ID"])


def write_and_hold(folder: Path, workers: int) -> list[str]:
    """Return a job whose workers write a model and wait."""
    write = f"echo weights > model/weights; exec sh hold.sh {folder}"
    return [
        *SMALL,
        *("--files", str(PROGRAMS / "hold.sh")),
        *("--launch-cmd", f'sh -c "{write}"'),
        *("--worker-num", str(workers), "--output", f"{OUT}#model"),
    ]


def test_a_worker_killed_in_the_middle_of_a_save_makes_it_absent(
    hadoop: Hadoop, tmp_path: Path
) -> None:
    # The job bears the loss, so that it can tell of the save.
    bears = ["--conf", "xlearning.container.maxFailures.rate=1.0"]
    arguments = [*write_and_hold(tmp_path, 2), *bears]
    with Held(hadoop, tmp_path, *arguments, workers=2) as held:
        kept = save(hadoop, held.id)
        _, second = agents(hadoop, held.id)
        second.send_signal(signal.SIGSTOP)  # it hears of the save and does not report
        assert hadoop.xl("save", held.id).code == 0

        def half() -> bool:
            shown = saves(hadoop, held.id)[0]
            return (shown["state"], shown["done"]) == ("SAVING", 1)

        eventually(half, lambda: str(saves(hadoop, held.id)))
        temporary = [e["pathSuffix"] for e in hadoop.hdfs.entries(f"{OUT}/_temporary")]
        assert any(name.startswith("save-") for name in temporary)
        second.kill()

        def failed() -> bool:
            return bool(saves(hadoop, held.id)[0]["state"] == "FAILED")

        eventually(failed, lambda: str(saves(hadoop, held.id)))
        problem = saves(hadoop, held.id)[0]["problem"]
        assert problem == "worker 1 ended before its part was saved"
        assert [each["name"] for each in saves(hadoop, OUT)] == [kept["name"]]
        held.let_go()
        assert held.client.wait().code == 0
    hadoop.assert_nothing_left(held.id)
    assert [each["name"] for each in saves(hadoop, OUT)] == [kept["name"]]
    names = {entry["pathSuffix"] for entry in hadoop.hdfs.entries(OUT)}
    assert f"interResult_{kept['name']}" in names
    assert len([n for n in names if n.startswith("interResult_")]) == 1
    assert "_temporary" not in names


def test_a_save_that_does_not_come_to_an_end_is_given_up_and_the_job_goes_on(
    hadoop: Hadoop, tmp_path: Path
) -> None:
    soon = ["--conf", "xlearning.interresult.upload.timeout=3000"]
    arguments = [*write_and_hold(tmp_path, 1), *soon]
    with Held(hadoop, tmp_path, *arguments) as held:
        [agent] = agents(hadoop, held.id)
        agent.send_signal(signal.SIGSTOP)
        refused = hadoop.xl("save", held.id, "--wait")
        agent.send_signal(signal.SIGCONT)
        assert refused.code == 6
        assert "not complete within 3 s: worker 0" in refused.stderr
        assert save(hadoop, held.id)["state"] == "COMPLETE"
        held.let_go()
        assert held.client.wait().code == 0
    hadoop.assert_nothing_left(held.id)


def test_what_cannot_be_saved_is_told(hadoop: Hadoop, tmp_path: Path) -> None:
    with Held(hadoop, tmp_path) as held:
        refused = hadoop.xl("save", held.id, "--wait")
        assert refused.code == 5
        assert "the job has no --output" in refused.stderr
    gone = hadoop.xl("saves", f"{BASE}/nowhere")
    assert gone.code == 2
    assert "does not exist" in gone.stderr
