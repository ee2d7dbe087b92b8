"""Attaching, and attaching again, to real servers with the job's certificates."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.container.stand_in import PATIENCE_S, Master
from tests.container.test_place import PRESENT
from xlearning.am.certificates import CertificateAuthority
from xlearning.container.connection import Connection, Identity, parse_am_file
from xlearning.container.messages import hello
from xlearning.container.place import Address, read_place
from xlearning.errors import ConnectionLost
from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from xlearning.container.connection import Listener

PLACE = read_place(PRESENT)


@dataclass
class Heard:
    """A listener that remembers."""

    events: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def _note(self, event: str) -> None:
        self.events.append(event)
        self.changed.set()

    def attached(self, attempt: int) -> None:
        """Remember it."""
        self._note(f"attached {attempt}")

    def detached(self) -> None:
        """Remember it."""
        self._note("detached")

    def received(self, count: int) -> None:
        """Remember it."""
        self._note(f"received {count}")

    def commanded(self, message: pb.MasterMessage) -> None:
        """Remember it."""
        self._note(message.WhichOneof("body") or "")

    async def until(self, event: str) -> None:
        """Wait for an event."""
        async with asyncio.timeout(PATIENCE_S):
            while event not in self.events:
                self.changed.clear()
                await self.changed.wait()


def identity(master: Master) -> Identity:
    """Return what a container of the master's job has."""
    leaf = master.authority.leaf(PLACE.container_id)
    authority = master.authority.certificate
    return Identity(hello(PLACE, 1), leaf.certificate, leaf.key, authority)


@asynccontextmanager
async def running(connection: Connection) -> AsyncIterator[None]:
    """Run a connection beside a test."""
    task = asyncio.ensure_future(connection.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def connect(
    master: Master,
    heard: Listener,
    *,
    attempt: int = 0,
    look_up: Callable[[], bytes | None] = lambda: None,
) -> Connection:
    """Return a connection to a master."""
    address = Address("127.0.0.1", master.port, attempt)
    return Connection(identity(master), address, heard, look_up)


def am_file(master: Master) -> bytes:
    """Return what a master puts into the staging folder."""
    entry = {"attempt": master.attempt, "host": "127.0.0.1", "port": master.port}
    return msgspec.json.encode(entry)


async def test_reports_arrive_and_commands_are_heard(master: Master) -> None:
    heard = Heard()
    connection = connect(master, heard)
    async with running(connection):
        await heard.until("attached 1")
        connection.report(pb.TaskReport(state=pb.LOCALISING))
        await heard.until("received 1")
        master.release()
        await heard.until("release")
    assert master.reports() == [pb.TaskReport(state=pb.LOCALISING)]


async def test_a_silent_connection_says_that_it_is_alive(master: Master) -> None:
    connection = connect(master, Heard())
    connection.heartbeat_s = 0.05
    async with running(connection):
        await master.until(lambda: any(m.HasField("alive") for m in master.heard))


async def test_a_server_of_another_job_is_not_believed(master: Master) -> None:
    heard = Heard()
    connection = connect(master, heard)
    await master.stop()
    stranger = Master()
    stranger.authority = CertificateAuthority(b"another job".ljust(32))
    await stranger.start(master.port)
    async with running(connection):
        await heard.until("detached")
    assert not stranger.hellos
    await stranger.stop()


async def test_a_broken_stream_is_opened_again(master: Master) -> None:
    heard = Heard()
    connection = connect(master, heard)
    again = Master(attempt=2)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(connection))
        await heard.until("attached 1")
        await master.stop()
        await heard.until("detached")
        await again.start(master.port)
        stack.push_async_callback(again.stop)
        await heard.until("attached 2")


async def test_a_later_attempt_is_looked_up(master: Master) -> None:
    heard, later = Heard(), Master(attempt=3)
    await later.start()
    connection = connect(master, heard, look_up=lambda: am_file(later))
    await master.stop()
    async with running(connection):
        await heard.until("attached 3")
    await later.stop()


async def test_an_earlier_attempt_is_not_attached_to(master: Master) -> None:
    heard = Heard()
    looked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def look_up() -> bytes:
        loop.call_soon_threadsafe(looked.set)
        return am_file(master)

    connection = connect(master, heard, attempt=2, look_up=look_up)
    async with running(connection), asyncio.timeout(PATIENCE_S):
        await looked.wait()
    assert "attached 1" not in heard.events


async def test_a_staging_folder_that_cannot_be_read_does_not_end_the_search(
    master: Master,
) -> None:
    heard, later = Heard(), Master(attempt=2)
    await later.start()
    answers: list[bytes | None] = [am_file(later), None]

    def look_up() -> bytes | None:
        if not answers:
            raise AssertionError("looked up after it was found")
        answer = answers.pop()
        if answer is None:
            raise ConnectionLost("no NameNode answers")
        return answer

    connection = connect(master, heard, look_up=look_up)
    await master.stop()
    async with running(connection):
        await heard.until("attached 2")
    await later.stop()


@pytest.mark.parametrize(
    ("content", "address"),
    [
        (b'{"attempt":2,"host":"n1","port":5}', Address("n1", 5, 2)),
        (b'{"attempt":2,"host":"n1"}', None),
        (b"", None),
        (b"[]", None),
    ],
)
def test_am_file(content: bytes, address: Address | None) -> None:
    assert parse_am_file(content) == address
