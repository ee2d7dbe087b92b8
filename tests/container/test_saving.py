"""When a save is begun, told, and cut off."""

from __future__ import annotations

import pytest

from tests.container.stories import OUTPUT, Story
from xlearning.container.actions import BeginSave, CutSave, Exit, LetGo, Report
from xlearning.container.assignment import Phase, SaveOrder, SaveResult, TaskReport
from xlearning.container.events import (
    Event,
    OutputsUploaded,
    Received,
    Released,
    SaveAsked,
    SaveCancelled,
    SaveFinished,
    StopAsked,
    Terminated,
    TrainerExited,
    TreeEnded,
)

FIRST, SECOND = SaveOrder(1, 0, ()), SaveOrder(2, 1, ())


def saved(number: int) -> SaveFinished:
    return SaveFinished(SaveResult(number, files=3))


def test_a_save_is_made_and_told_while_the_trainer_runs() -> None:
    story = Story().running()
    begun = story.play(SaveAsked(FIRST))
    assert begun == [BeginSave(FIRST, story.state.assigned)]
    told = story.play(saved(1))
    report = TaskReport(0, Phase.RUNNING, save=SaveResult(1, files=3))
    assert told == [Report(report)]
    assert story.play(saved(1)) == []


def test_an_order_that_is_said_again_is_begun_once() -> None:
    story = Story().running()
    story.play(SaveAsked(FIRST))
    assert story.play(SaveAsked(FIRST)) == []
    story.play(saved(1))
    assert story.play(SaveAsked(FIRST)) == []


def test_a_newer_save_takes_the_place_of_an_older_one() -> None:
    story = Story().running()
    story.play(SaveAsked(FIRST))
    assert story.play(SaveAsked(SECOND)) == [
        CutSave(),
        BeginSave(SECOND, story.state.assigned),
    ]
    assert story.play(saved(1)) == []
    assert story.play(saved(2)) != []


def test_a_save_that_was_given_up_is_cut_off() -> None:
    story = Story().running()
    story.play(SaveAsked(FIRST))
    assert story.play(SaveCancelled(7)) == []
    assert story.play(SaveCancelled(1)) == [CutSave()]
    assert story.play(SaveCancelled(1)) == []
    assert story.play(saved(1)) == []


@pytest.mark.parametrize("story", [Story().ready(), Story().ended()])
def test_without_a_program_there_is_nothing_to_save(story: Story) -> None:
    phase = story.state.phase
    [told] = story.play(SaveAsked(FIRST))
    assert isinstance(told, Report)
    assert told.report.save == SaveResult(
        1, problem=f"its program does not run ({phase})"
    )


def test_an_agent_without_a_task_says_nothing() -> None:
    assert Story().play(SaveAsked(FIRST)) == []


def test_a_save_goes_on_while_the_outputs_are_uploaded() -> None:
    story = Story().running(outputs=(OUTPUT,))
    story.play(SaveAsked(FIRST))
    story.play(TrainerExited(0, ""), TreeEnded())
    assert story.state.phase is Phase.SAVING
    assert story.play(saved(1)) != []
    assert [action for action in story.actions if action == CutSave()] == []


@pytest.mark.parametrize(
    "end",
    [
        [TrainerExited(0, ""), TreeEnded(), OutputsUploaded(())],
        [TrainerExited(1, ""), TreeEnded()],
        [StopAsked(1.0, keep_outputs=False), TrainerExited(-15, ""), TreeEnded()],
        [Terminated(), TrainerExited(-15, ""), TreeEnded()],
    ],
)
def test_the_end_of_a_task_cuts_its_save_off(end: list[Event]) -> None:
    story = Story().running(outputs=(OUTPUT,))
    story.play(SaveAsked(FIRST))
    [cut, *rest] = story.play(*end)
    assert cut == CutSave()
    assert LetGo() in rest or isinstance(rest[0], Exit)
    assert story.play(saved(1)) == []


def test_an_agent_that_is_over_begins_nothing() -> None:
    story = Story().ended()
    story.play(Received(4), Released())
    assert story.play(SaveAsked(FIRST)) == []
