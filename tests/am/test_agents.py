"""The agents' server, spoken to by real clients over real TLS."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import grpc
import grpc.aio
import msgspec
import pytest

from xlearning.am.actions import Assign, SaveTask, Start, StopTask
from xlearning.am.certificates import CertificateAuthority
from xlearning.am.events import (
    AgentAttached,
    AgentDetached,
    AgentSilent,
    TaskEnded,
    TaskReady,
    TaskRunning,
)
from xlearning.am.overview import Telemetry
from xlearning.errors import ConnectionLost
from xlearning.frameworks.base import ClusterView
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.ids import TaskId, TryId
from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    from tests.am.conftest import AgentClient, Exchange

C1 = "container_1700000000000_0001_01_000002"
C2 = "container_1700000000000_0001_01_000003"
W0 = TaskId("worker", 0)
ASSIGN = Assign(C1, TryId(W0, 0), ports=1)


async def refusal(client: AgentClient, container_id: str, version: int = 1) -> str:
    """Return the status that a hello is refused with."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await client.greet(container_id, version)
    return caught.value.code().name


# ---- coming and going


async def test_an_agent_is_welcomed_and_told_which_task_it_is(
    exchange: Exchange,
) -> None:
    client = exchange.connect(C1)
    welcome = await client.greet(C1)
    assert welcome.welcome == pb.Welcome(received=0, attempt=2)
    assert await exchange.ears.next() == AgentAttached(C1)
    exchange.agents.assign(ASSIGN)
    told = (await client.hear()).assignment
    assert (told.role, told.index, told.try_number, told.ports) == ("worker", 0, 0, 1)
    assert told.hadoop == {"fs.defaultFS": "hdfs://nn"}


async def test_an_agent_cannot_pass_for_another(exchange: Exchange) -> None:
    assert await refusal(exchange.connect(C2), C1) == "PERMISSION_DENIED"
    assert exchange.ears.is_quiet


@pytest.mark.parametrize("name", [C1, None])
async def test_who_has_no_certificate_of_this_job_does_not_even_speak(
    exchange: Exchange, name: str | None
) -> None:
    foreign = CertificateAuthority(secrets.token_bytes(32))
    client = exchange.connect(name, issuer=foreign)
    assert await refusal(client, C1) == "UNAVAILABLE"
    assert exchange.ears.is_quiet


async def test_an_agent_of_another_version_is_told_so(exchange: Exchange) -> None:
    assert await refusal(exchange.connect(C1), C1, 9) == "FAILED_PRECONDITION"
    assert exchange.ears.is_quiet


async def test_a_stream_that_breaks_is_known_at_once(exchange: Exchange) -> None:
    client = await exchange.attach(C1)
    await client.close()
    assert await exchange.ears.next() == AgentDetached(C1)
    exchange.agents.release(C1)  # nobody is there to hear it


async def test_an_agent_that_hangs_up_politely_has_left(exchange: Exchange) -> None:
    client = await exchange.attach(C1)
    await client.stream.done_writing()
    assert await exchange.ears.next() == AgentDetached(C1)
    with pytest.raises(EOFError):
        await client.hear()


async def test_an_agent_that_says_nothing_is_given_up(impatient: Exchange) -> None:
    client = await impatient.attach(C1)
    assert await impatient.ears.next() == AgentSilent(C1, 0.2)
    assert await impatient.ears.next() == AgentDetached(C1)
    with pytest.raises(EOFError):
        await client.hear()


async def test_closing_ends_every_stream(exchange: Exchange) -> None:
    first, second = await exchange.attach(C1), await exchange.attach(C2)
    await exchange.agents.close()
    for client in (first, second):
        with pytest.raises((EOFError, grpc.aio.AioRpcError)):
            await client.hear()


# ---- reports


async def test_a_report_is_acknowledged_only_when_it_is_settled(
    exchange: Exchange,
) -> None:
    client = await exchange.attach(C1)
    await client.report(1, state=pb.READY, address="n1:20000")
    event, settled = await exchange.ears.next_unsettled()
    assert event == TaskReady(C1, 0, "n1:20000")
    assert settled is not None
    exchange.agents.release(C1)
    assert (await client.hear()).WhichOneof("body") == "release"
    settled()
    assert (await client.hear()).received.sequence == 1


async def test_what_is_said_again_on_a_new_stream_counts_once(
    exchange: Exchange,
) -> None:
    old = await exchange.attach(C1)
    await old.report(1, state=pb.READY, address="n1:20000")
    assert isinstance(await exchange.ears.next(), TaskReady)
    await old.close()
    assert await exchange.ears.next() == AgentDetached(C1)

    new = exchange.connect(C1)
    assert (await new.greet(C1)).welcome.received == 1
    assert await exchange.ears.next() == AgentAttached(C1)
    await new.report(1, state=pb.READY, address="n1:20000")
    await new.report(2, state=pb.RUNNING)
    assert await exchange.ears.next() == TaskRunning(C1, 0)
    assert (await new.hear()).received.sequence == 2


async def test_a_new_stream_takes_the_place_of_an_old_one(exchange: Exchange) -> None:
    old = await exchange.attach(C1)
    new = await exchange.attach(C1)
    with pytest.raises(EOFError):
        await old.hear()
    exchange.agents.release(C1)
    assert (await new.hear()).WhichOneof("body") == "release"
    assert exchange.ears.is_quiet, "the agent was never away"


async def test_an_answer_that_comes_when_the_agent_is_away_is_dropped(
    exchange: Exchange,
) -> None:
    client = await exchange.attach(C1)
    await client.report(1, state=pb.RUNNING)
    _, settled = await exchange.ears.next_unsettled()
    await client.close()
    assert await exchange.ears.next() == AgentDetached(C1)
    assert settled is not None
    settled()
    welcome = await exchange.connect(C1).greet(C1)
    assert welcome.welcome.received == 1


async def test_a_state_of_a_later_version_is_acknowledged_and_ignored(
    exchange: Exchange,
) -> None:
    client = await exchange.attach(C1)
    await client.report(1)
    assert (await client.hear()).received.sequence == 1
    assert exchange.ears.is_quiet


async def test_how_a_try_ended_comes_through_whole(exchange: Exchange) -> None:
    client = await exchange.attach(C1)
    await client.report(
        1, state=pb.ENDED, cause_kind="EXITED", cause_code=3, stderr_tail="boom\n"
    )
    cause = Cause(CauseKind.EXITED, 3, "", "boom\n")
    assert await exchange.ears.next() == TaskEnded(C1, 0, cause)


async def test_telemetry_is_kept_by_task_and_is_no_event(exchange: Exchange) -> None:
    client = await exchange.attach(C1)
    early = pb.Telemetry(progress=0.1)
    await client.say(pb.AgentMessage(telemetry=early))
    await client.say(pb.AgentMessage(alive=pb.Alive()))
    await client.report(1, state=pb.RUNNING)
    await exchange.ears.next()
    assert exchange.agents.telemetry == {}, "nobody knows yet whose it is"

    exchange.agents.assign(ASSIGN)
    said = pb.Telemetry(progress=0.5, memory_bytes=3 << 20, peak_memory_bytes=4 << 20)
    await client.say(pb.AgentMessage(telemetry=said))
    await client.report(2, state=pb.SAVING)
    await exchange.ears.next()
    assert exchange.agents.telemetry == {W0: Telemetry(0, 0.5, 3, 4)}
    assert exchange.ears.is_quiet


# ---- commands


async def test_a_view_is_given_to_those_it_is_for(exchange: Exchange) -> None:
    first, second = await exchange.attach(C1), await exchange.attach(C2)
    view = ClusterView(3, {"worker": ("n1:1", "n2:1")})
    exchange.agents.begin(Start((C1, C2), view))
    for client in (first, second):
        start = (await client.hear()).start
        assert start.generation == 3
        assert msgspec.json.decode(start.view, type=ClusterView) == view


async def test_a_save_is_ordered_and_given_up(exchange: Exchange) -> None:
    client = await exchange.attach(C1)
    exchange.agents.save(SaveTask(C1, 3, 2, ()))
    assert (await client.hear()).save == pb.Save(number=3, previous=2)
    exchange.agents.cancel_save(C1, 3)
    assert (await client.hear()).cancel_save == pb.CancelSave(number=3)


async def test_one_agent_is_stopped(exchange: Exchange) -> None:
    client = await exchange.attach(C1)
    exchange.agents.stop(StopTask(C1, 5.0, keep_outputs=True))
    assert (await client.hear()).stop == pb.Stop(grace_s=5.0, keep_outputs=True)


# ---- logs


async def answer(client: AgentClient, *chunks: pb.LogChunk) -> pb.ReadLog:
    """Answer a question about a log as its agent would; return the question."""
    question = (await client.hear()).read_log
    for chunk in chunks:
        chunk.request = chunk.request or question.request
        await client.say(pb.AgentMessage(log_chunk=chunk))
    return question


async def test_a_log_is_read_where_it_is(exchange: Exchange) -> None:
    client = await exchange.attach(C1)
    chunk = pb.LogChunk(data=b"two", offset=4, size=9)
    stray = pb.LogChunk(request=99, data=b"an answer to nobody")
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(exchange.agents.read_log(C1, "stderr", -5, 3))
        question = await answer(client, stray, chunk, chunk)
    assert (question.file, question.offset, question.limit) == ("stderr", -5, 3)
    found = reading.result()
    assert (found.data, found.offset, found.size) == (b"two", 4, 9)


async def test_two_readers_get_each_their_own(exchange: Exchange) -> None:
    client = await exchange.attach(C1)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(exchange.agents.read_log(C1, "stdout", 0, 9))
        second = group.create_task(exchange.agents.read_log(C1, "stderr", 0, 9))
        questions = [(await client.hear()).read_log for _ in range(2)]
        for question in reversed(questions):
            data = question.file.encode()
            chunk = pb.LogChunk(request=question.request, data=data)
            await client.say(pb.AgentMessage(log_chunk=chunk))
    assert first.result().data == b"stdout"
    assert second.result().data == b"stderr"


async def test_a_log_of_an_agent_that_is_not_there_cannot_be_read(
    exchange: Exchange,
) -> None:
    with pytest.raises(ConnectionLost, match="is not attached"):
        await exchange.agents.read_log(C1, "stdout", 0, 9)


async def test_a_reader_that_gives_up_is_not_waited_for(exchange: Exchange) -> None:
    client = await exchange.attach(C1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await exchange.agents.read_log(C1, "stdout", 0, 9)
    await answer(client, pb.LogChunk(data=b"too late"))
    await client.report(1, state=pb.RUNNING)
    assert await exchange.ears.next() == TaskRunning(C1, 0)
