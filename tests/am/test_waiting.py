"""What a job waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from xlearning.am.events import (
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
from xlearning.am.waiting import FILES, Around, waiting_on
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.ids import TaskId
from xlearning.job.resources import Resources
from xlearning.job.snapshot import Waiting
from xlearning.job.spec import DataOptions, InputSpec, Placement
from xlearning.job.states import JobPhase
from xlearning.job.waits import Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.am.conftest import Story
    from xlearning.job.spec import JobSpec

OUT = "hdfs://nn:8020/out"
W0, W1 = TaskId("worker", 0), TaskId("worker", 1)
WELL = Cause(CauseKind.SUCCEEDED)
QUEUE = "queue default"


def test_a_task_that_waits_for_a_container_says_what_the_queue_has_left(
    alone: Story,
) -> None:
    alone.tell(InputListed({}))
    assert waiting_on(alone.state, around=Around(Resources(512, 3))) == (
        Waiting(
            "2 of 2 worker tasks waiting for a container of 1024 MiB, 1 core",
            0,
            "queue default, which has 512 MiB, 3 cores left",
        ),
    )


def test_a_task_that_waits_for_a_certain_node_says_so(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    spec = job(worker=1)
    spread = replace(spec.role("worker"), placement=Placement.SPREAD, constrained=True)
    story = tell(replace(spec, roles=(spread,)))
    story.tell(Registered(1, ()))
    story.tell(InputListed({}))
    (waiting,) = waiting_on(story.state)
    assert waiting.what.endswith("1024 MiB, 1 core on a node without another worker")


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


def test_what_the_job_waits_for_from_its_cluster(training: Story) -> None:
    training.now = 1.0
    first = waiting_on(training.state)
    assert first == (Waiting("what the attempt before decided", 0, FILES),)
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


def a_wait(file: str, since_ms: int, reason: str = "nobody answers") -> Wait:
    """Return a download that is tried again."""
    return Wait(f"`{file}` could not be fetched", reason, since_ms, since_ms + 300_000)


def test_tasks_with_the_same_trouble_tell_it_together(alone: Story) -> None:
    alone.tell(InputListed({}))
    (w0, w1), _ = alone.allocate("worker", "worker")
    for container in (w0, w1):
        alone.tell(AgentAttached(container))
        alone.tell(TaskLocalising(container, 0))
    both = {W0: a_wait("a", 2000), W1: a_wait("b", 1000)}
    assert waiting_on(alone.state, both) == (
        Waiting(
            "2 of 2 worker tasks trying again: "
            "`a` could not be fetched: nobody answers",
            1000,
            "the file system",
            302_000,
        ),
    )
    one = {W1: a_wait("b", 1000, "it is locked")}
    assert [each.what for each in waiting_on(alone.state, one)] == [
        "worker 1 trying again: `b` could not be fetched: it is locked",
        "worker 0 fetching input",
    ]
    alone.tell(AgentDetached(w1))
    assert "trying again" not in str(waiting_on(alone.state, both)[1:]), "old news"


def test_a_save_is_tried_again_while_its_program_runs(alone: Story) -> None:
    alone.run("worker", "worker")
    (found,) = waiting_on(alone.state, {W0: a_wait("a", 1)})
    assert found.what.startswith("worker 0 trying again: `a`")


def test_what_the_job_itself_tries_again_is_told(alone: Story) -> None:
    alone.tell(InputListed({}))
    found = waiting_on(alone.state, around=Around(wait=a_wait("in", 5)))
    assert (
        Waiting(
            "`in` could not be fetched: nobody answers", 5, "the file system", 300_005
        )
        in found
    )
