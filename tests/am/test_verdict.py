"""How a job ends, and the way from the verdict to the last action."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from xlearning.am.actions import (
    Action,
    CommitOutputs,
    DiscardOutputs,
    Finish,
    StopContainer,
    StopTask,
)
from xlearning.am.events import (
    CommitFailed,
    ContainerCompleted,
    InputListed,
    OutputsCommitted,
    OutputsDiscarded,
    Registered,
    StopRequested,
    TaskEnded,
    TaskRunning,
    TaskSaving,
    Ticked,
    Unregistered,
)
from xlearning.am.verdict import GIVE_UP_S, OPTIONAL_GRACE_S, STOP_MARGIN_S
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.ids import TaskId
from xlearning.job.spec import JobOptions, OutputSpec
from xlearning.job.states import JobPhase, Outcome, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.am.conftest import Story
    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]
    Teller = Callable[[JobSpec], Story]

OUT = "hdfs://nn:8020/out"
WELL = Cause(CauseKind.SUCCEEDED)
BOOM = Cause(CauseKind.EXITED, 3, "", "ValueError: boom\n")
UNSAVED = Cause(CauseKind.OUTPUT, 0, "no space left")
STOPPED = Cause(CauseKind.STOPPED)
GRACE_S = 5.0


def verdict(story: Story) -> tuple[Outcome, str] | None:
    """Return outcome and diagnostics, None before the verdict."""
    given = story.state.verdict
    return (given.outcome, given.diagnostics) if given else None


def finishes(actions: list[Action]) -> list[Finish]:
    """Return what is told to the ResourceManager."""
    return [action for action in actions if isinstance(action, Finish)]


def end(story: Story, container: str, cause: Cause) -> list[Action]:
    """Let a try end and its container complete; return what is done about both."""
    actions = story.tell(TaskEnded(container, 0, cause))
    return [*actions, *story.tell(ContainerCompleted(container, 0, ""))]


# ---- the verdict


@pytest.mark.parametrize(
    ("workers", "failures", "fails"),
    [(1, 1, True), (2, 1, True), (3, 1, False), (4, 1, False), (4, 2, True)],
)
def test_independent_tasks_may_fail_up_to_a_share(
    job: Maker, tell: Teller, workers: int, failures: int, fails: bool
) -> None:
    story = tell(job(worker=workers))
    containers = story.run(*["worker"] * workers)
    for container in containers[:failures]:
        end(story, container, BOOM)
    assert (verdict(story) is not None) is fails
    if not fails:
        for container in containers[failures:]:
            end(story, container, WELL)
        assert verdict(story) == (
            Outcome.SUCCEEDED,
            "worker 0 failed, which `xlearning.container.maxFailures.rate` allows",
        )


def test_a_failure_rate_of_zero_bears_no_failure(job: Maker, tell: Teller) -> None:
    story = tell(replace(job(worker=3), options=JobOptions(failure_rate=0.0)))
    w0, _, _ = story.run("worker", "worker", "worker")
    end(story, w0, BOOM)
    outcome, why = verdict(story) or (None, "")
    assert outcome is Outcome.FAILED
    assert why.startswith("worker 0 on n1 (container_")
    assert why.endswith("exited with code 3; last line on stderr: ValueError: boom")


def test_an_exception_that_more_follows_is_told(job: Maker, tell: Teller) -> None:
    story = tell(job(worker=1))
    (container,) = story.run("worker")
    tail = "Traceback (most recent call last):\n  a\nValueError: boom\nbye\n"
    end(story, container, Cause(CauseKind.EXITED, 3, "", tail))
    _, why = verdict(story) or (None, "")
    assert why.endswith("exited with code 3; error on stderr: ValueError: boom")


def test_the_first_failure_is_named_and_the_others_counted(
    job: Maker, tell: Teller
) -> None:
    story = tell(job(worker=4))
    containers = story.run(*["worker"] * 4)
    story.now = 10.0
    end(story, containers[2], Cause(CauseKind.SIGNALLED, 11))
    story.now = 20.0
    end(story, containers[0], BOOM)
    _, why = verdict(story) or (None, "")
    assert why == (
        f"worker 2 on n1 ({containers[2]}) was killed by signal 11 (SIGSEGV) "
        "(2 of 4 tasks failed)"
    )


def test_a_service_that_fails_fails_the_job(training: Story) -> None:
    _, _, ps = training.run("worker", "worker", "ps")
    end(training, ps, BOOM)
    assert (verdict(training) or (None,))[0] is Outcome.FAILED


def test_a_service_that_ends_well_early_does_not_end_the_job(training: Story) -> None:
    w0, w1, ps = training.run("worker", "worker", "ps")
    end(training, ps, WELL)
    assert verdict(training) is None
    end(training, w0, WELL)
    end(training, w1, WELL)
    assert verdict(training) == (Outcome.SUCCEEDED, "")


def test_a_job_of_services_alone_ends_with_them(job: Maker, tell: Teller) -> None:
    story = tell(job("TENSORFLOW", ps=2))
    first, second = story.run("ps", "ps")
    end(story, first, WELL)
    assert verdict(story) is None
    end(story, second, WELL)
    assert verdict(story) == (Outcome.SUCCEEDED, "")


@pytest.fixture
def evaluated(job: Maker, tell: Teller) -> tuple[Story, str, str, str]:
    """Return a worker, an evaluator and a parameter server, running."""
    story = tell(job("TENSORFLOW", worker=1, evaluator=1, ps=1))
    worker, evaluator, ps = story.run("worker", "evaluator", "ps")
    story.now = 100.0
    return story, worker, evaluator, ps


def test_an_evaluator_may_fail(evaluated: tuple[Story, str, str, str]) -> None:
    story, worker, evaluator, _ = evaluated
    end(story, evaluator, BOOM)
    assert verdict(story) is None
    end(story, worker, WELL)
    assert verdict(story) == (Outcome.SUCCEEDED, "")


def test_an_evaluator_sees_the_last_checkpoint_but_not_for_ever(
    evaluated: tuple[Story, str, str, str],
) -> None:
    story, worker, evaluator, ps = evaluated
    end(story, worker, WELL)
    assert verdict(story) is None
    story.now = 100.0 + OPTIONAL_GRACE_S
    actions = story.tell(Ticked())
    assert verdict(story) == (Outcome.SUCCEEDED, "")
    stops = [StopTask(evaluator, GRACE_S, True), StopTask(ps, GRACE_S, True)]
    assert [action for action in actions if isinstance(action, StopTask)] == stops


def test_an_evaluator_that_ends_in_time_ends_the_wait(
    evaluated: tuple[Story, str, str, str],
) -> None:
    story, worker, evaluator, _ = evaluated
    end(story, worker, WELL)
    end(story, evaluator, WELL)
    assert verdict(story) == (Outcome.SUCCEEDED, "")


# ---- the way to the end


def test_without_outputs_the_result_is_told_at_once(job: Maker, tell: Teller) -> None:
    story = tell(job(worker=1))
    (w0,) = story.run("worker")
    assert finishes(end(story, w0, WELL)) == [Finish(Outcome.SUCCEEDED, "")]
    story.tell(OutputsCommitted())
    story.tell(CommitFailed("too late"))
    assert verdict(story) == (Outcome.SUCCEEDED, "")
    story.tell(Unregistered())
    assert story.state.phase is JobPhase.ENDED
    assert story.tell(StopRequested("alice")) == []


def test_a_stop_before_anything_runs_names_who_and_why(training: Story) -> None:
    training.tell(Registered(1, ()))
    training.tell(StopRequested("alice", "enough"))
    assert verdict(training) == (Outcome.KILLED, "stopped by alice: enough")


def test_containers_are_stopped_by_whoever_can(training: Story) -> None:
    w0, w1, ps = training.run("worker", "worker", "ps")
    training.tell(TaskEnded(w0, 0, WELL))
    from_agent = training.tell(StopRequested("alice"))
    # Worker 0 has ended and was let go; nobody has to stop it.
    assert from_agent == [StopTask(w1, GRACE_S), StopTask(ps, GRACE_S)]


def test_an_upload_is_waited_for_when_the_job_has_succeeded(training: Story) -> None:
    w0, w1, ps = training.run("worker", "worker", "ps")
    end(training, w0, WELL)
    end(training, w1, WELL)
    training.tell(TaskSaving(ps, 0))
    for _ in range(10):
        training.now += GRACE_S + STOP_MARGIN_S
        assert training.tell(Ticked()) == []
    committed = end(training, ps, Cause(CauseKind.STOPPED))
    assert any(isinstance(action, CommitOutputs) for action in committed)


def test_an_upload_that_begins_late_is_waited_for_too(training: Story) -> None:
    w0, w1, ps = training.run("worker", "worker", "ps")
    end(training, w0, WELL)
    end(training, w1, WELL)
    training.now += GRACE_S + STOP_MARGIN_S
    assert training.tell(Ticked()) == [StopContainer(ps)]
    training.tell(TaskSaving(ps, 0))
    training.now += GIVE_UP_S
    assert training.tell(Ticked()) == []
    committed = end(training, ps, Cause(CauseKind.STOPPED))
    assert any(isinstance(action, CommitOutputs) for action in committed)
    training.now += STOP_MARGIN_S
    assert training.tell(Ticked()) == []
    assert training.state.phase is JobPhase.COMMITTING


def test_what_does_not_end_is_stopped_harder_then_left_to_yarn(
    training: Story,
) -> None:
    w0, w1, ps = training.run("worker", "worker", "ps")
    training.tell(StopRequested("alice"))
    end(training, w0, STOPPED)
    training.tell(TaskEnded(w1, 0, STOPPED))
    training.now = GRACE_S + STOP_MARGIN_S
    stops = [a for a in training.tell(Ticked()) if isinstance(a, StopContainer)]
    assert {action.container_id for action in stops} == {w1, ps}
    training.now += GIVE_UP_S
    assert DiscardOutputs((OUT,)) in training.tell(Ticked())
    assert not training.state.containers
    left = training.state.tasks[TaskId("ps", 0)]
    assert (left.state, left.cause) == (
        TaskState.STOPPED,
        Cause(CauseKind.STOPPED, 0, "it did not end"),
    )
    told = [message.text for message in training.state.messages]
    assert f"container {ps} does not end, left to YARN" in told


def test_an_upload_that_failed_after_the_verdict_fails_the_job(training: Story) -> None:
    w0, w1, ps = training.run("worker", "worker", "ps")
    end(training, w0, WELL)
    end(training, w1, WELL)
    assert DiscardOutputs((OUT,)) in end(training, ps, UNSAVED)
    told = finishes(training.tell(OutputsDiscarded()))
    why = f"ps 0 on n1 ({ps}) could not upload its output: no space left"
    assert told == [Finish(Outcome.FAILED, why)]


def test_a_commit_that_failed_fails_the_job_and_is_tidied_up(training: Story) -> None:
    for container in training.run("worker", "worker", "ps"):
        end(training, container, WELL)
    assert training.state.phase is JobPhase.COMMITTING
    assert training.tell(CommitFailed("disk full")) == [DiscardOutputs((OUT,))]
    why = "outputs were not committed: disk full"
    assert training.tell(OutputsDiscarded()) == [Finish(Outcome.FAILED, why)]


def test_two_directories_of_one_output_are_one_output(job: Maker, tell: Teller) -> None:
    outputs = (OutputSpec(OUT, "model"), OutputSpec(OUT, "logs"))
    story = tell(replace(job(worker=2), outputs=outputs))
    story.tell(Registered(1, ()))
    story.tell(InputListed({}))
    assert DiscardOutputs((OUT,)) in story.tell(StopRequested("alice"))


def test_nothing_runs_after_a_late_word_of_an_agent(training: Story) -> None:
    w0, _, _ = training.begin("worker", "worker", "ps")
    training.tell(StopRequested("alice"))
    training.tell(TaskRunning(w0, 0))
    training.now = GRACE_S + STOP_MARGIN_S
    training.tell(Ticked())
    training.now += GIVE_UP_S
    training.tell(Ticked())
    assert not training.state.containers
    assert training.state.total(TaskState.RUNNING, TaskState.READY) == 0
