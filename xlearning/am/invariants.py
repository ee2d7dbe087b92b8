"""What must always be true of a job, whatever happens in whatever order.

`check_state` looks at a state alone; a `Watcher` follows the actions and knows what a
cluster would make of them. Tests feed both with events in any order, and with faults
that they must catch.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlearning.am.actions import (
    Action,
    Ask,
    Assign,
    CommitOutputs,
    CommitSave,
    DiscardSave,
    Finish,
    Launch,
    ReleaseContainer,
    SaveTask,
    Start,
)
from xlearning.am.events import AnyEvent, ContainersAllocated, Registered
from xlearning.job.states import JobPhase, SaveState, TaskState

if TYPE_CHECKING:
    from xlearning.am.state import JobState
    from xlearning.job.ids import TryId


def check_state(state: JobState) -> None:
    """Raise AssertionError when something is not as it must always be."""
    runs = [c.run for c in state.containers.values() if not c.lost]
    live = [run for run in runs if state.tasks[run.task].number == run.number]
    assert len(live) == len(set(live)), "a try runs in two containers"
    for task in state.tasks.values():
        if task.state is TaskState.WAITING:
            assert not task.container_id, f"{task.id} waits and has a container"
        elif not task.state.is_final:
            assert task.container_id in state.containers, f"{task.id} has no container"
            held = state.containers[task.container_id]
            assert held.run == task.run, f"{task.id} runs in another try's container"
        if task.state in (TaskState.RUNNING, TaskState.SAVING):
            assert state.view is not None or not state.shape.rendezvous
    for role, counts in state.counts.items():
        of_role = [t for t in state.tasks.values() if t.id.role == role]
        assert counts == Counter(t.state for t in of_role), f"{role} is miscounted"
        waiting = {t.id.index for t in of_role if t.state is TaskState.WAITING}
        assert set(state.free[role]) == waiting, f"{role}: free list is wrong"
        assert len(state.free[role]) == len(waiting), f"{role}: free list repeats"
        assert 0 <= state.asked[role] <= len(waiting), f"{role}: too much asked for"
        if state.verdict is not None:
            assert state.asked[role] == 0, f"{role} asked for after the verdict"
    _check_saves(state)
    if state.phase in (JobPhase.STOPPING, JobPhase.COMMITTING, JobPhase.FINISHING):
        assert state.verdict is not None, "the job ends without a verdict"


def _check_saves(state: JobState) -> None:
    """Raise AssertionError when a save is not as it must be."""
    numbers = [save.number for save in state.saves]
    assert numbers == sorted(set(numbers)), "two saves have one number"
    names = [save.name for save in state.saves]
    assert names == sorted(set(names)), "saves are not in the order of their names"
    assert not any(s.is_under_way for s in state.saves[:-1]), "two saves at once"
    for save in state.saves:
        assert (save.state is SaveState.FAILED) == bool(save.problem), "no reason"
        assert save.is_under_way or not save.pending, "an old save waits"
        if save.state is SaveState.SAVING:
            assert save.pending, "a save waits for nobody"
        for task, number in save.pending.items():
            assert state.tasks[task].number == number, "a save waits for a lost try"
            assert state.tasks[task].state.has_agent, f"a save waits for {task}"
    if state.phase in (JobPhase.COMMITTING, JobPhase.FINISHING):
        assert not any(s.is_under_way for s in state.saves), "the job ends in a save"


@dataclass(slots=True)
class Watcher:
    """Follows a job's events and actions as a cluster would.

    Attributes:
        state: The job that is watched.
    """

    state: JobState
    given: set[str] = field(default_factory=set)
    launched: dict[str, TryId] = field(default_factory=dict)
    generation: int = 0
    saves: set[int] = field(default_factory=set)
    discarded: set[str] = field(default_factory=set)
    ends: int = 0
    ended: bool = False

    def check(self, event: AnyEvent, actions: list[Action]) -> None:
        """Raise AssertionError when an event was answered as it must not be."""
        if self.ended:
            assert not actions, "something is done after the end"
            return
        if isinstance(event, ContainersAllocated):
            self.given |= {c.container_id for c in event.containers}
        if isinstance(event, Registered):  # what the attempt before ordered is repeated
            self.ends, self.saves = 0, set()
        for action in actions:
            self._check_action(action)
        assert not self.given, (
            f"containers are neither used nor given back: {self.given}"
        )
        check_state(self.state)
        self.ended = self.state.phase is JobPhase.ENDED

    def _is_anywhere(self, role: str) -> bool:
        tasks = self.state.tasks.values()
        return any(task.container_id for task in tasks if task.id.role == role)

    def _check_action(self, action: Action) -> None:
        match action:
            case Ask(role, count, _, beside):
                missing = self.state.count(role, TaskState.WAITING)
                assert 0 <= count <= missing, f"{count} {role} asked for"
                first = count > beside or self._is_anywhere(role)
                assert first or not count, f"no first {role} for {beside} beside it"
                assert not count or self.state.verdict is None, (
                    "asked after the verdict"
                )
            case ReleaseContainer(container_id):
                assert container_id in self.given, "released what was not just given"
                self.given.remove(container_id)
            case Launch(container_id, run):
                assert container_id in self.given, "launched what was not just given"
                assert run not in self.launched.values(), f"{run} is launched twice"
                self.given.remove(container_id)
                self.launched[container_id] = run
            case Start(_, view):
                assert view.generation >= self.generation, "an old view is given"
                self.generation = view.generation
            case Assign(container_id, run):
                assert self.launched[container_id] == run, "assigned to another try"
            case SaveTask() | CommitSave() | DiscardSave():
                self._check_save(action)
            case CommitOutputs() | Finish():
                self._check_end(action)
            case _:
                pass

    def _check_save(self, action: SaveTask | CommitSave | DiscardSave) -> None:
        if isinstance(action, SaveTask):
            save = self.state.saves[-1]
            assert save.number == action.number, "an old save is asked for"
            task = self.launched[action.container_id].task
            waits = task in save.pending or not save.is_under_way
            assert waits, "a task saves that nobody waits for"
        elif isinstance(action, CommitSave):
            assert action.number not in self.saves, "a save is committed twice"
            urls = set(action.temporary_urls)
            assert not urls & self.discarded, "a save is committed that is deleted"
            assert action.manifest.tasks, "a save of nobody is committed"
            self.saves.add(action.number)
        else:
            self.discarded |= set(action.urls)

    def _check_end(self, action: CommitOutputs | Finish) -> None:
        if isinstance(action, CommitOutputs):
            sources = [each.source for each in action.plan.renames]
            targets = [each.target for each in action.plan.renames]
            assert len(set(sources)) == len(sources), "one upload is moved twice"
            assert len(set(targets)) == len(targets), "two uploads have one target"
            return
        self.ends += 1
        assert self.ends == 1, "the job ends twice"
        assert not self.state.containers, "the job ends before its containers"
