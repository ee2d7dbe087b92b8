"""A journal that is durable: nothing is lost, and no two attempts may act."""

from __future__ import annotations

import asyncio
import errno
import io
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.am.journal_writer import AttemptLost, DurableJournal, JournalWriter
from xlearning.errors import ConnectionLost
from xlearning.io.local_storage import LocalLog, LocalStorage
from xlearning.io.transfer import Retrying, TransferStopped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xlearning.io.storage import Log

AT_ONCE = Retrying(retries=5, first_pause_s=0.0)


class Breaking(LocalLog):
    """Writes a part only, and says that it failed."""

    def __init__(self, path: str, descriptor: int, breaks: Iterator[int]) -> None:
        super().__init__(path, descriptor)
        self._breaks = breaks

    def write(self, data: bytes) -> None:
        cut = next(self._breaks, -1)
        if cut < 0:
            super().write(data)
            return
        super().write(data[:cut])
        raise ConnectionLost("the answer was lost")


class Unsure(LocalStorage):
    """A disk whose logs break, each time after so many bytes; -1 for not at all."""

    def __init__(self, breaks: list[int]) -> None:
        self._breaks = iter(breaks)

    def start_log(self, path: str) -> Log:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        return self._breaking(path, flags)

    def continue_log(self, path: str) -> Log:
        return self._breaking(path, os.O_WRONLY)

    def _breaking(self, path: str, flags: int) -> Log:
        plain = self.path(path)
        return Breaking(plain, os.open(plain, flags, 0o600), self._breaks)


def journal(
    folder: Path, attempt: int, storage: LocalStorage | None = None
) -> DurableJournal:
    """Return the journal of an attempt, which retries at once."""
    found = storage or LocalStorage()
    return DurableJournal(lambda _: found, f"file://{folder}", attempt, AT_ONCE)


def test_an_attempt_finds_what_the_ones_before_wrote(tmp_path: Path) -> None:
    first = journal(tmp_path, 1)
    assert first.open() == []
    first.write(b"one\n")
    first.write(b"two\n")
    third = journal(tmp_path, 3)
    assert third.open() == [b"one\ntwo\n", b""], "attempt 2 ended before it began"
    third.write(b"three\n")
    third.close()
    assert journal(tmp_path, 4).open() == [b"one\ntwo\n", b"", b"three\n"]


def test_an_attempt_that_is_over_writes_no_more(tmp_path: Path) -> None:
    first = journal(tmp_path, 1)
    first.open()
    first.write(b"one\n")
    second = journal(tmp_path, 2)
    assert second.open() == [b"one\n"]
    with pytest.raises(AttemptLost, match="attempt 1 is over"):
        first.write(b"lost\n")
    with pytest.raises(AttemptLost):
        first.write(b"lost\n")
    assert journal(tmp_path, 3).open()[1] == b""


def test_an_attempt_that_is_over_leaves_its_file_to_the_later_one(
    tmp_path: Path,
) -> None:
    class Held(LocalStorage):
        def continue_log(self, path: str) -> Log:
            raise AssertionError("the later attempt would read less than there is")

    first = journal(tmp_path, 1, Held())
    first.open()
    first.write(b"one\n")
    second = journal(tmp_path, 2)
    second.open()
    with pytest.raises(AttemptLost):
        first.write(b"lost\n")
    assert (tmp_path / "journal-1.jsonl").read_bytes() == b"one\n"


def test_a_file_that_reads_as_empty_is_read_again(tmp_path: Path) -> None:
    """HDFS leaves out the last block of a file that somebody has opened again."""

    class Reopened(LocalStorage):
        reads = 0

        def read(self, path: str) -> bytes:
            self.reads += 1
            return super().read(path) if self.reads > 1 else b""

    first = journal(tmp_path, 1)
    first.open()
    first.write(b"one\n")
    assert journal(tmp_path, 2, Reopened()).open() == [b"one\n"]


def test_the_end_does_not_need_the_file(tmp_path: Path) -> None:
    class Deleted(LocalLog):
        def close(self) -> None:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    class Folder(LocalStorage):
        def start_log(self, path: str) -> Log:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            return Deleted(self.path(path), os.open(self.path(path), flags, 0o600))

    last = journal(tmp_path, 1, Folder())
    last.open()
    last.close()


def test_an_attempt_that_comes_late_does_not_begin(tmp_path: Path) -> None:
    journal(tmp_path, 2).open()
    with pytest.raises(AttemptLost):
        journal(tmp_path, 1).open()


def test_an_answer_to_the_beginning_may_be_lost(tmp_path: Path) -> None:
    journal(tmp_path, 1).open()
    again = journal(tmp_path, 1)
    assert again.open() == []
    again.write(b"one\n")
    assert journal(tmp_path, 2).open() == [b"one\n"]


@given(
    st.lists(st.binary(min_size=1, max_size=9), max_size=6),
    st.lists(st.integers(-1, 10), max_size=4),
)
def test_whatever_breaks_every_byte_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], breaks: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("staging")
    first = journal(folder, 1, Unsure(breaks))
    first.open()
    for piece in pieces:
        first.write(piece)
    assert journal(folder, 2).open() == [b"".join(pieces)]


def test_a_full_disk_is_waited_for(tmp_path: Path) -> None:
    class Full(LocalStorage):
        def continue_log(self, path: str) -> Log:
            raise OSError(errno.EDQUOT, "Disk quota exceeded", path)

    first = journal(tmp_path, 1, Full())
    first.open()
    journal_of_another = LocalStorage()
    journal_of_another.take_log(f"{tmp_path}/journal-1.jsonl")
    with pytest.raises(ConnectionLost, match="there is no room"):
        first.write(b"one\n")


async def test_lines_are_in_both_places_when_they_are_flushed(tmp_path: Path) -> None:
    file = io.BytesIO()
    durable = journal(tmp_path, 1)
    writer = JournalWriter(file, durable)
    writer.write(b"one\n")
    await writer.flush()
    assert not (tmp_path / "journal-1.jsonl").exists(), "nobody has acted on it yet"
    assert await writer.open() == []
    path = tmp_path / "journal-1.jsonl"
    assert path.read_bytes() == file.getvalue() == b"one\n"
    writer.write(b"two\n")
    writer.write(b"three\n")
    assert path.read_bytes() == b"one\n"
    await writer.flush()
    assert path.read_bytes() == file.getvalue() == b"one\ntwo\nthree\n"
    assert writer.wait is None
    await writer.close()


async def test_without_a_later_attempt_nothing_durable_is_needed() -> None:
    file = io.BytesIO()
    writer = JournalWriter(file)
    writer.write(b"one\n")
    assert await writer.open() == []
    await writer.flush()
    await writer.close()
    assert writer.wait is None
    assert file.getvalue() == b"one\n"


async def test_who_ends_does_not_wait_for_a_file_system(tmp_path: Path) -> None:
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    class Away(LocalStorage):
        def start_log(self, path: str) -> Log:
            loop.call_soon_threadsafe(asked.set)
            raise ConnectionLost("nobody answers")

    patient = Retrying(outage_s=3600.0, first_pause_s=3600.0, longest_pause_s=3600.0)
    away = DurableJournal(lambda _: Away(), f"file://{tmp_path}", 1, patient)
    writer = JournalWriter(io.BytesIO(), away)
    opening = asyncio.ensure_future(writer.open())
    async with asyncio.timeout(10):
        await asked.wait()
        writer.abandon()
        with pytest.raises(TransferStopped):
            await opening
