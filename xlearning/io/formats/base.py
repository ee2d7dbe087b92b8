"""What every record format answers. Pure: types, and where they meet.

A split is made where the job's input is listed and read where a trainer is, perhaps by
another process on another host: it is plain data. Only its format understands it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xlearning.io.storage import StorageLookup

CHUNK_BYTES = 1 << 20
"""About how much a chunk of records is at most; one long record may be more."""

DEFAULT_BLOCK_BYTES = 128 << 20
"""`dfs.blocksize`, for files whose own is not known."""


class DamagedFile(ConfigError):
    """A file does not hold what its format demands.

    Attributes:
        uri: The file.
        offset: Where in it, in bytes as stored.
    """

    def __init__(self, uri: str, offset: int, cause: str) -> None:
        super().__init__(
            f"`{uri}` is damaged at byte {offset}: {cause}",
            hint="write the file anew, or leave it out of the input",
        )
        self.uri = uri
        self.offset = offset


class Block(msgspec.Struct, frozen=True):
    """A part of a file and the hosts that have it on their disks."""

    offset: int
    length: int
    hosts: tuple[str, ...] = ()


class SourceFile(msgspec.Struct, frozen=True):
    """One file to make splits of.

    Attributes:
        uri: Where it is, qualified and not percent-encoded.
        length: In bytes when it was listed.
        block_bytes: Its block size; splits are made of whole blocks.
        blocks: Where its blocks are, in order; empty when that is not known.
    """

    uri: str
    length: int
    block_bytes: int = DEFAULT_BLOCK_BYTES
    blocks: tuple[Block, ...] = ()


class Piece(msgspec.Struct, frozen=True):
    """A range of a file.

    Attributes:
        uri: The file.
        start: Its first byte.
        length: In bytes; 0 for all of an empty file.
        file_length: The length of the whole file when it was listed: one that is
            shorter when it is read has lost records.
    """

    uri: str
    start: int
    length: int
    file_length: int

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.start + self.length

    def begun_at(self, start: int) -> Piece:
        """Return the range with the same end that begins elsewhere."""
        length = max(0, self.end - start)
        return Piece(self.uri, start, length, self.file_length)


class RecordSplit(msgspec.Struct, frozen=True):
    """What one reader reads in one go.

    Attributes:
        pieces: Ranges of files, read in this order.
        hosts: Where most of it is, the best first; empty when that is not known.
        payload: What the format needs beyond that, e.g. a serialised Java split.
        payload_length: The amount of data when there are no pieces that say it, in
            bytes.
        label: What people know it by when there are no pieces.
    """

    pieces: tuple[Piece, ...] = ()
    hosts: tuple[str, ...] = ()
    payload: bytes = b""
    payload_length: int = 0
    label: str = ""

    @property
    def length(self) -> int:
        """The amount of data, in bytes as stored."""
        return sum(piece.length for piece in self.pieces) or self.payload_length

    @property
    def name(self) -> str:
        """What people know it by: `hdfs://nn/a:0+1048576`, as Hadoop writes it."""
        if not self.pieces:
            return self.label or f"a split of {self.length} bytes"
        first, others = self.pieces[0], len(self.pieces) - 1
        text = f"{first.uri}:{first.start}+{first.length}"
        return f"{text} and {others} more" if others else text


class FormatSettings(msgspec.Struct, frozen=True):
    """What a format may be told.

    Attributes:
        properties: Hadoop's, resolved, with what the user set for the job: a format
            reads the keys of its Java original (`textinputformat.record.delimiter`).
        class_path: Jars and folders for a format in Java: the user's, then Hadoop's.
        user: Whom a format in Java acts as where the cluster has no Kerberos; "" for
            Hadoop's own choice.
    """

    properties: dict[str, str] = {}
    class_path: tuple[str, ...] = ()
    user: str = ""


class InputFormat(Protocol):
    """Makes splits of files, and records of a split."""

    @property
    def looks_into_files(self) -> bool:
        """Whether `splits` reads files or starts a JVM; otherwise it does no I/O."""

    def splits(
        self,
        files: Sequence[SourceFile],
        storages: StorageLookup,
        settings: FormatSettings,
    ) -> tuple[RecordSplit, ...]:
        """Return splits that hold every record of the files once, in their order.

        Raises:
            ConfigError: A setting is wrong, or a library that it needs is missing.
        """

    def read(
        self, split: RecordSplit, storages: StorageLookup, settings: FormatSettings
    ) -> Iterator[bytes]:
        """Yield a split's records as chunks of whole records, none of them empty.

        They are in the form that the trainer reads: for lines of text, each ends in a
        newline, the last one too. Something may be kept for the next split, until
        `close`.

        Raises:
            DamagedFile: The data is not what the format demands.
            ConfigError: A setting is wrong, or a library that it needs is missing.
            OSError: The file system refused.
            ConnectionLost: The file system did not answer.
        """

    def close(self) -> None:
        """Let go of what is kept from split to split."""


class RecordWriter(Protocol):
    """Writes what one try of a task gives out."""

    @property
    def written_bytes(self) -> int:
        """What it was given so far."""

    def write(self, data: bytes) -> None:
        """Take the next bytes of the trainer's stdout, cut anywhere.

        Raises:
            OSError: The file system refused, e.g. for a full quota.
            ConnectionLost: The file system did not answer.
            ConfigError: The bytes are no records of this format.
        """

    def close(self) -> None:
        """Make all files complete; a last line without a newline is a record too."""

    def abort(self) -> None:
        """Give up: close without caring for what was written."""


class OutputFormat(Protocol):
    """Opens writers."""

    def open(
        self, folder: str, storages: StorageLookup, settings: FormatSettings
    ) -> RecordWriter:
        """Return a writer of files directly below a try's temporary folder.

        Args:
            folder: URL of the folder, which need not be there; it belongs to the try
                alone and is renamed into place when the job succeeds.
            storages: Finds the file system.
            settings: What the format may be told.

        Raises:
            ConfigError: A setting is wrong, or a library that it needs is missing.
        """
