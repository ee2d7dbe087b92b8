from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.client.watch import (
    PAGE_FAILURES_SAID,
    PATIENCE_S,
    STOP_DEADLINE_S,
    UNKNOWN_PATIENCE_S,
    Stopping,
    Watch,
    decide,
    pause_s,
)
from xlearning.client.watch_events import (
    Action,
    Answered,
    Ask,
    AskMaster,
    ClusterLost,
    Draw,
    Event,
    HungUp,
    Interrupted,
    JobUnknown,
    Kill,
    Leave,
    PageLost,
    ReportSeen,
    Say,
    SnapshotSeen,
    StopRefused,
)
from xlearning.hadoop.reports import ApplicationReport
from xlearning.job.snapshot import JobSnapshot, Message, TaskView, Waiting
from xlearning.job.states import JobPhase, TaskState

ID = "application_1700000000000_0001"
ACCEPTED = ApplicationReport(ID, "ACCEPTED")
RUNNING = ApplicationReport(ID, "RUNNING", tracking_url="http://rm/proxy/x/")
SUCCEEDED = ApplicationReport(ID, "FINISHED", "SUCCEEDED")
FAILED = ApplicationReport(ID, "FINISHED", "FAILED", diagnostics="worker 0 exited")
ENDINGS = {
    "succeeded": SUCCEEDED,
    "failed": FAILED,
    "killed": ApplicationReport(ID, "KILLED", "KILLED", diagnostics="by me"),
}


def snapshot(
    *texts: str,
    attempt: int = 1,
    waiting: tuple[str, ...] = (),
    state: TaskState = TaskState.RUNNING,
    progress: float = 0.0,
    moved: tuple[int, int] = (0, 0),
    phase: JobPhase = JobPhase.RUNNING,
) -> JobSnapshot:
    return JobSnapshot(
        cursor=len(texts),
        application_id=ID,
        attempt=attempt,
        name="demo",
        application_type="TENSORFLOW",
        user="alice",
        queue="default",
        phase=phase,
        started_ms=0,
        now_ms=0,
        tasks=(
            TaskView(
                "worker",
                0,
                0,
                state,
                "container_1",
                moved_bytes=moved[0],
                total_bytes=moved[1],
            ),
        ),
        progress=progress,
        waiting_on=tuple(Waiting(each, 0, "queue") for each in waiting),
        messages=tuple(Message(n + 1, 0, text) for n, text in enumerate(texts)),
    )


def said(actions: list[Action]) -> list[str]:
    return [action.text for action in actions if isinstance(action, Say)]


def running(**options: bool) -> Watch:
    watch = Watch(ID, **options)  # type: ignore[arg-type]
    decide(watch, ReportSeen(RUNNING), 0.0)
    return watch


def test_each_state_is_said_once_in_xlearnings_words() -> None:
    watch = Watch(ID)
    line = f"Application report for {ID} (state: ACCEPTED)"
    assert decide(watch, ReportSeen(ACCEPTED), 0.0) == [Say(line)]
    assert decide(watch, ReportSeen(ACCEPTED), 0.5) == []


def test_why_it_waits_for_its_master_is_said_when_it_lasts() -> None:
    report = replace(
        ACCEPTED,
        diagnostics="[Tue Nov 24 06:00:00 +0000 2026] Queue's AM resource limit "
        "exceeded.  Details : AM Partition = <DEFAULT_PARTITION>; 17",
    )
    watch = Watch(ID)
    assert len(decide(watch, ReportSeen(report), 0.0)) == 1
    line = "Waiting: Queue's AM resource limit exceeded"
    assert decide(watch, ReportSeen(report), PATIENCE_S) == [Say(line)]
    assert decide(watch, ReportSeen(report), 99.0) == []


def test_a_wait_that_comes_again_is_said_again() -> None:
    watch = running()
    wait, none = snapshot(waiting=("2 workers wait",)), snapshot()
    for event, now in [(wait, 0.0), (wait, 2.0), (none, 3.0), (wait, 4.0)]:
        decide(watch, SnapshotSeen(event), now)
    assert "Waiting: 2 workers wait (queue)" in said(
        decide(watch, SnapshotSeen(wait), 6.0)
    )


def test_a_report_between_two_snapshots_does_not_end_a_wait() -> None:
    watch = running()
    event = SnapshotSeen(snapshot(waiting=("2 workers wait",)))
    lines: list[str] = []
    for second in range(6):
        lines += said(decide(watch, ReportSeen(RUNNING), float(second)))
        lines += said(decide(watch, event, float(second)))
    assert lines.count("Waiting: 2 workers wait (queue)") == 1


def test_messages_are_shown_once() -> None:
    watch = running()
    assert said(decide(watch, SnapshotSeen(snapshot("a")), 1.0))[0] == "a"
    assert said(decide(watch, SnapshotSeen(snapshot("a", "b")), 2.0)) == ["b"]
    assert watch.message == 2


def test_a_later_master_goes_on_counting() -> None:
    watch = running()
    decide(watch, SnapshotSeen(snapshot("a", "b")), 1.0)
    begins = snapshot(attempt=2, phase=JobPhase.STARTING)
    assert said(decide(watch, SnapshotSeen(begins), 2.0)) == []
    goes_on = snapshot("a", "b", "c", attempt=2)
    assert said(decide(watch, SnapshotSeen(goes_on), 3.0)) == ["c"]


def test_a_master_that_begins_anew_counts_from_one_again() -> None:
    watch = running()
    decide(watch, SnapshotSeen(snapshot("a", "b")), 1.0)
    again = snapshot("c", attempt=2)
    assert said(decide(watch, SnapshotSeen(again), 2.0)) == ["c"]


def test_containers_are_counted_by_state() -> None:
    watch = running()
    assert decide(watch, SnapshotSeen(snapshot()), 1.0) == [
        Say("Containers: 1 running")
    ]
    waiting = snapshot(state=TaskState.WAITING)
    assert decide(watch, SnapshotSeen(waiting), 2.0) == [Say("Containers: 1 waiting")]


def test_a_terminal_gets_a_bar_and_no_such_lines() -> None:
    watch = running(terminal=True)
    seen = snapshot(progress=0.5, waiting=("the queue",))
    assert decide(watch, SnapshotSeen(seen), 1.0) == [
        Draw(0.5, "1 running · the queue")
    ]


def test_moved_data_is_said_in_tenths_and_drawn() -> None:
    watch = running()
    fetching = TaskState.LOCALISING
    decide(watch, SnapshotSeen(snapshot(state=fetching)), 1.0)
    seen = [
        said(decide(watch, SnapshotSeen(snapshot(state=fetching, moved=m)), 2.0))
        for m in ((0, 4096), (1024, 4096), (1030, 4096), (4096, 4096))
    ]
    assert seen == [
        [],
        ["Moved: input 1.00 of 4.00 KiB"],
        [],
        ["Moved: input 4.00 of 4.00 KiB"],
    ]
    saving = snapshot(state=TaskState.SAVING, moved=(1, 2))
    assert decide(running(terminal=True), SnapshotSeen(saving), 1.0) == [
        Draw(0.0, "1 saving · output 1 byte of 2 bytes")
    ]


def test_progress_is_said_in_tenths() -> None:
    watch = running()
    decide(watch, SnapshotSeen(snapshot()), 1.0)
    seen = [
        said(decide(watch, SnapshotSeen(snapshot(progress=p)), 2.0))
        for p in (0.05, 0.1, 0.15, 0.31)
    ]
    assert seen == [[], ["Progress: 10%"], [], ["Progress: 31%"]]


@pytest.mark.parametrize(
    ("ending", "code"), [("succeeded", 0), ("failed", 2), ("killed", 2)]
)
def test_the_end_gives_the_exit_code(ending: str, code: int) -> None:
    actions = decide(running(), ReportSeen(ENDINGS[ending]), 9.0)
    assert actions[-1] == Leave(code, ended=True)


def test_success_is_said_in_xlearnings_words() -> None:
    actions = decide(running(), ReportSeen(SUCCEEDED), 9.0)
    assert said(actions)[-1] == "Application completed successfully"


def test_failure_is_said_with_reason_and_hint() -> None:
    lines = said(decide(running(), ReportSeen(FAILED), 9.0))
    assert lines[1:3] == ["Application run failed!", "worker 0 exited"]
    assert lines[-1].startswith(f"hint: `xl logs {ID}`")


def test_a_detached_client_leaves_when_the_job_is_accepted() -> None:
    watch = Watch(ID, detach=True)
    submitted = replace(ACCEPTED, state="SUBMITTED")
    assert Leave(0) not in decide(watch, ReportSeen(submitted), 0.0)
    assert decide(watch, ReportSeen(ACCEPTED), 0.0)[-1] == Leave(0)


def test_a_detached_client_tells_that_the_job_was_refused() -> None:
    watch = Watch(ID, detach=True)
    actions = decide(watch, ReportSeen(replace(FAILED, state="FAILED")), 0.0)
    assert actions[-1] == Leave(2, ended=True)


def test_ctrl_c_asks_first_and_a_second_one_means_yes() -> None:
    watch = running(terminal=True)
    assert decide(watch, Interrupted(), 1.0) == [Ask()]
    stop = decide(watch, Interrupted(), 2.0)
    assert [type(action) for action in stop] == [Say, AskMaster]
    assert watch.stopping is Stopping.ASKED_MASTER


def test_the_answer_counts() -> None:
    watch = running(terminal=True)
    decide(watch, Interrupted(), 1.0)
    assert decide(watch, Answered(False), 2.0) == [Say("The job goes on")]
    decide(watch, Interrupted(), 3.0)
    assert AskMaster in map(type, decide(watch, Answered(True), 4.0))
    assert decide(watch, Answered(True), 5.0) == []


def test_without_a_terminal_ctrl_c_stops_at_once() -> None:
    assert AskMaster in map(type, decide(running(), Interrupted(), 1.0))


def test_a_job_without_master_is_killed() -> None:
    watch = Watch(ID)
    decide(watch, ReportSeen(ACCEPTED), 0.0)
    assert Kill in map(type, decide(watch, Interrupted(), 1.0))


def test_a_job_that_does_not_end_is_killed_once() -> None:
    watch = running()
    decide(watch, Interrupted(), 1.0)
    assert decide(watch, ReportSeen(RUNNING), STOP_DEADLINE_S) == []
    late = 1.0 + STOP_DEADLINE_S
    assert Kill in map(type, decide(watch, ReportSeen(RUNNING), late))
    assert decide(watch, ReportSeen(RUNNING), late + 1) == []


def test_a_master_that_cannot_be_asked_is_killed() -> None:
    watch = running()
    decide(watch, Interrupted(), 1.0)
    assert Kill in map(type, decide(watch, StopRefused("gone"), 1.1))


def test_more_presses_kill_and_then_leave() -> None:
    watch = running()
    decide(watch, Interrupted(), 1.0)
    assert Kill in map(type, decide(watch, Interrupted(), 2.0))
    assert decide(watch, Interrupted(), 3.0)[-1] == Leave(1)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_other_signals_leave_the_job_and_say_how_to_come_back(name: str) -> None:
    say, leave = decide(running(), HungUp(name), 1.0)
    assert isinstance(say, Say)
    assert name in say.text
    assert f"xl status {ID}" in say.text
    assert leave == Leave(1)


def test_a_silent_resourcemanager_is_told_once_and_asked_less_often() -> None:
    watch = running()
    assert len(decide(watch, ClusterLost("refused"), 10.0)) == 1
    first = pause_s(watch)
    assert decide(watch, ClusterLost("refused"), 11.0) == []
    assert pause_s(watch) > first
    for _ in range(20):
        decide(watch, ClusterLost("refused"), 12.0)
    assert pause_s(watch) == 10.0
    line = "The ResourceManager answers again after 30 s"
    assert said(decide(watch, ReportSeen(RUNNING), 40.0)) == [line]
    assert pause_s(watch) <= 1.0


def test_a_job_that_is_unknown_after_a_restart_is_waited_for() -> None:
    watch = running()
    decide(watch, ClusterLost("refused"), 10.0)
    assert decide(watch, JobUnknown("not found"), 12.0) == []
    line = "The ResourceManager answers again after 3 s"
    assert said(decide(watch, ReportSeen(RUNNING), 13.0)) == [line]


def test_a_job_that_stays_unknown_is_given_up() -> None:
    watch = running()
    (say,) = decide(watch, JobUnknown("not found"), 10.0)
    assert isinstance(say, Say)
    over = decide(watch, JobUnknown("not found"), 10.0 + UNKNOWN_PATIENCE_S)
    assert over == [Say("error: not found"), Leave(1)]


def test_a_silent_page_is_told_when_it_lasts() -> None:
    watch = running()
    lines = [
        said(decide(watch, PageLost("500"), float(n)))
        for n in range(PAGE_FAILURES_SAID + 3)
    ]
    assert sum(map(len, lines)) == 1
    assert len(lines[PAGE_FAILURES_SAID - 1]) == 1
    back = said(decide(watch, SnapshotSeen(snapshot()), 99.0))
    assert back[0] == "The ApplicationMaster answers again"


def test_the_pause_grows_while_nothing_changes() -> None:
    watch = running()
    pauses = []
    for second in range(12):
        decide(watch, ReportSeen(RUNNING), float(second))
        pauses.append(pause_s(watch))
    assert pauses == sorted(pauses)
    assert pauses[-1] == 1.0


EVENTS: list[Event] = [
    ReportSeen(ACCEPTED),
    ReportSeen(RUNNING),
    ReportSeen(SUCCEEDED),
    SnapshotSeen(snapshot("a")),
    SnapshotSeen(snapshot("a", "b", attempt=2, progress=1.0)),
    PageLost("x"),
    ClusterLost("x"),
    Interrupted(),
    Answered(True),
    Answered(False),
    StopRefused("x"),
    HungUp("SIGTERM"),
]


@given(st.lists(st.sampled_from(EVENTS), max_size=40), st.booleans())
def test_any_order_of_events_asks_and_kills_sensibly(
    events: list[Event], terminal: bool
) -> None:
    watch = Watch(ID, terminal=terminal)
    for now, event in enumerate(events):
        actions = decide(watch, event, float(now))
        if Ask() in actions:
            assert terminal
        if any(isinstance(action, Kill) for action in actions):
            assert watch.stopping is Stopping.KILLED
        if isinstance(event, ReportSeen) and event.report is SUCCEEDED:
            assert actions[-1] == Leave(0, ended=True)
        assert 0.25 <= pause_s(watch) <= 10.0
