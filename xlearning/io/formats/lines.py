"""Cuts bytes into lines exactly as Hadoop's `LineRecordReader`. Pure.

A split's ends are anywhere. A line belongs to the split that holds the end of the line
before it: the reader of a split that does not begin its file skips to the first line
end, and reads on beyond its own end to the next one. So both need the same rule for
where the first line end at or behind a place is, and every line is read once:

- Lines end in LF, CR or CR LF. A CR LF belongs to the place of its LF, so that a split
  which begins between the two finds the end of an empty line there, as Hadoop does.
- With a delimiter of one's own, it belongs to the place of its first byte
  (`UncompressedSplitLineReader.needAdditionalRecordAfterSplit`).

A delimiter that can overlap itself (`||` in `|||`) cannot be found from the middle of
a file: readers of different splits, Hadoop's too, see it at different places. So files
are not split then (`Ends.splittable`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from xlearning.io.formats.properties import integer, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xlearning.io.formats.sources import Source

MAX_LENGTH_KEY = "mapreduce.input.linerecordreader.line.maxlength"
DELIMITER_KEY = "textinputformat.record.delimiter"
MAX_RECORD_BYTES = 256 << 20
"""No line may be longer: it has to be held in memory."""
READ_BYTES = 64 << 10
"""As much as a pipe holds. From 128 KiB on the C library takes fresh pages from the
kernel for each piece and gives them back, which costs four times what the rest does."""
_MARK = b"\xef\xbb\xbf"
_UNLIMITED = (1 << 31) - 1


class Ends(Protocol):
    """What ends a line."""

    @property
    def splittable(self) -> bool:
        """Whether it is found from the middle of a file too."""

    @property
    def owner_bytes(self) -> int:
        """How far before the next line the byte is that says whose that line is."""

    def first(self, data: bytes, start: int, final: bool) -> int:
        """Return where the line behind the first end at or after `start` begins.

        Returns:
            -1 when `data` does not tell; with `final` set, nothing comes after it.
        """

    def keep(self, data: bytes) -> bytes:
        """Return the last bytes of `data`, which has no end, that may begin one."""

    def whole(self, data: bytes, final: bool) -> tuple[list[bytes], bytes]:
        """Cut off whole lines.

        Returns:
            Blocks of lines with all their ends, and the rest. Only what ends a file has
            no end.
        """

    def single(self, block: bytes) -> list[bytes]:
        """Return the lines of a block with their ends."""

    def plain(self, block: bytes) -> bytes:
        """Return a block with newlines for ends."""


class Newlines:
    """LF, CR and CR LF."""

    splittable = True
    owner_bytes = 1

    def first(self, data: bytes, start: int, final: bool) -> int:
        """Return where the next line begins, -1 when `data` does not tell."""
        feed = data.find(b"\n", start)
        back = data.find(b"\r", start, feed if feed >= 0 else len(data))
        if back < 0 or back + 1 == feed:
            return feed + 1 if feed >= 0 else -1
        return back + 1 if back + 1 < len(data) or final else -1

    def keep(self, data: bytes) -> bytes:
        """Keep a CR, for a LF may follow."""
        return b"\r" if data.endswith(b"\r") else b""

    def whole(self, data: bytes, final: bool) -> tuple[list[bytes], bytes]:
        """Cut behind the last line end."""
        if final:
            return ([data] if data else []), b""
        stop = len(data) - data.endswith(b"\r")
        cut = max(data.rfind(b"\n", 0, stop), data.rfind(b"\r", 0, stop)) + 1
        return ([data[:cut]] if cut else []), data[cut:]

    def single(self, block: bytes) -> list[bytes]:
        """Return the lines of a block with their ends."""
        return block.splitlines(keepends=True)

    def plain(self, block: bytes) -> bytes:
        """Replace CR and CR LF."""
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return block if block.endswith(b"\n") else block + b"\n"


class Delimiter:
    """Some bytes that the user names; line ends are part of the record then."""

    splittable = True

    def __init__(self, delimiter: bytes) -> None:
        """Take the bytes, at least one."""
        self._delimiter = delimiter
        self.owner_bytes = len(delimiter)

    def first(self, data: bytes, start: int, final: bool) -> int:
        """Return where the next record begins, -1 when `data` does not tell."""
        found = data.find(self._delimiter, start)
        return found + len(self._delimiter) if found >= 0 else -1

    def keep(self, data: bytes) -> bytes:
        """Keep what may be the beginning of a delimiter."""
        least = len(data) - len(self._delimiter) + 1
        return data[max(least, 0) :]

    def whole(self, data: bytes, final: bool) -> tuple[list[bytes], bytes]:
        """Cut behind the last delimiter."""
        found = data.rfind(self._delimiter)
        cut = found + len(self._delimiter) if found >= 0 else 0
        cut = len(data) if final else cut
        return ([data[:cut]] if cut else []), data[cut:]

    def single(self, block: bytes) -> list[bytes]:
        """Return the records of a block with their delimiters."""
        *records, last = block.split(self._delimiter)
        found = [record + self._delimiter for record in records]
        return [*found, last] if last else found

    def plain(self, block: bytes) -> bytes:
        """Replace delimiters."""
        ended = block.endswith(self._delimiter)
        block = block.replace(self._delimiter, b"\n")
        return block if ended else block + b"\n"


class OverlappingDelimiter(Delimiter):
    """One that can overlap itself: where it stands depends on where one begins."""

    splittable = False

    def whole(self, data: bytes, final: bool) -> tuple[list[bytes], bytes]:
        """Cut behind the last delimiter, as found from the left."""
        rest = b"" if final else data.split(self._delimiter)[-1]
        cut = len(data) - len(rest)
        return ([data[:cut]] if cut else []), rest

    def plain(self, block: bytes) -> bytes:
        """Replace delimiters."""
        records = block.split(self._delimiter)
        if not records[-1]:
            records.pop()
        return b"\n".join(records) + b"\n"


def ends_of(delimiter: bytes) -> Ends:
    """Return what ends lines: newlines where nothing else is named."""
    if not delimiter:
        return Newlines()
    tails = (delimiter[place:] for place in range(1, len(delimiter)))
    overlaps = any(delimiter.startswith(tail) for tail in tails)
    return OverlappingDelimiter(delimiter) if overlaps else Delimiter(delimiter)


class LineRules:
    """How a file is cut.

    Attributes:
        ends: What ends a line.
        max_bytes: Lines of so many bytes, their ends included, are left out.
    """

    def __init__(self, ends: Ends, max_bytes: int = _UNLIMITED) -> None:
        """Keep the rules."""
        self.ends = ends
        self.max_bytes = max_bytes

    @property
    def limited(self) -> bool:
        """Whether any line is to be left out."""
        return self.max_bytes < _UNLIMITED


def line_rules(properties: Mapping[str, str], own_delimiter: bool = True) -> LineRules:
    """Return the rules that Hadoop's properties ask for.

    Raises:
        ConfigError: A length is no number.
    """
    delimiter = text(properties, "", DELIMITER_KEY) if own_delimiter else ""
    ends = ends_of(delimiter.encode())
    most = integer(
        properties, _UNLIMITED, MAX_LENGTH_KEY, "mapred.linerecordreader.maxlength"
    )
    return LineRules(ends, most)


class LineCutter:
    """Reads the lines of a split from a source.

    The source stands at the split's first byte. Data is held once, in `_data`; `_base`
    is where that begins, counted from there.
    """

    def __init__(
        self,
        source: Source,
        rules: LineRules,
        from_start: bool,
        may_be_marked: bool = True,
    ) -> None:
        """Take a source that stands somewhere in a file.

        Args:
            source: What to read.
            rules: What lines are.
            from_start: Whether a line of ours begins there; else skip to the first.
            may_be_marked: Whether that line is the first of the file.
        """
        self._source = source
        self._ends = rules.ends
        self._rules = rules
        self._data = b""
        self._base = 0
        self._final = False
        self._done = False
        self._skipping = not from_start
        self._may_be_marked = from_start and may_be_marked

    def lines(self) -> Iterator[bytes]:
        """Yield chunks of whole lines, each line with a newline for its end.

        The mark that may begin a file of UTF-8 is left out, as in Hadoop.
        """
        for found in self.blocks():
            block = found.removeprefix(_MARK) if self._may_be_marked else found
            self._may_be_marked = False
            if not block:
                continue
            if not self._rules.limited:
                yield self._ends.plain(block)
            elif kept := self._short_lines(block):
                yield kept

    def blocks(self) -> Iterator[bytes]:
        """Yield chunks of whole lines as they stand in the file."""
        while not self._done:
            self._fill()
            if self._skipping:
                self._skip()
            if not self._skipping and not self._done:
                yield from self._cut()

    def _fill(self) -> None:
        """Read on; more at a time while a long line is being collected."""
        more = self._source.read(max(READ_BYTES, len(self._data)))
        self._final = not more
        self._data = self._data + more if self._data else more

    def _skip(self) -> None:
        """Drop what is before the first line end."""
        self._may_be_marked = False
        begin = self._ends.first(self._data, 0, self._final)
        if begin >= 0:
            self._drop(begin)
            self._skipping = False
            end = self._source.end
            self._done = end is not None and self._base - self._ends.owner_bytes >= end
        elif self._final:
            self._done = True
        else:
            self._drop(len(self._data) - len(self._ends.keep(self._data)))

    def _cut(self) -> Iterator[bytes]:
        """Give out what is whole, up to the split's last line."""
        stop = self._own_end()
        if stop >= 0:
            self._done = True
            if stop:
                yield self._data[:stop]
            return
        blocks, self._data = self._ends.whole(self._data, self._final)
        self._base += sum(map(len, blocks))
        yield from blocks
        self._done = self._final
        self._look_at_length()

    def _own_end(self) -> int:
        """Return where the first line of the next split begins, -1 if not yet seen."""
        end = self._source.end
        if end is None or end - self._base > len(self._data):
            return -1
        return self._ends.first(self._data, max(end - self._base, 0), self._final)

    def _look_at_length(self) -> None:
        """Leave out a line that is too long without ever holding all of it."""
        if len(self._data) > self._rules.max_bytes:
            self._skipping = True
        elif len(self._data) > MAX_RECORD_BYTES:
            error = self._source.damaged(
                f"a line before it is longer than {MAX_RECORD_BYTES >> 20} MiB"
            )
            error.hint = f"{MAX_LENGTH_KEY} leaves longer ones out"
            raise error

    def _short_lines(self, block: bytes) -> bytes:
        """Return the lines of a block that are not too long."""
        plain, most = self._ends.plain, self._rules.max_bytes
        lines = self._ends.single(block)
        return b"".join(plain(line) for line in lines if len(line) < most)

    def _drop(self, count: int) -> None:
        self._base += count
        self._data = self._data[count:]
