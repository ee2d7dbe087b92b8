"""How far `xl fs` is, where somebody looks on: rich's bar on a terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress, TaskID


class Shown(Protocol):
    """What is told the bytes."""

    def expect(self, total: int) -> None:
        """Take the number of bytes in all."""

    def add(self, count: int) -> None:
        """Count bytes; a negative number takes back."""


class Nothing:
    """Shows nothing."""

    def expect(self, total: int) -> None:
        """Do nothing."""

    def add(self, count: int) -> None:
        """Do nothing."""


class Bar:
    """A bar with amount, speed and what is left of the time."""

    def __init__(self, progress: Progress) -> None:
        """Draw nothing yet."""
        self._progress = progress
        self._task: TaskID | None = None

    def expect(self, total: int) -> None:
        """Draw the bar."""
        self._task = self._progress.add_task("", total=total)

    def add(self, count: int) -> None:
        """Move it."""
        if self._task is not None:
            self._progress.advance(self._task, count)


@contextmanager
def shown_progress() -> Iterator[Shown]:
    """Show a bar on stderr for a while, if that is a terminal."""
    if not sys.stderr.isatty():
        yield Nothing()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    with Progress(
        BarColumn(bar_width=24),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        yield Bar(progress)
