from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.client.conftest import APPLICATION, Script
from tests.client.test_watch import snapshot
from xlearning.client.jobs import Stopper, find_report, job_status
from xlearning.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.hadoop.rest import ResourceManagerRest


def test_a_running_job_is_shown_with_its_masters_view(
    script: Script, rest: ResourceManagerRest
) -> None:
    script.states = ["RUNNING"]
    script.snapshot = snapshot("a")
    status = job_status(rest, APPLICATION)
    assert status.report.state == "RUNNING"
    assert status.snapshot == script.snapshot


def test_a_page_that_does_not_answer_is_told(
    script: Script, rest: ResourceManagerRest
) -> None:
    script.states = ["RUNNING"]
    status = job_status(rest, APPLICATION)
    assert status.snapshot is None
    assert status.page_error


def test_a_job_that_waits_has_no_page(
    script: Script, rest: ResourceManagerRest
) -> None:
    script.states = ["ACCEPTED"]
    assert job_status(rest, APPLICATION).page_error == ""
    assert len(script.asked) == 1


def test_an_unknown_job_is_named(rest: ResourceManagerRest) -> None:
    with pytest.raises(
        ClusterError, match="knows no job `application_1_0002`"
    ) as found:
        find_report(rest, "application_1_0002")
    assert found.value.hint is not None


def test_the_master_is_asked_first(
    script: Script, rest: ResourceManagerRest, say: Callable[[str], None]
) -> None:
    script.states = ["RUNNING"]
    script.snapshot = snapshot()
    report = Stopper(rest, APPLICATION, say=say).stop("stopped by alice")
    assert (report.state, report.final_status) == ("FINISHED", "KILLED")
    assert script.bodies == [{"token": "t0ken", "reason": "stopped by alice"}]


def test_a_master_that_does_not_obey_is_killed(
    script: Script,
    rest: ResourceManagerRest,
    say: Callable[[str], None],
    lines: list[str],
) -> None:
    script.states = ["RUNNING"]
    script.snapshot = snapshot()
    script.obeys = False
    stopper = Stopper(rest, APPLICATION, deadline_s=0.0, say=say)
    assert stopper.stop("by alice").state == "KILLED"
    assert script.bodies[-1] == {"state": "KILLED", "diagnostics": "by alice"}
    assert lines[-2:] == [
        f"Killing {APPLICATION} through YARN",
        f"{APPLICATION} has ended (state: KILLED)",
    ]


@pytest.mark.parametrize("state", ["ACCEPTED", "RUNNING"])
def test_without_a_master_yarn_kills(
    script: Script, rest: ResourceManagerRest, say: Callable[[str], None], state: str
) -> None:
    script.states = [state]
    assert Stopper(rest, APPLICATION, say=say).stop("by alice").state == "KILLED"


def test_a_job_that_has_ended_is_left_alone(
    script: Script,
    rest: ResourceManagerRest,
    say: Callable[[str], None],
    lines: list[str],
) -> None:
    script.states = ["FINISHED"]
    assert Stopper(rest, APPLICATION, say=say).stop("x").state == "FINISHED"
    assert lines == [f"{APPLICATION} has ended already (state: FINISHED)"]
    assert script.bodies == []
