"""Saves of the model while it trains: on demand, by time, at most one at once.

    SAVING → COMMITTING → COMPLETE      and from the first two also → FAILED

Every running task that uploads takes part. It copies its outputs below a temporary
name and reports; when all have, the save is given its name. A task that fails, or whose
try is lost, makes the save absent, never partial; one that ends well first drops out:
its outputs are being uploaded for good. A save that takes too long is given up, one
that is being named is waited for at the job's end, for a while.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlearning.am.actions import (
    Action,
    CancelSave,
    CommitSave,
    DiscardSave,
    SavePlace,
    SaveTask,
)
from xlearning.am.assignment import outputs_of
from xlearning.am.state import Stage
from xlearning.io.manifest import (
    Manifest,
    SavedOutput,
    SavedTask,
    list_url,
    part_name,
    save_name,
    save_url,
    temporary_save_url,
)
from xlearning.io.replacement import built_at
from xlearning.job.amounts import bytes_text
from xlearning.job.states import JobPhase, SaveState, TaskState

if TYPE_CHECKING:
    from xlearning.am.events import SaveLost, SaveMade, TaskSaved
    from xlearning.am.state import JobState, Task
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import OutputSpec

SAVES_SHOWN = 100
"""Older ones are still on the file system and no longer among the state."""
NAMES_SHOWN = 5
BY_TIME = "the schedule"


@dataclass(slots=True)
class Save:
    """One save.

    Attributes:
        number: From 1, without gaps.
        name: When it began, as in its folder's name.
        who: Who asked for it.
        started: The same as a number.
        previous: The save from which unchanged files are taken over, 0 for none.
        previous_name: Its name.
        pending: Tasks that have not reported, with the number of their try.
        saved: Tasks that have, until it is complete.
        tasks: How many take part.
        done: How many of them have reported.
        ended: When it was complete or given up.
        settled: It is whole without the save before, so that another may build on it.
    """

    number: int
    name: str
    who: str
    started: float
    previous: int = 0
    previous_name: str = ""
    state: SaveState = SaveState.SAVING
    pending: dict[TaskId, int] = field(default_factory=dict)
    saved: dict[TaskId, SavedTask] = field(default_factory=dict)
    tasks: int = 0
    done: int = 0
    files: int = 0
    bytes: int = 0
    copied_bytes: int = 0
    left_out: tuple[str, ...] = ()
    left_out_count: int = 0
    problem: str = ""
    ended: float = 0.0
    settled: bool = False

    @property
    def is_under_way(self) -> bool:
        """Whether it is neither complete nor given up."""
        return self.state in (SaveState.SAVING, SaveState.COMMITTING)


# ---- reading


def current(state: JobState) -> Save | None:
    """Return the save that is under way."""
    last = state.saves[-1] if state.saves else None
    return last if last and last.is_under_way else None


def is_committing(state: JobState) -> bool:
    """Say whether a save is being given its name."""
    save = current(state)
    return save is not None and save.state is SaveState.COMMITTING


def obstacle(state: JobState) -> str:
    """Return why no save can be begun now, "" if one can."""
    if not state.spec.outputs:
        return "the job has no --output, so that there is nothing to save"
    if state.spec.streams_output:
        return "the output of the job is a stream, which is written as it comes"
    if state.verdict is not None or state.phase is not JobPhase.RUNNING:
        return "the job does not run any more, or not yet"
    if not _savers(state):
        return "none of the tasks that have outputs runs now"
    return ""


def next_number(state: JobState) -> int:
    """Return the number of the save that somebody gets who asks now."""
    save = current(state)
    if save is not None:
        return save.number
    return state.saves[-1].number + 1 if state.saves else 1


def _savers(state: JobState) -> list[Task]:
    """Return the tasks that would take part in a save."""
    return [
        task
        for task in state.tasks.values()
        if task.state is TaskState.RUNNING and outputs_of(state, task)
    ]


# ---- beginning


def ask(state: JobState, who: str, now: float) -> list[Action]:
    """Begin a save; whoever asks while one is under way gets that one."""
    save = current(state)
    if save is not None:
        state.say(f"{who} asked for a save: {save.name} is under way already", now)
        return []
    why = obstacle(state)
    if why:
        state.say(f"no save for {who}: {why}", now)
        return []
    return _begin(state, who, now)


def plan_next(state: JobState, now: float) -> None:
    """Set the time of the next save that nobody has to ask for."""
    every_s = state.spec.saves.every_s
    if every_s and state.spec.outputs and state.verdict is None:
        state.set_timer(now + every_s, "save")


def on_schedule(state: JobState, now: float) -> list[Action]:
    """Begin a save because it is time; one that is not possible now is left out."""
    plan_next(state, now)
    if current(state) is not None or obstacle(state):
        return []
    return _begin(state, BY_TIME, now)


def _begin(state: JobState, who: str, now: float) -> list[Action]:
    save = _new_save(state, who, now)
    savers = _savers(state)
    save.pending = {task.id: task.number for task in savers}
    save.tasks = len(savers)
    state.saves.append(save)
    del state.saves[:-SAVES_SHOWN]
    limit = now + state.spec.saves.timeout_s
    state.set_timer(limit, "save-limit", str(save.number))
    state.say(f"saving the model ... {save.name}, asked for by {who}", now)
    return [
        _order(state, save, task)
        for task in savers
        if state.containers[task.container_id].stage is Stage.ATTACHED
    ]


def _new_save(state: JobState, who: str, now: float) -> Save:
    """Return a save whose name is not another's: names tell the order."""
    last = state.saves[-1] if state.saves else None
    started = now if last is None else max(now, last.started + 1.0)
    save = Save(next_number(state), save_name(started), who, started)
    complete = [each for each in state.saves if each.state is SaveState.COMPLETE]
    if state.spec.saves.incremental and complete and complete[-1].settled:
        save.previous, save.previous_name = complete[-1].number, complete[-1].name
    return save


def _order(state: JobState, save: Save, task: Task) -> SaveTask:
    folder = part_name(state.spec.data.layout, task.id, task.container_id)
    places = []
    for output in state.spec.outputs:
        url = _temporary_url(state, save, output)
        places.append(SavePlace(output.local, url, folder, list_url(url, task.id)))
    return SaveTask(task.container_id, save.number, save.previous, tuple(places))


def say_again(state: JobState, task: Task) -> list[Action]:
    """Return what an agent has to be told that comes back."""
    save = current(state)
    if save is None or save.pending.get(task.id) != task.number:
        return []
    return [_order(state, save, task)]


# ---- what tasks report


def saved(state: JobState, event: TaskSaved, now: float) -> list[Action]:
    """Take a task's word for what it copied, or why it could not."""
    save = current(state)
    task = state.task_of(event.container_id, event.try_number)
    if save is None or save.number != event.number or task is None:
        return []
    if save.pending.get(task.id) != task.number:
        return []
    if event.problem:
        return _give_up(state, save, f"{task.id.label}: {event.problem}", now)
    del save.pending[task.id]
    save.done += 1
    save.saved[task.id] = SavedTask(task.id.role, task.id.index, task.container_id)
    save.files += event.files
    save.bytes += event.bytes
    save.copied_bytes += event.copied_bytes
    save.left_out_count += event.left_out_count
    names = tuple(f"{task.id.label}: {name}" for name in event.left_out)
    save.left_out = (*save.left_out, *names)[:NAMES_SHOWN]
    return []


def advance(state: JobState, now: float) -> list[Action]:
    """Go on with the save that is under way as far as the tasks have come."""
    save = current(state)
    if save is None or save.state is not SaveState.SAVING:
        return []
    for task_id, number in list(save.pending.items()):
        task = state.tasks[task_id]
        if task.number == number and task.state is TaskState.SUCCEEDED:
            del save.pending[task_id]
            save.tasks -= 1
        elif task.number != number or not task.state.has_agent:
            why = f"{task_id.label} ended before its part was saved"
            return _give_up(state, save, why, now)
    if save.pending:
        return []
    if not save.saved:
        return _give_up(state, save, "all its tasks ended well meanwhile", now)
    if not save.files:
        words = "there is nothing to save yet" + _left_out(save)
        return _give_up(state, save, words, now)
    save.state = SaveState.COMMITTING
    return commit_again(state)


def commit_again(state: JobState) -> list[Action]:
    """Return the order to name the save that is being named; it can be repeated."""
    save = current(state)
    if save is None or save.state is not SaveState.COMMITTING:
        return []
    manifest, temporary = manifest_of(state, save), _temporary_urls(state, save)
    return [CommitSave(save.number, manifest, temporary, state.spec.saves)]


def manifest_of(state: JobState, save: Save) -> Manifest:
    """Return what is written down of a save."""
    spec = state.spec
    roles = {task.role for task in save.saved}
    return Manifest(
        application_id=spec.application_id,
        name=save.name,
        made_ms=int(save.started * 1000),
        who=save.who,
        counts={role.name: role.count for role in spec.roles if role.name in roles},
        tasks=tuple(save.saved.values()),
        outputs=tuple(
            SavedOutput(each.url, each.local, url)
            for each, url in zip(spec.outputs, urls_of(state, save), strict=True)
        ),
        files=save.files,
        bytes=save.bytes,
        previous=save.previous_name,
        left_out=save.left_out,
        left_out_count=save.left_out_count,
    )


def urls_of(state: JobState, save: Save) -> tuple[str, ...]:
    """Return where a save is, or will be, for each output."""
    directory = state.spec.saves.directory
    return tuple(
        save_url(output.url, directory, save.name) for output in state.spec.outputs
    )


# ---- the end of a save


def made(state: JobState, event: SaveMade, now: float) -> None:
    """Note that a save is complete, and which older ones were deleted for it."""
    save = current(state)
    if save is None or not _is_named(save, event.number):
        return
    save.state, save.ended, save.settled = SaveState.COMPLETE, now, event.settled
    save.saved.clear()
    state.saves[:] = [each for each in state.saves if each.name not in event.deleted]
    what = "1 file" if save.files == 1 else f"{save.files} files"
    size = bytes_text(save.bytes)
    words = f"saved the model completed! {save.name}: {what}, {size}"
    state.say(words + _left_out(save), now)


def lost(state: JobState, event: SaveLost, now: float) -> None:
    """Note that a save could not be given its name."""
    save = current(state)
    if save is None or not _is_named(save, event.number):
        return
    for each in state.saves:
        each.settled = False  # what the next one would build on may be gone
    _fail(state, save, event.reason, now)


def _is_named(save: Save, number: int) -> bool:
    """Say whether a save is being given its name, and is the one that is meant."""
    return save.number == number and save.state is SaveState.COMMITTING


def out_of_time(state: JobState, key: str, now: float) -> list[Action]:
    """Give up a save that takes too long; one that is being named is nearly there."""
    save = current(state)
    if save is None or str(save.number) != key or save.state is not SaveState.SAVING:
        return []
    some = ", ".join(task.label for task in list(save.pending)[:NAMES_SHOWN])
    limit = f"{state.spec.saves.timeout_s:.0f} s"
    return _give_up(state, save, f"not complete within {limit}: {some}", now)


def abandon(state: JobState, now: float) -> None:
    """Wait no longer for a save that is being named: the job has to end."""
    save = current(state)
    if save is not None and save.state is SaveState.COMMITTING:
        _fail(state, save, "the job ended before it was complete", now)


def _give_up(state: JobState, save: Save, why: str, now: float) -> list[Action]:
    pending = [state.tasks[task] for task in save.pending]
    _fail(state, save, why, now)
    cancels: list[Action] = [
        CancelSave(task.container_id, save.number)
        for task in pending
        if task.container_id
    ]
    return [*cancels, DiscardSave(_temporary_urls(state, save))]


def _temporary_urls(state: JobState, save: Save) -> tuple[str, ...]:
    return tuple(_temporary_url(state, save, output) for output in state.spec.outputs)


def _temporary_url(state: JobState, save: Save, output: OutputSpec) -> str:
    """Return where a save is written: what ends a job sweeps that away."""
    return temporary_save_url(built_at(state.spec, output.url), save.name)


def _fail(state: JobState, save: Save, why: str, now: float) -> None:
    save.state, save.problem, save.ended = SaveState.FAILED, why, now
    save.pending.clear()
    save.saved.clear()
    state.say(f"the model was not saved ({save.name}): {why}", now)


def _left_out(save: Save) -> str:
    """Return the words about files that are not in a save."""
    if not save.left_out_count:
        return ""
    names = ", ".join(save.left_out)
    more = " …" if save.left_out_count > len(save.left_out) else ""
    return f"; left out, because they changed all the time: {names}{more}"
