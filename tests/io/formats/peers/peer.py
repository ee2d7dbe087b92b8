"""Hadoop's own formats in a JVM, to compare with."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from xlearning.cluster.artifacts import cache_folder, find_java, lib_folder
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

RELEASE = "3.5.0"
SOURCE = Path(__file__).with_name("Peer.java")
MAPRED = "org.apache.hadoop.mapred"
HADOOP_IO = "org.apache.hadoop.io"


class JavaSplit(NamedTuple):
    """A split that Hadoop made, and its records."""

    start: int
    length: int
    records: list[bytes]


class JavaError(Exception):
    """What Hadoop threw."""


def hadoop_class_path() -> tuple[str, ...]:
    """Return Hadoop's jars with MapReduce's, or skip the test."""
    try:
        find_java()
    except ConfigError as error:
        pytest.skip(str(error))
    mapreduce = cache_folder() / f"mapreduce-{RELEASE}"
    library = lib_folder(RELEASE)
    if not mapreduce.is_dir() or not library.is_dir():
        pytest.skip("no jars of MapReduce: scripts/ensure-mapreduce fetches them")
    return (f"{library}/*", f"{mapreduce}/*")


class Peer:
    """A JVM that reads and writes as it is asked."""

    def __init__(self, options: Sequence[str] = ("-XX:TieredStopAtLevel=1",)) -> None:
        """Start it, by default with what makes it start fast."""
        class_path = os.pathsep.join(hadoop_class_path())
        self._process = subprocess.Popen(
            [find_java().executable, *options, "-cp", class_path, str(SOURCE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Self:
        """Return the peer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the JVM."""
        self._process.communicate()

    def ask(self, *words: str) -> list[str]:
        """Send words and return the lines of the answer.

        Raises:
            JavaError: Hadoop threw an exception.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\t".join(words) + "\n")
        self._process.stdin.flush()
        lines: list[str] = []
        while (line := self._process.stdout.readline().rstrip("\n")) != ".":
            assert line or self._process.poll() is None, "the JVM ended"
            lines.append(line)
        if lines and lines[-1].startswith("!"):
            raise JavaError(lines[-1][1:])
        return lines

    def read(
        self, name: str, path: Path, properties: Mapping[str, str | bytes]
    ) -> list[JavaSplit]:
        """Return the splits of a file or folder and the records in each."""
        found: list[JavaSplit] = []
        for line in self.ask("read", name, str(path), *_properties(properties)):
            kind, _, rest = line.partition(" ")
            if kind == "split":
                start, length = rest.split()
                found.append(JavaSplit(int(start), int(length), []))
            else:
                found[-1].records.append(base64.b64decode(rest))
        return found

    def compress(self, codec: str, path: Path, data: bytes) -> None:
        """Write bytes through a codec."""
        self.ask("compress", codec, str(path), pack(data))

    def write(
        self,
        path: Path,
        classes: tuple[str, str],
        compression: tuple[str, str],
        records: Sequence[tuple[bytes, bytes]],
        interval: int = 2000,
    ) -> None:
        """Write a SequenceFile.

        Args:
            path: The file.
            classes: Of keys and values.
            compression: `NONE`, `RECORD` or `BLOCK`, and the codec's class.
            records: Keys and values; numbers are written in digits.
            interval: Bytes between marks, and in a block.
        """
        words = [pack(part) for record in records for part in record]
        names = [f"{HADOOP_IO}.{name}" for name in classes]
        kind, codec = compression
        codec = codec and f"{HADOOP_IO}.compress.{codec}"
        self.ask("write", str(path), *names, kind, codec, str(interval), *words)


def pack(data: bytes) -> str:
    """Return bytes as a word."""
    return base64.b64encode(data).decode()


def _properties(properties: Mapping[str, str | bytes]) -> list[str]:
    return [
        f"{name}={pack(value if isinstance(value, bytes) else value.encode())}"
        for name, value in properties.items()
    ]
