"""Any InputFormat of Java, old API or new, in a JVM beside us."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ConfigError
from xlearning.io.formats.base import RecordSplit
from xlearning.io.formats.java_frames import JavaSplit, JavaTask, Request
from xlearning.io.formats.java_process import JavaProcess

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xlearning.io.formats.base import FormatSettings, SourceFile
    from xlearning.io.storage import StorageLookup


class JavaInput:
    """A record is a value, as its `toString` gives it; keys are dropped."""

    looks_into_files = True

    def __init__(self, java_class: str) -> None:
        """Name the class."""
        self._java_class = java_class
        self._idle: list[JavaProcess] = []

    def splits(
        self,
        files: Sequence[SourceFile],
        storages: StorageLookup,
        settings: FormatSettings,
    ) -> tuple[RecordSplit, ...]:
        """Let Java make splits; they travel as their payload."""
        request = Request(
            JavaTask.SPLITS,
            self._java_class,
            settings.properties,
            class_path_of(self._java_class, settings),
            paths=tuple(file.uri for file in files),
        )
        with JavaProcess(request, settings.user) as process:
            data = b"".join(process.answers())
        found = msgspec.json.decode(data, type=list[JavaSplit])
        return tuple(
            RecordSplit(
                hosts=split.hosts,
                payload=msgspec.json.encode(split),
                payload_length=split.length,
                label=split.name or f"split {number} of {len(found)}",
            )
            for number, split in enumerate(found, 1)
        )

    def read(
        self, split: RecordSplit, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield values, a line each.

        A JVM takes a second to start: one that has read a split well reads the next.
        """
        process = self._idle.pop() if self._idle else self._reader(settings)
        try:
            process.send(split.payload)
            yield from process.answers()
        except BaseException:
            process.end()
            raise
        self._idle.append(process)

    def close(self) -> None:
        """End the JVMs that are kept."""
        while self._idle:
            self._idle.pop().end()

    def _reader(self, settings: FormatSettings) -> JavaProcess:
        request = Request(
            JavaTask.READ,
            self._java_class,
            settings.properties,
            class_path_of(self._java_class, settings),
        )
        return JavaProcess(request, settings.user)


def class_path_of(java_class: str, settings: FormatSettings) -> tuple[str, ...]:
    """Return the class path.

    Raises:
        ConfigError: There is none.
    """
    if not settings.class_path:
        raise ConfigError(
            f"the format `{java_class}` needs Hadoop's jars, and nobody said where "
            "they are",
            hint="yarn.application.classpath names them in a cluster's configuration",
        )
    return settings.class_path
