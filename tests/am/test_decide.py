"""Whole stories: what the ApplicationMaster does from the start to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from xlearning.am.actions import (
    Ask,
    Assign,
    CommitOutputs,
    DeleteStaging,
    DiscardOutputs,
    Finish,
    Launch,
    ListInput,
    ReleaseAgent,
    Start,
    StopContainer,
    StopTask,
)
from xlearning.am.events import (
    AgentAttached,
    AgentDetached,
    AskRefused,
    AttemptEnded,
    CommitFailed,
    ContainerCompleted,
    InputListed,
    InputUnusable,
    OutputsCommitted,
    OutputsDiscarded,
    PreemptionAnnounced,
    Registered,
    ResourceManagerFound,
    ResourceManagerLost,
    StartRefused,
    StopRequested,
    TaskEnded,
    TaskReady,
    TaskSaving,
    TaskTroubled,
    Terminated,
    Ticked,
    Unregistered,
)
from xlearning.frameworks.base import ClusterView
from xlearning.io.formats.base import RecordSplit
from xlearning.io.output import CommitPlan, Rename
from xlearning.io.splits import InputFile
from xlearning.io.streams.orders import StreamSplit
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.ids import TaskId, TryId
from xlearning.job.resources import Resources
from xlearning.job.spec import InputSpec
from xlearning.job.states import JobPhase, Outcome, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.am.conftest import Story
    from xlearning.am.events import AnyEvent
    from xlearning.job.spec import JobSpec

OUT = "hdfs://nn:8020/out"
WELL = Cause(CauseKind.SUCCEEDED)
STOPPED = Cause(CauseKind.STOPPED)


def test_a_training_from_start_to_end(training: Story) -> None:
    registered = training.tell(Registered(1, ("memory-mb", "vcores")))
    assert registered == [ListInput(), Ask("worker", 2), Ask("ps", 1)]

    (w0, w1, ps), launched = training.allocate("worker", "worker", "ps")
    assert launched == [
        Launch(w0, TryId(TaskId("worker", 0), 0)),
        Launch(w1, TryId(TaskId("worker", 1), 0)),
        Launch(ps, TryId(TaskId("ps", 0), 0)),
    ]
    # An agent may come before the input is listed: it is assigned when that is known.
    assert training.tell(AgentAttached(w0)) == []
    (assigned,) = training.tell(InputListed({}))
    assert isinstance(assigned, Assign)
    assert assigned.container_id == w0
    for container in (w1, ps):
        training.tell(AgentAttached(container))
    assert training.tell(TaskReady(w0, 0, "n1:1")) == []
    assert training.tell(TaskReady(ps, 0, "n1:3")) == []
    view = ClusterView(1, {"worker": ("n1:1", "n1:2"), "ps": ("n1:3",)})
    started = training.tell(TaskReady(w1, 0, "n1:2"))
    assert started == [Start((w0, w1, ps), view)]


def test_a_success_stops_the_services_and_commits_what_was_uploaded(
    training: Story,
) -> None:
    w0, w1, ps = training.run("worker", "worker", "ps")
    training.tell(TaskSaving(w0, 0))
    training.tell(TaskEnded(w0, 0, WELL, (OUT,)))
    training.tell(ContainerCompleted(w0, 0, ""))
    ended = training.tell(TaskEnded(w1, 0, WELL, (OUT,)))
    assert ended == [ReleaseAgent(w1), StopTask(ps, 5.0, keep_outputs=True)]
    training.tell(ContainerCompleted(w1, 0, ""))
    training.tell(TaskEnded(ps, 0, STOPPED))
    committed = training.tell(ContainerCompleted(ps, 0, ""))
    moves = (
        Rename(f"{OUT}/_temporary/worker-0-0", f"{OUT}/{w0}"),
        Rename(f"{OUT}/_temporary/worker-1-0", f"{OUT}/{w1}"),
    )
    assert committed == [CommitOutputs(CommitPlan((OUT,), moves))]
    assert training.tell(OutputsCommitted()) == [Finish(Outcome.SUCCEEDED, "")]
    assert training.tell(Unregistered()) == [DeleteStaging()]
    assert training.state.phase is JobPhase.ENDED


def test_a_failure_stops_all_and_discards(training: Story) -> None:
    w0, w1, ps = training.run("worker", "worker", "ps")
    boom = Cause(CauseKind.EXITED, 3, "", "Traceback:\nValueError: boom\n")
    ended = training.tell(TaskEnded(w1, 0, boom))
    assert ended == [ReleaseAgent(w1), StopTask(w0, 5.0), StopTask(ps, 5.0)]
    for container in (w0, ps):
        training.tell(TaskEnded(container, 0, STOPPED))
        training.tell(ContainerCompleted(container, 0, ""))
    assert training.tell(ContainerCompleted(w1, 3, "")) == [DiscardOutputs((OUT,))]
    assert training.tell(OutputsDiscarded()) == [
        Finish(
            Outcome.FAILED,
            f"worker 1 on n1 ({w1}) exited with code 3; "
            "last line on stderr: ValueError: boom",
        )
    ]
    assert training.state.tasks[TaskId("worker", 0)].state is TaskState.STOPPED


def test_a_stop_is_a_verdict_of_its_own(training: Story) -> None:
    training.run("worker", "worker", "ps")
    training.tell(StopRequested("alice", "enough"))
    assert training.state.verdict is not None
    assert training.state.verdict.outcome is Outcome.KILLED
    assert training.state.verdict.diagnostics == "stopped by alice: enough"


def test_what_cannot_be_asked_for_ends_the_job_at_once(training: Story) -> None:
    training.tell(Registered(1, ()))
    why = "4096 MiB is more than any node has"
    assert training.tell(AskRefused(why)) == [Ask("worker", 0), Ask("ps", 0)]
    # Only now is it known whether there is something to take back.
    assert training.tell(InputListed({})) == [DiscardOutputs((OUT,))]


def test_gpus_on_a_cluster_that_counts_none_end_the_job_at_once(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    spec = job(worker=1)
    role = replace(spec.roles[0], resources=Resources(1024, 1, 1))
    spec = replace(spec, roles=(role,))
    actions = tell(spec).tell(Registered(1, ("memory-mb", "vcores")))
    why = "role worker asks for GPUs, and this cluster has no yarn.io/gpu"
    assert actions == [Finish(Outcome.FAILED, why)]


def test_unusable_input_ends_the_job(training: Story) -> None:
    training.tell(Registered(1, ()))
    ended = training.tell(InputUnusable("`/in` is not there"))
    assert ended[0] == Finish(Outcome.FAILED, "`/in` is not there")


def test_outputs_that_were_claimed_for_nothing_are_given_up(training: Story) -> None:
    training.tell(Registered(1, ()))
    ended = training.tell(InputUnusable("`/in` is not there", claimed=True))
    assert ended[0] == DiscardOutputs((OUT,))
    told = training.tell(OutputsDiscarded())
    assert told == [Finish(Outcome.FAILED, "`/in` is not there")]


@pytest.mark.parametrize("end", [Terminated(), AttemptEnded("unknown")])
def test_an_attempt_that_ends_touches_nothing(training: Story, end: AnyEvent) -> None:
    training.run("worker", "worker", "ps")
    assert training.tell(end) == []
    assert training.state.phase is JobPhase.ENDED
    assert training.tell(Terminated()) == []


def test_a_container_that_does_not_end_is_stopped_harder_and_then_left(
    training: Story,
) -> None:
    w0, w1, ps = training.run("worker", "worker", "ps")
    training.tell(StopRequested("alice"))
    for container in (w0, w1):
        training.tell(ContainerCompleted(container, 0, ""))
    training.now = 10.0
    assert training.tell(Ticked()) == [StopContainer(ps)]
    training.now = 25.0
    assert training.tell(Ticked()) == [DiscardOutputs((OUT,))]


def test_an_agent_that_comes_late_or_never_is_given_up(training: Story) -> None:
    training.tell(Registered(1, ()))
    (w0,), _ = training.allocate("worker")
    training.now = 300.0
    assert training.tell(Ticked()) == [StopContainer(w0), Ask("worker", 2)]


def test_a_broken_stream_is_waited_for(training: Story) -> None:
    w0, _, _ = training.run("worker", "worker", "ps")
    training.now = 1.0
    training.tell(AgentDetached(w0))
    training.now = 2.0
    again = training.tell(AgentAttached(w0))
    assert [type(action) for action in again] == [Assign, Start]
    training.tell(AgentDetached(w0))
    training.now = 40.0
    assert StopContainer(w0) in training.tell(Ticked())


def test_the_user_is_told_what_happens_to_the_cluster(training: Story) -> None:
    training.tell(Registered(1, ()))
    training.tell(ResourceManagerLost("connection refused"))
    training.tell(ResourceManagerFound())
    training.tell(PreemptionAnnounced(("container_1",)))
    assert [message.text for message in training.state.messages] == [
        "XLearning application needs 2 worker and 1 ps  containers in fact",
        "the ResourceManager does not answer: connection refused",
        "the ResourceManager answers again",
        "container container_1 will be preempted",
    ]


def test_a_start_that_met_a_broken_stream_is_repeated(training: Story) -> None:
    training.tell(Registered(1, ()))
    training.tell(InputListed({}))
    (w0, w1, ps), _ = training.allocate("worker", "worker", "ps")
    for container in (w0, w1, ps):
        training.tell(AgentAttached(container))
    training.tell(TaskReady(w0, 0, "n1:1"))
    training.tell(AgentDetached(w0))
    training.tell(TaskReady(w1, 0, "n1:2"))
    assert training.tell(AgentAttached(w0))[-1:] != [ReleaseAgent(w0)]
    training.tell(AgentDetached(w0))
    training.tell(TaskReady(ps, 0, "n1:3"))
    repeated = training.tell(AgentAttached(w0))
    assert [action for action in repeated if isinstance(action, Start)]


def test_a_task_that_is_lost_after_the_view_ends_the_job(training: Story) -> None:
    _, _, ps = training.begin("worker", "worker", "ps")
    training.tell(ContainerCompleted(ps, -102, "Container preempted by scheduler"))
    assert training.state.verdict is not None
    assert "preempted" in training.state.verdict.diagnostics


def test_a_stop_does_not_wait_for_uploads(training: Story) -> None:
    w0, w1, ps = training.run("worker", "worker", "ps")
    training.tell(TaskSaving(w0, 0))
    training.tell(StopRequested("alice"))
    for container in (w1, ps):
        training.tell(ContainerCompleted(container, -105, ""))
    training.now = 10.0
    assert training.tell(Ticked()) == [StopContainer(w0)]


def test_a_slow_list_of_input_costs_no_agent(training: Story) -> None:
    training.tell(Registered(1, ()))
    (w0,), _ = training.allocate("worker")
    training.tell(AgentAttached(w0))
    training.now = 301.0
    assert training.tell(Ticked()) == []


def test_a_verdict_that_is_overturned_is_told(training: Story) -> None:
    w0, w1, ps = training.run("worker", "worker", "ps")
    for container in (w0, w1):
        training.tell(TaskEnded(container, 0, WELL, (OUT,)))
        training.tell(ContainerCompleted(container, 0, ""))
    training.tell(TaskEnded(ps, 0, STOPPED))
    training.tell(ContainerCompleted(ps, 0, ""))
    training.tell(CommitFailed("disk full"))
    told = training.state.messages[-1].text
    assert told == "job FAILED after all: outputs were not committed: disk full"
    assert training.tell(OutputsDiscarded()) == [
        Finish(Outcome.FAILED, "outputs were not committed: disk full")
    ]


def test_giving_back_a_gang_is_no_fault(training: Story) -> None:
    training.now = 1.0
    training.tell(Registered(1, ()))
    training.tell(InputListed({}))
    for number in range(5):
        (w0,), _ = training.allocate("worker")
        training.tell(AgentAttached(w0))
        training.tell(TaskReady(w0, number, "n1:1"))
        training.now += 600.0
        training.tell(Ticked())
        training.tell(ContainerCompleted(w0, -105, ""))
        training.now += 31.0
        training.tell(Ticked())
    (w0,), _ = training.allocate("worker")
    training.tell(StartRefused(w0, "connection refused"))
    assert training.state.verdict is None


def test_who_gets_no_input_is_told(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    inputs = (InputSpec("data", ("hdfs://nn:8020/in",)),)
    story = tell(replace(job(worker=2), inputs=inputs))
    story.tell(Registered(1, ()))
    file = InputFile("data", "hdfs://nn:8020/in/a", 10, "a")
    story.tell(InputListed({"worker-0": (file,), "worker-1": ()}))
    assert story.state.messages[-1].text == (
        "warning: 1 of 2 tasks get no input (worker-1): there is only 1 file"
    )


def test_who_gets_no_split_is_told(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    inputs = (InputSpec("data", ("hdfs://nn:8020/in",)),)
    story = tell(replace(job(worker=2), inputs=inputs))
    story.tell(Registered(1, ()))
    split = StreamSplit("data", RecordSplit(payload_length=7))
    story.tell(InputListed({}, splits={"worker-0": (split,), "worker-1": ()}))
    assert story.state.messages[-1].text == (
        "warning: 1 of 2 tasks get no input (worker-1): there is only 1 split"
    )
    assert story.state.input_bytes == {"worker-0": 7, "worker-1": 0}


def test_input_without_files_is_told(
    job: Callable[..., JobSpec], tell: Callable[[JobSpec], Story]
) -> None:
    inputs = (InputSpec("data", ("hdfs://nn:8020/in",)),)
    story = tell(replace(job(worker=1), inputs=inputs))
    story.tell(Registered(1, ()))
    story.tell(InputListed({"worker-0": ()}))
    assert story.state.messages[-1].text == "warning: the input has no files"


def test_trouble_with_progress_is_told(training: Story) -> None:
    w0, _, _ = training.run("worker", "worker", "ps")
    training.tell(TaskTroubled(w0, 0, "progress log format error"))
    assert training.state.messages[-1].text == "worker 0: progress log format error"
    last = training.state.last_message
    training.tell(TaskTroubled(w0, 7, "progress log format error"))
    assert training.state.last_message == last
