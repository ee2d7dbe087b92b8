"""The one-machine YARN is killed while a job runs on it: nothing is lost."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.local_yarn import LocalYarn
from tests.e2e.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILLS = 30
LIFE_S = 2.5
"""From the acceptance of the job below to its end, about."""
SMALL = ("--am-memory", "512M", "--worker-memory", "128M", "--queue", "default")
PROGRAM = "sh -c 'echo one; sleep 0.5; echo two'"
JOB = (*SMALL, "--worker-num", "2", "--launch-cmd", PROGRAM)


@pytest.fixture
def yarn(tmp_path: Path) -> Iterator[LocalYarn]:
    found = LocalYarn(tmp_path)
    yield found
    found.down()


def test_an_attached_client_sees_the_job_to_its_end(
    yarn: LocalYarn, tmp_path: Path
) -> None:
    done = tmp_path / "done"
    loop = f"touch {tmp_path}/began; while [ ! -e {done} ]; do sleep 0.1; done"
    words = ("xl-submit", "--master", "local", *SMALL, "--worker-num", "1")
    client = yarn.start(*words, "--launch-cmd", f"sh -c '{loop}'")
    eventually((tmp_path / "began").exists, lambda: client.seen().text)
    yarn.kill()
    eventually(lambda: "does not answer" in client.seen().text, "the client notices")
    yarn.up()
    application_id = client.application_id()
    eventually(
        lambda: yarn.report(application_id)["state"] == "RUNNING",
        lambda: f"registered again: {yarn.report(application_id)}",
    )
    assert len(yarn.report(application_id)["amContainerLogs"]) > 0
    done.touch()
    ended = client.wait()
    assert ended.code == 0, ended.text
    assert "answers again" in ended.text
    assert yarn.final_report(application_id)["finalStatus"] == "SUCCEEDED"
    yarn.assert_nothing_left()


@pytest.mark.timeout(600)
def test_killed_at_any_moment_of_a_job_s_life(yarn: LocalYarn) -> None:
    moments = random.Random(20)
    yarn.up()
    for number in range(KILLS):
        accepted = yarn.submit(*JOB, "--detach")
        assert accepted.code == 0, accepted.text
        application_id = accepted.application_id
        assert application_id is not None
        moment_s = moments.uniform(0, LIFE_S)
        time.sleep(moment_s)
        before = yarn.report(application_id)["state"]
        yarn.kill()
        yarn.up()
        report = yarn.final_report(application_id)
        said = f"kill {number} after {moment_s:.2f} s ({before}): {report}"
        assert (report["state"], report["finalStatus"]) == (
            "FINISHED",
            "SUCCEEDED",
        ), said
        yarn.assert_nothing_left()
        assert len(yarn.home.applications()[-1].attempts) == 1, said
