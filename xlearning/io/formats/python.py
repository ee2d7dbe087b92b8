"""The user's own formats: `module:Class`, found on the path of the process.

    class Numbers:
        def __init__(self, context):            # see `Context`
            ...
        def splits(self, files):                # SourceFile's, with uri and length
            return [{"first": 0}, {"first": 100}]   # anything that is JSON
        def records(self, split):
            yield "one"                         # text, or bytes; a line each

    class Shout:
        def __init__(self, context):
            ...
        def write(self, line):                  # bytes, without the newline
            ...
        def close(self):
            ...

Splits are made where the ApplicationMaster is, records where a trainer is: the class
needs the same packages on both sides, which are those that we run with.
"""

from __future__ import annotations

import importlib
import io
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import msgspec

from xlearning.errors import ConfigError, XLearningError
from xlearning.io import uris
from xlearning.io.formats.base import CHUNK_BYTES, Piece, RecordSplit
from xlearning.io.formats.line_batches import LineBatches
from xlearning.io.formats.random_access import StorageFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xlearning.io.formats.base import FormatSettings, RecordWriter, SourceFile
    from xlearning.io.storage import StorageLookup, Writer


_SHOWN_BYTES = 100


class UserCodeFailed(XLearningError):
    """A user's format raised an exception, which is the cause."""


@dataclass(frozen=True)
class Context:
    """What a user's class is made with.

    Attributes:
        properties: Hadoop's, with what was set for the job.
        storages: Finds file systems; `open` and `create` do for most.
        folder: Where an output format writes, "" for an input format.
        created: What it has begun to write there.
    """

    properties: Mapping[str, str]
    storages: StorageLookup
    folder: str = ""
    created: list[Writer] = field(default_factory=list)

    def open(self, uri: str) -> IO[bytes]:
        """Open a file for reading, at any place."""
        return io.BufferedReader(
            StorageFile(Piece(uri, 0, 0, 0), self.storages), CHUNK_BYTES
        )

    def create(self, name: str) -> Writer:
        """Begin a file of output in the folder."""
        url = uris.join(self.folder, name)
        writer = self.storages(url).create(url)
        self.created.append(writer)
        return writer


class PythonInput:
    """An input format of the user's."""

    looks_into_files = True

    def __init__(self, name: str) -> None:
        """Name the class: `module:Class`."""
        self._name = name

    def splits(
        self,
        files: Sequence[SourceFile],
        storages: StorageLookup,
        settings: FormatSettings,
    ) -> tuple[RecordSplit, ...]:
        """Let the class make splits; they travel as JSON."""
        form = _made(self._name, Context(settings.properties, storages))
        try:
            found = list(form.splits(files))
            payloads = [msgspec.json.encode(split) for split in found]
        except Exception as error:
            raise _failed(self._name, "splits", error) from error
        return tuple(
            RecordSplit(payload=payload, label=_shown(payload)) for payload in payloads
        )

    def read(
        self, split: RecordSplit, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield the class's records, a line each."""
        form = _made(self._name, Context(settings.properties, storages))
        lines: list[bytes] = []
        held = 0
        records = self._records(form, msgspec.json.decode(split.payload))
        for record in records:
            lines.append(record)
            held += len(record) + 1
            if held >= CHUNK_BYTES:
                yield b"\n".join(lines) + b"\n"
                lines, held = [], 0
        if lines:
            yield b"\n".join(lines) + b"\n"

    def close(self) -> None:
        """Nothing is kept: the class is made anew for each split."""

    def _records(self, form: Any, split: Any) -> Iterator[bytes]:
        try:
            for record in form.records(split):
                yield record.encode() if isinstance(record, str) else bytes(record)
        except Exception as error:
            raise _failed(self._name, "records", error) from error


class PythonOutput:
    """An output format of the user's."""

    def __init__(self, name: str) -> None:
        """Name the class: `module:Class`."""
        self._name = name

    def open(
        self, folder: str, storages: StorageLookup, settings: FormatSettings
    ) -> RecordWriter:
        """Make the class."""
        context = Context(settings.properties, storages, folder)
        return _PythonWriter(self._name, _made(self._name, context), context)


class _PythonWriter(LineBatches):
    """Gives lines to the user's class."""

    def __init__(self, name: str, form: Any, context: Context) -> None:
        super().__init__()
        self._context = context
        self._name = name
        self._form = form

    def _write_lines(self, block: bytes) -> None:
        try:
            for line in block[:-1].split(b"\n"):
                self._form.write(line)
        except Exception as error:
            raise _failed(self._name, "write", error) from error

    def _finish(self) -> None:
        try:
            self._form.close()
        except Exception as error:
            raise _failed(self._name, "close", error) from error

    def abort(self) -> None:
        """Drop the class and delete what it wrote."""
        for writer in self._context.created:
            writer.abort()


def _shown(payload: bytes) -> str:
    """Return the beginning of a split as its class made it."""
    return payload[:_SHOWN_BYTES].decode(errors="ignore")


def _made(name: str, context: Context) -> Any:
    """Import a class and make it."""
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the format `{name}` cannot be used: {error}",
            hint="--files takes a module along",
        ) from error
    try:
        return found(context)
    except Exception as error:
        raise _failed(name, "__init__", error) from error


def _failed(name: str, method: str, error: Exception) -> XLearningError:
    """Return what to raise for an exception in a user's code: ours pass as they are."""
    if isinstance(error, XLearningError):
        return error
    kind = type(error).__name__
    return UserCodeFailed(f"`{name}.{method}` failed: {kind}: {error}")
