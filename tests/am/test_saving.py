"""Saves of the model: who takes part, what makes one, what makes it absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.am.conftest import Story, make_job
from xlearning.am import saving
from xlearning.am.actions import (
    Action,
    CancelSave,
    CommitOutputs,
    CommitSave,
    DiscardOutputs,
    DiscardSave,
    SaveTask,
    StopTask,
)
from xlearning.am.events import (
    AgentAttached,
    AgentDetached,
    AnyEvent,
    ContainerCompleted,
    SaveAsked,
    SaveLost,
    SaveMade,
    StopRequested,
    TaskEnded,
    TaskSaved,
    TaskSaving,
    Ticked,
)
from xlearning.am.overview import Telemetry, snapshot
from xlearning.am.waiting import waiting_on
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.spec import (
    OutputLayout,
    OutputSpec,
    OutputStrategy,
    SaveOptions,
)
from xlearning.job.states import JobPhase, Outcome, SaveState

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.snapshot import SaveView
    from xlearning.job.spec import JobSpec

OUT = "hdfs://nn:8020/out"
NAME = "1970_01_01_00_01_40"
TEMPORARY = f"{OUT}/_temporary/save-{NAME}"
WELL, BADLY = Cause(CauseKind.SUCCEEDED), Cause(CauseKind.EXITED, 1)


@pytest.fixture
def story(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> Callable[..., Story]:
    """Return the maker of jobs of two running workers with one output."""

    def make(
        *, spec_changes: dict[str, object] | None = None, **saves: object
    ) -> Story:
        spec = msgspec.structs.replace(
            job(worker=2),
            outputs=(OutputSpec(OUT, "model"),),
            saves=SaveOptions(**saves),  # type: ignore[arg-type]
            **(spec_changes or {}),
        )
        told = tell(spec)
        told.run("worker", "worker")
        told.now = 100.0
        return told

    return make


def containers(told: Story) -> list[str]:
    return [task.container_id for task in told.state.tasks.values()]


def has_saved(told: Story, index: int, number: int = 1, **facts: Any) -> list[Action]:
    """Let a worker report that it has saved a file."""
    given: dict[str, Any] = {"files": 1, "bytes": 10, "copied_bytes": 10, **facts}
    return told.tell(TaskSaved(containers(told)[index], 0, number, **given))


def view(told: Story, number: int = 1) -> SaveView:
    saves = snapshot(told.state, {}, told.now).saves
    return next(save for save in saves if save.number == number)


def complete_one(told: Story, number: int = 1, **facts: Any) -> None:
    told.tell(SaveAsked("alice"))
    for index in range(2):
        has_saved(told, index, number)
    told.tell(SaveMade(number, **facts))


def said(told: Story) -> str:
    return told.state.messages[-1].text


def test_every_running_worker_is_told_where_its_files_go(
    story: Callable[..., Story],
) -> None:
    told = story()
    first, second = containers(told)
    orders = told.tell(SaveAsked("alice"))
    assert [order.container_id for order in orders if isinstance(order, SaveTask)] == [
        first,
        second,
    ]
    [order, _] = orders
    assert isinstance(order, SaveTask)
    assert (order.number, order.previous) == (1, 0)
    [place] = order.places
    assert (place.local, place.url, place.folder) == ("model", TEMPORARY, first)
    assert place.list_url == f"{TEMPORARY}/_save/worker-0.json"
    assert said(told) == f"saving the model ... {NAME}, asked for by alice"
    assert view(told).state is SaveState.SAVING


def test_a_save_gets_its_name_when_all_have_reported(
    story: Callable[..., Story],
) -> None:
    told = story(keep=3)
    told.tell(SaveAsked("alice"))
    assert has_saved(told, 0) == []
    assert (view(told).done, view(told).tasks) == (1, 2)
    [commit] = has_saved(told, 1)
    assert isinstance(commit, CommitSave)
    assert commit.temporary_urls == (TEMPORARY,)
    manifest = commit.manifest
    assert [output.url for output in manifest.outputs] == [f"{OUT}/interResult_{NAME}"]
    assert [(task.role, task.index) for task in manifest.tasks] == [
        ("worker", 0),
        ("worker", 1),
    ]
    assert (manifest.counts, manifest.files, manifest.bytes) == ({"worker": 2}, 2, 20)
    assert commit.options.keep == 3
    told.tell(SaveMade(1))
    assert view(told).state is SaveState.COMPLETE
    assert said(told) == f"saved the model completed! {NAME}: 2 files, 20 bytes"


def test_what_is_copied_so_far_is_shown(story: Callable[..., Story]) -> None:
    told = story()
    told.tell(SaveAsked("alice"))
    has_saved(told, 0)
    first, second = told.state.tasks
    said = {first: Telemetry(0, saved_bytes=99), second: Telemetry(0, saved_bytes=7)}
    assert snapshot(told.state, said, 1.0).saves[0].copied_bytes == 10 + 7
    old = {second: Telemetry(1, saved_bytes=7)}
    assert snapshot(told.state, old, 1.0).saves[0].copied_bytes == 10


def test_the_folders_are_named_as_in_the_final_output(
    job: Callable[..., JobSpec], story: Callable[..., Story]
) -> None:
    data = msgspec.structs.replace(job(worker=2).data, layout=OutputLayout.TASK)
    told = story(spec_changes={"data": data})
    orders = [o for o in told.tell(SaveAsked("alice")) if isinstance(o, SaveTask)]
    assert [order.places[0].folder for order in orders] == ["worker-0", "worker-1"]


def test_with_overwriting_it_is_written_beside_the_old_output(
    job: Callable[..., JobSpec], story: Callable[..., Story]
) -> None:
    data = msgspec.structs.replace(job(worker=2).data, overwrite_output=True)
    told = story(spec_changes={"data": data})
    [order, _] = told.tell(SaveAsked("alice"))
    assert isinstance(order, SaveTask)
    assert "/.out.new.application_" in order.places[0].url
    assert view(told).urls == (f"{OUT}/interResult_{NAME}",)


def test_who_asks_during_a_save_gets_that_one(story: Callable[..., Story]) -> None:
    told = story()
    told.tell(SaveAsked("alice"))
    assert saving.next_number(told.state) == 1
    assert told.tell(SaveAsked("bob")) == []
    assert said(told) == f"bob asked for a save: {NAME} is under way already"
    assert len(told.state.saves) == 1


def test_two_saves_in_a_second_have_two_names(story: Callable[..., Story]) -> None:
    told = story()
    complete_one(told, 1)
    complete_one(told, 2)
    assert [view(told, n).name[-2:] for n in (1, 2)] == ["40", "41"]


def test_a_task_that_fails_makes_the_save_absent(story: Callable[..., Story]) -> None:
    told = story()
    told.tell(SaveAsked("alice"))
    has_saved(told, 0)
    actions = told.tell(TaskEnded(containers(told)[1], 0, BADLY))
    assert DiscardSave((TEMPORARY,)) in actions
    assert view(told).state is SaveState.FAILED
    assert view(told).problem == "worker 1 ended before its part was saved"
    assert has_saved(told, 1) == []


def test_so_does_a_container_that_is_lost(story: Callable[..., Story]) -> None:
    told = story()
    told.tell(SaveAsked("alice"))
    actions = told.tell(ContainerCompleted(containers(told)[0], 137, "killed"))
    assert DiscardSave((TEMPORARY,)) in actions
    assert CancelSave(containers(told)[1], 1) in actions


def test_and_a_task_that_cannot_save(story: Callable[..., Story]) -> None:
    told = story()
    told.tell(SaveAsked("alice"))
    refused = TaskSaved(containers(told)[0], 0, 1, problem="disk quota exceeded")
    actions = told.tell(refused)
    assert actions == [
        CancelSave(containers(told)[0], 1),
        CancelSave(containers(told)[1], 1),
        DiscardSave((TEMPORARY,)),
    ]
    assert said(told) == (
        f"the model was not saved ({NAME}): worker 0: disk quota exceeded"
    )
    assert told.state.phase is JobPhase.RUNNING


def test_a_task_that_ends_well_drops_out(story: Callable[..., Story]) -> None:
    told = story()
    told.tell(SaveAsked("alice"))
    has_saved(told, 0)
    told.tell(TaskSaving(containers(told)[1], 0))
    assert view(told).state is SaveState.SAVING
    [_, commit] = told.tell(TaskEnded(containers(told)[1], 0, WELL, (OUT,)))
    assert isinstance(commit, CommitSave)
    assert [task.index for task in commit.manifest.tasks] == [0]
    assert (view(told).done, view(told).tasks) == (1, 1)


def test_a_save_that_all_drop_out_of_is_none(story: Callable[..., Story]) -> None:
    told = story()
    told.tell(SaveAsked("alice"))
    for container in containers(told):
        told.tell(TaskEnded(container, 0, WELL, (OUT,)))
    assert view(told).problem == "all its tasks ended well meanwhile"


def test_nothing_is_no_save(story: Callable[..., Story]) -> None:
    told = story()
    told.tell(SaveAsked("alice"))
    has_saved(told, 0, files=0)
    lefts = TaskSaved(
        containers(told)[1], 0, 1, left_out=("model/log",), left_out_count=7
    )
    actions = told.tell(lefts)
    assert actions == [DiscardSave((TEMPORARY,))]
    assert view(told).problem == (
        "there is nothing to save yet; left out, because they changed all the time: "
        "worker 1: model/log …"
    )


def test_a_save_that_takes_too_long_is_given_up(story: Callable[..., Story]) -> None:
    told = story(timeout_s=60.0)
    told.tell(SaveAsked("alice"))
    has_saved(told, 0)
    told.now += 61.0
    actions = told.tell(Ticked())
    assert CancelSave(containers(told)[1], 1) in actions
    assert view(told).problem == "not complete within 60 s: worker 1"


def test_a_deadline_of_an_older_save_does_not_count(
    story: Callable[..., Story],
) -> None:
    told = story(timeout_s=60.0)
    complete_one(told)
    told.now += 30.0
    told.tell(SaveAsked("alice"))
    told.now += 31.0
    assert told.tell(Ticked()) == []
    assert view(told, 2).state is SaveState.SAVING


def test_saves_are_made_by_time(story: Callable[..., Story]) -> None:
    told = story(every_s=300.0)
    told.now = 300.0
    orders = told.tell(Ticked())
    assert len(orders) == 2
    assert view(told).who == "the schedule"
    told.now = 600.0
    assert told.tell(Ticked()) == []  # the first one is not complete yet
    has_saved(told, 0)
    has_saved(told, 1)
    told.tell(SaveMade(1))
    told.now = 900.0
    assert len(told.tell(Ticked())) == 2


def test_a_job_without_output_is_never_saved_by_time(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    told = tell(msgspec.structs.replace(job(worker=1), saves=SaveOptions(every_s=1.0)))
    told.run("worker")
    assert "save" not in [kind for _, kind, _ in told.state.timers]
    told.tell(SaveAsked("alice"))
    assert said(told) == (
        "no save for alice: the job has no --output, so that there is nothing to save"
    )


def test_what_stands_in_the_way_is_told(
    job: Callable[..., JobSpec],
    tell: Callable[[JobSpec], Story],
    story: Callable[..., Story],
) -> None:
    outputs = (OutputSpec(OUT, "model"),)
    early = tell(msgspec.structs.replace(job(worker=1), outputs=outputs))
    assert "not yet" in saving.obstacle(early.state)
    early.begin("worker")
    assert "none of the tasks" in saving.obstacle(early.state)
    data = msgspec.structs.replace(
        job(worker=2).data, output_strategy=OutputStrategy.STREAM
    )
    assert "stream" in saving.obstacle(story(spec_changes={"data": data}).state)
    told = story()
    assert saving.obstacle(told.state) == ""
    told.tell(StopRequested("alice"))
    assert "any more" in saving.obstacle(told.state)


def test_an_agent_that_comes_back_is_told_again(story: Callable[..., Story]) -> None:
    told = story()
    first, second = containers(told)
    told.tell(AgentDetached(first))
    orders = told.tell(SaveAsked("alice"))
    assert [order.container_id for order in orders if isinstance(order, SaveTask)] == [
        second
    ]
    again = told.tell(AgentAttached(first))
    assert [a.number for a in again if isinstance(a, SaveTask)] == [1]
    has_saved(told, 0)
    told.tell(AgentDetached(first))
    again = told.tell(AgentAttached(first))
    assert not [a for a in again if isinstance(a, SaveTask)]


def test_reports_of_others_do_not_count(story: Callable[..., Story]) -> None:
    told = story()
    assert has_saved(told, 0) == []
    told.tell(SaveAsked("alice"))
    assert has_saved(told, 0, number=7) == []
    told.tell(TaskSaved(containers(told)[0], 3, 1))
    told.tell(TaskSaved("container_1700000000000_0001_01_000099", 0, 1))
    has_saved(told, 0)
    has_saved(told, 0)
    assert view(told).done == 1


def test_an_incremental_save_builds_on_the_newest_complete_one(
    story: Callable[..., Story],
) -> None:
    told = story(incremental=True)
    complete_one(told, 1)
    told.tell(SaveAsked("alice"))
    told.tell(TaskSaved(containers(told)[0], 0, 2, problem="no"))
    told.now += 5.0
    [order, _] = told.tell(SaveAsked("alice"))
    assert isinstance(order, SaveTask)
    assert (order.number, order.previous) == (3, 1)
    has_saved(told, 0, 3)
    [commit] = has_saved(told, 1, 3)
    assert isinstance(commit, CommitSave)
    assert commit.manifest.previous == NAME


@pytest.mark.parametrize("settled", [True, False])
def test_not_on_one_that_is_not_whole(
    story: Callable[..., Story], settled: bool
) -> None:
    told = story(incremental=True)
    complete_one(told, 1, settled=settled)
    [order, _] = told.tell(SaveAsked("alice"))
    assert isinstance(order, SaveTask)
    assert order.previous == (1 if settled else 0)


def test_nor_after_one_that_could_not_be_named(story: Callable[..., Story]) -> None:
    told = story(incremental=True)
    complete_one(told, 1)
    told.tell(SaveAsked("alice"))
    has_saved(told, 0, 2)
    has_saved(told, 1, 2)
    told.tell(SaveLost(2, "a file is gone"))
    assert view(told, 2).problem == "a file is gone"
    [order, _] = told.tell(SaveAsked("alice"))
    assert isinstance(order, SaveTask)
    assert order.previous == 0


def test_deleted_saves_are_not_shown(story: Callable[..., Story]) -> None:
    told = story(keep=1)
    complete_one(told, 1)
    complete_one(told, 2, deleted=(NAME,))
    assert [save.number for save in told.state.saves] == [2]
    assert saving.next_number(told.state) == 3


def test_results_that_nobody_waits_for_change_nothing(
    story: Callable[..., Story],
) -> None:
    told = story()
    told.tell(SaveMade(1))
    told.tell(SaveLost(1, "no"))
    told.tell(SaveAsked("alice"))
    told.tell(SaveMade(1))
    told.tell(SaveLost(1, "no"))
    assert view(told).state is SaveState.SAVING


def test_only_the_newest_saves_are_remembered(story: Callable[..., Story]) -> None:
    told = story()
    for number in range(1, saving.SAVES_SHOWN + 3):
        told.now += 1.0
        complete_one(told, number)
    assert len(told.state.saves) == saving.SAVES_SHOWN
    assert told.state.saves[0].number == 3


# ---- the end of the job


def test_a_save_in_copying_does_not_hold_up_the_end(
    story: Callable[..., Story],
) -> None:
    told = story()
    told.tell(SaveAsked("alice"))
    actions = told.tell(StopRequested("alice"))
    assert [a for a in actions if isinstance(a, StopTask)]
    stopped = Cause(CauseKind.STOPPED)
    actions = []
    for container in containers(told):
        actions += told.tell(TaskEnded(container, 0, stopped))
        actions += told.tell(ContainerCompleted(container, 0, ""))
    assert DiscardSave((TEMPORARY,)) in actions
    assert DiscardOutputs((OUT,)) in actions
    assert view(told).state is SaveState.FAILED


def test_a_save_that_is_being_named_is_waited_for(story: Callable[..., Story]) -> None:
    told = story()
    told.tell(SaveAsked("alice"))
    has_saved(told, 0)
    has_saved(told, 1)
    end_well(told)
    assert told.state.phase is JobPhase.STOPPING
    assert [each.what for each in waiting_on(told.state)] == ["a save is in place"]
    actions = told.tell(SaveMade(1))
    assert isinstance(actions[0], CommitOutputs)


def test_but_not_for_ever(story: Callable[..., Story]) -> None:
    told = story()
    told.tell(SaveAsked("alice"))
    has_saved(told, 0)
    has_saved(told, 1)
    end_well(told)
    while told.state.phase is JobPhase.STOPPING:
        deadline = told.state.next_deadline()
        assert deadline is not None
        told.now = max(told.now, deadline)
        assert told.now < 200.0
        told.tell(Ticked())
    assert told.state.phase is JobPhase.COMMITTING
    assert view(told).problem == "the job ended before it was complete"
    assert told.state.verdict is not None
    assert told.state.verdict.outcome is Outcome.SUCCEEDED
    told.tell(SaveMade(1))
    assert view(told).state is SaveState.FAILED


def end_well(told: Story) -> None:
    for container in containers(told):
        told.tell(TaskEnded(container, 0, WELL, (OUT,)))
        told.tell(ContainerCompleted(container, 0, ""))


# ---- in any order

C = [f"container_1700000000000_0001_01_{number:06}" for number in (2, 3)]
EVENTS: st.SearchStrategy[AnyEvent] = st.one_of(
    st.just(SaveAsked("alice")),
    st.builds(
        TaskSaved,
        st.sampled_from(C),
        st.just(0),
        st.integers(1, 3),
        files=st.integers(0, 1),
        problem=st.sampled_from(["", "", "", "disk full"]),
    ),
    st.builds(SaveMade, st.integers(1, 3), settled=st.booleans()),
    st.builds(SaveLost, st.integers(1, 3), st.just("a file is gone")),
    st.builds(
        TaskEnded, st.sampled_from(C), st.just(0), st.sampled_from([WELL, BADLY])
    ),
    st.builds(AgentDetached, st.sampled_from(C)),
    st.builds(AgentAttached, st.sampled_from(C)),
    st.builds(ContainerCompleted, st.sampled_from(C), st.just(0), st.just("")),
    st.just(StopRequested("alice")),
    st.just(Ticked()),
)


@given(st.lists(st.tuples(EVENTS, st.sampled_from([0.0, 1.0, 70.0])), max_size=25))
@settings(max_examples=300, deadline=None)
def test_any_order_of_events_keeps_the_invariants_and_lets_the_job_end(
    events: list[tuple[AnyEvent, float]],
) -> None:
    spec = msgspec.structs.replace(
        make_job(worker=2),
        outputs=(OutputSpec(OUT, "model"),),
        saves=SaveOptions(every_s=50.0, timeout_s=60.0, incremental=True),
    )
    told = Story(spec)
    told.run("worker", "worker")
    for event, pause_s in events:
        told.now += pause_s
        told.tell(event)
    told.tell(StopRequested("alice"))
    for container in C:
        told.tell(ContainerCompleted(container, 0, ""))
    until = told.now + 120.0
    while told.state.phase is JobPhase.STOPPING:
        deadline = told.state.next_deadline()
        assert deadline is not None, "the end waits for ever"
        told.now = max(told.now, deadline)
        assert told.now < until, "the end takes too long"
        told.tell(Ticked())
    assert saving.current(told.state) is None
