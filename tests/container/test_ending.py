"""The order in which a try ends, and what is told of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.container.stories import OUTPUT, Story, a_view, an_assignment
from xlearning.container.actions import (
    CancelTransfers,
    Exit,
    KillTree,
    LetGo,
    Report,
    TerminateTree,
    UploadOutputs,
)
from xlearning.container.assignment import Phase, TaskReport, Upload
from xlearning.container.ending import (
    KILL_AGAIN_S,
    LEFTOVER_GRACE_S,
    MAX_KILLS,
    TERM_GRACE_S,
    exit_code,
)
from xlearning.container.events import (
    Assigned,
    Detached,
    OutputsUploaded,
    Received,
    Released,
    StopAsked,
    StreamFailed,
    Terminated,
    Ticked,
    TrainerExited,
    TrainerRefused,
    TrainerStarted,
    TreeEnded,
    UploadFailed,
    ViewArrived,
)
from xlearning.container.lifecycle import LONELY_S
from xlearning.job.causes import Cause, CauseKind

UPLOAD = Upload(OUTPUT.url, 2, 100)
DELETE_DELAY = "yarn.nodemanager.delete.debug-delay-sec"
STOP = StopAsked(5.0, keep_outputs=False)
STOP_AND_KEEP = StopAsked(5.0, keep_outputs=True)


def last_cause(story: Story) -> Cause:
    """Return why the try ended, as the ApplicationMaster is told."""
    cause = story.reports[-1].cause
    assert cause is not None
    return cause


def test_leftovers_are_ended_before_the_end_is_told() -> None:
    story = Story().running()
    assert story.play(TrainerExited(3, "boom")) == [TerminateTree()]
    assert story.deadline_s == LEFTOVER_GRACE_S
    ended = TaskReport(0, Phase.ENDED, cause=Cause(CauseKind.EXITED, 3, "", "boom"))
    assert story.play(TreeEnded()) == [LetGo(), Report(ended)]


def test_outputs_of_a_good_end_are_uploaded_then_told() -> None:
    story = Story().running(outputs=(OUTPUT,))
    story.play(TrainerExited(0, ""))
    let_go, report, upload = story.play(TreeEnded())
    assert let_go == LetGo()
    assert report == Report(TaskReport(0, Phase.SAVING))
    assert upload == UploadOutputs(an_assignment(outputs=(OUTPUT,)))
    story.play(OutputsUploaded((UPLOAD,)))
    assert story.reports[-1].uploads == (UPLOAD,)
    assert last_cause(story).kind is CauseKind.SUCCEEDED


def test_outputs_of_a_bad_end_are_not_uploaded() -> None:
    story = Story().running(outputs=(OUTPUT,))
    story.play(TrainerExited(1, ""), TreeEnded())
    assert story.state.phase is Phase.ENDED


def test_an_upload_that_fails_fails_the_try() -> None:
    story = Story().saving()
    story.play(UploadFailed("no space is left"))
    assert last_cause(story) == Cause(CauseKind.OUTPUT, 0, "no space is left")


@pytest.mark.parametrize(
    ("delay", "more"),
    [
        ("600", f"; the node keeps its files for 600 s ({DELETE_DELAY})"),
        ("0", ""),
        ("soon", ""),
    ],
)
def test_files_that_the_node_keeps_are_not_lost(delay: str, more: str) -> None:
    assignment = replace(an_assignment(outputs=(OUTPUT,)), hadoop={DELETE_DELAY: delay})
    story = Story().ready(assignment)
    story.play(ViewArrived(a_view()), TrainerStarted(), TrainerExited(0, ""))
    story.play(TreeEnded(), UploadFailed("`/c/model/x` could not be uploaded"))
    assert last_cause(story).detail == f"`/c/model/x` could not be uploaded{more}"


DAMAGED = StreamFailed(CauseKind.INPUT, "`a.gz` is damaged")
UNWRITTEN = StreamFailed(CauseKind.OUTPUT, "`part-0` could not be written")


def test_a_program_that_failed_and_lost_its_port_says_so() -> None:
    story = Story().running()
    story.play(TrainerExited(1, "Address already in use\n"), TreeEnded((20001, 20002)))
    cause = story.reports[-1].cause
    assert cause is not None
    assert (cause.kind, cause.code) == (CauseKind.PORT_LOST, 1)
    assert cause.words.startswith(
        "exited with code 1, and another program has its port: 20001, 20002; "
    )
    assert cause.stderr_tail == "Address already in use\n"


@pytest.mark.parametrize("code", [0, -9])
def test_who_did_not_fail_by_itself_has_lost_nothing(code: int) -> None:
    story = Story().running()
    story.play(TrainerExited(code, ""), TreeEnded((20001,)))
    cause = story.reports[-1].cause
    assert cause is not None
    assert cause.kind is not CauseKind.PORT_LOST


def test_a_stream_that_fails_ends_the_program_and_the_try() -> None:
    story = Story().running()
    assert story.play(DAMAGED) == [TerminateTree()]
    assert story.deadline_s == 1.0
    story.play(TrainerExited(0, "bye"), TreeEnded())
    assert last_cause(story) == Cause(CauseKind.INPUT, 0, DAMAGED.detail, "bye")


def test_a_good_end_whose_records_are_not_all_there_is_none() -> None:
    for failed in (DAMAGED, UNWRITTEN):
        story = Story().running(outputs=(OUTPUT,))
        story.play(TrainerExited(0, ""), failed, TreeEnded())
        assert last_cause(story) == Cause(failed.kind, 0, failed.detail)
        assert not story.reports[-1].uploads


def test_a_bad_end_keeps_its_own_cause() -> None:
    story = Story().running()
    story.play(TrainerExited(3, ""), DAMAGED, TreeEnded())
    assert last_cause(story).kind is CauseKind.EXITED


def test_a_stopped_service_needs_its_output_and_no_input() -> None:
    for failed, kind in ((DAMAGED, "STOPPED"), (UNWRITTEN, "OUTPUT")):
        story = Story().running()
        story.play(STOP_AND_KEEP, failed, TrainerExited(-15, ""), TreeEnded())
        assert last_cause(story).kind == kind
    story = Story().running()
    story.play(STOP, UNWRITTEN, TrainerExited(-15, ""), TreeEnded())
    assert last_cause(story).kind is CauseKind.STOPPED


def test_a_stream_that_fails_while_it_is_waited_for_is_told_by_its_waiting() -> None:
    story = Story().saving()
    assert story.play(UNWRITTEN) == []
    story.play(UploadFailed(UNWRITTEN.detail))
    assert last_cause(story).kind is CauseKind.OUTPUT


def test_a_stop_is_polite_then_hard() -> None:
    story = Story().running()
    assert story.play(STOP) == [TerminateTree()]
    assert story.deadline_s == 5.0
    assert story.play(Ticked(), after_s=5.0) == [KillTree()]
    story.play(TrainerExited(-9, "bye"), TreeEnded())
    assert last_cause(story) == Cause(CauseKind.STOPPED, 0, "", "bye")


def test_a_service_is_stopped_and_its_outputs_are_kept() -> None:
    story = Story().running(outputs=(OUTPUT,))
    story.play(STOP_AND_KEEP, TrainerExited(-15, ""), TreeEnded())
    assert story.state.phase is Phase.SAVING
    story.play(OutputsUploaded((UPLOAD,)))
    assert last_cause(story).kind is CauseKind.STOPPED
    assert story.reports[-1].uploads == (UPLOAD,)


def test_a_second_stop_may_be_harder_and_never_softer() -> None:
    story = Story().running(outputs=(OUTPUT,))
    story.play(STOP_AND_KEEP)
    story.play(StopAsked(60.0, keep_outputs=True))
    assert story.deadline_s == 5.0
    story.play(StopAsked(0.1, keep_outputs=False))
    assert story.deadline_s == pytest.approx(0.1)
    story.play(TrainerExited(-9, ""), TreeEnded())
    assert story.state.phase is Phase.ENDED


def test_a_good_end_whose_outputs_nobody_wants_is_a_stop() -> None:
    story = Story().running(outputs=(OUTPUT,))
    story.play(TrainerExited(0, ""), STOP, TreeEnded())
    assert last_cause(story).kind is CauseKind.STOPPED


def test_a_good_end_without_outputs_stays_good() -> None:
    story = Story().running()
    story.play(TrainerExited(0, ""), STOP, TreeEnded())
    assert last_cause(story).kind is CauseKind.SUCCEEDED


def test_a_stop_before_the_trainer() -> None:
    for story in (Story(), Story().ready()):
        story.play(Assigned(an_assignment()))
        actions = story.play(STOP)
        assert actions[:2] == [CancelTransfers(), LetGo()]
        assert last_cause(story).kind is CauseKind.STOPPED
        assert story.play(ViewArrived(a_view())) == []


def test_a_stop_without_a_task_ends_the_agent() -> None:
    assert Story().play(STOP) == [Exit(0)]


def test_a_stop_while_saving() -> None:
    assert Story().saving().play(STOP_AND_KEEP) == []
    story = Story().saving()
    assert story.play(STOP)[0] == CancelTransfers()
    assert last_cause(story).kind is CauseKind.STOPPED
    assert story.play(OutputsUploaded((UPLOAD,))) == []
    assert story.play(UploadFailed("stopped")) == []


def test_a_stop_after_the_end_changes_nothing() -> None:
    assert Story().ended().play(STOP) == []


def test_a_program_that_cannot_be_executed() -> None:
    story = Story().ready()
    story.play(ViewArrived(a_view()), TrainerRefused("`pyton` is not on the PATH"))
    story.play(TrainerExited(127, ""), TreeEnded())
    assert last_cause(story) == Cause(
        CauseKind.PROGRAM_NOT_FOUND, 0, "`pyton` is not on the PATH"
    )
    assert Phase.RUNNING not in story.phases


def test_news_of_a_trainer_that_is_no_more_changes_nothing() -> None:
    story = Story().ended()
    assert story.play(TrainerExited(1, "")) == []
    assert story.play(TrainerRefused("late")) == []
    assert story.play(TreeEnded()) == []


def test_yarns_term_ends_everything_at_once_and_is_not_told() -> None:
    story = Story().running(outputs=(OUTPUT,))
    assert story.play(Terminated()) == [TerminateTree()]
    assert story.deadline_s == pytest.approx(TERM_GRACE_S)
    assert story.play(Ticked(), after_s=TERM_GRACE_S) == [KillTree()]
    assert story.play(TrainerExited(-9, ""), TreeEnded()) == [Exit(143)]
    assert story.play(Terminated()) == []


def test_yarns_term_without_a_trainer() -> None:
    assert Story().play(Terminated()) == [Exit(143)]
    assert Story().ready().play(Terminated()) == [Exit(143)]
    assert Story().saving().play(Terminated()) == [Exit(143)]


def test_what_cannot_be_killed_is_not_waited_for_for_ever() -> None:
    story = Story().running()
    story.play(StopAsked(0.0, keep_outputs=False))
    for _ in range(MAX_KILLS):
        assert story.play(Ticked(), after_s=KILL_AGAIN_S) == [KillTree()]
    story.play(Ticked(), after_s=KILL_AGAIN_S)
    assert last_cause(story).kind is CauseKind.STOPPED


def test_an_agent_without_a_trainer_and_without_a_master_ends() -> None:
    story = Story().ready()
    story.play(Detached())
    assert story.play(Ticked(), after_s=LONELY_S) == [Exit(1)]


def test_the_release_waits_for_the_last_report() -> None:
    story = Story().ended()
    assert story.play(Released()) == []
    assert story.play(Received(3)) == []
    assert story.play(Received(4)) == [Exit(0)]


def test_a_release_of_an_agent_without_a_task_ends_it() -> None:
    assert Story().play(Released()) == [Exit(0)]


def test_a_release_does_not_end_a_trainer() -> None:
    assert Story().running().play(Released()) == []


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (Cause(CauseKind.SUCCEEDED), 0),
        (Cause(CauseKind.STOPPED), 0),
        (Cause(CauseKind.EXITED, 3), 3),
        (Cause(CauseKind.SIGNALLED, 9), 137),
        (Cause(CauseKind.PROGRAM_NOT_FOUND), 127),
        (Cause(CauseKind.MEMORY), 137),
        (Cause(CauseKind.INPUT), 1),
    ],
)
def test_yarn_is_shown_the_trainers_exit_code(cause: Cause, code: int) -> None:
    assert exit_code(cause) == code
