"""Input, port and devices before the trainer."""

from __future__ import annotations

import pytest

from tests.container.stories import Story, a_job, a_view, an_assignment
from xlearning.container.actions import (
    CancelTransfers,
    Fulfil,
    LetGo,
    Report,
    SpawnTrainer,
)
from xlearning.container.assignment import Phase, TaskReport
from xlearning.container.events import (
    Assigned,
    Event,
    GpusHeld,
    InputFetched,
    Need,
    NeedUnmet,
    PortHeld,
    PreparationFailed,
    Ticked,
    ViewArrived,
)
from xlearning.container.preparation import PATIENCE_S, RETRY_S
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.spec import JobOptions

WAITING = NeedUnmet(Need.GPUS, "2 free GPUs")


def test_a_task_gets_what_it_needs_and_no_more() -> None:
    plain, full = an_assignment(), an_assignment(ports=1, gpus=2)
    said = Report(TaskReport(0, Phase.LOCALISING))
    assert Story().play(Assigned(plain)) == [said, Fulfil(Need.INPUT, plain)]
    assert Story().play(Assigned(full)) == [
        said,
        Fulfil(Need.GPUS, full),
        Fulfil(Need.INPUT, full),
        Fulfil(Need.PORT, full),
    ]


def test_a_task_is_ready_when_it_has_everything() -> None:
    story = Story()
    story.play(Assigned(an_assignment(ports=1, gpus=1)))
    assert story.play(PortHeld("n1:20001")) == []
    assert story.play(InputFetched()) == []
    ready = TaskReport(0, Phase.READY, "n1:20001", ("GPU-1",))
    assert story.play(GpusHeld(("GPU-1",))) == [Report(ready)]


def test_a_task_without_ports_has_to_have_the_interface_too() -> None:
    job = a_job(options=JobOptions(interface="ib0"))
    plain = an_assignment(job=job)
    assert Story().play(Assigned(plain))[-1] == Fulfil(Need.PORT, plain)
    story = Story()
    story.play(Assigned(plain), PreparationFailed(CauseKind.NETWORK, "n1 has none"))
    assert story.reports[-1].cause == Cause(CauseKind.NETWORK, 0, "n1 has none")


def test_the_trainer_starts_with_the_view() -> None:
    story = Story().ready()
    assert story.play(ViewArrived(a_view())) == [
        SpawnTrainer(an_assignment(), a_view(), ())
    ]


def test_a_view_that_comes_early_waits_and_the_newest_counts() -> None:
    story = Story()
    story.play(Assigned(an_assignment()))
    assert story.play(ViewArrived(a_view(2)), ViewArrived(a_view(1))) == []
    report, spawn = story.play(InputFetched())
    assert report == Report(TaskReport(0, Phase.READY))
    assert spawn == SpawnTrainer(an_assignment(), a_view(2), ())


def test_a_view_of_an_older_generation_is_refused() -> None:
    story = Story()
    story.play(Assigned(an_assignment()), ViewArrived(a_view(5)))
    story.play(ViewArrived(a_view(4)))
    assert story.state.view == a_view(5)


def test_what_is_waited_for_is_told_once() -> None:
    story = Story()
    story.play(Assigned(an_assignment(gpus=2)))
    waits = TaskReport(0, Phase.LOCALISING, waiting_for="2 free GPUs")
    assert story.play(WAITING) == [Report(waits)]
    assert story.play(WAITING) == []
    assert story.deadline_s == RETRY_S
    [again] = story.play(Ticked(), after_s=RETRY_S)
    assert again == Fulfil(Need.GPUS, an_assignment(gpus=2))
    assert story.play(GpusHeld(("1", "2"))) == [Report(TaskReport(0, Phase.LOCALISING))]
    assert story.deadline_s is None
    assert story.play(InputFetched()) == [
        Report(TaskReport(0, Phase.READY, gpus=("1", "2")))
    ]


def test_two_things_that_are_waited_for_are_both_named() -> None:
    story = Story()
    story.play(Assigned(an_assignment(ports=1, gpus=2)), WAITING)
    story.play(NeedUnmet(Need.PORT, "a free port"), after_s=0.2)
    assert story.reports[-1].waiting_for == "2 free GPUs; a free port"
    story.play(GpusHeld(("1", "2")))
    assert story.reports[-1].waiting_for == "a free port"


@pytest.mark.parametrize(
    ("unmet", "kind"),
    [
        (WAITING, CauseKind.GPU),
        (NeedUnmet(Need.PORT, "2 free GPUs"), CauseKind.PORT),
    ],
)
def test_what_does_not_come_free_is_given_up(unmet: Event, kind: CauseKind) -> None:
    story = Story()
    story.play(Assigned(an_assignment(ports=1, gpus=2)), unmet)
    ended = TaskReport(0, Phase.ENDED, cause=Cause(kind, 0, "2 free GPUs"))
    actions = story.play(Ticked(), after_s=PATIENCE_S)
    assert actions == [CancelTransfers(), LetGo(), Report(ended)]


def test_input_that_cannot_be_fetched_ends_the_try() -> None:
    story = Story()
    story.play(Assigned(an_assignment()))
    story.play(PreparationFailed(CauseKind.INPUT, "`hdfs://nn/a` is gone"))
    cause = Cause(CauseKind.INPUT, 0, "`hdfs://nn/a` is gone")
    assert story.reports[-1].cause == cause


@pytest.mark.parametrize(
    "late",
    [
        InputFetched(),
        PortHeld("n1:1"),
        GpusHeld(("1",)),
        WAITING,
        PreparationFailed(CauseKind.INPUT, "late"),
        ViewArrived(a_view()),
    ],
)
def test_what_comes_after_the_end_changes_nothing(late: Event) -> None:
    assert Story().ended().play(late) == []


def test_a_need_that_is_met_already_is_not_met_again() -> None:
    story = Story()
    story.play(Assigned(an_assignment(ports=1)), InputFetched())
    assert story.play(InputFetched()) == []
    assert story.play(NeedUnmet(Need.INPUT, "late")) == []
