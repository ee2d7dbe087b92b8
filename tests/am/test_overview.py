"""What is shown of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from xlearning.am.events import (
    EVERYBODY,
    AgentAttached,
    InputListed,
    ResourceManagerLost,
    TaskEnded,
    TaskLocalising,
    TaskReady,
)
from xlearning.am.overview import Telemetry, progress, snapshot
from xlearning.io.splits import InputFile
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.ids import TaskId
from xlearning.job.resources import Resources
from xlearning.job.snapshot import RoleView
from xlearning.job.spec import DataOptions, InputSpec, InputStrategy
from xlearning.job.states import Outcome, TaskState
from xlearning.job.waits import Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.am.conftest import Story
    from xlearning.job.spec import JobSpec

OUT = "hdfs://nn:8020/out"
W0, W1 = TaskId("worker", 0), TaskId("worker", 1)
WELL = Cause(CauseKind.SUCCEEDED)
QUEUE = "queue default"


def test_a_snapshot_shows_the_whole_job(training: Story) -> None:
    w0, _, _ = training.run("worker", "worker", "ps")
    training.now = 2.0
    training.tell(TaskEnded(w0, 0, Cause(CauseKind.EXITED, 3)))
    told = {W0: Telemetry(0, 0.5, memory_mb=7, peak_memory_mb=9)}
    job = snapshot(training.state, told, 3.5)
    assert (job.application_id, job.user, job.queue) == (
        "application_1700000000000_0001",
        "alice",
        "default",
    )
    assert (job.attempt, job.started_ms, job.now_ms) == (1, 0, 3500)
    assert job.roles[1] == RoleView("ps", 1, Resources(1024, 1))
    assert job.outputs == (OUT,)
    assert job.outcome is Outcome.FAILED
    assert job.diagnostics == f"worker 0 on n1 ({w0}) exited with code 3"
    shown = job.tasks[0]
    assert (shown.role, shown.index, shown.state) == ("worker", 0, TaskState.FAILED)
    assert (shown.host, shown.address) == ("n1", "n1:20000")
    assert shown.log_url == f"http://n1:8042/node/containerlogs/{w0}/alice"
    assert (shown.since_ms, shown.ended_ms) == (2000, 2000)
    assert (shown.progress, shown.memory_mb, shown.peak_memory_mb) == (0.5, 7, 9)
    assert shown.cause == "exited with code 3"


def test_data_is_shown_while_it_moves(alone: Story) -> None:
    alone.tell(InputListed({}))
    (w0,), _ = alone.allocate("worker")
    alone.tell(AgentAttached(w0))
    alone.tell(TaskLocalising(w0, 0))
    told = {W0: Telemetry(0, moved_bytes=3, total_bytes=7)}
    moving = snapshot(alone.state, told, 1.0).tasks[0]
    assert (moving.moved_bytes, moving.total_bytes) == (3, 7)
    alone.tell(TaskReady(w0, 0, ""))
    still = snapshot(alone.state, told, 1.0).tasks[0]
    assert (still.moved_bytes, still.total_bytes) == (0, 0)


def test_what_a_task_tries_again_is_shown_in_its_current_try(alone: Story) -> None:
    alone.tell(InputListed({}))
    (w0,), _ = alone.allocate("worker")
    alone.tell(AgentAttached(w0))
    alone.tell(TaskLocalising(w0, 0))
    wait = Wait("`a` could not be fetched", "nobody answers", 1, 2)
    for number, shown in [(0, True), (1, False)]:
        job = snapshot(alone.state, {W0: Telemetry(number, wait=wait)}, 1.0)
        said = any(wait.words in each.what for each in job.waiting_on)
        assert said is shown


def test_a_stream_is_shown_while_its_program_runs(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    inputs = (InputSpec("data", ("hdfs://nn:8020/in",)),)
    data = DataOptions(strategy=InputStrategy.STREAM)
    story = tell(replace(job(worker=2), inputs=inputs, data=data))
    story.run("worker", "worker")
    moving = Telemetry(
        0, moved_bytes=3, total_bytes=4, read_records=5, written_records=6
    )
    shown = snapshot(story.state, {W0: moving}, 1.0)
    task = shown.tasks[0]
    assert (task.moved_bytes, task.total_bytes, task.progress) == (3, 4, 0.75)
    assert (task.read_records, task.written_records) == (5, 6)
    assert shown.progress == 0.375
    moving.progress = 0.5  # what a program says is its progress
    assert snapshot(story.state, {W0: moving}, 1.0).tasks[0].progress == 0.5


def test_the_share_of_input_that_is_near_is_measured(alone: Story) -> None:
    shares: dict[str, tuple[InputFile, ...]] = {
        f"worker-{n}": (InputFile("d", f"hdfs://nn/{n}", 10, str(n)),) for n in range(2)
    }
    near = {"worker-0": {"n1": 4}, "worker-1": {"n2": 10}}
    assert snapshot(alone.state, {}, 1.0).input_bytes == 0
    alone.tell(InputListed(shares, near, {"worker-0": 8, "worker-1": 10}))
    before = snapshot(alone.state, {}, 1.0)
    assert (before.input_bytes, before.local_share) == (20, None)
    assert before.tasks[0].local_bytes is None
    alone.allocate("worker")
    after = snapshot(alone.state, {}, 1.0)
    assert after.local_share == 0.5  # of the 8 bytes that were looked for
    assert (after.tasks[0].input_bytes, after.tasks[0].local_bytes) == (10, 4)
    assert after.tasks[1].local_bytes is None


def test_what_everybody_is_told_is_counted_once(alone: Story) -> None:
    file = InputFile("d", "hdfs://nn/0", 10, "0")
    alone.tell(InputListed({EVERYBODY: (file,)}))
    job = snapshot(alone.state, {}, 1.0)
    assert job.input_bytes == 10
    assert [task.input_bytes for task in job.tasks] == [10, 10]


def test_before_anything_is_allocated_there_is_little_to_show(alone: Story) -> None:
    (task, _) = snapshot(alone.state, {}, 1.0).tasks
    assert (task.log_url, task.cause, task.progress) == ("", "", None)


def test_messages_are_told_once(alone: Story) -> None:
    first = snapshot(alone.state, {}, 1.0)
    assert first.messages
    assert snapshot(alone.state, {}, 1.0, first.cursor).messages == ()
    alone.tell(ResourceManagerLost("connection refused"))
    (new,) = snapshot(alone.state, {}, 1.0, first.cursor).messages
    assert (new.number, new.time_ms) == (first.cursor + 1, 1000)


def test_progress_is_the_mean_of_those_who_work(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    story = tell(job("TENSORFLOW", worker=2, evaluator=1, ps=1))
    w0, _, _, _ = story.run("worker", "worker", "evaluator", "ps")
    ps, evaluator = TaskId("ps", 0), TaskId("evaluator", 0)
    told = {W1: Telemetry(0, 0.5), ps: Telemetry(0, 1.0), evaluator: Telemetry(0, 1.0)}
    assert progress(story.state, told) == 0.25
    story.tell(TaskEnded(w0, 0, WELL))
    assert progress(story.state, told) == 0.75
    # What a try before this one said is old.
    assert progress(story.state, {W1: Telemetry(3, 0.5)}) == 0.5
    assert progress(story.state, {W1: Telemetry(0)}) == 0.5


def test_a_job_of_services_alone_has_no_progress(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    assert progress(tell(job("TENSORFLOW", ps=1)).state, {}) == 0.0
