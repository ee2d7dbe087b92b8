"""What we and the process with the JVM tell each other, as bytes in pipes.

A frame is a length of 4 bytes and so many bytes; a length of 0 is the orderly end,
which a process that died did not send. A `Failure` in JSON follows the greatest length.
"""

from __future__ import annotations

from enum import StrEnum
from typing import IO

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
        split_class: Java class of the split to read.
        split: It, serialised.
        folder: Where to write.
    """

    task: JavaTask
    java_class: str
    properties: dict[str, str]
    class_path: tuple[str, ...]
    paths: tuple[str, ...] = ()
    split_class: str = ""
    split: bytes = b""
    folder: str = ""


class JavaSplit(msgspec.Struct, frozen=True):
    """One of a list that answers SPLITS."""

    split_class: str
    split: bytes
    length: int
    hosts: tuple[str, ...]


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


def send(pipe: IO[bytes], data: bytes) -> None:
    """Send a frame, unless there is nothing in it."""
    if data:
        pipe.write(len(data).to_bytes(4, "big"))
        pipe.write(data)
        pipe.flush()


def send_end(pipe: IO[bytes]) -> None:
    """Say that all has been sent."""
    pipe.write(bytes(4))
    pipe.flush()


def send_failure(pipe: IO[bytes], failure: Failure) -> None:
    """Say why no more is sent."""
    pipe.write(_FAILED.to_bytes(4, "big"))
    send(pipe, msgspec.json.encode(failure))


def receive(pipe: IO[bytes]) -> bytes | Failure | None:
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


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise Broken
    return data
