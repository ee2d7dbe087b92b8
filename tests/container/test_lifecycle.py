"""Who decides what, time, and any order of events."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.container.stories import OUTPUT, Story, a_view, an_assignment
from xlearning.container.actions import Exit, KillTree, Report, TerminateTree
from xlearning.container.assignment import Phase, SaveOrder, SaveResult, Upload
from xlearning.container.events import (
    Assigned,
    Attached,
    Detached,
    Event,
    GpusHeld,
    InputFetched,
    MemoryExceeded,
    Need,
    NeedUnmet,
    OutputsUploaded,
    PortHeld,
    PreparationFailed,
    Received,
    Released,
    SaveAsked,
    SaveCancelled,
    SaveFinished,
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
from xlearning.container.lifecycle import LEAVE_S, LONELY_S
from xlearning.job.causes import CauseKind

EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Attached),
    st.builds(Detached),
    st.builds(
        Assigned,
        st.builds(
            an_assignment,
            outputs=st.sampled_from([(), (OUTPUT,)]),
            ports=st.integers(0, 2),
            gpus=st.integers(0, 2),
        ),
    ),
    st.builds(ViewArrived, st.builds(a_view, st.integers(0, 2))),
    st.builds(StopAsked, st.floats(0, 9), st.booleans()),
    st.builds(Received, st.integers(0, 2)),
    st.builds(Released),
    st.builds(InputFetched),
    st.builds(PortHeld, st.just("n1:20001")),
    st.builds(GpusHeld, st.just(("GPU-1",))),
    st.builds(NeedUnmet, st.sampled_from([Need.PORT, Need.GPUS]), st.text("ab")),
    st.builds(PreparationFailed, st.just(CauseKind.INPUT), st.just("it is gone")),
    st.builds(TrainerStarted),
    st.builds(TrainerRefused, st.just("no such program")),
    st.builds(TrainerExited, st.sampled_from([0, 1, -9]), st.just("boom")),
    st.builds(TreeEnded),
    st.builds(MemoryExceeded, st.just(600), st.just(512)),
    st.builds(
        StreamFailed,
        st.sampled_from([CauseKind.INPUT, CauseKind.OUTPUT]),
        st.just("it is damaged"),
    ),
    st.builds(OutputsUploaded, st.just((Upload(OUTPUT.url, 1, 2),))),
    st.builds(UploadFailed, st.just("disk is full")),
    st.builds(
        SaveAsked, st.builds(SaveOrder, st.integers(1, 3), st.just(0), st.just(()))
    ),
    st.builds(SaveCancelled, st.integers(1, 3)),
    st.builds(SaveFinished, st.builds(SaveResult, st.integers(1, 3))),
    st.builds(Terminated),
    st.builds(Ticked),
)


@settings(max_examples=300)
@given(st.lists(st.tuples(EVENTS, st.sampled_from([0.0, 0.3, 2.0, 70.0])), max_size=30))
def test_any_order_of_events_keeps_the_invariants(
    events: list[tuple[Event, float]],
) -> None:
    story = Story()
    for event, after_s in events:
        if isinstance(event, Received):
            event = Received(min(event.count, story.state.reported))
        story.play(event, after_s=after_s)


@given(st.lists(EVENTS, max_size=20), st.booleans())
def test_an_agent_that_is_left_alone_ends(events: list[Event], obeys: bool) -> None:
    """Whatever happened: without an ApplicationMaster, time alone ends every agent."""
    story = Story()
    for event in events:
        if not isinstance(event, Received):
            story.play(event)
    story.play(Detached())
    for _ in range(200):
        if story.state.phase is Phase.OVER:
            break
        assert story.deadline_s is not None, "waits for ever"
        actions = story.play(Ticked(), after_s=max(0.0, story.deadline_s))
        if obeys and TerminateTree() in actions:
            story.play(TrainerExited(-15, ""), TreeEnded())
    assert len(story.exit_codes) == 1


def test_every_event_is_among_the_tried() -> None:
    assert len(get_args(Event)) == 25


def test_a_life_without_trouble() -> None:
    story = Story().ended()
    assert story.phases == [Phase.LOCALISING, Phase.READY, Phase.RUNNING, Phase.ENDED]
    assert story.play(Received(4)) == []
    assert story.play(Released()) == [Exit(0)]


@pytest.mark.parametrize("again", [Assigned(an_assignment()), ViewArrived(a_view())])
def test_a_command_that_is_said_again_changes_nothing(again: Event) -> None:
    assert Story().running().play(again) == []


def test_a_program_over_its_memory_is_ended() -> None:
    story = Story().running()
    assert story.play(MemoryExceeded(600, 512)) == [TerminateTree()]
    story.play(TrainerExited(-15, "Killed"), TreeEnded())
    cause = story.reports[-1].cause
    assert cause is not None
    assert cause.kind is CauseKind.MEMORY
    assert cause.detail == "used 600 MiB of 512 MiB allowed"


def test_without_an_application_master_the_trainer_is_stopped() -> None:
    story = Story().running()
    story.play(Detached())
    story.play(Detached(), after_s=10.0)
    assert story.deadline_s == LONELY_S - 10.0
    assert story.play(Ticked(), after_s=LONELY_S - 11.0) == []
    assert story.play(Ticked(), after_s=1.0) == [TerminateTree()]
    assert story.play(Ticked(), after_s=1.0) == [KillTree()]
    assert story.play(TrainerExited(-9, ""), TreeEnded()) == [Exit(1)]


def test_an_application_master_that_comes_back_in_time_keeps_it_running() -> None:
    story = Story().running()
    story.play(Detached())
    story.play(Attached(), after_s=LONELY_S - 1.0)
    assert story.deadline_s is None


def test_an_agent_that_has_told_everything_does_not_wait_long() -> None:
    story = Story().ended()
    story.play(Received(4), Detached())
    assert story.deadline_s == LEAVE_S
    assert story.play(Ticked(), after_s=LEAVE_S) == [Exit(0)]


def test_an_end_that_did_not_arrive_is_kept_longer() -> None:
    story = Story().ended()
    story.play(Received(3), Detached())
    assert story.deadline_s == LONELY_S


def test_only_news_is_told() -> None:
    story = Story().running()
    assert story.play(TrainerStarted()) == []
    assert not [one for one in story.play(Ticked()) if isinstance(one, Report)]
