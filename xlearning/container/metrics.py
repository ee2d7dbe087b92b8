"""Measures what a container uses: memory and processor time of its process tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from xlearning.container.process_tree import ProcessTree


@dataclass(frozen=True, slots=True)
class Usage:
    """What a container uses at one moment.

    Attributes:
        memory_bytes: Resident, of the agent and all its descendants.
        peak_memory_bytes: The most of it that was measured.
        cpu_percent: Since the measurement before; 100 is one core.
    """

    memory_bytes: int
    peak_memory_bytes: int
    cpu_percent: float


class Meter:
    """Measures one container again and again."""

    def __init__(self, tree: ProcessTree) -> None:
        """Measure this tree and the agent itself."""
        self._tree = tree
        self._agent = psutil.Process()
        self._peak = 0
        self._cpu_s: dict[psutil.Process, float] = {}
        self._measured_at: float | None = None

    def measure(self, now: float) -> Usage:
        """Return the usage at the time `now`, in seconds of any steady clock.

        Memory that processes share is counted for each of them, as YARN does.
        """
        memory = 0
        cpu_s: dict[psutil.Process, float] = {}
        tree = self._tree
        for process in (self._agent, *tree.helpers(), *tree.living()):
            try:
                with process.oneshot():
                    memory += process.memory_info().rss
                    times = process.cpu_times()
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            cpu_s[process] = times.user + times.system
        percent = self._percent(cpu_s, now)
        self._cpu_s, self._measured_at = cpu_s, now
        self._peak = max(self._peak, memory)
        return Usage(memory, self._peak, percent)

    def _percent(self, cpu_s: dict[psutil.Process, float], now: float) -> float:
        if self._measured_at is None or now <= self._measured_at:
            return 0.0
        spent = (total - self._cpu_s.get(one, 0.0) for one, total in cpu_s.items())
        return 100.0 * sum(spent) / (now - self._measured_at)
