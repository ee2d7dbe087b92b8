"""Shows what a job's programs print: from its ApplicationMaster while it runs, from
YARN's aggregated logs on HDFS afterwards.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from xlearning.client.jobs import find_report
from xlearning.client.log_lines import (
    AM_TASK,
    LineSplitter,
    LogKey,
    LogLine,
    is_first_container,
    tail_start,
    task_order,
)
from xlearning.client.master_api import MasterApi
from xlearning.client.reports import is_final, succeeded
from xlearning.errors import ClusterError, ConfigError, ConnectionLost
from xlearning.io.aggregated_logs import LogFolder, list_logs, read_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from xlearning.errors import XLearningError
    from xlearning.hadoop.reports import ApplicationReport
    from xlearning.hadoop.rest import ResourceManagerRest
    from xlearning.io.aggregated_logs import LogFile
    from xlearning.io.storage import Storage, StorageLookup
    from xlearning.job.snapshot import JobSnapshot

PIECE_BYTES = 1 << 18
POLL_S = 1.0
AGGREGATION_PATIENCE_S = 30.0
TASKS_FILE = "tasks.json"
"""In the ApplicationMaster's log folder: container id to task."""

_NOT_YET = ("", "NOT_START", "RUNNING", "RUNNING_WITH_FAILURE")
_TAIL_BYTES_PER_LINE = 1024


class Wish(NamedTuple):
    """What a user wants to see.

    Attributes:
        tasks: Of these tasks only; none for all but the ApplicationMaster.
        files: Of these files, in this order.
        tail: Only so many last lines of each file, None for all.
        follow: Until the job has ended.
    """

    tasks: tuple[str, ...] = ()
    files: tuple[str, ...] = ("stdout", "stderr")
    tail: int | None = None
    follow: bool = False

    def wants(self, key: LogKey) -> bool:
        """Say whether a file was asked for by name."""
        named = key.task in self.tasks or key.container_id in self.tasks
        return (named or not self.tasks) and key.file in self.files


class Places(NamedTuple):
    """Where logs are read from.

    Attributes:
        rest: The ResourceManager.
        storages: Finds the file system of a URL.
        hadoop: Hadoop's properties: where YARN collects logs.
    """

    rest: ResourceManagerRest
    storages: StorageLookup
    hadoop: Mapping[str, str]


def log_folder(hadoop: Mapping[str, str], report: ApplicationReport) -> LogFolder:
    """Return where YARN collects the logs of a job."""
    root = hadoop.get("yarn.nodemanager.remote-app-log-dir", "")
    suffix = hadoop.get("yarn.nodemanager.remote-app-log-dir-suffix", "logs")
    return LogFolder(root, report.user, report.application_id, suffix)


class LogReader:
    """Shows the logs of one job."""

    def __init__(
        self,
        places: Places,
        application_id: str,
        wish: Wish,
        *,
        emit: Callable[[LogLine], None],
        note: Callable[[str], None],
    ) -> None:
        """Read nothing yet.

        Args:
            places: Where logs are read from.
            application_id: Whose logs.
            wish: Which of them.
            emit: Gets every line.
            note: Gets what else the user should know.
        """
        self._places = places
        self._id = application_id
        self._wish = wish
        self._emit = emit
        self._note = note
        self._splitters: dict[LogKey, LineSplitter] = {}
        self._noted: set[str] = set()
        self._silent = True

    def show(self) -> None:
        """Show the logs until there are no more, or no more for now.

        Raises:
            ConfigError: There are none, or a task does not exist.
            ClusterError: The job does not exist.
            ConnectionLost: A server does not answer.
        """
        report = find_report(self._places.rest, self._id)
        while not is_final(report):
            self._look(report)
            if not self._wish.follow:
                self._finish()
                if not self._noted:
                    self._note_silence("nothing was printed yet")
                return
            time.sleep(POLL_S)
            report = self._places.rest.application(self._id)
        self._show_aggregated(self._collected(report))
        self._finish()
        self._note_silence("nothing was printed")

    def _look(self, report: ApplicationReport) -> None:
        """Show what is new while the job runs."""
        if report.state != "RUNNING":
            self._note_once(f"{self._id} is {report.state}: nothing runs yet")
            return
        master = MasterApi(self._places.rest, report.tracking_url)
        try:
            snapshot = master.snapshot()
        except (ConnectionLost, ClusterError) as error:
            self._note_once(error.message)
            return
        if AM_TASK in self._wish.tasks:
            self._note_once(f"the log of `am` is at {report.am_container_logs}")
        keys = self._running(snapshot)
        for key in keys:
            try:
                self._read_running(master, key)
            except (ConnectionLost, ClusterError) as error:
                self._note_unread(snapshot, key, error)
        for waiting in () if keys else snapshot.waiting_on:
            self._note_once(f"Waiting: {waiting.what}")

    def _running(self, snapshot: JobSnapshot) -> list[LogKey]:
        """Return the files of the tasks that have containers."""
        self._refuse_unknown(
            {f"{task.role}-{task.index}" for task in snapshot.tasks}
            | {task.container_id for task in snapshot.tasks}
        )
        keys = [
            LogKey(f"{task.role}-{task.index}", task.container_id, file)
            for task in snapshot.tasks
            if task.container_id and (task.state.has_agent or task.started_ms)
            for file in self._wish.files
        ]
        return [key for key in keys if self._wish.wants(key)]

    def _note_unread(
        self, snapshot: JobSnapshot, key: LogKey, error: XLearningError
    ) -> None:
        """Say why a log cannot be read; who follows gets an ended task's later."""
        ended = [each for each in snapshot.tasks if each.state.is_final]
        if key.container_id not in [each.container_id for each in ended]:
            self._note_once(f"{key.task}, {key.file}: {error.message}")
        elif not self._wish.follow:
            self._note_once(
                f"{key.task} has ended: its log can be read again after the job"
            )

    def _read_running(self, master: MasterApi, key: LogKey) -> None:
        if key not in self._splitters:
            self._splitters[key] = self._begin_running(master, key)
        splitter = self._splitters[key]
        while True:
            piece = master.log(key.task, key.file, splitter.offset, PIECE_BYTES)
            content = piece.content
            if piece.error or not content:
                return
            self._emit_all(splitter.feed(content))

    def _begin_running(self, master: MasterApi, key: LogKey) -> LineSplitter:
        """Return a splitter that stands where the wanted lines begin."""
        if self._wish.tail is None:
            return LineSplitter(key)
        size = master.log(key.task, key.file, 0, 1).size
        start = max(0, size - self._wish.tail * _TAIL_BYTES_PER_LINE)
        data = b""
        while start + len(data) < size:
            piece = master.log(key.task, key.file, start + len(data), PIECE_BYTES)
            if not piece.content:
                break
            data += piece.content
        return LineSplitter(key, start + tail_start(data, self._wish.tail))

    def _collected(self, report: ApplicationReport) -> ApplicationReport:
        """Wait until YARN has collected the logs, for a while.

        Raises:
            ConfigError: It does not do that here.
        """
        until = time.monotonic() + AGGREGATION_PATIENCE_S
        while report.log_aggregation in _NOT_YET and time.monotonic() < until:
            self._note_once("Waiting until YARN has collected the logs")
            time.sleep(POLL_S / 2)
            report = self._places.rest.application(self._id)
        if report.log_aggregation == "DISABLED":
            raise ConfigError(
                "YARN does not collect the logs of ended jobs on this cluster",
                hint="set yarn.log-aggregation-enable; the ApplicationMaster's may "
                f"still be at {report.am_container_logs}",
            )
        if report.log_aggregation != "SUCCEEDED":
            status = report.log_aggregation or "unknown"
            self._note(f"The logs may not be complete (log aggregation: {status})")
        return report

    def _show_aggregated(self, report: ApplicationReport) -> None:
        folder = log_folder(self._places.hadoop, report)
        storage = self._places.storages(folder.root)
        try:
            found = list_logs(storage, folder)
            for key, file in self._chosen(storage, found, succeeded(report)):
                self._read_aggregated(storage, key, file)
        except OSError as error:
            raise ConfigError(
                f"cannot read the logs of {self._id}: {error}",
                hint=f"they are in {folder.candidates[0]}",
            ) from error

    def _chosen(
        self, storage: Storage, found: Iterable[LogFile], good: bool
    ) -> list[tuple[LogKey, LogFile]]:
        """Return the files that are wanted, in the order in which they are shown.

        Where the programs of a job that did not end well left nothing, it is the
        ApplicationMaster that has something to say.
        """
        files = list(found)
        if not files:
            raise ConfigError(
                f"there are no logs of {self._id}",
                hint="YARN deletes them after yarn.log-aggregation.retain-seconds",
            )
        tasks = _task_names(storage, files)
        every = [
            (LogKey(tasks[file.container_id], file.container_id, file.name), file)
            for file in files
        ]
        self._refuse_unknown({key.task for key, _ in every} | tasks.keys())
        wanted = [pair for pair in every if self._wish.wants(pair[0])]
        if not wanted:
            raise ConfigError(
                f"{self._id} has no log `{', '.join(self._wish.files)}`",
                hint=f"its logs are {', '.join(sorted({file.name for file in files}))}",
            )
        others = [pair for pair in wanted if pair[0].task != AM_TASK]
        told = any(file.length for _, file in others)
        if not self._wish.tasks and (told or (others and good)):
            wanted = others
        order = {name: number for number, name in enumerate(self._wish.files)}
        return sorted(
            wanted, key=lambda pair: (task_order(pair[0]), order[pair[0].file])
        )

    def _read_aggregated(self, storage: Storage, key: LogKey, file: LogFile) -> None:
        splitter = self._splitters.get(key)
        if splitter is None:
            start = _aggregated_start(storage, file, self._wish.tail)
            splitter = LineSplitter(key, start)
        for data in read_log(storage, file, splitter.offset):
            self._emit_all(splitter.feed(data))
        self._emit_all(splitter.finish())

    def _refuse_unknown(self, known: Iterable[str]) -> None:
        unknown = sorted(set(self._wish.tasks) - {AM_TASK, *known})
        if unknown:
            names = sorted(name for name in known if not name.startswith("container_"))
            raise ConfigError(
                f"{self._id} has no task `{unknown[0]}`",
                hint=f"its tasks are {', '.join(names)}",
            )

    def _finish(self) -> None:
        """Show lines that have not ended yet."""
        for splitter in self._splitters.values():
            self._emit_all(splitter.finish())

    def _emit_all(self, lines: Iterable[LogLine]) -> None:
        for line in lines:
            self._silent = False
            self._emit(line)

    def _note_silence(self, text: str) -> None:
        """Say that nothing was shown, if so."""
        if self._silent:
            self._note(f"{self._id}: {text}")

    def _note_once(self, text: str) -> None:
        if text not in self._noted:
            self._noted.add(text)
            self._note(text)


def _task_names(storage: Storage, files: Iterable[LogFile]) -> dict[str, str]:
    """Return the task of every container, as the ApplicationMasters wrote it down.

    One that died before it wrote anything is known by its number. Not all have it: on
    a full cluster, number 1 may be a reservation of the CapacityScheduler.
    """
    names: dict[str, str] = {}
    written: dict[str, str] = {}
    for file in files:
        is_first = is_first_container(file.container_id)
        names.setdefault(file.container_id, AM_TASK if is_first else file.container_id)
        if file.name == TASKS_FILE:
            data = b"".join(read_log(storage, file))
            written |= _decoded_tasks(data) | {file.container_id: AM_TASK}
    return names | {key: task for key, task in written.items() if key in names}


def _decoded_tasks(data: bytes) -> dict[str, str]:
    try:
        return msgspec.json.decode(data, type=dict[str, str])
    except msgspec.MsgspecError:
        return {}


def _aggregated_start(storage: Storage, file: LogFile, tail: int | None) -> int:
    """Return where the last lines of a file begin."""
    if tail is None:
        return 0
    start = max(0, file.length - tail * _TAIL_BYTES_PER_LINE)
    data = b"".join(read_log(storage, file, start))
    return start + tail_start(data, tail)
