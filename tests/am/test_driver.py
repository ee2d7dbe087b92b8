"""The loop of the ApplicationMaster: decide, write down, acknowledge, act."""

from __future__ import annotations

import asyncio
import io
import time
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from xlearning.am.actions import (
    Action,
    Ask,
    DeleteStaging,
    Finish,
    Launch,
    ListInput,
    ReleaseAgent,
    ReleaseContainer,
    Start,
    StopContainer,
)
from xlearning.am.driver import Clock, Driver
from xlearning.am.events import (
    AgentAttached,
    Allocated,
    ContainerCompleted,
    ContainersAllocated,
    ContainerStarted,
    InputListed,
    Registered,
    StopRequested,
    TaskEnded,
    TaskReady,
    TaskRunning,
    Terminated,
    Ticked,
    Unregistered,
)
from xlearning.am.journal import decode_lines, encode_line, replay
from xlearning.am.journal_writer import JournalWriter
from xlearning.am.state import new_state
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.spec import JobOptions
from xlearning.job.states import JobPhase, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xlearning.am.events import AnyEvent
    from xlearning.job.spec import JobSpec

WELL = Cause(CauseKind.SUCCEEDED)


class Cluster:
    """Hands that do at once what a cluster and agents would do in time.

    Attributes:
        done: Every batch of actions, in order.
        launched: Set when a container was to be launched.
        starts: Whether containers really start.
    """

    def __init__(self, driver: Driver, *, starts: bool = True) -> None:
        self.done: list[list[Action]] = []
        self.starts = starts
        self.launched = asyncio.Event()
        self._driver = driver
        self._numbers = iter(range(2, 1000))

    def perform(self, actions: Sequence[Action]) -> None:
        self.done.append(list(actions))
        if any(isinstance(action, Launch) for action in actions):
            self.launched.set()
        for action in actions:
            for event in self._answer(action):
                self._driver.emit(event)

    def _answer(self, action: Action) -> list[AnyEvent]:
        match action:
            case ListInput():
                return [InputListed({})]
            case Ask(role, count):
                numbers = (next(self._numbers) for _ in range(count))
                given = (Allocated(f"c_{n}", role, "n1:1", "n1:2") for n in numbers)
                return [ContainersAllocated(tuple(given))]
            case Launch(container_id) if self.starts:
                started = ContainerStarted(container_id)
                attached = AgentAttached(container_id)
                return [started, attached, TaskReady(container_id, 0, "n1:3")]
            case Start(container_ids):
                ended = [TaskEnded(c, 0, WELL) for c in container_ids]
                return [*(TaskRunning(c, 0) for c in container_ids), *ended]
            case ReleaseAgent(container_id):
                return [ContainerCompleted(container_id, 0, "")]
            case StopContainer(container_id):
                return [ContainerCompleted(container_id, -105, "killed")]
            case Finish():
                return [Unregistered()]
            case _:
                return []


class Journal(io.BytesIO):
    """A journal that counts how often it was made durable."""

    flushes = 0

    def flush(self) -> None:
        self.flushes += 1


@pytest.fixture
def journal() -> Journal:
    """Return an empty journal."""
    return Journal()


@pytest.fixture
def drive(journal: Journal) -> Callable[[JobSpec], Driver]:
    """Return the maker of drivers that write into the journal."""

    def make(spec: JobSpec) -> Driver:
        clock = Clock()
        return Driver(new_state(spec, clock()), clock, JournalWriter(journal))

    return make


async def run(driver: Driver, hands: Cluster) -> None:
    """Run a job, which must come to its end."""
    async with asyncio.timeout(10):
        await driver.run(hands)


async def test_a_job_runs_to_its_end_and_its_journal_tells_it_again(
    job: Callable[..., JobSpec],
    drive: Callable[[JobSpec], Driver],
    journal: Journal,
) -> None:
    spec = job("TENSORFLOW", worker=2)
    driver = drive(spec)
    hands = Cluster(driver)
    driver.emit(Registered(1, ()))
    await run(driver, hands)
    assert driver.state.phase is JobPhase.ENDED
    assert Finish(Outcome.SUCCEEDED, "") in [a for batch in hands.done for a in batch]
    lines = decode_lines(journal.getvalue())
    assert replay(spec, driver.state.started, lines) == driver.state
    assert [line.at for line in lines] == sorted(line.at for line in lines)


async def test_what_came_together_is_decided_flushed_and_done_together(
    job: Callable[..., JobSpec],
    drive: Callable[[JobSpec], Driver],
    journal: Journal,
) -> None:
    driver = drive(job(worker=1))
    hands = Cluster(driver)
    driver.emit(Registered(1, ()))
    driver.emit(StopRequested("alice"))
    await run(driver, hands)
    asked, done, *_ = hands.done
    assert [type(action) for action in asked] == [Ask, Ask]
    assert [type(action) for action in done] == [ListInput, Finish]
    assert hands.done[2:] == [[ReleaseContainer("c_2")], [DeleteStaging()]]
    assert journal.flushes == 1, (
        "the last line, of the result that was told, need not be"
    )


async def test_an_event_is_settled_when_it_is_in_the_journal_and_before_the_act(
    job: Callable[..., JobSpec],
    drive: Callable[[JobSpec], Driver],
    journal: Journal,
) -> None:
    driver = drive(job(worker=1))
    hands = Cluster(driver)
    seen: list[tuple[int, int, list[type[Action]]]] = []

    def settled() -> None:
        written = len(decode_lines(journal.getvalue()))
        done = [type(action) for batch in hands.done for action in batch]
        seen.append((written, journal.flushes, done))

    driver.emit(Registered(1, ()), settled)
    driver.emit(StopRequested("alice"), settled)
    await run(driver, hands)
    assert seen == [(2, 1, [Ask, Ask])] * 2, "asks need not be in the journal"


async def test_an_attempt_goes_on_where_the_one_before_stopped(
    job: Callable[..., JobSpec],
    drive: Callable[[JobSpec], Driver],
    journal: Journal,
) -> None:
    spec = job("TENSORFLOW", worker=2)
    first = drive(spec)
    hands = Cluster(first, starts=False)
    first.emit(Registered(1, ()))
    first.emit(InputListed({}))
    async with asyncio.timeout(10):
        while not hands.launched.is_set():
            await first.step(hands)
    first.emit(ContainerStarted("c_2"))
    first.emit(Terminated())
    await first.step(hands)
    assert first.state.phase is JobPhase.ENDED
    second = drive(spec)
    second.take_over([journal.getvalue(), b""])
    assert second.state.phase is JobPhase.RUNNING
    assert second.state.containers == first.state.containers
    assert second.state.started == decode_lines(journal.getvalue())[0].at


async def test_a_deadline_comes_when_nothing_else_does(
    job: Callable[..., JobSpec],
    drive: Callable[[JobSpec], Driver],
    journal: Journal,
) -> None:
    impatient = JobOptions(localisation_timeout_s=0.02)
    driver = drive(replace(job(worker=1), options=impatient))
    driver.emit(Registered(1, ()))
    await run(driver, Cluster(driver, starts=False))
    verdict = driver.state.verdict
    assert verdict is not None
    assert verdict.outcome is Outcome.FAILED
    assert "its agent did not come within 0 s" in verdict.diagnostics
    events = [line.event for line in decode_lines(journal.getvalue())]
    assert events.count(Ticked()) >= 4, "one for each try"


async def test_an_event_is_not_lost_to_a_deadline_that_is_far(
    job: Callable[..., JobSpec], drive: Callable[[JobSpec], Driver]
) -> None:
    driver = drive(job(worker=1))
    hands = Cluster(driver, starts=False)
    driver.emit(Registered(1, ()))
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(driver.run(hands))
        await hands.launched.wait()
        driver.emit(StopRequested("alice"))
    assert driver.state.verdict is not None
    assert driver.state.verdict.diagnostics == "stopped by alice"


async def test_a_job_that_has_ended_is_not_run(
    job: Callable[..., JobSpec], drive: Callable[[JobSpec], Driver]
) -> None:
    driver = drive(job(worker=1))
    driver.state.phase = JobPhase.ENDED
    hands = Cluster(driver)
    await run(driver, hands)
    assert hands.done == []


def test_the_clock_tells_the_time_of_day_and_never_goes_back() -> None:
    clock = Clock()
    assert abs(clock() - time.time()) < 5.0
    moments = [clock() for _ in range(100)]
    assert moments == sorted(moments)


def test_a_later_attempt_is_not_behind_the_one_before(
    job: Callable[..., JobSpec],
) -> None:
    """The clocks of two machines differ; what is held until then would be for long."""
    clock, spec = Clock(), job(worker=1)
    driver = Driver(new_state(spec, clock()), clock, JournalWriter(io.BytesIO()))
    ahead = clock() + 3600.0
    driver.take_over([encode_line(Registered(1, ()), ahead)])
    assert clock() >= ahead
    clock.catch_up(ahead - 60.0)
    assert clock() >= ahead
