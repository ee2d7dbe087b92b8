from __future__ import annotations

import msgspec

from tests.client.test_watch import snapshot
from xlearning.client.job_text import (
    list_lines,
    moment_text,
    newest_first,
    report_json,
    status_json,
    status_lines,
    waiting_text,
)
from xlearning.client.jobs import JobStatus
from xlearning.hadoop.reports import ApplicationReport
from xlearning.job.snapshot import Waiting
from xlearning.job.states import TaskState

START = 1_700_000_000_000
REPORT = ApplicationReport(
    "application_1700000000000_0001",
    "RUNNING",
    name="demo",
    user="alice",
    queue="root.prod",
    application_type="TENSORFLOW",
    tracking_url="http://rm:8088/proxy/application_1700000000000_0001/",
    started_ms=START,
)


def test_a_running_job_is_described() -> None:
    status = JobStatus(REPORT, snapshot(waiting=("1 worker waits",), progress=0.25))
    lines = status_lines(status, START + 65_000)
    assert lines[0] == "application_1700000000000_0001  RUNNING"
    text = "\n".join(lines)
    for part in (
        "  name:      demo",
        "  time:      1 min 5 s",
        "  progress:  25%",
        "  waiting:   1 worker waits (queue, 0 s)",
        "TASK      STATE    TRY",
        "worker 0  RUNNING  0",
    ):
        assert part in text


def test_data_that_moves_is_shown() -> None:
    moving = snapshot(state=TaskState.SAVING, moved=(1, 2))
    lines = status_lines(JobStatus(REPORT, moving), START)
    assert lines[-2].split()[-2:] == ["DATA", "MOVED"]
    assert lines[-1].endswith("1 byte of 2 bytes")


def test_an_ended_job_tells_why() -> None:
    report = ApplicationReport(
        REPORT.application_id,
        "FINISHED",
        "FAILED",
        diagnostics="worker 0 exited with code 3",
        started_ms=START,
        finished_ms=START + 3_600_000,
    )
    lines = status_lines(JobStatus(report), START * 2)
    assert lines[0].endswith("  FAILED")
    assert "  time:      1 h 0 min" in lines
    assert lines[-1] == "worker 0 exited with code 3"


def test_a_page_that_is_silent_is_mentioned() -> None:
    lines = status_lines(JobStatus(REPORT, page_error="refused"), START)
    assert "  its page:  refused" in lines


def test_the_list_is_aligned_and_the_newest_comes_first() -> None:
    older = ApplicationReport("application_1_0001", "KILLED", user="bob", queue="q")
    lines = list_lines([older, REPORT])
    assert lines[0].split() == ["JOB", "STATE", "USER", "QUEUE", "STARTED", "NAME"]
    assert lines[1].startswith("application_1700000000000_0001  RUNNING  alice  prod")
    assert lines[2].split() == ["application_1_0001", "KILLED", "bob", "q"]
    assert {line.index("R" if n else "S") for n, line in enumerate(lines[:2])} == {32}


def test_the_newest_comes_first() -> None:
    older = ApplicationReport("application_1_0001", "KILLED")
    assert newest_first([older, REPORT]) == [REPORT, older]


def test_json_holds_report_and_snapshot() -> None:
    status = JobStatus(REPORT, snapshot("a"))
    data = msgspec.json.decode(msgspec.json.encode(status_json(status)))
    assert data["job"]["tasks"][0]["state"] == "RUNNING"
    assert data["state"] == report_json(REPORT)["state"] == "RUNNING"


def test_what_is_tried_again_says_until_when() -> None:
    lost = Waiting("`a`: nobody answers", 1000, "the file system", 1_767_225_600_000)
    until = moment_text(1_767_225_600_000)
    about = f"the file system, 9 s, tried until {until}"
    assert waiting_text(lost, "9 s") == f"`a`: nobody answers ({about})"
    plain = Waiting("worker 0 waits", 1000, "queue prod")
    assert waiting_text(plain) == "worker 0 waits (queue prod)"
