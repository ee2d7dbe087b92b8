"""What the processes of a stream are told, and what they tell. Pure.

An order is one JSON document, the end of the pipe is its end. News are JSON lines; the
last one says how it ended. A process that ends without has died.
"""

from __future__ import annotations

import sys

import msgspec

from xlearning.io.formats.base import (  # noqa: TC001 - msgspec reads them
    FormatSettings,
    RecordSplit,
    SourceFile,
)
from xlearning.job.spec import StreamOptions  # noqa: TC001
from xlearning.job.waits import Wait  # noqa: TC001

PROCESS = (sys.executable, "-P", "-m", "xlearning.io.streams")
"""The command of such a process; it takes two descriptors, of the order and news."""


class StreamSplit(msgspec.Struct, frozen=True):
    """A split, and the input that it belongs to."""

    alias: str
    split: RecordSplit


class Setup(msgspec.Struct, frozen=True):
    """What every order needs.

    Attributes:
        format: Name of the format.
        settings: What it may be told.
        user: Whom to act as at file systems.
    """

    format: str
    settings: FormatSettings
    user: str


class MakeSplits(msgspec.Struct, frozen=True, tag=True):
    """Make splits of the files of each input."""

    setup: Setup
    files: dict[str, tuple[SourceFile, ...]]


class Feed(msgspec.Struct, frozen=True, tag=True):
    """Write the records of splits to stdout.

    Attributes:
        task: Whose they are: a random order is another one for every task.
        retries: How often what may pass is waited for.
        pause_s: The longest pause before the first time; each is longer.
        outage_s: How long a server that does not answer is waited for at least.
    """

    setup: Setup
    task: str
    splits: tuple[StreamSplit, ...]
    options: StreamOptions
    retries: int
    pause_s: float = 0.5
    outage_s: float = 0.0


class Collect(msgspec.Struct, frozen=True, tag=True):
    """Write what comes on stdin to files.

    Attributes:
        folder: URL of the try's own folder.
        log: Local file that gets the beginning as well.
        log_bytes: How much of it.
        retries: How often what may pass is waited for, before and after the stream.
        outage_s: How long a server that does not answer is waited for at least then.
    """

    setup: Setup
    folder: str
    log: str
    log_bytes: int
    retries: int = 0
    outage_s: float = 0.0


Order = MakeSplits | Feed | Collect


class Made(msgspec.Struct, frozen=True, tag=True):
    """All splits, in the order of the files."""

    splits: tuple[StreamSplit, ...]


class Moved(msgspec.Struct, frozen=True, tag=True):
    """How far a stream is.

    Attributes:
        bytes: Of the splits, as stored, in all epochs; or written.
        records: Lines.
    """

    bytes: int
    records: int


class Waiting(msgspec.Struct, frozen=True, tag=True):
    """A stream stands still and is tried again; the next news is that it goes on."""

    wait: Wait


class Ended(msgspec.Struct, frozen=True, tag=True):
    """A stream is complete, or nobody wants the rest of it.

    Attributes:
        files: How many were written.
    """

    bytes: int
    records: int
    files: int = 0


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The order cannot be carried out.

    Attributes:
        reason: One sentence that names the file.
        hint: What to do about it, "" for nothing.
        may_pass: A server did not answer.
    """

    reason: str
    hint: str = ""
    may_pass: bool = False


News = Made | Moved | Waiting | Ended | Failed

_orders: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
_news: msgspec.json.Decoder[News] = msgspec.json.Decoder(News)


def encode(message: Order | News) -> bytes:
    """Return a message as a line of JSON."""
    return msgspec.json.encode(message) + b"\n"


def decode_order(data: bytes) -> Order:
    """Read an order.

    Raises:
        msgspec.DecodeError: It is none.
    """
    return _orders.decode(data)


class NewsReader:
    """Puts lines together that come in pieces."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = b""

    def feed(self, data: bytes) -> list[News]:
        """Take what has come and return what it completes.

        Raises:
            msgspec.DecodeError: A line is no news.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [_news.decode(line) for line in lines]
