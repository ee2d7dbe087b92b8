"""The agent's driver: takes events, asks `decide`, performs the actions.

It decides nothing. Everything that waits is a task or a thread, and its result is an
event. The event loop runs in the main thread, because the kernel ties the trainer to
the thread that forked it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import msgspec

from xlearning.container import messages
from xlearning.container.actions import (
    Action,
    BeginSave,
    CancelTransfers,
    CutSave,
    Exit,
    Fulfil,
    KillTree,
    LetGo,
    Report,
    SpawnTrainer,
    TerminateTree,
    UploadOutputs,
)
from xlearning.container.assignment import Phase, SaveResult
from xlearning.container.connection import Connection, Identity
from xlearning.container.events import (
    Assigned,
    Attached,
    Detached,
    Event,
    InputFetched,
    MemoryExceeded,
    Need,
    NeedUnmet,
    OutputsUploaded,
    PortHeld,
    PreparationFailed,
    Received,
    SaveFinished,
    Terminated,
    Ticked,
    TreeEnded,
    UploadFailed,
)
from xlearning.container.holdings import Holdings
from xlearning.container.interfaces import Naming
from xlearning.container.lifecycle import decide, next_deadline
from xlearning.container.logs import STDOUT, read_piece
from xlearning.container.marks import Marks
from xlearning.container.saver import Saver
from xlearning.container.signals import ENDING
from xlearning.container.state import AgentState
from xlearning.container.streams import Streams
from xlearning.container.supervisor import Supervisor, make_ready
from xlearning.container.transfers import Transfers, read_am_file
from xlearning.container.watch import ENFORCE_S, MEASURE_S, POLL_S, Watch
from xlearning.errors import XLearningError
from xlearning.frameworks.registry import adapter
from xlearning.job.causes import CauseKind
from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    import threading

    from xlearning.container.assignment import Assignment, TaskReport
    from xlearning.container.gpus import Devices
    from xlearning.container.place import Place
    from xlearning.container.process_tree import ProcessTree
    from xlearning.container.signals import SignalQueue

logger = logging.getLogger(__name__)

_BUSY = frozenset(
    {Phase.LOCALISING, Phase.STARTING, Phase.RUNNING, Phase.ENDING, Phase.SAVING}
)
"""Phases in which there is something to measure."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an agent works with.

    Attributes:
        place: The container.
        identity: Certificate and greeting.
        folder: The working directory.
        devices: The GPUs of this node.
        signals: Signals for this process.
        tree: The processes below this one.
    """

    place: Place
    identity: Identity
    folder: Path
    devices: Devices
    signals: SignalQueue
    tree: ProcessTree


class Agent:
    """One container's agent."""

    def __init__(self, surroundings: Surroundings) -> None:
        """Prepare to run; has to be called on the event loop."""
        around = self._around = surroundings
        self._log_folders = [Path(folder) for folder in around.place.log_dirs]
        self._state = AgentState()
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._exit_code: int | None = None
        place = around.place
        self._connection = Connection(
            around.identity, place.master, self, self._look_up
        )
        self._holdings = Holdings(place, around.devices)
        logs, emit = self._log_folders[0], self._events.put_nowait
        watch = self._watch = Watch(around.tree, logs, self._connection.heartbeat_s)
        self._streams = Streams(around.tree, logs / STDOUT, emit, watch)
        self._supervisor = Supervisor(
            around.tree, logs, place.container_id, self._supervised, self._streams
        )
        self._marks = Marks(around.folder)
        self._transfers = Transfers(
            around.folder, watch.moved, watch.waits, self._marks.trust
        )
        self._saver = Saver(around.folder, self._marks, watch.waits, watch.saved)
        self._group = asyncio.TaskGroup()

    async def run(self) -> int:
        """Work until the life cycle says to end, and return the exit code."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._around.signals.fileno(), self._take_signals)
        try:
            async with self._group:
                background = [
                    self._group.create_task(self._connection.run()),
                    self._group.create_task(self._look_around()),
                ]
                code = await self._drive()
                for task in background:
                    task.cancel()
            return code
        finally:
            loop.remove_reader(self._around.signals.fileno())

    async def _drive(self) -> int:
        while self._exit_code is None:
            event = await self._next_event()
            if not isinstance(event, Ticked):
                logger.debug("event %s", event)
            for action in decide(self._state, event, time.monotonic()):
                logger.debug("action %s", action)
                self._perform(action)
        return self._exit_code

    async def _next_event(self) -> Event:
        deadline = next_deadline(self._state)
        timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            async with asyncio.timeout(timeout):
                return await self._events.get()
        except TimeoutError:
            return Ticked()

    def _perform(self, action: Action) -> None:
        match action:
            case Report(report):
                logger.info("%s", _in_words(report))
                if report.phase is Phase.ENDED:
                    self._streams.close()
                    self._say_last(report.try_number)
                self._connection.report(messages.report(report))
            case Fulfil():
                self._fulfil(action)
            case SpawnTrainer():
                self._spawn(action)
            case TerminateTree():
                self._supervisor.terminate()
            case KillTree():
                self._supervisor.kill()
            case UploadOutputs():
                self._group.create_task(self._upload(action))
            case BeginSave():
                self._begin_save(action)
            case CutSave():
                self._saver.cut()
            case CancelTransfers():
                self._transfers.stop.set()
            case LetGo():
                self._holdings.let_go()
            case Exit(code):
                self._transfers.stop.set()
                self._streams.close()
                self._exit_code = code
            case _:
                assert_never(action)

    def _take_signals(self) -> None:
        child_ended = False
        for arrived in self._around.signals.pending():
            if arrived.number not in ENDING:
                child_ended = True
            elif self._around.tree.contains(arrived.sender):
                # `trap 'kill 0' EXIT` in a script: the whole group gets it
                logger.info("signal of descendant %d ignored", arrived.sender)
            else:
                logger.info("signal %d from %d", arrived.number, arrived.sender)
                self._events.put_nowait(Terminated())
        if child_ended:
            self._supervisor.child_ended()

    def _spawn(self, action: SpawnTrainer) -> None:
        assignment = action.assignment
        job, task = assignment.job, assignment.task
        holdings, secret = self._holdings, self._around.identity.tasks_secret.decode()
        view = msgspec.structs.replace(
            action.view, secret=secret, interface=holdings.interface
        )
        launch = adapter(job.application_type).launch(job, view, task)
        if not launch.release_ports:
            holdings.share_ports()
            self._supervisor.spawn(action, launch, holdings.descriptors())
            return
        until_exec = holdings.port_descriptors()
        self._supervisor.spawn(action, launch, holdings.descriptors(), until_exec)
        holdings.let_ports_go()

    def _supervised(self, event: Event) -> None:
        """Hear of the trainer; whose its ports are is known when its tree has ended."""
        if isinstance(event, TreeEnded):
            event = TreeEnded(self._holdings.lost_ports())
        self._events.put_nowait(event)

    # ---- what is measured

    async def _look_around(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            assignment = self._state.assignment
            if assignment is not None and self._state.phase in _BUSY:
                self._look(assignment)

    def _look(self, assignment: Assignment) -> None:
        enforce = assignment.job.options.enforce_memory
        now = time.monotonic()
        self._watch.look(now, ENFORCE_S if enforce else MEASURE_S)
        self._note_marks()
        telemetry = self._watch.news(assignment.try_number, now)
        if telemetry is not None:
            self._connection.say(pb.AgentMessage(telemetry=telemetry))
        used_mb = self._watch.usage.memory_bytes >> 20
        allowed_mb = assignment.role.resources.memory_mb
        if enforce and used_mb > allowed_mb:
            self._events.put_nowait(MemoryExceeded(used_mb, allowed_mb))

    def _note_marks(self) -> None:
        for path in self._watch.new_marks():
            logger.info("marked as complete: %s", path)
            self._marks.note(path)

    def _say_last(self, try_number: int) -> None:
        """Say the last progress, ahead of the report of the end."""
        self._watch.look_last()
        telemetry = self._watch.telemetry(try_number)
        self._connection.say(pb.AgentMessage(telemetry=telemetry))

    # ---- preparations and outputs

    def _fulfil(self, action: Fulfil) -> None:
        match action.need:
            case Need.INPUT:
                self._group.create_task(self._fetch(action))
            case Need.PORT:
                self._events.put_nowait(self._take_ports(action.assignment))
            case Need.GPUS:
                self._group.create_task(self._take_gpus(action.assignment.gpus))
            case _:
                assert_never(action.need)

    async def _fetch(self, action: Fulfil) -> None:
        kind = CauseKind.ENVIRONMENT
        try:
            await asyncio.to_thread(make_ready, self._around.folder, action.assignment)
            kind = CauseKind.INPUT
            await asyncio.to_thread(self._transfers.fetch, action.assignment)
        except (XLearningError, OSError) as error:
            self._events.put_nowait(PreparationFailed(kind, str(error)))
        else:
            self._events.put_nowait(InputFetched())

    def _take_ports(
        self, assignment: Assignment
    ) -> PortHeld | NeedUnmet | PreparationFailed:
        job, options = assignment.job, assignment.job.options
        numeric = adapter(job.application_type).shape(job).numeric
        naming = Naming(options.interface, numeric or options.numeric_hosts)
        return self._holdings.take_ports(assignment.ports, options.port_range, naming)

    async def _take_gpus(self, count: int) -> None:
        event = await self._holdings.take_gpus(count)
        if event is not None:
            self._events.put_nowait(event)

    async def _upload(self, action: UploadOutputs) -> None:
        given = action.assignment
        try:
            if given.job.streams_output:
                uploads = await self._streams.written(given)
            else:
                uploads = await asyncio.to_thread(self._transfers.save, given)
        except (XLearningError, OSError) as error:
            self._events.put_nowait(UploadFailed(str(error)))
        else:
            self._events.put_nowait(OutputsUploaded(uploads))

    def _begin_save(self, action: BeginSave) -> None:
        """Copy outputs, marks up to this moment included."""
        self._watch.look(time.monotonic(), MEASURE_S)
        self._note_marks()
        self._group.create_task(self._save(action, self._saver.begin()))

    async def _save(self, action: BeginSave, stop: threading.Event) -> None:
        order = action.order
        try:
            result = await asyncio.to_thread(
                self._saver.save, order, action.assignment, stop
            )
        except (XLearningError, OSError) as error:
            result = SaveResult(order.number, problem=str(error))
        self._events.put_nowait(SaveFinished(result))

    # ---- what the connection tells (`connection.Listener`)

    def attached(self, attempt: int) -> None:
        """Hear that a stream is open."""
        logger.info("attached to attempt %d", attempt)
        self._events.put_nowait(Attached())

    def detached(self) -> None:
        """Hear that there is no stream."""
        self._events.put_nowait(Detached())

    def received(self, count: int) -> None:
        """Hear how many reports have arrived."""
        self._events.put_nowait(Received(count))

    def commanded(self, message: pb.MasterMessage) -> None:
        """Hear a command of the ApplicationMaster."""
        if message.HasField("read_log"):
            self._answer(message.read_log)
            return
        event = messages.event_of(message)
        if isinstance(event, Assigned):
            heartbeat_s = event.assignment.job.options.agent_heartbeat_s
            self._connection.heartbeat_s = heartbeat_s
            self._watch.heartbeat_s = heartbeat_s
        if event is not None:
            self._events.put_nowait(event)

    def _answer(self, asked: pb.ReadLog) -> None:
        name, folders = asked.file, self._log_folders
        piece = read_piece(folders, name, asked.offset, asked.limit)
        chunk = pb.LogChunk(
            request=asked.request,
            data=piece.data,
            offset=piece.offset,
            size=piece.size,
            error=piece.error,
        )
        self._connection.say(pb.AgentMessage(log_chunk=chunk))

    def _look_up(self) -> bytes | None:
        place, assignment = self._around.place, self._state.assignment
        if not place.staging_url:
            return None
        if assignment is None:
            return read_am_file(place.staging_url, {}, None)
        user = assignment.job.user
        return read_am_file(place.staging_url, assignment.hadoop, user)


def _in_words(report: TaskReport) -> str:
    if report.save is not None:
        why = report.save.problem
        return f"save {report.save.number}: {why or 'copied'}"
    words = [f"try {report.try_number} is {report.phase.value}"]
    if report.waiting_for:
        words.append(f"waits for {report.waiting_for}")
    if report.cause is not None:
        words.append(report.cause.words)
    return ", ".join(words)
