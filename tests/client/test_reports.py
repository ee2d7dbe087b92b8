from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.client.reports import (
    Movement,
    ending_lines,
    is_final,
    movements,
    reason_lines,
    succeeded,
    waiting_reason,
)
from xlearning.hadoop.reports import ApplicationReport
from xlearning.job.snapshot import JobSnapshot, TaskView
from xlearning.job.states import JobPhase, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., JobSnapshot]

ID = "application_1700000000000_0001"


@pytest.fixture
def snapshot_of_tasks() -> Maker:
    """Makes the snapshot of a job with these tasks."""

    def make(*tasks: TaskView) -> JobSnapshot:
        return JobSnapshot(
            cursor=1,
            application_id=ID,
            attempt=1,
            name="demo",
            application_type="XLEARNING",
            user="alice",
            queue="default",
            phase=JobPhase.RUNNING,
            started_ms=0,
            now_ms=0,
            tasks=tasks,
        )

    return make


@pytest.mark.parametrize(
    ("state", "status", "final", "good"),
    [
        ("RUNNING", "UNDEFINED", False, False),
        ("FINISHED", "SUCCEEDED", True, True),
        ("FINISHED", "KILLED", True, False),
        ("KILLED", "KILLED", True, False),
        ("FAILED", "FAILED", True, False),
    ],
)
def test_ends_are_told_apart(state: str, status: str, final: bool, good: bool) -> None:
    report = ApplicationReport(ID, state, status)
    assert (is_final(report), succeeded(report)) == (final, good)


def test_yarns_reason_for_waiting_has_no_stamp_and_no_numbers() -> None:
    diagnostics = (
        "[Tue Nov 24 06:00:00 +0000 2026] Application is added to the scheduler and is "
        "not yet activated. Queue's AM resource limit exceeded.  Details : AM "
        "Partition = <DEFAULT_PARTITION>; AM Resource Request = <memory:1024>"
    )
    report = ApplicationReport(ID, "ACCEPTED", diagnostics=diagnostics)
    assert waiting_reason(report) == (
        "Application is added to the scheduler and is not yet activated. "
        "Queue's AM resource limit exceeded",
    )
    assert waiting_reason(ApplicationReport(ID, "ACCEPTED")) == ()
    assert waiting_reason(ApplicationReport(ID, "RUNNING", diagnostics="x")) == ()


def test_stack_traces_and_repetitions_are_left_out() -> None:
    diagnostics = (
        "Application failed 1 times\n\n"
        "java.io.IOException: no\n"
        "\tat org.apache.hadoop.Foo.bar(Foo.java:17)\n"
        "\t... 12 more\n"
        "java.io.IOException: no\n"
    )
    assert reason_lines(diagnostics) == [
        "Application failed 1 times",
        "java.io.IOException: no",
    ]


def test_long_reasons_are_cut_and_say_so() -> None:
    lines = reason_lines("\n".join(map(str, range(100))))
    assert len(lines) == 13
    assert lines[-1].startswith("(88 more lines")


def test_an_end_without_words_tells_the_state() -> None:
    lines = ending_lines(ApplicationReport(ID, "KILLED", "KILLED"))
    assert lines[:2] == [
        "Application run failed!",
        "it ended as KILLED, final status KILLED",
    ]


def test_movements_of_all_tasks_are_added_up(snapshot_of_tasks: Maker) -> None:
    moving = movements(
        snapshot_of_tasks(
            TaskView(
                "worker", 0, 0, TaskState.LOCALISING, moved_bytes=1, total_bytes=4
            ),
            TaskView(
                "worker", 1, 0, TaskState.LOCALISING, moved_bytes=2, total_bytes=4
            ),
            TaskView("worker", 2, 0, TaskState.SAVING, moved_bytes=3, total_bytes=3),
            TaskView("worker", 3, 0, TaskState.RUNNING, moved_bytes=5, total_bytes=5),
            TaskView("worker", 4, 0, TaskState.RUNNING),
        )
    )
    assert moving == [Movement("input", 8, 13), Movement("output", 3, 3)]
    assert [each.tenth for each in moving] == [6, 10]
    assert moving[0].words == "input 8 of 13 bytes"
    assert movements(snapshot_of_tasks()) == []
