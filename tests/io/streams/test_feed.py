from __future__ import annotations

import gzip
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from tests.io.streams.conftest import LOCAL, a_setup, an_order, read_all, splits_of
from xlearning.errors import ConnectionLost, XLearningError
from xlearning.io.formats.base import RecordSplit
from xlearning.io.local_storage import LocalStorage
from xlearning.io.streams.feed import Teller, behind, feed
from xlearning.io.streams.orders import (
    Ended,
    Feed,
    Moved,
    News,
    StreamSplit,
    Waiting,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlearning.io.storage import Reader, Storage


def fed(order: Feed, news: list[News] | None = None) -> bytes:
    """Return what a pipe is fed."""
    heard = [] if news is None else news
    return read_all(lambda pipe: heard.append(feed(order, LOCAL, pipe, heard.append)))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory: the cache is in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(count: int) -> Iterator[bytes]:
    return (f"{number}\n".encode() for number in range(count))


def test_splits_in_their_order_epoch_after_epoch(folder: Path) -> None:
    splits = splits_of(folder, {"a/1": b"1\n2", "b/1": b"", "a/2": b"3\n"})
    news: list[News] = []
    assert fed(an_order(splits, epochs=2), news) == b"1\n2\n3\n" * 2
    assert news[-1] == Ended(bytes=10, records=6)


def test_a_shuffle_gives_every_epoch_another_order(folder: Path) -> None:
    contents = {f"a/{n}": f"{n}\n".encode() for n in range(20)}
    splits = splits_of(folder, contents)
    data = fed(an_order(splits, epochs=2, shuffle=True)).split()
    first, second = data[:20], data[20:]
    assert first != second
    assert (
        sorted(first) == sorted(second) == sorted(c.strip() for c in contents.values())
    )
    again = fed(an_order(splits, epochs=2, shuffle=True)).split()
    assert again == data


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("limit_mb", [1, 0])
def test_later_epochs_come_from_the_cache(
    folder: Path, shuffle: bool, limit_mb: int
) -> None:
    splits = splits_of(folder, {f"a/{n}": f"{n}\n".encode() for n in range(9)})
    plain = fed(an_order(splits, epochs=3, shuffle=shuffle))
    cached = an_order(
        splits, epochs=3, shuffle=shuffle, cache=True, cache_limit_mb=limit_mb
    )
    assert fed(cached) == plain
    kept = folder / "inputformatCache.gz"
    assert kept.exists() == (limit_mb > 0)
    if limit_mb:
        assert gzip.decompress(kept.read_bytes()) == plain[: len(plain) // 3]


def test_the_cache_saves_the_input_from_being_read_again(folder: Path) -> None:
    splits = splits_of(folder, {"a/1": b"1\n"})
    order = an_order(splits, epochs=2, cache=True, cache_name="x/kept.gz")
    out, into = os.pipe()
    news = feed(order, LOCAL, into, lambda _: None)
    os.close(into)
    with os.fdopen(out, "rb") as pipe:
        assert pipe.read() == b"1\n1\n"
    assert news == Ended(4, 2)
    assert gzip.decompress(Path("x/kept.gz").read_bytes()) == b"1\n"


def test_inputs_are_mixed_and_end_together(folder: Path) -> None:
    big = b"".join(b"a%09d\n" % n for n in range(400_000))
    small = b"".join(b"b%09d\n" % n for n in range(200_000))
    splits = splits_of(folder, {"a/1": big, "b/1": small})
    data = fed(an_order(splits, merge=True)).split()
    assert Counter(line[:1] for line in data) == {b"a": 400_000, b"b": 200_000}
    first = Counter(line[:1] for line in data[: len(data) // 2])
    assert 0.2 < first[b"b"] / first.total() < 0.5
    ordered = fed(an_order(splits)).split()
    assert Counter(line[:1] for line in ordered[:400_000]) == {b"a": 400_000}


def test_who_stops_reading_may_do_so(folder: Path) -> None:
    splits = splits_of(folder, {"a/1": b"".join(lines(1_000_000))})
    out, into = os.pipe()
    os.close(out)
    assert feed(an_order(splits), LOCAL, into, lambda _: None) == Ended(0, 0)
    os.close(into)


def test_a_file_that_is_gone_is_named(folder: Path) -> None:
    splits = splits_of(folder, {"a/1": b"1\n", "a/2": b"2\n"})
    (folder / "a/2").unlink()
    with pytest.raises(XLearningError, match=r"/a/2:0\+2` could not be read: No such"):
        fed(an_order(splits))


def test_a_truncated_file_is_named(folder: Path) -> None:
    packed = gzip.compress(os.urandom(5000))
    splits = splits_of(folder, {"a/1.gz": packed[:-100]})
    with pytest.raises(XLearningError, match=r"/a/1\.gz` is damaged at byte"):
        fed(an_order(splits))


def test_what_may_pass_is_waited_for_and_nothing_comes_twice() -> None:
    assert list(behind(0, iter([b"ab", b"c"]))) == [b"ab", b"c"]
    assert list(behind(1, iter([b"ab", b"c"]))) == [b"b", b"c"]
    assert list(behind(2, iter([b"ab", b"c"]))) == [b"c"]
    assert list(behind(3, iter([b"ab", b"c"]))) == []


class Weak:
    """Files on a server that goes away, so often, after some bytes."""

    def __init__(self, losses: int) -> None:
        self.losses = losses

    def __call__(self, url: str) -> Storage:
        weak = self

        class OnWeakServer(LocalStorage):
            def open(self, path: str, start: int = 0) -> Reader:
                reader = super().open(path, start)
                return Breaking(reader, weak)

        return OnWeakServer()


class Breaking:
    """A reader that gives a megabyte and a half and then loses the server."""

    def __init__(self, reader: Reader, weak: Weak) -> None:
        self._reader = reader
        self._weak = weak
        self._left = 1_500_000 if weak.losses else 1 << 60
        self.length = reader.length

    def read(self, size: int) -> bytes:
        if self._left <= 0:
            self._weak.losses -= 1
            raise ConnectionLost("no DataNode answers")
        data = self._reader.read(min(size, self._left))
        self._left -= len(data)
        return data

    def __enter__(self) -> Breaking:
        self._reader.__enter__()
        return self

    def __exit__(self, *about: object) -> None:
        self._reader.__exit__(None, None, None)


def test_a_server_that_is_away_for_a_while_is_waited_for(folder: Path) -> None:
    content = b"".join(lines(500_000))
    order = replace(
        an_order(splits_of(folder, {"a/1": content})), retries=2, pause_s=0.01
    )
    news: list[News] = []
    data = read_all(lambda pipe: feed(order, Weak(2), pipe, news.append))
    assert data == content
    waits = [each.wait for each in news if isinstance(each, Waiting)]
    assert len(waits) == 2
    assert waits[0].what == f"`file://{folder}/a/1:0+{len(content)}` could not be read"
    assert waits[0].reason == "no DataNode answers"
    last = max(n for n, each in enumerate(news) if isinstance(each, Waiting))
    assert isinstance(news[last + 1], Moved), "it goes on"


def test_a_server_that_stays_away_is_an_error(folder: Path) -> None:
    content = b"".join(lines(500_000))
    order = an_order(splits_of(folder, {"a/1": content}))
    with pytest.raises(XLearningError, match="could not be read: no DataNode answers"):
        read_all(lambda pipe: feed(order, Weak(9), pipe, lambda _: None))


USERS = """
class Failing:
    def __init__(self, context):
        pass

    def records(self, split):
        yield "one"
        raise ValueError("seven is no number")
"""


def test_what_a_users_format_raises_is_told_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "failing_format.py").write_text(USERS)
    monkeypatch.syspath_prepend(str(folder))
    split = StreamSplit("d", RecordSplit(payload=b"{}"))
    order = replace(an_order((split,)), setup=a_setup("failing_format:Failing"))
    with pytest.raises(XLearningError, match="ValueError: seven is no number"):
        fed(replace(order, retries=3))


def test_how_far_it_is_is_told_now_and_then() -> None:
    heard: list[News] = []
    teller = Teller(heard.append, _told_at=0.0)
    teller.moved(5, 1)
    teller.moved(5, 1)
    assert heard == [Moved(5, 1)]
