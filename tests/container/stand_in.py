"""An ApplicationMaster's end of the agent protocol, and a container to run an agent in.

The server is a real gRPC server with the job's real certificates; it says what a test
tells it to say and keeps what agents say. The agent is a process of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import grpc.aio
import msgspec
import psutil

from tests.container.stories import a_job
from xlearning.am.certificates import CertificateAuthority
from xlearning.frameworks.base import ClusterView
from xlearning.job import environment as names
from xlearning.job.spec import (
    JobSpec,
    encode_spec,
)
from xlearning.proto import agent_pb2 as pb
from xlearning.proto import agent_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

_container_ids = (
    f"container_{time.time_ns()}_{os.getpid():04d}_01_{number:06d}"
    for number in itertools.count(2)
)
"""Unique on this machine: an agent's keeper kills what has its container's id."""
SECRET = bytes(range(32))
PATIENCE_S = 20.0

Context = grpc.aio.ServicerContext[pb.AgentMessage, pb.MasterMessage]


def hadoop_vint(number: int) -> bytes:
    """Return WritableUtils' form of a number from 0 to 65535."""
    if number < 128:
        return bytes([number])
    if number < 256:
        return b"\x8f" + number.to_bytes(1, "big")
    return b"\x8e" + number.to_bytes(2, "big")


def hadoop_credentials(secrets: Mapping[str, bytes]) -> bytes:
    """Return a token storage file, version 0, with secrets only."""
    data = b"HDTS\x00" + hadoop_vint(0) + hadoop_vint(len(secrets))
    for alias, secret in secrets.items():
        data += hadoop_vint(len(alias)) + alias.encode()
        data += hadoop_vint(len(secret)) + secret
    return data


class Master(agent_pb2_grpc.ApplicationMasterServicer):
    """The server: says what it is told to, keeps what it hears."""

    def __init__(self, attempt: int = 1, acknowledges: bool = True) -> None:
        """Serve nobody yet."""
        self.authority = CertificateAuthority(SECRET)
        self.attempt = attempt
        self.acknowledges = acknowledges
        self.port = 0
        self.hellos: list[pb.Hello] = []
        self.heard: list[pb.AgentMessage] = []
        self.received = 0
        self._changed = asyncio.Condition()
        self._outbox: asyncio.Queue[pb.MasterMessage] = asyncio.Queue()
        self._server: grpc.aio.Server | None = None

    async def start(self, port: int = 0) -> None:
        """Listen."""
        leaf = self.authority.leaf(names.SERVER_NAME)
        credentials = grpc.ssl_server_credentials(
            [(leaf.key, leaf.certificate)], self.authority.certificate, True
        )
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        agent_pb2_grpc.add_ApplicationMasterServicer_to_server(  # type: ignore[no-untyped-call]
            self, self._server
        )
        address = f"127.0.0.1:{port}"
        self.port = self._server.add_secure_port(address, credentials)
        await self._server.start()

    async def stop(self) -> None:
        """Break all streams and stop listening."""
        if self._server is not None:
            await self._server.stop(None)

    async def Attach(
        self, messages: AsyncIterator[pb.AgentMessage], context: Context
    ) -> None:
        """Serve one stream."""
        hello = (await anext(aiter(messages))).hello
        assert context.auth_context()["x509_common_name"] == [
            hello.container_id.encode()
        ]
        self.hellos.append(hello)
        welcome = pb.Welcome(received=self.received, attempt=self.attempt)
        await context.write(pb.MasterMessage(welcome=welcome))
        await self._note()
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(self._send(context))
            async for message in messages:
                await self._hear(message, context)
            sending.cancel()

    async def _send(self, context: Context) -> None:
        while True:
            await context.write(await self._outbox.get())

    async def _hear(self, message: pb.AgentMessage, context: Context) -> None:
        self.heard.append(message)
        if message.sequence > self.received and self.acknowledges:
            self.received = message.sequence
            received = pb.Received(sequence=message.sequence)
            await context.write(pb.MasterMessage(received=received))
        await self._note()

    async def _note(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def say(self, message: pb.MasterMessage) -> None:
        """Say something on the stream that is open, or on the next one."""
        self._outbox.put_nowait(message)

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait until what agents have said makes something true."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(reached)

    def reports(self, *states: pb.State) -> list[pb.TaskReport]:
        """Return the reports of these states, of all when none are named."""
        reports = [m.report for m in self.heard if m.HasField("report")]
        return [r for r in reports if not states or r.state in states]

    async def report(self, state: pb.State) -> pb.TaskReport:
        """Wait for a report of a state."""
        await self.until(lambda: bool(self.reports(state)))
        return self.reports(state)[-1]

    def telemetry(self) -> list[pb.Telemetry]:
        """Return what was measured."""
        return [m.telemetry for m in self.heard if m.HasField("telemetry")]

    async def read_log(self, file: str, offset: int, limit: int) -> pb.LogChunk:
        """Ask for a piece of a log and wait for it."""
        number = 1 + len([m for m in self.heard if m.HasField("log_chunk")])
        ask = pb.ReadLog(request=number, file=file, offset=offset, limit=limit)
        self.say(pb.MasterMessage(read_log=ask))

        def answers() -> list[pb.LogChunk]:
            chunks = [m.log_chunk for m in self.heard if m.HasField("log_chunk")]
            return [chunk for chunk in chunks if chunk.request == number]

        await self.until(lambda: bool(answers()))
        return answers()[0]

    # ---- what an ApplicationMaster says

    def assign(
        self,
        command: Sequence[str],
        job: JobSpec | None = None,
        more: pb.Assignment | None = None,
    ) -> None:
        """Assign worker 0, try 0, with whatever else `more` has."""
        spec = encode_spec(job or a_job())
        assignment = pb.Assignment(role="worker", command=command, job=spec)
        assignment.MergeFrom(more or pb.Assignment())
        self.say(pb.MasterMessage(assignment=assignment))

    def begin(self, generation: int = 1) -> None:
        """Give the view."""
        view = msgspec.json.encode(ClusterView(generation, {"worker": ("", "")}))
        start = pb.Start(generation=generation, view=view)
        self.say(pb.MasterMessage(start=start))

    def release(self) -> None:
        """Let the agent end."""
        self.say(pb.MasterMessage(release=pb.Release()))

    def halt(self, grace_s: float = 5.0, *, keep_outputs: bool = False) -> None:
        """Tell the agent to end its trainer."""
        stop = pb.Stop(grace_s=grace_s, keep_outputs=keep_outputs)
        self.say(pb.MasterMessage(stop=stop))

    async def run_through(
        self,
        command: Sequence[str],
        job: JobSpec | None = None,
        more: pb.Assignment | None = None,
    ) -> pb.TaskReport:
        """Assign a command, give the view, wait for the end."""
        await self.launch(command, job, more)
        return await self.report(pb.ENDED)

    async def launch(
        self,
        command: Sequence[str],
        job: JobSpec | None = None,
        more: pb.Assignment | None = None,
    ) -> None:
        """Assign a command and give the view when the agent is ready."""
        self.assign(command, job, more)
        await self.report(pb.READY)
        self.begin()


@dataclass
class Container:
    """A container's folders and its agent."""

    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def work(self) -> Path:
        """The working directory."""
        return self.folder / "work"

    @property
    def logs(self) -> Path:
        """The log folder."""
        return self.folder / "logs"

    @property
    def agent(self) -> subprocess.Popen[bytes]:
        """The agent's process."""
        assert self.process is not None
        return self.process

    def start(self, **environment: str) -> None:
        """Start the agent as a NodeManager does: leader of its session."""
        with (self.logs / "agent.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "xlearning.container"],
                env=self.environment | environment,
                cwd=self.work,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def exit_code(self) -> int:
        """Wait for the agent's end."""
        async with asyncio.timeout(PATIENCE_S):
            return await asyncio.to_thread(self.agent.wait)

    def stdout(self) -> str:
        """Return what the trainer wrote."""
        return (self.logs / "stdout").read_text()

    def processes(self) -> list[psutil.Process]:
        """Return all living processes that carry this container's mark."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    def trainers(self) -> list[psutil.Process]:
        """Return the same without our own: the agent and its keeper."""
        return [
            process
            for process in self.processes()
            if process.pid != self.agent.pid and not _is_keeper(process)
        ]

    def zombies(self) -> list[psutil.Process]:
        """Return the agent's children that nobody has reaped."""
        children = psutil.Process(self.agent.pid).children(recursive=True)
        return [p for p in children if p.status() == psutil.STATUS_ZOMBIE]

    def _owns(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("XLT_MARK") == str(self.folder)
        except psutil.Error:
            return False

    async def until_empty(self) -> None:
        """Wait until no process of the container is left."""
        async with asyncio.timeout(PATIENCE_S):
            while processes := self.processes():
                await asyncio.to_thread(psutil.wait_procs, processes, 0.2)

    async def told(self) -> str:
        """Wait for what the trainer writes into the pipe `told` beside it."""
        pipe = os.open(self.work / "told", os.O_RDWR | os.O_NONBLOCK)
        try:
            await asyncio.to_thread(select.select, [pipe], [], [], PATIENCE_S)
            return os.read(pipe, 4096).decode()
        finally:
            os.close(pipe)

    def end(self) -> None:
        """End whatever is left."""
        for process in self.processes():
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()


def _is_keeper(process: psutil.Process) -> bool:
    try:
        return any(word.endswith("/keeper.py") for word in process.cmdline())
    except psutil.Error:
        return False


def make_container(folder: Path, master: Master, **environment: str) -> Container:
    """Lay out a container as a NodeManager does."""
    for name in ("work", "logs"):
        (folder / name).mkdir()
    os.mkfifo(folder / "work" / "told")
    container_id = next(_container_ids)
    leaf = master.authority.leaf(container_id)
    tokens = folder / "container_tokens"
    tokens.write_bytes(
        hadoop_credentials(
            {
                names.AGENT_CERTIFICATE: leaf.certificate,
                names.AGENT_KEY: leaf.key,
                names.CA_CERTIFICATE: master.authority.certificate,
                names.TASKS_SECRET: master.authority.tasks_secret,
            }
        )
    )
    root = Path(__file__).parents[2]
    present = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/home/",
        "PYTHONPATH": str(root),
        "CONTAINER_ID": container_id,
        "NM_HOST": "127.0.0.1",
        "NM_PORT": "8041",
        "LOG_DIRS": str(folder / "logs"),
        "HADOOP_TOKEN_FILE_LOCATION": str(tokens),
        names.AM_ADDRESS: f"127.0.0.1:{master.port}",
        "XLT_MARK": str(folder),
    }
    return Container(folder, present | environment)
