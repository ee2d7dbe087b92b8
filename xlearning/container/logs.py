"""Reads the container's log files: progress lines, the last lines, any piece of them.

The trainer writes its files itself; the agent only reads. A program reports progress
with a line that contains `reporter progress:0.35` (what XLearning's code looked for) or
`report:progress:0.35` (what its documentation said), on stderr or stdout, and whatever
stands before it in the line. Lines with `checkpoint:<path>` mark complete files; what
they mean is in `marks`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.container.marks import marked_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

STDOUT = "stdout"
STDERR = "stderr"
AGENT_LOG = "agent.log"
FILES = (STDOUT, STDERR, AGENT_LOG)

PROBLEM = "progress log format error"
CHUNK_BYTES = 256 << 10
MAX_LINE_BYTES = 64 << 10
"""A longer line is not looked through: no program reports progress at its end."""
MAX_READ_BYTES = 1 << 20
"""The largest piece that one answer carries."""

_LINE_END = re.compile(rb"[\r\n]")  # progress bars go back to the start of the line
_WORDS = (b"progress", b"checkpoint:")
"""Lines without one of them are not looked through."""
_PROGRESS = re.compile(rb"(?:reporter progress|report:progress)(:?)\s*(\S*)")


@dataclass(frozen=True, slots=True)
class Progress:
    """What the newest progress line says.

    Attributes:
        value: 0 to 1, None when no line was readable.
        problem: Why the newest one is not readable, "" when it is.
    """

    value: float | None = None
    problem: str = ""


class ProgressReader:
    """Follows some files and keeps the newest progress in them."""

    def __init__(self, files: Iterable[Path]) -> None:
        """Follow these files from their present ends; they need not exist yet."""
        self._files = [_Follower(path) for path in files]
        self.progress = Progress()
        self._marked: list[str] = []

    def poll(self, *, last: bool = False) -> None:
        """Read what was added; with `last`, also a line that has no end."""
        for file in self._files:
            for line in file.new_lines(last=last):
                match = _PROGRESS.search(line)
                if match is not None:
                    self.progress = self._read(match)
                path = marked_path(line)
                if path is not None:
                    self._marked.append(path)

    def take_marked(self) -> list[str]:
        """Return the paths marked since the last call."""
        marked, self._marked = self._marked, []
        return marked

    def _read(self, match: re.Match[bytes]) -> Progress:
        try:
            value = float(match[2])
        except ValueError:
            value = -1.0
        if match[1] and 0.0 <= value <= 1.0:
            return Progress(value)
        return Progress(self.progress.value, PROBLEM)


class _Follower:
    """The lines that are added to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = size_of(path)
        self._rest = b""

    def new_lines(self, *, last: bool) -> list[bytes]:
        """Return the lines that were completed since, and that may matter."""
        lines: list[bytes] = []
        for data in self._added():
            *complete, self._rest = _LINE_END.split(self._rest + data)
            self._rest = self._rest[-MAX_LINE_BYTES:]
            lines += (line for line in complete if any(w in line for w in _WORDS))
        if last:
            lines.append(self._rest)
            self._rest = b""
        return lines

    def _added(self) -> Iterator[bytes]:
        if size_of(self._path) <= self._offset:
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            while data := file.read(CHUNK_BYTES):
                self._offset += len(data)
                yield data


def size_of(path: Path) -> int:
    """Return a file's size in bytes, 0 when it does not exist."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def tail(path: Path, limit: int) -> str:
    """Return the end of a file as text, from at most `limit` bytes."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - limit))
            return file.read(limit).decode(errors="replace")
    except FileNotFoundError:
        return ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a log file.

    Attributes:
        data: The bytes.
        offset: Where the first of them is in the file.
        size: The size of the file now.
        error: Why there are none, "" when there may be.
    """

    data: bytes = b""
    offset: int = 0
    size: int = 0
    error: str = ""


def read_piece(folders: Sequence[Path], name: str, offset: int, limit: int) -> Piece:
    """Read a piece of one of the container's log files.

    Args:
        folders: Where the files may be; YARN may put the agent's own into any.
        name: One of `FILES`.
        offset: Of the first byte wanted; negative counts from the end.
        limit: How many bytes are wanted; fewer may come.
    """
    if name not in FILES:
        return Piece(error=f"`{name}` is not one of {', '.join(FILES)}")
    paths = (folder / name for folder in folders)
    path = next((path for path in paths if path.exists()), None)
    if path is None:
        return Piece(error=f"`{name}` does not exist yet")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = max(0, size + offset) if offset < 0 else min(offset, size)
            file.seek(start)
            return Piece(file.read(min(limit, MAX_READ_BYTES)), start, size)
    except OSError as error:
        return Piece(error=f"`{name}`: {error.strerror}")
