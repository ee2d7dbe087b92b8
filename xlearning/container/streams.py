"""A trainer's stdin and stdout, where they are streams of records.

A process of ours stands at the other end of each pipe (`xlearning.io.streams`). The
agent holds that end too and so decides what the trainer sees: its stdin ends when all
was read, never because a reader has died; its stdout is not broken by a writer that
has. What a process found wrong before the trainer ended is told before that end.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import select
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from xlearning.container.assignment import Upload
from xlearning.container.events import StreamFailed
from xlearning.errors import XLearningError
from xlearning.io.streams.orders import (
    PROCESS,
    Collect,
    Ended,
    Failed,
    Feed,
    Moved,
    News,
    NewsReader,
    Order,
    Setup,
    Waiting,
    encode,
)
from xlearning.job.causes import CauseKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xlearning.container.assignment import Assignment
    from xlearning.container.events import Event
    from xlearning.container.process_tree import ProcessTree
    from xlearning.container.watch import Watch

logger = logging.getLogger(__name__)

PIPE_BYTES = 1 << 20
"""What a pipe holds (`fs.pipe-max-size`): a chunk goes into it at once."""
PATIENCE_S = 300.0
"""A writer of the trainer's last records that moves nothing for so long is given up."""
DEATH_S = 1.0
"""A killed process is gone by then, or hangs in a dead disk."""
_NEWS_BYTES = 1 << 16


class Helper:
    """A process of ours that carries out one order.

    Attributes:
        last: The last news, None before the first.
    """

    def __init__(
        self,
        order: Order,
        ends: tuple[int, int],
        tree: ProcessTree,
        hear: Callable[[News], None],
    ) -> None:
        """Start the process; has to be called on the event loop.

        Args:
            order: What it does.
            ends: Descriptors of its stdin and stdout.
            tree: Where it is counted apart from the trainer's.
            hear: Takes the news, the last of which is `Ended` or `Failed`.

        Raises:
            OSError: No process can be made.
        """
        self.last: News | None = None
        self._hear = hear
        self._reader = NewsReader()
        self._killed = False
        self._news, news_in = os.pipe()
        # In a group of its own: `trap 'kill 0' EXIT` in a script is not meant for it.
        given = os.memfd_create("order")
        try:
            os.write(given, encode(order))
            os.lseek(given, 0, os.SEEK_SET)
            self._process = subprocess.Popen(
                [*PROCESS, str(given), str(news_in)],
                stdin=ends[0],
                stdout=ends[1],
                pass_fds=(given, news_in),
                process_group=0,
            )
        except OSError:
            os.close(self._news)
            raise
        finally:
            os.close(given)
            os.close(news_in)
        tree.adopt(self._process)
        asyncio.get_running_loop().add_reader(self._news, self._read)

    @property
    def is_over(self) -> bool:
        """Whether the last news has come."""
        return isinstance(self.last, Ended | Failed)

    def kill(self) -> None:
        """End the process and what it started, and hear what it had to tell before."""
        if self._news < 0:
            return
        self._killed = True
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        while self._news >= 0 and select.select([self._news], [], [], DEATH_S)[0]:
            self._read()

    def _read(self) -> None:
        data = os.read(self._news, _NEWS_BYTES)
        if not data:
            self._over()
            return
        try:
            for news in self._reader.feed(data):
                self._tell(news)
        except msgspec.MsgspecError as error:
            self._tell(Failed(f"the process of a stream cannot be understood: {error}"))

    def _tell(self, news: News) -> None:
        if not self.is_over:
            self.last = news
            self._hear(news)

    def _over(self) -> None:
        asyncio.get_running_loop().remove_reader(self._news)
        os.close(self._news)
        self._news = -1
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(DEATH_S)
        if self._killed:
            before = self.last if isinstance(self.last, Moved) else Moved(0, 0)
            self._tell(Ended(before.bytes, before.records))
        else:
            self._tell(Failed(_how_it_died(self._process.returncode)))


def _how_it_died(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"the process of the stream was killed by {name}"
    return f"the process of the stream ended with code {code}; see agent.log"


@dataclass(slots=True)
class Ends:
    """The trainer's ends of its streams, -1 for none."""

    stdin: int = -1
    stdout: int = -1

    def close(self) -> None:
        """Leave them to the trainer alone."""
        for end in (self.stdin, self.stdout):
            if end >= 0:
                os.close(end)
        self.stdin = self.stdout = -1


class Streams:
    """The streams of one container's trainer."""

    def __init__(
        self,
        tree: ProcessTree,
        log: Path,
        emit: Callable[[Event], None],
        watch: Watch,
    ) -> None:
        """Open nothing yet.

        Args:
            tree: The processes below the agent.
            log: The trainer's log of stdout.
            emit: Takes the events.
            watch: Told what is moved, and what is tried again.
        """
        self._tree = tree
        self._log = log
        self._emit = emit
        self._moved = watch.moved
        self._flow = watch.flow
        self._waits = watch.waits
        self._input: Helper | None = None
        self._output: Helper | None = None
        self._stdin = self._stdout = -1
        self._heard = asyncio.Event()

    def open(self, assignment: Assignment) -> Ends:
        """Start what feeds the trainer and what takes its output, where it has such.

        Returns:
            The trainer's ends, to be closed when it has been started.

        Raises:
            OSError: No process can be made.
        """
        ends = Ends()
        try:
            if assignment.splits:
                ends.stdin = self._feed(assignment)
            if assignment.outputs and assignment.job.streams_output:
                ends.stdout = self._collect(assignment)
        except OSError:
            ends.close()
            raise
        return ends

    def _feed(self, assignment: Assignment) -> int:
        from xlearning.io.transfer import OUTAGE_S

        job, splits = assignment.job, assignment.splits
        setup = _setup(job.stream.input_format, assignment)
        task, retries = str(assignment.task), job.data.retries
        order = Feed(setup, task, splits, job.stream, retries, outage_s=OUTAGE_S)
        total = sum(each.split.length for each in splits)
        self._moved.begin(job.stream.epochs * total)
        ours, self._stdin = _pipe()
        ends = (subprocess.DEVNULL, self._stdin)
        self._input = Helper(order, ends, self._tree, self._fed)
        return ours

    def _collect(self, assignment: Assignment) -> int:
        from xlearning.io.transfer import OUTAGE_S

        options, [output] = assignment.job.stream, assignment.outputs
        setup = _setup(options.output_format, assignment)
        log, limit = str(self._log), options.log_kb << 10
        retries = assignment.job.data.retries
        order = Collect(setup, output.upload_url, log, limit, retries, OUTAGE_S)
        self._stdout, ours = _pipe()
        ends = (self._stdout, subprocess.DEVNULL)
        self._output = Helper(order, ends, self._tree, self._collected)
        return ours

    def _fed(self, news: News) -> None:
        match news:
            case Moved() | Ended():
                self._moved.done, self._flow.read_records = news.bytes, news.records
                self._waits.drop(CauseKind.INPUT)
            case Waiting(wait):
                self._waits.put(CauseKind.INPUT, wait)
            case Failed(reason):
                self._waits.drop(CauseKind.INPUT)
                self._emit(StreamFailed(CauseKind.INPUT, reason))
            case _:
                logger.warning("unexpected news of the input: %s", news)
        if isinstance(news, Ended):
            logger.info("the program's input has ended: %d records", news.records)
            self._stdin = _closed(self._stdin)

    def _collected(self, news: News) -> None:
        self._heard.set()
        match news:
            case Moved() | Ended():
                self._flow.written_records = news.records
                self._flow.written_bytes = news.bytes
                self._waits.drop(CauseKind.OUTPUT)
            case Waiting(wait):
                self._waits.put(CauseKind.OUTPUT, wait)
            case Failed(reason):
                self._waits.drop(CauseKind.OUTPUT)
                self._emit(StreamFailed(CauseKind.OUTPUT, reason))
            case _:
                logger.warning("unexpected news of the output: %s", news)

    def trainer_ended(self) -> None:
        """End the input, which nobody reads any more; what was wrong is told first."""
        if self._input is not None:
            self._input.kill()
        self._stdin = _closed(self._stdin)

    async def written(self, assignment: Assignment) -> tuple[Upload, ...]:
        """Wait until all that the trainer has printed is written.

        Raises:
            XLearningError: It is not, or is not within the time.
        """
        assert self._output is not None
        self._stdout = _closed(self._stdout)
        self._moved.begin(0)
        [output] = assignment.outputs
        while not self._output.is_over:
            self._heard.clear()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._heard.wait()
            except TimeoutError:
                text = f"`{output.url}`: nothing was written for {PATIENCE_S:.0f} s"
                raise XLearningError(text) from None
        last = self._output.last
        if isinstance(last, Failed):
            raise XLearningError(last.reason)
        assert isinstance(last, Ended)
        return (Upload(output.url, last.files, last.bytes),)

    def close(self) -> None:
        """End all processes of streams and let go of the pipes."""
        for helper in (self._input, self._output):
            if helper is not None:
                helper.kill()
        self._stdin, self._stdout = _closed(self._stdin), _closed(self._stdout)


def _setup(name: str, assignment: Assignment) -> Setup:
    from xlearning.io.streams.settings import setup_for

    jars = assignment.environment.get("CLASSPATH", "")
    return setup_for(name, assignment.hadoop, assignment.job.user, jars)


def _pipe() -> tuple[int, int]:
    """Return the reading and the writing end of a large pipe."""
    out, into = os.pipe()
    with suppress(OSError):  # the user's pipes may hold too much already
        fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return out, into


def _closed(descriptor: int) -> int:
    if descriptor >= 0:
        os.close(descriptor)
    return -1
