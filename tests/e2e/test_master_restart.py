"""An ApplicationMaster is killed: its programs run on, and the next one goes on.

At any moment of a job's life on the one-machine YARN; while programs run, and at the
commit of their output, on a real Hadoop.
"""

from __future__ import annotations

import random
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.e2e.local_yarn import LocalYarn
from tests.e2e.test_failures import SMALL, Held, assert_failed
from tests.e2e.waiting import eventually
from xlearning.am.events import OutputsCommitted, TaskEnded
from xlearning.am.journal import decode_lines
from xlearning.job.environment import JOURNAL_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.hadoop import Hadoop
    from tests.e2e.submission import Running
    from xlearning.am.events import Event

KILLS = 20
LIFE_S = 3.0
"""From the acceptance of the job below to its end, about."""
JOB = (*SMALL, "--worker-num", "2")
BASE = "/tmp/master-restart"


@pytest.fixture
def yarn(tmp_path: Path) -> Iterator[LocalYarn]:
    found = LocalYarn(tmp_path)
    yield found
    found.down()


def master_of(application_id: str) -> psutil.Process | None:
    """Return the process of an ApplicationMaster, None when there is none now."""
    mark = f"_{application_id.removeprefix('application_')}_"
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            own = process.environ().get("CONTAINER_ID", "")
        except psutil.Error:
            continue
        if mark in own and own.endswith("_000001") and words[-1:] == ["xlearning.am"]:
            return process
    return None


def kill(master: psutil.Process) -> None:
    """Kill an ApplicationMaster, and wait until it is dead."""
    master.send_signal(signal.SIGKILL)
    master.wait(10)


@pytest.mark.timeout(600)
def test_killed_at_any_moment_of_a_job_s_life(yarn: LocalYarn, tmp_path: Path) -> None:
    moments = random.Random(7)
    yarn.up()
    survived = 0
    for number in range(KILLS):
        out = tmp_path / f"out{number}"
        write = "mkdir -p model; sleep 0.5; echo $XL_INDEX > model/part"
        output = ("--output", f"file://{out}#model", "--output-layout", "task")
        accepted = yarn.submit(
            *JOB, *output, "--detach", "--launch-cmd", f"sh -c '{write}'"
        )
        assert accepted.code == 0, accepted.text
        application_id = accepted.application_id
        assert application_id is not None
        moment_s = moments.uniform(0, LIFE_S)
        time.sleep(moment_s)
        master = master_of(application_id)
        if master is not None:
            kill(master)
        report = yarn.final_report(application_id)
        said = f"kill {number} after {moment_s:.2f} s: {report}"
        assert (report["state"], report["finalStatus"]) == (
            "FINISHED",
            "SUCCEEDED",
        ), said
        yarn.assert_nothing_left()
        found = {str(path.relative_to(out)) for path in out.rglob("*")}
        parts = {"worker-0", "worker-0/part", "worker-1", "worker-1/part"}
        assert found == {"_SUCCESS", *parts}, said
        assert (out / "worker-1" / "part").read_text() == "1\n"
        survived += len(yarn.home.applications()[-1].attempts) == 2
    assert survived >= KILLS // 3, "most of the kills came before or after the job"


@pytest.mark.releases
def test_programs_run_on_without_it(hadoop: Hadoop, tmp_path: Path) -> None:
    with Held(hadoop, tmp_path, *SMALL, workers=2) as held:
        agents = {process.pid for process in agents_of(hadoop, held.id)}
        wait_until_yarn_knows(hadoop, held, 3)
        kill(the_master_of(held.id))
        wait_for_the_next(held)
        assert {process.pid for process in agents_of(hadoop, held.id)} == agents
        assert "2 of 2 containers are there" in held.client.seen().text
        status = hadoop.xl("status", held.id).text
        assert status.count("RUNNING") == 4, status  # application, phase, two workers
        held.let_go()
        ended = held.client.wait()
        assert ended.code == 0, ended.text
    report = hadoop.final_report(held.id)
    assert (report["state"], report["finalStatus"]) == ("FINISHED", "SUCCEEDED")
    hadoop.assert_nothing_left(held.id)


def test_killed_before_yarn_has_seen_that_programs_run(
    hadoop: Hadoop, tmp_path: Path
) -> None:
    """It ends such containers, and their programs begin anew."""
    with Held(hadoop, tmp_path, *SMALL, workers=2) as held:
        kill(the_master_of(held.id))
        wait_for_the_next(held)
        held.let_go()
        ended = held.client.wait()
        assert ended.code == 0, ended.text
    report = hadoop.final_report(held.id)
    assert (report["state"], report["finalStatus"]) == ("FINISHED", "SUCCEEDED")
    hadoop.assert_nothing_left(held.id)


def test_killed_as_often_as_yarn_starts_it(hadoop: Hadoop, held: Held) -> None:
    wait_until_yarn_knows(hadoop, held, 2)
    kill(the_master_of(held.id))
    wait_for_the_next(held)
    kill(the_master_of(held.id))
    ended = held.client.wait()
    report = assert_failed(hadoop, ended, "137", state="FAILED")
    assert "failed 2 times" in report["diagnostics"]


@pytest.fixture
def held(hadoop: Hadoop, tmp_path: Path) -> Iterator[Held]:
    """A job with one worker that runs."""
    with Held(hadoop, tmp_path) as job:
        yield job


@pytest.mark.parametrize("moment_s", [0.0, 0.05, 0.1, 0.2])
def test_between_upload_and_commit(
    hadoop: Hadoop, tmp_path: Path, moment_s: float
) -> None:
    out, go = f"{BASE}/{int(moment_s * 1000)}", tmp_path / "go"
    hadoop.hdfs.delete(out)
    output = ("--output", f"{out}#model", "--output-layout", "task")
    loop = f"echo $TF_INDEX > model/text; while [ ! -e {go} ]; do sleep 0.1; done"
    job = (*JOB, *output, "--launch-cmd", f"sh -c '{loop}'")
    client = hadoop.start("xl-submit", *job)
    try:
        application_id = client.application_id()
        eventually(lambda: "2 running" in client.seen().text, "both run", 60.0)
        master, journal = the_master_of(application_id), journal_of(hadoop, client)
        go.touch()
        wait_for(lambda: count(journal, TaskEnded) == 2)
        time.sleep(moment_s)
        with suppress(psutil.NoSuchProcess):
            kill(master)
        said = f"{count(journal, OutputsCommitted)} committed before it was killed"
        ended = client.wait()
    finally:
        client.process.kill()
    assert ended.code == 0, f"{said}: {ended.text}"
    report = hadoop.final_report(application_id)
    assert (report["state"], report["finalStatus"]) == ("FINISHED", "SUCCEEDED"), said
    files = hadoop.hdfs.files(out)
    assert files == {
        "_SUCCESS": b"",
        "worker-0/text": b"0\n",
        "worker-1/text": b"1\n",
    }, said
    hadoop.assert_nothing_left(application_id)


def the_master_of(application_id: str) -> psutil.Process:
    found = master_of(application_id)
    assert found is not None
    return found


def wait_until_yarn_knows(hadoop: Hadoop, held: Held, containers: int) -> None:
    """Wait until the ResourceManager has heard that all containers run."""
    eventually(
        lambda: hadoop.containers_running(held.id) == containers,
        lambda: f"{containers} containers, not {hadoop.containers_running(held.id)}",
        30.0,
    )


def wait_for_the_next(held: Held) -> None:
    """Wait until the second attempt has taken over."""
    went_on = "attempt 2 of the ApplicationMaster goes on"
    eventually(
        lambda: went_on in held.client.seen().text,
        lambda: held.client.seen().text,
        90.0,
    )


def agents_of(hadoop: Hadoop, application_id: str) -> list[psutil.Process]:
    """Return the agents of an application."""
    found = hadoop.processes(application_id)
    return [each for each in found if "xlearning.container" in each.cmdline()]


def journal_of(hadoop: Hadoop, client: Running) -> Path:
    """Return the journal of the first attempt, in its container's log folder."""
    container = f"{client.application_id()}/*_01_000001/{JOURNAL_FILE}"
    (found,) = hadoop.layout.data.glob(f"nodemanager*/container-logs/{container}")
    return found


def count(journal: Path, kind: type[Event]) -> int:
    """Return how many events of a kind are in a journal."""
    lines = decode_lines(journal.read_bytes())
    return sum(isinstance(line.event, kind) for line in lines)


def wait_for(condition: Callable[[], bool]) -> None:
    """Look very often: what is waited for lasts for a moment."""
    until = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.002)
