from __future__ import annotations

import gzip
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.io.streams.conftest import LOCAL, a_setup
from xlearning.errors import ConnectionLost, XLearningError
from xlearning.io.local_storage import LocalStorage
from xlearning.io.streams.collect import CUT_OFF, collect
from xlearning.io.streams.orders import Collect, Ended, Moved, News, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xlearning.io.storage import FileStatus


def collected(
    folder: Path, data: bytes, name: str = "multitext", log: int = 0
) -> Ended:
    """Return what came of a stream that ends."""
    order = Collect(a_setup(name), f"file://{folder}/out", str(folder / "log"), log)
    out, into = os.pipe()

    def write() -> None:
        with suppress(BrokenPipeError), os.fdopen(into, "wb") as pipe:
            pipe.write(data)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        return collect(order, LOCAL, out, lambda _: None)
    finally:
        os.close(out)
        writer.join()


def test_all_that_comes_is_written(tmp_path: Path) -> None:
    data = b"".join(b"%d\n" % number for number in range(300_000))
    assert collected(tmp_path, data) == Ended(len(data), 300_000, 1)
    [file] = (tmp_path / "out").iterdir()
    assert gzip.decompress(file.read_bytes()) == data
    assert not (tmp_path / "log").exists()


def test_nothing_is_an_output_too(tmp_path: Path) -> None:
    assert collected(tmp_path, b"").records == 0
    assert (tmp_path / "out").is_dir()


def test_what_an_earlier_process_left_is_gone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").touch()
    collected(tmp_path, b"1\n")
    assert not (tmp_path / "out" / "old").exists()


@pytest.mark.parametrize(
    ("limit", "log"),
    [(100, b"12\n34\n"), (6, b"12\n34\n" + CUT_OFF), (4, b"12\n3\n" + CUT_OFF)],
)
def test_the_log_has_the_beginning(tmp_path: Path, limit: int, log: bytes) -> None:
    collected(tmp_path, b"12\n34\n", log=limit)
    assert (tmp_path / "log").read_bytes() == log


class Away(LocalStorage):
    """A server that is away for the first calls, and when the stream has ended."""

    def __init__(self) -> None:
        self.failures = [True, True, False, True]

    def mkdirs(self, path: str, mode: int = 0o755) -> None:
        """Make a folder."""
        self._fail()
        super().mkdirs(path, mode)

    def walk(self, path: str) -> Iterator[FileStatus]:
        """Yield what is below a folder."""
        self._fail()
        return super().walk(path)

    def _fail(self) -> None:
        if self.failures and self.failures.pop(0):
            raise ConnectionLost("nobody answers")


def test_a_server_that_is_away_before_and_after_is_waited_for(tmp_path: Path) -> None:
    news: list[News] = []
    away, url = Away(), f"file://{tmp_path}/out"
    order = Collect(a_setup("text"), url, str(tmp_path / "log"), 0, retries=2)
    out, into = os.pipe()
    os.write(into, b"1\n2\n")
    os.close(into)
    with os.fdopen(out, "rb") as pipe:
        last = collect(order, lambda _: away, pipe.fileno(), news.append)
    assert last == Ended(4, 2, 1)
    kinds = [type(each) for each in news]
    assert kinds == [Waiting, Waiting, Moved, Waiting, Moved], "it goes on each time"
    assert isinstance(news[0], Waiting)
    assert news[0].wait.words == f"`{url}` could not be written: nobody answers"
    assert away.failures == []


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(XLearningError, match="/file/out` could not be written: "):
        collected(tmp_path / "file", b"1\n" * 100_000)
