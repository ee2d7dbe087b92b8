"""What the server, the warden and the keepers say to each other. Pure.

Imported by the server and, as a plain file, by the warden: standard library only. An
order is JSON with its length before it; reports and commands are lines.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass

_LENGTH = struct.Struct(">I")
HEAD_BYTES = _LENGTH.size
"""How long the length before an order is."""

STOP = b"S"
"""To a keeper: SIGTERM now, SIGKILL after the delay."""
KILL = b"K"
"""To a keeper: SIGKILL now."""

MEETING = "keeper"
"""Name of the socket where a keeper meets a later server."""
EXIT = "exit"
"""Name of the file with the exit code, as a shell gives it."""

STARTED, EXITED, GONE = "started", "exited", "gone"


@dataclass(frozen=True)
class Order:
    """A process to start.

    Attributes:
        command: Program (an absolute path) and arguments.
        environment: Its whole environment.
        folder: Where it runs.
        errors: File that gets what it writes to standard error at first.
        kill_delay_s: Between SIGTERM and SIGKILL.
        keep_in: Folder where a later server finds the keeper (`MEETING`), or, when it
            has ended, the exit code (`EXIT`); "" for none.
        patience_s: Without a server it runs on for so long.
    """

    command: list[str]
    environment: dict[str, str]
    folder: str
    errors: str
    kill_delay_s: float
    keep_in: str = ""
    patience_s: float = 0.0

    def to_bytes(self) -> bytes:
        """Return the order with its length before it."""
        data = json.dumps(asdict(self)).encode()
        return _LENGTH.pack(len(data)) + data

    @classmethod
    def from_bytes(cls, data: bytes) -> Order:
        """Read an order without its length."""
        return cls(**json.loads(data))


def meeting_address(folder: int) -> str:
    """Return where the keeper of an open folder listens: a path of any length fits."""
    return f"/proc/self/fd/{folder}/{MEETING}"


def length(head: bytes) -> int:
    """Return how long the order behind these four bytes is."""
    (count,) = _LENGTH.unpack(head)
    return int(count)


@dataclass(frozen=True)
class Report:
    """What a keeper says.

    Attributes:
        kind: `started` (number: the process id), `exited` (number: the exit code as a
            shell gives it, 128 + the signal's number), `gone`: nothing is left.
        number: See there.
    """

    kind: str
    number: int = 0

    def to_bytes(self) -> bytes:
        """Return the line."""
        return f"{self.kind} {self.number}\n".encode()

    @classmethod
    def from_line(cls, line: bytes) -> Report:
        """Read a line."""
        kind, _, number = line.decode().partition(" ")
        return cls(kind, int(number))
