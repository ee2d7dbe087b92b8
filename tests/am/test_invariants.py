"""Any events in any order keep the invariants, and seeded faults are caught."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlearning.am.actions import (
    Action,
    Ask,
    CommitSave,
    DiscardSave,
    Launch,
    ReleaseContainer,
    SaveTask,
    Start,
)
from xlearning.am.decide import decide
from xlearning.am.events import (
    AgentAttached,
    AgentDetached,
    AgentSilent,
    Allocated,
    AnyEvent,
    AskRefused,
    AttemptEnded,
    CommitFailed,
    ContainerCompleted,
    ContainersAllocated,
    ContainerStarted,
    InputListed,
    InputUnusable,
    OutputsCommitted,
    OutputsDiscarded,
    PreemptionAnnounced,
    Registered,
    ResourceManagerFound,
    ResourceManagerLost,
    ResourceManagerResynced,
    SaveAsked,
    SaveLost,
    SaveMade,
    StartRefused,
    StopRequested,
    TaskEnded,
    TaskLocalising,
    TaskReady,
    TaskRunning,
    TaskSaved,
    TaskSaving,
    TaskTroubled,
    Terminated,
    Ticked,
    Unregistered,
)
from xlearning.am.invariants import Watcher
from xlearning.am.journal import decode_lines, encode_line, replay
from xlearning.am.overview import snapshot
from xlearning.am.state import new_state
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.ids import TaskId, TryId
from xlearning.job.resources import Resources
from xlearning.job.spec import (
    JobSpec,
    OutputSpec,
    Placement,
    RoleSpec,
    RuntimeSpec,
    SaveOptions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.am.state import JobState

SPEC = JobSpec(
    application_id="application_1700000000000_0001",
    name="a job",
    application_type="TENSORFLOW",
    user="alice",
    queue="default",
    priority=3,
    am=Resources(1024, 1),
    roles=(
        RoleSpec("worker", 2, Resources(1024, 1), ("python", "train.py")),
        RoleSpec("evaluator", 1, Resources(512, 1), ("python", "train.py")),
        RoleSpec("ps", 1, Resources(512, 1), ("python", "train.py")),
    ),
    staging_url="hdfs://nn:8020/tmp/staging/application_1700000000000_0001",
    runtime=RuntimeSpec("/opt/xlearning/bin/python"),
    default_fs="hdfs://nn:8020",
    outputs=(OutputSpec("hdfs://nn:8020/out", "model"),),
    saves=SaveOptions(every_s=30.0, timeout_s=60.0, incremental=True),
)
ALONE = msgspec.structs.replace(SPEC, application_type="XLEARNING")
PACKED = msgspec.structs.replace(
    SPEC,
    roles=tuple(
        msgspec.structs.replace(role, placement=Placement.PACK, constrained=True)
        for role in SPEC.roles
    ),
)

numbers = st.integers(1, 9)
tries = st.integers(0, 2)
roles = st.sampled_from(["worker", "evaluator", "ps"])


def container(number: int) -> str:
    return f"container_1700000000000_0001_01_{number:06}"


ids = numbers.map(container)
causes = st.builds(
    Cause,
    st.sampled_from(CauseKind),
    st.sampled_from([0, 1, 9]),
    st.just(""),
    st.sampled_from(["", "Traceback\nValueError: boom\n"]),
)
exit_statuses = st.sampled_from([0, 1, 137, 143, -100, -102, -104, -105, -106, -1000])
uploads = st.sampled_from([(), ("hdfs://nn:8020/out",)])
events: st.SearchStrategy[AnyEvent] = st.one_of(
    st.just(Registered(1, ("memory-mb", "vcores"))),
    st.just(InputListed({})),
    st.builds(InputUnusable, st.just("`/in` is not there"), st.booleans()),
    st.builds(ContainersAllocated, st.just(())),
    st.builds(
        ContainerCompleted,
        ids,
        exit_statuses,
        st.sampled_from(["", "Container released on a *lost* node"]),
    ),
    st.just(AskRefused("too large")),
    st.builds(ContainerStarted, ids),
    st.builds(StartRefused, ids, st.just("connection refused")),
    st.just(ResourceManagerResynced()),
    st.just(ResourceManagerLost("connection refused")),
    st.just(ResourceManagerFound()),
    st.builds(PreemptionAnnounced, st.tuples(ids)),
    st.builds(AgentAttached, ids),
    st.builds(AgentDetached, ids),
    st.builds(AgentSilent, ids, st.just(300.0)),
    st.builds(TaskLocalising, ids, tries, st.sampled_from(["", "a free GPU"])),
    st.builds(TaskReady, ids, tries, st.just("n1:20000")),
    st.builds(TaskRunning, ids, tries),
    st.builds(TaskSaving, ids, tries),
    st.builds(TaskTroubled, ids, tries, st.just("a bad line")),
    st.builds(TaskEnded, ids, tries, causes, uploads),
    st.just(StopRequested("alice")),
    st.just(AttemptEnded("gone")),
    st.just(Terminated()),
    st.just(OutputsCommitted()),
    st.just(CommitFailed("disk full")),
    st.just(OutputsDiscarded()),
    st.just(SaveAsked("alice")),
    st.builds(
        TaskSaved,
        ids,
        tries,
        st.integers(1, 3),
        files=st.integers(0, 1),
        problem=st.sampled_from(["", "", "disk full"]),
    ),
    st.builds(SaveMade, st.integers(1, 3), settled=st.booleans()),
    st.builds(SaveLost, st.integers(1, 3), st.just("a file is gone")),
    st.just(Unregistered()),
    st.just(Ticked()),
    st.builds(Registered, st.integers(1, 3), st.just(()), st.tuples(ids, ids)),
)
# What a cluster does most of the time, so that stories get far.
allocations = st.builds(
    lambda pairs: pairs, st.lists(st.tuples(roles, st.just(0)), min_size=1, max_size=5)
)
steps = st.lists(
    st.tuples(
        st.one_of(events, events, allocations), st.sampled_from([0.0, 0.1, 5.0, 400.0])
    ),
    max_size=60,
)


class Journalled:
    """Runs events through `decide`, watched, and keeps the journal."""

    def __init__(self, spec: JobSpec) -> None:
        self.spec = spec
        self.state = new_state(spec, 0.0)
        self.watcher = Watcher(self.state)
        self.now = 0.0
        self.journal = b""
        self.containers = 0

    def allocate(self, *of_roles: str) -> list[Action]:
        given = []
        for role in of_roles:
            self.containers += 1
            name = container(self.containers)
            given.append(Allocated(name, role, "n1:45454", "n1:8042"))
        return self.tell(ContainersAllocated(tuple(given)))

    def tell(self, event: AnyEvent) -> list[Action]:
        self.journal += encode_line(event, self.now)
        actions = decide(self.state, event, self.now)
        self.watcher.check(event, actions)
        return actions


@given(steps, st.sampled_from([SPEC, ALONE, PACKED]))
@settings(max_examples=400, deadline=None)
def test_any_events_in_any_order_keep_the_invariants(
    story: list[tuple[AnyEvent | list[tuple[str, int]], float]], spec: JobSpec
) -> None:
    told = Journalled(spec)
    told.tell(Registered(1, ()))
    for step, pause in story:
        told.now += pause
        if isinstance(step, list):
            told.allocate(*(role for role, _ in step))
        else:
            told.tell(step)
        snapshot(told.state, {}, told.now)
    lines = decode_lines(told.journal)
    assert replay(spec, 0.0, lines) == told.state


@given(steps)
@settings(max_examples=100, deadline=None)
def test_every_verdict_is_final(
    story: list[tuple[AnyEvent | list[tuple[str, int]], float]],
) -> None:
    told = Journalled(SPEC)
    told.tell(Registered(1, ()))
    outcomes = set()
    for step, pause in story:
        told.now += pause
        if isinstance(step, list):
            told.allocate(*(role for role, _ in step))
        else:
            told.tell(step)
        if told.state.verdict is not None:
            outcomes.add(told.state.verdict.outcome)
    # A success turns into a failure at most once: when its outputs are not in place.
    assert len(outcomes) <= 2


# ---- seeded faults: the watcher has to catch each of them

C1 = container(1)


def keep_a_surplus_container(state: JobState, actions: list[Action]) -> list[Action]:
    return [a for a in actions if not isinstance(a, ReleaseContainer)]


def double_a_try(state: JobState, actions: list[Action]) -> list[Action]:
    launch = next((a for a in actions if isinstance(a, Launch)), None)
    return [*actions, launch] if launch else actions


def launch_one_try_in_two_containers(
    state: JobState, actions: list[Action]
) -> list[Action]:
    first = TryId(TaskId("worker", 0), 0)
    return [
        Launch(a.container_id, first) if isinstance(a, Launch) else a for a in actions
    ]


def ask_for_more_than_is_missing(
    state: JobState, actions: list[Action]
) -> list[Action]:
    return [Ask(a.role, a.count + 1) if isinstance(a, Ask) else a for a in actions]


def want_all_beside_nobody(state: JobState, actions: list[Action]) -> list[Action]:
    return [
        dataclasses.replace(a, beside=a.count) if isinstance(a, Ask) else a
        for a in actions
    ]


def miscount(state: JobState, actions: list[Action]) -> list[Action]:
    state.counts["worker"].clear()
    return actions


def lose_a_waiting_task(state: JobState, actions: list[Action]) -> list[Action]:
    state.free["worker"].clear()
    return actions


def give_an_old_view(state: JobState, actions: list[Action]) -> list[Action]:
    return [
        Start(a.container_ids, msgspec.structs.replace(a.view, generation=-1))
        if isinstance(a, Start)
        else a
        for a in actions
    ]


def commit_a_save_twice(state: JobState, actions: list[Action]) -> list[Action]:
    return actions + [a for a in actions if isinstance(a, CommitSave)]


def commit_a_save_that_is_deleted(
    state: JobState, actions: list[Action]
) -> list[Action]:
    commits = [a for a in actions if isinstance(a, CommitSave)]
    return [*(DiscardSave(a.temporary_urls) for a in commits), *actions]


def commit_a_save_of_nobody(state: JobState, actions: list[Action]) -> list[Action]:
    return [
        dataclasses.replace(a, manifest=msgspec.structs.replace(a.manifest, tasks=()))
        if isinstance(a, CommitSave)
        else a
        for a in actions
    ]


def order_a_save_that_nobody_waits_for(
    state: JobState, actions: list[Action]
) -> list[Action]:
    if any(isinstance(a, SaveTask) for a in actions):
        state.saves[-1].pending.popitem()
    return actions


def begin_two_saves_at_once(state: JobState, actions: list[Action]) -> list[Action]:
    if any(isinstance(a, SaveTask) for a in actions):
        state.saves.append(dataclasses.replace(state.saves[-1], number=7, name="9"))
    return actions


def wait_for_a_task_that_does_not_run(
    state: JobState, actions: list[Action]
) -> list[Action]:
    if any(isinstance(a, SaveTask) for a in actions):
        state.saves[-1].pending[TaskId("worker", 0)] = 5
    return actions


@pytest.mark.parametrize(
    "fault",
    [
        commit_a_save_twice,
        commit_a_save_that_is_deleted,
        commit_a_save_of_nobody,
        order_a_save_that_nobody_waits_for,
        begin_two_saves_at_once,
        wait_for_a_task_that_does_not_run,
        keep_a_surplus_container,
        double_a_try,
        launch_one_try_in_two_containers,
        ask_for_more_than_is_missing,
        want_all_beside_nobody,
        miscount,
        lose_a_waiting_task,
        give_an_old_view,
    ],
)
def test_a_seeded_fault_is_caught(
    fault: Callable[[JobState, list[Action]], list[Action]],
) -> None:
    with pytest.raises(AssertionError):
        _watch(fault)


def test_the_same_story_without_a_fault_is_fine() -> None:
    _watch(lambda state, actions: actions)


def _watch(fault: Callable[[JobState, list[Action]], list[Action]]) -> None:
    state = new_state(SPEC, 0.0)
    watcher = Watcher(state)
    for event in _a_start():
        watcher.check(event, fault(state, decide(state, event, 1.0)))


def _a_start() -> list[AnyEvent]:
    wanted = ["worker", "worker", "worker", "evaluator", "ps"]
    given = tuple(
        Allocated(container(n), role, "n1:45454", "n1:8042")
        for n, role in enumerate(wanted, 1)
    )
    kept = [container(n) for n in (1, 2, 4, 5)]
    return [
        Registered(1, ()),
        InputListed({}),
        ContainersAllocated(given[:1]),
        ContainersAllocated(given[1:]),
        *(AgentAttached(c) for c in kept),
        *(TaskReady(c, 0, "n1:20000") for c in kept),
        *(TaskRunning(c, 0) for c in kept),
        SaveAsked("alice"),
        *(TaskSaved(c, 0, 1, files=1) for c in kept),
        SaveMade(1),
    ]
