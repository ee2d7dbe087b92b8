"""Who gets which input, who uploads, and where it ends up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from xlearning.am.assignment import assign, commit_plan, output_urls, outputs_of
from xlearning.am.events import EVERYBODY
from xlearning.am.state import JobState, new_state
from xlearning.io.formats.base import RecordSplit
from xlearning.io.output import Rename
from xlearning.io.splits import InputFile
from xlearning.io.streams.orders import StreamSplit
from xlearning.job.ids import TaskId
from xlearning.job.spec import (
    DataOptions,
    JobSpec,
    OutputLayout,
    OutputSpec,
    OutputStrategy,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., JobSpec]

OUT = OutputSpec("hdfs://nn:8020/out", "model")
LOG = OutputSpec("hdfs://nn:8020/log", "eventLog")
FILE = InputFile("data", "hdfs://nn:8020/in/a", 3, "a")


def state_of(spec: JobSpec, data: DataOptions | None = None) -> JobState:
    """Return the state of a job with two outputs."""
    spec = replace(spec, outputs=(OUT, LOG), data=data or DataOptions())
    return new_state(spec, 0.0)


def uploaders(state: JobState) -> list[str]:
    """Return the tasks that upload."""
    return [str(t.id) for t in state.tasks.values() if outputs_of(state, t)]


def test_a_task_gets_its_share_its_outputs_and_a_port(job: Maker) -> None:
    state = state_of(job("TENSORFLOW", worker=2, ps=1))
    state.shares = {"worker-1": (FILE,)}
    worker = assign(state, state.tasks[TaskId("worker", 1)])
    assert worker.share == (FILE,)
    assert worker.outputs == (
        (OUT, "hdfs://nn:8020/out/_temporary/worker-1-0"),
        (LOG, "hdfs://nn:8020/log/_temporary/worker-1-0"),
    )
    assert worker.ports == 1
    assert assign(state, state.tasks[TaskId("ps", 0)]).share == ()


def test_what_everybody_is_told(job: Maker) -> None:
    state = state_of(job(worker=1, ps=1))
    state.shares = {EVERYBODY: (FILE,)}
    assert [assign(state, t).share for t in state.tasks.values()] == [(FILE,)] * 2


def test_independent_tasks_need_no_port_and_no_shares(job: Maker) -> None:
    state = state_of(job(worker=2))
    alone = assign(state, state.tasks[TaskId("worker", 0)])
    assert (alone.ports, alone.share) == (0, ())


@pytest.mark.parametrize(
    ("counts", "output_index", "expected"),
    [
        ({"worker": 2, "ps": 1}, -1, ["worker-0", "worker-1", "ps-0"]),
        ({"worker": 2, "ps": 1}, 1, ["worker-1"]),
        ({"worker": 1, "ps": 1}, -1, ["worker-0"]),
        ({"chief": 1, "worker": 2, "ps": 1}, 0, ["chief-0"]),
        ({"chief": 1, "worker": 2, "ps": 1}, 1, ["worker-0"]),
        ({"worker": 2, "evaluator": 1}, 0, ["worker-0"]),
        ({"worker": 1, "driver": 1}, -1, ["worker-0", "driver-0"]),
    ],
)
def test_who_uploads(
    job: Maker, counts: dict[str, int], output_index: int, expected: list[str]
) -> None:
    state = state_of(job(**counts), DataOptions(output_index=output_index))
    assert uploaders(state) == expected


def test_only_what_was_uploaded_is_moved(job: Maker) -> None:
    state = state_of(job(worker=2))
    first, second = state.tasks.values()
    first.container_id, second.container_id = "container_2", "container_3"
    first.uploaded = (OUT.url, LOG.url)
    second.uploaded = (OUT.url,)
    plan = commit_plan(state)
    assert plan.outputs == output_urls(state) == (OUT.url, LOG.url)
    assert plan.renames == (
        Rename(f"{OUT.url}/_temporary/worker-0-0", f"{OUT.url}/container_2"),
        Rename(f"{LOG.url}/_temporary/worker-0-0", f"{LOG.url}/container_2"),
        Rename(f"{OUT.url}/_temporary/worker-1-0", f"{OUT.url}/container_3"),
    )


@pytest.mark.parametrize(
    ("layout", "place"),
    [(OutputLayout.CONTAINER, "model"), (OutputLayout.TASK, "worker-0")],
)
def test_a_single_worker_puts_its_output_under_its_own_name(
    job: Maker, layout: OutputLayout, place: str
) -> None:
    state = state_of(job(worker=1), DataOptions(layout=layout))
    (task,) = state.tasks.values()
    task.uploaded = (OUT.url,)
    task.number = 2
    moved = Rename(f"{OUT.url}/_temporary/worker-0-2", f"{OUT.url}/{place}")
    assert commit_plan(state).renames == (moved,)


def test_a_stream_of_a_single_worker_is_named_as_all_streams_are(job: Maker) -> None:
    data = DataOptions(output_strategy=OutputStrategy.STREAM)
    state = state_of(job(worker=1), data)
    (task,) = state.tasks.values()
    task.uploaded, task.container_id = (OUT.url,), "container_7"
    [rename] = commit_plan(state).renames
    assert rename.target == f"{OUT.url}/container_7"


def test_a_task_gets_its_splits(job: Maker) -> None:
    state = state_of(job(worker=2))
    split = StreamSplit("data", RecordSplit(payload_length=7))
    state.splits = {"worker-0": (split,)}
    given = [assign(state, task).splits for task in state.tasks.values()]
    assert given == [(split,), ()]


def test_an_output_that_replaces_another_is_made_beside_it(job: Maker) -> None:
    state = state_of(job(worker=1), DataOptions(overwrite_output=True))
    task = state.tasks[TaskId("worker", 0)]
    new = f"hdfs://nn:8020/.out.new.{state.spec.application_id}"
    log = f"hdfs://nn:8020/.log.new.{state.spec.application_id}"
    assert outputs_of(state, task)[0] == (OUT, f"{new}/_temporary/worker-0-0")
    task.uploaded = (OUT.url,)
    plan = commit_plan(state)
    assert plan.outputs == (new, log)
    assert plan.renames == (Rename(f"{new}/_temporary/worker-0-0", f"{new}/model"),)
    assert [each.url for each in plan.replacements] == [OUT.url, LOG.url]
    assert output_urls(state) == (OUT.url, LOG.url)
