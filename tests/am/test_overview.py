"""What is shown of a job, and what it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from xlearning.am.events import (
    EVERYBODY,
    AgentAttached,
    AgentDetached,
    ContainerStarted,
    InputListed,
    OutputsCommitted,
    Registered,
    ResourceManagerFound,
    ResourceManagerLost,
    StopRequested,
    TaskEnded,
    TaskLocalising,
    TaskReady,
    TaskSaving,
    Unregistered,
)
from xlearning.am.overview import Telemetry, progress, snapshot, waiting_on
from xlearning.io.splits import InputFile
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.ids import TaskId
from xlearning.job.resources import Resources
from xlearning.job.snapshot import RoleView, Waiting
from xlearning.job.spec import DataOptions, InputSpec, InputStrategy
from xlearning.job.states import JobPhase, Outcome, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.am.conftest import Story
    from xlearning.job.spec import JobSpec

OUT = "hdfs://nn:8020/out"
W0, W1 = TaskId("worker", 0), TaskId("worker", 1)
WELL = Cause(CauseKind.SUCCEEDED)
QUEUE = "queue default"


@pytest.fixture
def alone(job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]) -> Story:
    """Return two independent workers, registered at second 1."""
    story = tell(job(worker=2))
    story.now = 1.0
    story.tell(Registered(1, ()))
    return story


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


def test_a_task_that_waits_for_a_container_says_what_the_queue_has_left(
    alone: Story,
) -> None:
    alone.tell(InputListed({}))
    assert waiting_on(alone.state, Resources(512, 3)) == (
        Waiting(
            "2 of 2 worker tasks waiting for a container of 1024 MiB, 1 core",
            0,
            "queue default, which has 512 MiB, 3 cores left",
        ),
    )


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


def test_tasks_wait_for_the_list_of_input_that_is_cached(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    spec = replace(job(worker=2), data=DataOptions(cache_input=True))
    story = tell(replace(spec, inputs=(InputSpec("d", ("hdfs://nn/",)),)))
    story.tell(Registered(1, ()))
    waits = Waiting("2 of 2 worker tasks waiting for their input to be listed", 0, "")
    assert replace(waiting_on(story.state)[-1], whom="") == waits
    story.tell(InputListed({}))
    story.allocate("worker")
    assert Waiting(
        "worker 0 waiting for the agent and its input", 0, "NodeManager on n1"
    ) in waiting_on(story.state)


def test_an_agent_may_wait_for_the_list_of_input(alone: Story) -> None:
    (w0,), _ = alone.allocate("worker")
    alone.tell(AgentAttached(w0))
    assert [each.what for each in waiting_on(alone.state)] == [
        "the list of input files",
        "worker 0 waiting for its assignment",
        "worker 1 waiting for a container of 1024 MiB, 1 core",
    ]


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


def test_what_the_job_waits_for_from_its_cluster(training: Story) -> None:
    training.now = 1.0
    first = waiting_on(training.state)
    assert first == (Waiting("registration", 0, "the ResourceManager"),)
    training.tell(Registered(1, ()))
    assert Waiting("the list of input files", 1000, "the file system") in waiting_on(
        training.state
    )
    training.now = 2.0
    training.tell(ResourceManagerLost("connection refused"))
    lost = Waiting("the ResourceManager answers", 2000, "YARN")
    assert lost in waiting_on(training.state)
    training.now = 3.0
    training.tell(ResourceManagerLost("connection refused"))
    assert lost in waiting_on(training.state), "it is lost since second 2"
    training.tell(ResourceManagerFound())
    assert lost not in waiting_on(training.state)


def test_what_the_job_waits_for_at_its_end(training: Story) -> None:
    w0, w1, _ = training.run("worker", "worker", "ps")
    training.now = 5.0
    for container in (w0, w1):
        training.tell(TaskEnded(container, 0, WELL))
    (stopping,) = waiting_on(training.state)
    assert (stopping.since_ms, stopping.whom) == (5000, "agents and YARN")
    assert stopping.what == "the end of 3 containers"


def phases_of(story: Story) -> dict[JobPhase, tuple[Waiting, ...]]:
    """Bring a job without containers from the verdict to its end."""
    story.tell(InputListed({}))
    story.tell(StopRequested("alice"))
    found = {story.state.phase: waiting_on(story.state)}
    for event in (OutputsCommitted(), Unregistered()):
        story.tell(event)
        found[story.state.phase] = waiting_on(story.state)
    return found


def test_the_last_steps_are_waited_for_too(training: Story) -> None:
    training.tell(Registered(1, ()))
    training.now = 7.0
    assert phases_of(training) == {
        JobPhase.COMMITTING: (
            Waiting("outputs are in place", 7000, "the file system"),
        ),
        JobPhase.FINISHING: (
            Waiting("the result is stored", 7000, "the ResourceManager"),
        ),
        JobPhase.ENDED: (),
    }


def test_every_task_that_waits_says_for_whom(alone: Story) -> None:
    alone.tell(InputListed({}))
    assert waiting_on(alone.state) == (
        Waiting(
            "2 of 2 worker tasks waiting for a container of 1024 MiB, 1 core", 0, QUEUE
        ),
    )
    alone.now = 2.0
    (w0, w1), _ = alone.allocate("worker", "worker")
    alone.tell(ContainerStarted(w0))
    nodes = Waiting(
        "2 of 2 worker tasks waiting for the agent to start", 2000, "NodeManager on n1"
    )
    assert waiting_on(alone.state) == (nodes,)
    alone.now = 3.0
    for container in (w0, w1):
        alone.tell(AgentAttached(container))
    alone.tell(TaskLocalising(w0, 0))
    alone.tell(TaskLocalising(w1, 0, "a free GPU"))
    assert waiting_on(alone.state) == (
        Waiting("worker 0 fetching input", 3000, "the file system"),
        Waiting("worker 1 waiting for a free GPU", 3000, "n1"),
    )


def test_a_running_task_is_waited_for_when_it_uploads_or_is_not_heard(
    alone: Story,
) -> None:
    w0, w1 = alone.run("worker", "worker")
    assert waiting_on(alone.state) == ()
    alone.now = 4.0
    alone.tell(TaskSaving(w0, 0))
    alone.tell(AgentDetached(w1))
    assert waiting_on(alone.state) == (
        Waiting("worker 0 uploading output", 4000, "the file system"),
        Waiting("worker 1 without contact to the agent", 1000, "n1"),
    )


def test_who_is_ready_waits_for_the_others(training: Story) -> None:
    training.tell(Registered(1, ()))
    training.tell(InputListed({}))
    (w0,), _ = training.allocate("worker")
    training.tell(AgentAttached(w0))
    training.tell(TaskReady(w0, 0, "n1:1"))
    found = waiting_on(training.state)
    assert [(waiting.what, waiting.whom) for waiting in found] == [
        ("worker 0 waiting for the rendezvous", "the tasks that are not ready"),
        ("worker 1 waiting for a container of 1024 MiB, 1 core", QUEUE),
        ("ps 0 waiting for a container of 1024 MiB, 1 core", QUEUE),
    ]


def test_the_queue_is_the_one_that_the_user_wrote(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    story = tell(replace(job(worker=1), queue="root.prod"))
    story.tell(Registered(1, ()))
    story.tell(InputListed({}))
    (waiting,) = waiting_on(story.state)
    assert waiting.whom == "queue root.prod"


def test_a_task_that_waits_for_nobody_is_about_to_start(alone: Story) -> None:
    alone.tell(InputListed({}))
    (w0, w1), _ = alone.allocate("worker", "worker")
    for container in (w0, w1):
        alone.tell(AgentAttached(container))
        alone.tell(TaskReady(container, 0, ""))
    (waiting,) = waiting_on(alone.state)
    assert waiting.what == "2 of 2 worker tasks starting the program"
