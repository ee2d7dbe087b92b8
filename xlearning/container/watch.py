"""Watches the container while it works: what it uses, how far it is.

Says something when it is news, and at least once in a heartbeat; a thousand agents that
repeat themselves every second would be the ApplicationMaster's largest load.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.container import messages
from xlearning.container.logs import STDERR, STDOUT, ProgressReader
from xlearning.container.metrics import Meter, Usage
from xlearning.io.waits import Waits
from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.container.process_tree import ProcessTree

POLL_S = 0.5
"""How often log files are looked at."""
MEASURE_S = 3.0
"""How often the process tree is measured, as XLearning did."""
ENFORCE_S = 1.0
"""The same where memory is enforced."""
_NEWS = 0.05
"""A change of memory by this share is worth telling."""


@dataclass(slots=True)
class Moved:
    """Bytes of a transfer; counted in threads, each addition under the GIL."""

    done: int = 0
    total: int = 0

    def add(self, count: int) -> None:
        """Count bytes that were just moved; negative for those to be moved again."""
        self.done += count

    def begin(self, total: int) -> None:
        """Begin another transfer."""
        self.done, self.total = 0, total


@dataclass(slots=True)
class Flow:
    """Records of the trainer's streams.

    Attributes:
    """

    read_records: int = 0
    written_records: int = 0
    written_bytes: int = 0


class Watch:
    """One container's measurements.

    Attributes:
        moved: What has been downloaded, read from a stream, or uploaded.
        flow: What has gone through the trainer's streams.
        waits: What is tried again.
        saved: What has been copied for the save that is under way.
        usage: The newest measurement.
        heartbeat_s: How long nothing may be said.
    """

    def __init__(self, tree: ProcessTree, logs: Path, heartbeat_s: float) -> None:
        """Watch this tree and the files in this folder."""
        self.moved = Moved()
        self.flow = Flow()
        self.waits = Waits()
        self.saved = Moved()
        self.usage = Usage(0, 0, 0.0)
        self._meter = Meter(tree)
        self._reader = ProgressReader([logs / STDERR, logs / STDOUT])
        self.heartbeat_s = heartbeat_s
        self._measured_at = float("-inf")
        self._said_at = float("-inf")
        self._said = pb.Telemetry()

    def look(self, now: float, measure_s: float) -> None:
        """Read the logs; measure if the last time is `measure_s` ago."""
        self._reader.poll()
        if now - self._measured_at >= measure_s:
            self._measured_at = now
            self.usage = self._meter.measure(now)

    def new_marks(self) -> list[str]:
        """Return the paths that the program has marked as complete since last time."""
        return self._reader.take_marked()

    def look_last(self) -> None:
        """Read what the logs end with, also a last line that has no end."""
        self._reader.poll(last=True)

    def news(self, try_number: int, now: float) -> pb.Telemetry | None:
        """Return what is to be said now, None when nothing is new."""
        telemetry = self.telemetry(try_number)
        if now - self._said_at < self.heartbeat_s and not self._is_news(telemetry):
            return None
        self._said_at, self._said = now, telemetry
        return telemetry

    def telemetry(self, try_number: int) -> pb.Telemetry:
        """Return all that is known."""
        progress = self._reader.progress
        return pb.Telemetry(
            try_number=try_number,
            progress=progress.value,
            memory_bytes=self.usage.memory_bytes,
            peak_memory_bytes=max(self.usage.peak_memory_bytes, _largest_child()),
            cpu_percent=self.usage.cpu_percent,
            moved_bytes=max(0, self.moved.done),
            total_bytes=self.moved.total,
            read_records=self.flow.read_records,
            written_records=self.flow.written_records,
            written_bytes=self.flow.written_bytes,
            problem=progress.problem,
            wait=messages.wait(self.waits.oldest()),
            saved_bytes=max(0, self.saved.done),
        )

    def _is_news(self, telemetry: pb.Telemetry) -> bool:
        said = self._said
        if (telemetry.progress, telemetry.problem) != (said.progress, said.problem):
            return True
        if telemetry.moved_bytes != said.moved_bytes or telemetry.wait != said.wait:
            return True
        if telemetry.written_bytes != said.written_bytes:
            return True
        if telemetry.saved_bytes != said.saved_bytes:
            return True
        change = abs(telemetry.memory_bytes - said.memory_bytes)
        return change > _NEWS * max(1, said.memory_bytes)


def _largest_child() -> int:
    """The most that one process of the tree used, if it has ended; in bytes."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
