"""One container's life: its files, its launch, its end, in YARN's words."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.local.node import diagnostics, launch, log_folder, record
from xlearning.local.node.aggregation import LogOwner
from xlearning.local.node.diagnostics import FORCE_KILLED, INVALID, TERMINATED
from xlearning.local.node.localizer import LocalizationFailed
from xlearning.local.node.spec import ContainerEnded, ContainerReport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xlearning.local.node.environment import LocalizationCounters
    from xlearning.local.node.layout import NodeLayout
    from xlearning.local.node.localizer import Localizer
    from xlearning.local.node.processes import ContainerProcesses, WardenProcess
    from xlearning.local.node.protocol import Order
    from xlearning.local.node.spec import ContainerStart, NodeOptions

_logger = logging.getLogger(__name__)

_LAUNCH_FAILED = -1
LOST = 154
"""`ContainerExecutor.ExitCode.LOST`: nothing tells how it ended."""
_MEETING_S = 1.0
_MEETING_POLL_S = 0.05
_BY_SIGNAL = (FORCE_KILLED, TERMINATED)


@dataclass(frozen=True, slots=True)
class Tools:
    """What containers of a node share.

    Attributes:
        host: The node's name.
        layout: Its folders.
        options: How it behaves.
        localizer: Brings files.
        warden: Starts processes.
    """

    host: str
    layout: NodeLayout
    options: NodeOptions
    localizer: Localizer
    warden: WardenProcess


class NodeContainer:
    """One container.

    Attributes:
        start: The order.
        state: YARN's internal name of how far it is.
        exit_status: -1000 before the end.
        pid: Of its first process, None before it runs.
        ended_s: When it ended, on the monotonic clock; None before.
        gone: Set when no process of it is left.
    """

    def __init__(self, start: ContainerStart, tools: Tools) -> None:
        """Do nothing yet."""
        self.start = start
        self.state = "NEW"
        self.exit_status = INVALID
        self.pid: int | None = None
        self.ended_s: float | None = None
        self.gone = asyncio.Event()
        self._tools = tools
        self._layout = tools.layout.container(start)
        self._started_ms = now_ms()
        self._diagnostics = diagnostics.Diagnostics()
        self._stopping = asyncio.Event()
        self._ordered_status: int | None = None
        self._processes: ContainerProcesses | None = None

    @property
    def log_folder(self) -> Path:
        """Where its logs are until they are collected."""
        return self._layout.logs

    def report(self) -> ContainerReport:
        """Return what the web pages show."""
        return ContainerReport(
            self.start,
            self.state,
            self.exit_status,
            str(self._diagnostics),
            self._started_ms,
            self.pid,
        )

    def stop(self, exit_status: int, statement: str) -> None:
        """End it; the first order counts."""
        if self._ordered_status is not None or self.ended_s is not None:
            return
        self._say(statement)
        if self.state == "NEW":
            self._say("Container is killed before being launched.")
        self._ordered_status = self.exit_status = exit_status
        self.state = "KILLING"
        self._stopping.set()
        if self._processes is not None:
            self._processes.stop()

    async def meet(self) -> None:
        """Take its processes in hand, so that they end with the warden."""
        if self._processes is None and self._layout.launched.exists():
            self._processes = await self._find_processes()

    async def run(self, ended: Callable[[ContainerEnded], None]) -> None:
        """Live; `ended` is told as soon as the first process has ended."""
        try:
            if self._layout.launched.exists():
                await self._resume(ended)
            else:
                record.write(self.start, self._layout)
                await self._launch(ended)
            self._end(ended)
        except OSError as error:
            _logger.warning("%s: cannot be launched: %s", self._id, error)
            self._say(str(error))
            if self._ordered_status is None:
                self.exit_status = _LAUNCH_FAILED
            self._end(ended)
        finally:
            self.gone.set()

    async def _launch(self, ended: Callable[[ContainerEnded], None]) -> None:
        """Bring the files and run the processes, unless it is stopped before."""
        if self.state != "NEW":
            return
        self.state = "LOCALIZING"
        localized = await self._localize()
        if localized is None:
            return
        order = await asyncio.to_thread(self._prepare, localized)
        if self._stopping.is_set():
            return
        self.state = "SCHEDULED"
        self._layout.launched.touch()
        await self._follow(await self._tools.warden.launch(order), ended)

    async def _resume(self, ended: Callable[[ContainerEnded], None]) -> None:
        """Go on where an earlier server was killed, as YARN's recovery does."""
        self.state = "SCHEDULED"
        processes = await self._find_processes()
        if processes is not None:
            await self._follow(processes, ended)
            return
        try:
            self._judge(int(self._layout.exit_file.read_text()))
        except FileNotFoundError:
            self._judge(LOST)

    async def _find_processes(self) -> ContainerProcesses | None:
        """Meet the keeper, None when it has ended.

        One that an earlier server asked for just before it was killed is waited for.
        """
        deadline = time.monotonic() + _MEETING_S
        while True:
            processes = await self._tools.warden.resume(self._layout.private)
            over = self._layout.exit_file.exists() or time.monotonic() >= deadline
            if processes is not None or over:
                return processes
            await asyncio.sleep(_MEETING_POLL_S)

    @property
    def _id(self) -> str:
        return self.start.container_id

    async def _localize(
        self,
    ) -> tuple[dict[Path, str], LocalizationCounters] | None:
        """Bring the files; None when that failed or the container was stopped."""
        if not self.start.context.local_resources:
            return await self._tools.localizer.localize(self.start)
        async with asyncio.TaskGroup() as group:
            bringing = group.create_task(self._bring())
            stopped = group.create_task(self._stopping.wait())
            await asyncio.wait({bringing, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            bringing.cancel()
        return None if bringing.cancelled() else bringing.result()

    async def _bring(self) -> tuple[dict[Path, str], LocalizationCounters] | None:
        try:
            return await self._tools.localizer.localize(self.start)
        except LocalizationFailed as error:
            self._say(str(error))
            self.state = "LOCALIZATION_FAILED"
            return None

    async def _follow(
        self, processes: ContainerProcesses, ended: Callable[[ContainerEnded], None]
    ) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(processes.follow())
            self._processes = processes
            self.pid = await processes.started
            if self._stopping.is_set():
                processes.stop()
            else:
                self.state = "RUNNING"
            code = await processes.exited
            self._judge(code)
            self._end(ended)
            await processes.gone.wait()

    def _prepare(
        self, localized: tuple[dict[Path, str], LocalizationCounters]
    ) -> Order:
        launch.make_folders(self._layout)
        tools, start = self._tools, self.start
        node = f"{tools.host}_{start.node_port}"
        owner = LogOwner(start.user, node, start.context.acls)
        launch.note_owner(tools.layout.owner_file(start.application_id), owner)
        return launch.prepare(start, self._layout, tools.host, tools.options, localized)

    def _judge(self, code: int) -> None:
        """Take an exit code; one of the program's own counts, also after an order."""
        ordered, by_signal = self._ordered_status is not None, code in _BY_SIGNAL
        if not (ordered and by_signal):
            self.exit_status = code
        if code == 0:
            return
        tails = log_folder.tails(self._layout.logs)
        statements = diagnostics.exit_statements(
            self._id, code, tails, self._executor_errors()
        )
        for statement in statements:
            self._say(statement)
        if by_signal and not ordered:
            self._say("Killed by external signal")
        elif not by_signal and not ordered:
            self._say(statements[-1])  # YARN says it twice

    def _executor_errors(self) -> str:
        try:
            return self._layout.executor_errors.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def _end(self, ended: Callable[[ContainerEnded], None]) -> None:
        """Tell of the end, once."""
        if self.ended_s is not None:
            return
        self.ended_s = time.monotonic()
        self.state = "DONE"
        _logger.info("%s: ended with %d", self._id, self.exit_status)
        ended(ContainerEnded(self._id, self.exit_status, str(self._diagnostics)))

    def _say(self, statement: str) -> None:
        self._diagnostics.add(statement, now_ms())


def now_ms() -> int:
    """Return the time since 1970."""
    return time.time_ns() // 1_000_000
