"""Who gets which input, and who uploads what to where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.am.actions import Assign
from xlearning.am.events import EVERYBODY
from xlearning.io.output import CommitPlan, Rename, final_url, temporary_url
from xlearning.io.replacement import built_at, replacement
from xlearning.job.spec import OutputSpec

if TYPE_CHECKING:
    from xlearning.am.state import JobState, Task
    from xlearning.io.splits import InputFile


def assign(state: JobState, task: Task) -> Assign:
    """Return what an agent has to know about its task."""
    return Assign(
        task.container_id,
        task.run,
        share=share_of(state, task),
        splits=state.splits.get(str(task.id), ()),
        outputs=outputs_of(state, task),
        ports=state.shape.ports.get(task.id.role, 0),
    )


def share_of(state: JobState, task: Task) -> tuple[InputFile, ...]:
    """Return the input of a task, nothing before it is listed."""
    shares = state.shares or {}
    return shares.get(str(task.id)) or shares.get(EVERYBODY, ())


def outputs_of(state: JobState, task: Task) -> tuple[tuple[OutputSpec, str], ...]:
    """Return the outputs that a task uploads, each with the folder to upload to."""
    if not _uploads(state, task):
        return ()
    return tuple(
        (output, temporary_url(built_at(state.spec, output.url), task.run))
        for output in state.spec.outputs
    )


def _uploads(state: JobState, task: Task) -> bool:
    """Say whether a task uploads.

    With `--output-index`, or with a single worker, only that worker does: its output
    then lies directly below the output path, as XLearning's users expect.
    """
    if task.id.role not in state.shape.output_roles:
        return False
    if not _has_one_uploader(state):
        return True
    index = max(0, state.spec.data.output_index)
    return _number_of_worker(state, task) == index


def _number_of_worker(state: JobState, task: Task) -> int:
    """Return a worker's number as XLearning counts: a chief is worker 0."""
    if task.id.role == "chief":
        return task.id.index
    if task.id.role == "worker":
        return state.spec.count("chief") + task.id.index
    return -1


def _has_one_uploader(state: JobState) -> bool:
    return state.spec.data.output_index >= 0 or state.spec.has_lone_worker


def commit_plan(state: JobState) -> CommitPlan:
    """Return the renames that put the outputs of the tries that count into place."""
    renames = tuple(
        _rename(state, task, output)
        for task in state.tasks.values()
        for output in state.spec.outputs
        if output.url in task.uploaded
    )
    urls = output_urls(state)
    found = (replacement(state.spec, url) for url in urls)
    return CommitPlan(
        tuple(built_at(state.spec, url) for url in urls),
        renames,
        tuple(each for each in found if each is not None),
    )


def _rename(state: JobState, task: Task, output: OutputSpec) -> Rename:
    place = built_at(state.spec, output.url)
    return Rename(
        temporary_url(place, task.run),
        final_url(
            OutputSpec(place, output.local),
            task=task.id,
            container_id=task.container_id,
            layout=state.spec.data.layout,
            single=_has_one_uploader(state) and not state.spec.streams_output,
        ),
    )


def output_urls(state: JobState) -> tuple[str, ...]:
    """Return the destinations of the job, each once."""
    return tuple(dict.fromkeys(output.url for output in state.spec.outputs))
