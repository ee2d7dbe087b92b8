"""The job's page, on a socket that was bound before anything heavy was imported."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import uvicorn

from xlearning.am import saving
from xlearning.am.events import SaveAsked, StopRequested
from xlearning.am.overview import snapshot
from xlearning.am.waiting import Around
from xlearning.errors import ConfigError, ConnectionLost
from xlearning.web.routes import JobSite

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from xlearning.am.agents import Agents
    from xlearning.am.driver import Clock, Driver
    from xlearning.job.ids import TaskId
    from xlearning.job.snapshot import JobSnapshot
    from xlearning.web.routes import Access

OWN_TASK = "am"
"""Role name under which the ApplicationMaster's own logs are read."""

_LOGS = ("stdout", "stderr", "agent.log")


class LiveJob:
    """The running job as the page's `JobSource`."""

    def __init__(
        self,
        driver: Driver,
        agents: Agents,
        clock: Clock,
        log_dir: str,
        around: Callable[[], Around] = Around,
    ) -> None:
        """Show the driver's state, beside what is known `around` it.

        Logs of the ApplicationMaster itself are read from `log_dir`.
        """
        self._around = around
        self._driver = driver
        self._agents = agents
        self._clock = clock
        self._log_dir = log_dir

    def snapshot(self, since: int) -> JobSnapshot:
        """Return the job now, with the messages after number `since`."""
        state, telemetry = self._driver.state, self._agents.telemetry
        return snapshot(state, telemetry, self._clock(), since, self._around())

    async def stop(self, who: str, reason: str) -> None:
        """Begin to end the job."""
        await self._driver.settle(StopRequested(who, reason))

    async def save(self, who: str) -> int:
        """Begin a save of the model; return its number.

        Raises:
            ConfigError: None can be begun now.
        """
        state = self._driver.state
        why = saving.obstacle(state)
        if why:
            raise ConfigError(f"the model cannot be saved: {why}")
        number = saving.next_number(state)
        await self._driver.settle(SaveAsked(who))
        return number

    async def read_log(
        self, task: TaskId, file: str, offset: int, limit: int
    ) -> tuple[int, int, bytes]:
        """Return offset, file size and data of a piece of a task's log.

        Raises:
            ConfigError: There is no such task or file.
            ConnectionLost: The task has no agent now.
        """
        if file not in _LOGS:
            raise ConfigError(
                f"`{file}` is not a log", hint=f"logs: {', '.join(_LOGS)}"
            )
        if task.role == OWN_TASK:
            return _read(os.path.join(self._log_dir, file), offset, limit)
        known = self._driver.state.tasks.get(task)
        if known is None:
            raise ConfigError(f"the job has no task `{task}`")
        if not known.state.has_agent:
            raise ConnectionLost(
                f"{task.label} is {known.state} and its log cannot be read now",
                hint="logs of ended containers are there when the job has ended",
            )
        chunk = await self._agents.read_log(known.container_id, file, offset, limit)
        if chunk.error:
            raise ConfigError(chunk.error)
        return chunk.offset, chunk.size, chunk.data


def _read(path: str, offset: int, limit: int) -> tuple[int, int, bytes]:
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = max(0, size + offset if offset < 0 else offset)
            file.seek(start)
            return start, size, file.read(limit)
    except FileNotFoundError as error:
        raise ConfigError(f"there is no log `{os.path.basename(path)}`") from error


class _Server(uvicorn.Server):
    """A server that leaves signals to the ApplicationMaster."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class PageServer:
    """Serves a job's page until it is told to stop."""

    def __init__(self, job: LiveJob, access: Access, bound: socket.socket) -> None:
        """Adopt a socket that already listens."""
        config = uvicorn.Config(
            JobSite(job, access).app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._socket = bound

    async def run(self) -> None:
        """Serve until `stop`."""
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """End `run` soon."""
        self._server.should_exit = True
