"""The running job as pages and API see it, and the server on a socket bound before."""

from __future__ import annotations

import asyncio
import io
import socket
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from tests.am.conftest import Story
from xlearning.am.access import ProxyAccess
from xlearning.am.driver import Clock, Driver
from xlearning.am.journal_writer import JournalWriter
from xlearning.am.page import LiveJob, PageServer
from xlearning.am.state import new_state
from xlearning.errors import ConfigError, ConnectionLost
from xlearning.job.ids import TaskId
from xlearning.job.spec import OutputSpec
from xlearning.job.states import JobPhase, TaskState
from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.am.conftest import Exchange
    from xlearning.job.spec import JobSpec

C1 = "container_1700000000000_0001_01_000002"
W0, AM = TaskId("worker", 0), TaskId("am", 0)


class NoHands:
    """Nobody acts: only the state is looked at when something was decided."""

    def __init__(self) -> None:
        self.decided = asyncio.Event()

    def perform(self, actions: object) -> None:
        self.decided.set()


@pytest.fixture
def driver(job: Callable[..., JobSpec]) -> Driver:
    """Return the driver of a job of which nothing has happened yet."""
    clock = Clock()
    return Driver(new_state(job(worker=2), clock()), clock, JournalWriter(io.BytesIO()))


@pytest.fixture
def live(driver: Driver, exchange: Exchange, tmp_path: Path) -> LiveJob:
    """Return that job as the page sees it, with logs of the ApplicationMaster."""
    (tmp_path / "stderr").write_bytes(b"one\ntwo\n")
    return LiveJob(driver, exchange.agents, Clock(), str(tmp_path))


async def test_the_job_is_shown_as_it_is_now(live: LiveJob, driver: Driver) -> None:
    driver.state.say("hello", 1.0)
    shown = live.snapshot(0)
    assert shown.phase is JobPhase.STARTING
    assert [message.text for message in shown.messages] == ["hello"]
    assert live.snapshot(shown.cursor).messages == ()
    assert shown.now_ms >= shown.started_ms


async def test_a_stop_is_an_event(live: LiveJob, driver: Driver) -> None:
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        driving = group.create_task(driver.run(NoHands()))
        await live.stop("alice", "enough")
        driving.cancel()
    assert driver.state.verdict is not None
    assert driver.state.verdict.diagnostics == "stopped by alice: enough"


async def test_a_save_is_an_event(
    job: Callable[..., JobSpec], exchange: Exchange, tmp_path: Path
) -> None:
    outputs = (OutputSpec("hdfs://nn:8020/out", "model"),)
    told = Story(replace(job(worker=1), outputs=outputs))
    driver = Driver(told.state, Clock(), JournalWriter(io.BytesIO()))
    live = LiveJob(driver, exchange.agents, Clock(), str(tmp_path))
    with pytest.raises(ConfigError, match="the model cannot be saved: the job does"):
        await live.save("alice")
    told.run("worker")
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        driving = group.create_task(driver.run(NoHands()))
        assert await live.save("alice") == 1
        assert await live.save("bob") == 1
        driving.cancel()
    [save] = live.snapshot(0).saves
    assert (save.number, save.who) == (1, "alice")


@pytest.mark.parametrize(
    ("offset", "limit", "piece"),
    [
        (0, 100, (0, 8, b"one\ntwo\n")),
        (4, 3, (4, 8, b"two")),
        (-4, 100, (4, 8, b"two\n")),
        (-100, 3, (0, 8, b"one")),
        (8, 100, (8, 8, b"")),
        (99, 100, (99, 8, b"")),
    ],
)
async def test_the_application_masters_own_log_is_read_from_its_folder(
    live: LiveJob, offset: int, limit: int, piece: tuple[int, int, bytes]
) -> None:
    assert await live.read_log(AM, "stderr", offset, limit) == piece


async def test_logs_that_are_not_there(live: LiveJob) -> None:
    with pytest.raises(ConfigError, match="there is no log `stdout`"):
        await live.read_log(AM, "stdout", 0, 9)
    with pytest.raises(ConfigError, match=r"`\.\./secret` is not a log") as caught:
        await live.read_log(AM, "../secret", 0, 9)
    assert caught.value.hint == "logs: stdout, stderr, agent.log"
    with pytest.raises(ConfigError, match="the job has no task `ps-0`"):
        await live.read_log(TaskId("ps", 0), "stdout", 0, 9)


async def test_a_task_without_an_agent_has_no_log_now(live: LiveJob) -> None:
    with pytest.raises(ConnectionLost, match="worker 0 is WAITING") as caught:
        await live.read_log(W0, "stdout", 0, 9)
    assert caught.value.hint is not None


@pytest.mark.parametrize("error", ["", "there is no log `stdout`"])
async def test_a_tasks_log_is_asked_of_its_agent(
    live: LiveJob, driver: Driver, exchange: Exchange, error: str
) -> None:
    task = driver.state.tasks[W0]
    task.container_id = C1
    driver.state.move(task, TaskState.RUNNING, 1.0)
    client = await exchange.attach(C1)

    async def answer() -> None:
        question = (await client.hear()).read_log
        chunk = pb.LogChunk(request=question.request, data=b"two", offset=4, size=8)
        chunk.error = error
        await client.say(pb.AgentMessage(log_chunk=chunk))

    async with asyncio.TaskGroup() as group:
        group.create_task(answer())
        if error:
            with pytest.raises(ConfigError, match=error):
                await live.read_log(W0, "stdout", 4, 3)
        else:
            assert await live.read_log(W0, "stdout", 4, 3) == (4, 8, b"two")


# ---- the server


async def get(port: int, path: str) -> bytes:
    """Return a whole HTTP answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: n1\r\nConnection: close\r\n\r\n"
    writer.write(request.encode("ascii"))
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_the_page_is_served_on_the_socket_that_was_bound_before(
    live: LiveJob, job: Callable[..., JobSpec]
) -> None:
    bound = socket.create_server(("127.0.0.1", 0))
    bound.setblocking(False)
    access = ProxyAccess(
        job(worker=2),
        base="/proxy/application_1700000000000_0001/",
        proxy_url="",
        proxy_addresses=[],
        acl_enabled=False,
    )
    server = PageServer(live, access, bound)
    port = bound.getsockname()[1]
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        # Whoever comes before the server is there waits in the socket's queue.
        early = group.create_task(get(port, "/"))
        await asyncio.sleep(0)
        group.create_task(server.run())
        page = await early
        api = await get(port, "/api/job")
        server.stop()
    assert page.startswith(b"HTTP/1.1 200 OK")
    assert b"<h1>a job</h1>" in page
    assert b'"application_id":"application_1700000000000_0001"' in api
