"""The talk with a ResourceManager: what is asked, collected, said again."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace as replace_value
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from xlearning.am.constraints import BESIDE
from xlearning.am.events import (
    Allocated,
    AskRefused,
    AttemptEnded,
    ContainerCompleted,
    ContainersAllocated,
    PreemptionAnnounced,
    ResourceManagerFound,
    ResourceManagerLost,
    ResourceManagerResynced,
    Unregistered,
)
from xlearning.am.rm_heartbeat import RmHeartbeat
from xlearning.errors import ConnectionLost, XLearningError
from xlearning.hadoop.allocation import Allocation, FinalStatus, Registration
from xlearning.hadoop.application_master import (
    ApplicationAttemptNotFound,
    ApplicationMasterNotRegistered,
)
from xlearning.hadoop.asks import InvalidResourceRequest
from xlearning.hadoop.constraints import (
    Constraint,
    Rejection,
    SchedulingRequest,
    Target,
    TargetKind,
)
from xlearning.hadoop.ids import ContainerId, NodeId
from xlearning.hadoop.records import (
    Container,
    ContainerState,
    ContainerStatus,
    NMToken,
    Preemption,
    Resource,
    ResourceRequest,
    Token,
)
from xlearning.io.locality import Place
from xlearning.job.resources import Resources
from xlearning.job.spec import Placement
from xlearning.job.states import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.am.conftest import Ears
    from xlearning.hadoop.asks import AnyAsk
    from xlearning.job.spec import JobSpec

C2 = ContainerId.parse("container_1700000000000_0001_01_000002")
NODE = NodeId("n1", 45454)


class Script:
    """A ResourceManager that answers heartbeats as it is told, then with nothing.

    Attributes:
        heard: What each heartbeat asked for, by role's priority, and gave back.
        places: What each heartbeat asked for, by host, rack or `*`.
        alone: Of these, what may not be served elsewhere.
        requests: What each heartbeat asked for with conditions.
        finished: The result it was told.
    """

    pause_s = 0.01

    def __init__(self, *answers: Allocation | XLearningError) -> None:
        self.heard: list[tuple[dict[int, int], tuple[ContainerId, ...]]] = []
        self.places: list[dict[str, int]] = []
        self.alone: list[set[str]] = []
        self.requests: list[list[SchedulingRequest]] = []
        self.finished: list[tuple[FinalStatus, str]] = []
        self.registered = 0
        self._answers = deque(answers)
        self.finish_answers: deque[XLearningError] = deque()
        self._beats: asyncio.Queue[dict[int, int]] = asyncio.Queue()

    async def register(self, host: str, tracking_url: str) -> Registration:
        self.registered += 1
        return Registration(Resource(4096, 8), "root.default", ("memory-mb", "vcores"))

    async def allocate(
        self,
        progress: float,
        asks: Sequence[AnyAsk],
        releases: Sequence[ContainerId],
    ) -> Allocation:
        self.requests.append([a for a in asks if isinstance(a, SchedulingRequest)])
        return self._answer(
            [a for a in asks if isinstance(a, ResourceRequest)], releases
        )

    def _answer(
        self, asks: Sequence[ResourceRequest], releases: Sequence[ContainerId]
    ) -> Allocation:
        self.places.append({ask.resource_name: ask.count for ask in asks})
        self.alone.append({a.resource_name for a in asks if not a.relax_locality})
        self.heard.append(({a.priority: a.count for a in asks}, tuple(releases)))
        self._beats.put_nowait(self.heard[-1][0])
        answer = self._answers.popleft() if self._answers else Allocation()
        if isinstance(answer, XLearningError):
            raise answer
        return answer

    async def beat(self, asks: dict[int, int]) -> None:
        """Wait for a heartbeat that asks for this."""
        async with asyncio.timeout(10):
            while await self._beats.get() != asks:
                pass

    async def finish(self, status: FinalStatus, diagnostics: str) -> None:
        if self.finish_answers:
            raise self.finish_answers.popleft()
        self.finished.append((status, diagnostics))


@pytest.fixture
def talk(job: Callable[..., JobSpec], ears: Ears) -> Callable[[Script], RmHeartbeat]:
    """Return the maker of heartbeats for a job with workers and a ps."""

    def make(script: Script, **placed: object) -> RmHeartbeat:
        protocol: Any = script
        spec = job("TENSORFLOW", worker=2, ps=1)
        roles = [replace(spec.role("worker"), **placed), spec.role("ps")]
        return RmHeartbeat(
            protocol, roles, ears, host="n1", tracking_url="http://n1/", idle_s=0.5
        )

    return make


def given(priority: int) -> Allocation:
    container = Container(
        C2, NODE, "n1:8042", Resource(1024, 1), priority, Token(b"i", b"p")
    )
    return Allocation((container,), nm_tokens=(NMToken(NODE, Token(b"n", b"p")),))


def over(exit_status: int) -> Allocation:
    status = ContainerStatus(C2, ContainerState.COMPLETE, exit_status, "why")
    return Allocation(completed=(status,))


async def test_an_ask_is_sent_at_once_and_once(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    script = Script(given(priority=1), over(3))
    heartbeat = talk(script)
    heartbeat.ask("worker", 2)
    heartbeat.ask("ps", 1)
    async with asyncio.TaskGroup() as group:
        group.create_task(heartbeat.run())
        allocated = await ears.next()
        assert await ears.next() == ContainerCompleted(str(C2), 3, "why")
        heartbeat.finish(Outcome.SUCCEEDED, "")
        assert await ears.next() == Unregistered()
    assert allocated == ContainersAllocated(
        (Allocated(str(C2), "worker", "n1:45454", "n1:8042"),)
    )
    assert script.heard[0] == ({1: 2, 2: 1}, ())
    assert all(asks == {} for asks, _ in script.heard[1:])
    assert script.finished == [(FinalStatus.SUCCEEDED, "")]


async def test_what_the_queue_has_left_is_remembered(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    script = Script(Allocation(available=Resource(512, -1, 2)), Allocation())
    heartbeat = talk(script)
    assert heartbeat.headroom is None
    for _ in range(2):
        await heartbeat.beat()
        assert heartbeat.headroom == Resources(512, 0, 2)


async def test_places_are_named_beside_the_ask_and_taken_back(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    script = Script()
    heartbeat = talk(script)
    heartbeat.ask("worker", 2, (Place("/r", 2), Place("n1", 2)))
    await heartbeat.beat()
    heartbeat.ask("worker", 1, (Place("/r", 1), Place("n2", 1)))
    await heartbeat.beat()
    heartbeat.ask("worker", 0)
    await heartbeat.beat()
    assert script.places == [
        {"*": 2, "/r": 2, "n1": 2},
        {"*": 1, "/r": 1, "n1": 0, "n2": 1},
        {"*": 0, "/r": 0, "n2": 0},
    ]


def given_beside() -> Allocation:
    (container,) = given(priority=1).containers
    beside = replace_value(container, allocation_request_id=BESIDE + 1)
    return Allocation((beside,))


async def test_a_placed_role_is_asked_for_with_its_constraints(
    talk: Callable[..., RmHeartbeat], ears: Ears
) -> None:
    script = Script(Allocation(), given_beside())
    heartbeat = talk(script, constrained=True, placement=Placement.PACK)
    heartbeat.ask("worker", 2, (), 1)
    heartbeat.ask("ps", 1)
    await heartbeat.beat()
    assert [each.count for each in script.requests[0]] == [1, 1]
    assert script.places[0] == {"*": 1}
    await heartbeat.beat()
    # One beside the others has come; said again, it is not asked for any more.
    heartbeat.ask("worker", 1, (), 0)
    await heartbeat.beat()
    assert [[each.count for each in said] for said in script.requests[1:]] == [
        [],
        [1, 0],
    ]


class Interrupted(Script):
    """A ResourceManager that lets something happen while its answer is on its way."""

    meanwhile: Callable[[], None] | None = None

    async def allocate(
        self,
        progress: float,
        asks: Sequence[AnyAsk],
        releases: Sequence[ContainerId],
    ) -> Allocation:
        answer = await super().allocate(progress, asks, releases)
        if self.meanwhile is not None:
            self.meanwhile()
            self.meanwhile = None
        return answer


async def test_what_comes_before_it_is_said_is_not_asked_for(
    talk: Callable[..., RmHeartbeat], ears: Ears
) -> None:
    script = Interrupted(given_beside())
    heartbeat = talk(script, constrained=True, placement=Placement.PACK)
    script.meanwhile = partial(heartbeat.ask, "worker", 3, (), 2)
    await heartbeat.beat()
    await heartbeat.beat()
    assert [each.count for each in script.requests[1]] == [1, 1]


async def test_a_request_that_yarn_gives_up_is_a_refusal(
    talk: Callable[..., RmHeartbeat], ears: Ears
) -> None:
    target = Target(TargetKind.ALLOCATION_TAG, "self", "w")
    given_up = SchedulingRequest(
        1, Resource(1024, 1), 2, 1, ("w",), (Constraint((target,), 0, 0),)
    )
    rejection = Rejection(given_up, "COULD_NOT_PLACE_ON_NODE")
    script = Script(Allocation(rejections=(rejection,)))
    heartbeat = talk(script, constrained=True, placement=Placement.SPREAD)
    await heartbeat.beat()
    assert await ears.next() == AskRefused(
        "YARN gave up placing 2 containers of the role `worker` on a node without "
        "another worker: COULD_NOT_PLACE_ON_NODE"
    )


async def test_containers_and_tokens_are_kept_for_the_launcher(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    heartbeat = talk(Script(given(priority=2), over(0)))
    async with asyncio.TaskGroup() as group:
        beating = group.create_task(heartbeat.run())
        allocated = await ears.next()
        assert isinstance(allocated, ContainersAllocated)
        assert allocated.containers[0].role == "ps"
        kept = heartbeat.container(str(C2))
        assert kept is not None
        assert kept.node_id == NODE
        assert heartbeat.nm_token("n1:45454").token.identifier == b"n"
        heartbeat.expect()
        await ears.next()
        assert heartbeat.container(str(C2)) is None
        beating.cancel()


async def test_a_surplus_container_is_given_back(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    script = Script(given(priority=1))
    heartbeat = talk(script)
    async with asyncio.TaskGroup() as group:
        group.create_task(heartbeat.run())
        await ears.next()
        heartbeat.release(str(C2))
        heartbeat.finish(Outcome.FAILED, "no")
        await ears.next()
    assert script.finished == [(FinalStatus.FAILED, "no")]


async def test_a_container_that_has_ended_need_not_be_given_back(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    """Its end may be heard of while the journal still waits for a file system."""
    script = Script(given(priority=1), over(-100), Allocation())
    heartbeat = talk(script)
    for _ in range(2):
        assert await heartbeat.beat()
        await ears.next()
    heartbeat.release(str(C2))
    assert await heartbeat.beat()
    assert script.heard[-1] == ({}, ())


async def test_a_container_that_yarn_finds_again_can_be_stopped(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    found = given(priority=1)
    late = Allocation(recovered=found.containers, nm_tokens=found.nm_tokens)
    heartbeat = talk(Script(late))
    assert await heartbeat.beat()
    assert heartbeat.container(str(C2)) == found.containers[0]
    assert ears.is_quiet


async def test_a_resourcemanager_that_is_away_is_told_once(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    lost = ConnectionLost("connection refused")
    heartbeat = talk(Script(lost, lost, Allocation()))
    async with asyncio.TaskGroup() as group:
        beating = group.create_task(heartbeat.run())
        assert await ears.next() == ResourceManagerLost("connection refused")
        assert await ears.next() == ResourceManagerFound()
        beating.cancel()


async def test_after_a_restart_it_registers_and_asks_are_for_others_to_repeat(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    script = Script(Allocation(), ApplicationMasterNotRegistered("who are you"))
    heartbeat = talk(script)
    heartbeat.ask("worker", 2)
    async with asyncio.TaskGroup() as group:
        beating = group.create_task(heartbeat.run())
        heartbeat.expect()
        assert await ears.next() == ResourceManagerResynced()
        assert script.registered == 1
        await script.beat({1: 2})
        heartbeat.ask("worker", 2)
        await script.beat({1: 2})
        beating.cancel()
    assert [asks for asks, _ in script.heard].count({1: 2}) == 2


async def test_an_attempt_that_is_over_ends_the_talk(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    heartbeat = talk(Script(ApplicationAttemptNotFound("it is over")))
    await heartbeat.run()
    assert await ears.next() == AttemptEnded("it is over")


async def test_a_refused_ask_is_not_repeated_and_not_cancelled(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    refusal = InvalidResourceRequest("refused", remote_text="more than any node has")
    script = Script(refusal)
    heartbeat = talk(script)
    heartbeat.ask("worker", 1)
    async with asyncio.TaskGroup() as group:
        group.create_task(heartbeat.run())
        assert await ears.next() == AskRefused("more than any node has")
        heartbeat.ask("worker", 0)
        heartbeat.expect()
        await script.beat({})
        heartbeat.finish(Outcome.FAILED, "refused")
        await ears.next()
    assert [asks for asks, _ in script.heard[1:]] == [{}] * (len(script.heard) - 1)


async def test_preemption_is_announced(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    heartbeat = talk(Script(Allocation(preemption=Preemption(contract=(C2,)))))
    async with asyncio.TaskGroup() as group:
        beating = group.create_task(heartbeat.run())
        assert await ears.next() == PreemptionAnnounced((str(C2),))
        beating.cancel()


async def test_a_result_is_told_until_it_is_stored(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    script = Script()
    script.finish_answers.append(ConnectionLost("refused"))
    await talk(script).unregister(Outcome.KILLED, "stopped")
    assert script.finished == [(FinalStatus.KILLED, "stopped")]


async def test_a_result_that_nobody_wants_is_dropped(
    talk: Callable[[Script], RmHeartbeat], ears: Ears
) -> None:
    script = Script()
    script.finish_answers.append(ApplicationAttemptNotFound("over"))
    await talk(script).unregister(Outcome.FAILED, "late")
    assert script.finished == []
    assert ears.is_quiet


async def test_hosts_alone_will_do_until_others_do_too(
    talk: Callable[[Script], RmHeartbeat],
) -> None:
    script = Script()
    heartbeat = talk(script)
    heartbeat.ask("worker", 1, (Place("/r", 1, True), Place("n1", 1, True)))
    await heartbeat.beat()
    heartbeat.ask("worker", 1, (Place("/r", 1), Place("n1", 1)))
    await heartbeat.beat()
    assert script.alone == [{"*", "/r"}, set()]
