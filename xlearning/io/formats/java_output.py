"""Any OutputFormat of Java, old API or new, in a JVM beside us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.io.formats.java_frames import JavaTask, Request
from xlearning.io.formats.java_input import class_path_of
from xlearning.io.formats.java_process import JavaProcess
from xlearning.io.formats.line_batches import LineBatches

if TYPE_CHECKING:
    from xlearning.io.formats.base import FormatSettings, RecordWriter
    from xlearning.io.storage import StorageLookup


class JavaOutput:
    """Each line is a Text without a key; Java commits into the try's own folder."""

    def __init__(self, java_class: str) -> None:
        """Name the class."""
        self._java_class = java_class

    def open(
        self, folder: str, storages: StorageLookup, settings: FormatSettings
    ) -> RecordWriter:
        """Start the JVM."""
        request = Request(
            JavaTask.WRITE,
            self._java_class,
            settings.properties,
            class_path_of(self._java_class, settings),
            folder=folder,
        )
        return JavaWriter(JavaProcess(request, settings.user))


class JavaWriter(LineBatches):
    """Sends lines to the JVM."""

    def __init__(self, process: JavaProcess) -> None:
        """Take a process that was just started."""
        super().__init__()
        self._process = process

    def _write_lines(self, block: bytes) -> None:
        self._process.send(block)

    def _finish(self) -> None:
        with self._process:
            self._process.finish()

    def abort(self) -> None:
        """End the JVM; what it wrote is in the folder, uncommitted."""
        with self._process:
            pass
