"""Where the client shows a job: plain lines, or a bar on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

QUESTION = "stop the job? [y/N] "


class Screen(Protocol):
    """What is needed of the place where a job is shown."""

    def say(self, text: str) -> None:
        """Print a line."""

    def draw(self, progress: float, text: str) -> None:
        """Show how far the job is, 0 to 1."""

    def ask(self) -> None:
        """Print the question whether to stop the job."""

    def close(self) -> None:
        """Take away what was drawn."""


class LineScreen:
    """Plain lines on a stream."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Print to `stream`, stderr if none is given."""
        self._stream = stream

    def say(self, text: str) -> None:
        """Print a line."""
        stream = self._stream or sys.stderr
        stream.write(f"{text}\n")
        stream.flush()

    def draw(self, progress: float, text: str) -> None:
        """Draw nothing: lines tell it."""

    def ask(self) -> None:
        """Print the question whether to stop the job."""
        stream = self._stream or sys.stderr
        stream.write(QUESTION)
        stream.flush()

    def close(self) -> None:
        """Do nothing."""


class BarScreen:
    """Lines above a progress bar. rich is imported when the bar is first drawn.

    Attributes:
        progress: The bar, None while none is drawn.
    """

    def __init__(self) -> None:
        """Draw nothing yet."""
        self._lines = LineScreen()
        self.progress: Progress | None = None
        self._task: TaskID | None = None
        self._since: float | None = None

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        if self.progress is None:
            self._lines.say(text)
        else:
            self.progress.console.print(
                text, markup=False, highlight=False, soft_wrap=True
            )

    def draw(self, progress: float, text: str) -> None:
        """Show how far the job is."""
        if self.progress is None:
            self.progress = _bar()
            self._task = self.progress.add_task("", total=1.0)
            if self._since is None:
                self._since = self.progress.get_time()
            self.progress.tasks[0].start_time = self._since  # a question hid the bar
            self.progress.start()
        assert self._task is not None
        self.progress.update(self._task, completed=progress, description=text)

    def ask(self) -> None:
        """Take the bar away and print the question; the next draw shows it again."""
        self.close()
        self._lines.ask()

    def close(self) -> None:
        """Take the bar away."""
        if self.progress is not None:
            self.progress.stop()
        self.progress = self._task = None


def screen_for(*, terminal: bool) -> Screen:
    """Return a bar for a terminal, plain lines for everything else."""
    return BarScreen() if terminal else LineScreen()


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
