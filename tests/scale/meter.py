"""Measures a process again and again while it lives."""

from __future__ import annotations

import asyncio
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Sample:
    """A process at one moment.

    Attributes:
        at: Seconds since the epoch.
        cpu_s: Processor time so far.
        peak_mib: The most memory that it had resident so far.
    """

    at: float
    cpu_s: float
    peak_mib: float


class TooLarge(RuntimeError):
    """A process has more memory than it may."""


class Meter:
    """Follows one process.

    Attributes:
        samples: In order of time.
    """

    def __init__(self, pid: int, limit_mib: float) -> None:
        """Follow a process that must not grow beyond `limit_mib`."""
        self.samples: list[Sample] = []
        self._folder = Path(f"/proc/{pid}")
        self._limit_mib = limit_mib

    async def run(self) -> None:
        """Measure until the process ends.

        Raises:
            TooLarge: It has grown beyond its limit.
        """
        while (sample := self._sample()) is not None:
            self.samples.append(sample)
            if sample.peak_mib > self._limit_mib:
                raise TooLarge(f"{sample.peak_mib:.0f} MiB")
            await asyncio.sleep(_PAUSE_S)

    def _sample(self) -> Sample | None:
        try:
            status = (self._folder / "status").read_text()
            fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        peak = re.search(r"VmHWM:\s+(\d+) kB", status)
        if peak is None:  # it has ended and nobody has waited for it
            return None
        ticks = int(fields[11]) + int(fields[12])
        return Sample(time.time(), ticks / _TICKS, int(peak[1]) / 1024)

    def cpu_s_at(self, at: float) -> float:
        """Return the processor time that had been spent at a moment."""
        spent = [sample.cpu_s for sample in self.samples if sample.at <= at]
        return spent[-1] if spent else 0.0

    @property
    def peak_mib(self) -> float:
        """The most memory that it had."""
        return self.samples[-1].peak_mib
