"""What we and the process with the JVM tell each other, as bytes in pipes.

A frame is a length of 4 bytes and so many bytes; a length of 0 is the orderly end,
which a process that died did not send. A `Failure` in JSON follows the greatest length.

A request comes first. SPLITS is answered by a frame and the end. For READ, splits
follow, and each is answered by records and the end; so one JVM reads all of a task's
splits. For WRITE, lines and the end follow, and an end is the answer.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

_FAILED = 0xFFFFFFFF


class JavaTask(StrEnum):
    """What is asked of the process."""

    SPLITS = "splits"
    READ = "read"
    WRITE = "write"


class Request(msgspec.Struct, frozen=True):
    """The first frame.

    Attributes:
        task: What to do.
        java_class: The format.
        properties: For its JobConf.
        class_path: Jars, folders, and folders of jars as `folder/*`.
        paths: The files to split.
        folder: Where to write.
    """

    task: JavaTask
    java_class: str
    properties: dict[str, str]
    class_path: tuple[str, ...]
    paths: tuple[str, ...] = ()
    folder: str = ""


class JavaSplit(msgspec.Struct, frozen=True):
    """One of a list that answers SPLITS, and what READ is told.

    Attributes:
        split_class: Its Java class.
        split: It, serialised.
        length: Its amount of data in bytes.
        hosts: Where that is.
        name: What it calls itself, "" for nothing that people can read.
    """

    split_class: str
    split: bytes
    length: int
    hosts: tuple[str, ...]
    name: str = ""


class Failure(msgspec.Struct, frozen=True):
    """Why a task ended.

    Attributes:
        message: What is wrong.
        java_class: The exception's, "" when there was none.
        is_config: Whether the user's settings are what is wrong.
    """

    message: str
    java_class: str = ""
    is_config: bool = False


class Broken(Exception):
    """The other side went away without an orderly end."""


class ReadsFrames(Protocol):
    """What frames come from."""

    def read(self, length: int, /) -> bytes:
        """Return so many bytes, fewer only at the end."""


class WritesFrames(Protocol):
    """What frames go to."""

    def write(self, data: bytes, /) -> object:
        """Take all of some bytes."""

    def flush(self) -> object:
        """Hold nothing back."""


def send(pipe: WritesFrames, data: bytes) -> None:
    """Send a frame, unless there is nothing in it."""
    if data:
        pipe.write(len(data).to_bytes(4, "big"))
        pipe.write(data)
        pipe.flush()


def send_end(pipe: WritesFrames) -> None:
    """Say that all has been sent."""
    pipe.write(bytes(4))
    pipe.flush()


def send_failure(pipe: WritesFrames, failure: Failure) -> None:
    """Say why no more is sent."""
    pipe.write(_FAILED.to_bytes(4, "big"))
    send(pipe, msgspec.json.encode(failure))


def receive(pipe: ReadsFrames) -> bytes | Failure | None:
    """Return the next frame, None for the orderly end.

    Raises:
        Broken: The pipe ended otherwise.
    """
    length = int.from_bytes(_exactly(pipe, 4), "big")
    if not length:
        return None
    if length != _FAILED:
        return _exactly(pipe, length)
    text = receive(pipe)
    assert isinstance(text, bytes)
    return msgspec.json.decode(text, type=Failure)


def _exactly(pipe: ReadsFrames, length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise Broken
    return data
