"""Fetching shares, from the local disk and from HDFS."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConnectionLost
from xlearning.io.download import DownloadOptions, download, target_path
from xlearning.io.listing import list_input
from xlearning.io.local_storage import LocalStorage
from xlearning.io.splits import InputFile, split
from xlearning.io.storage import Reader, Storages
from xlearning.io.transfer import Retrying, TransferFailed, TransferStopped
from xlearning.job.spec import InputSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.io.conftest import Place
    from xlearning.io.splits import Share

AT_ONCE = Retrying(retries=2, first_pause_s=0)


def content(name: str, length: int) -> bytes:
    """Return bytes that only this name has."""
    return random.Random(name).randbytes(length)


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.fixture
def share(place: Place) -> Share:
    """Five files, one empty, one larger than a read."""
    sizes = {"a": 10, "b": 0, "c/a": 9 << 20, "c/d/e": 1000, "ü #%20": 5}
    place.fill({f"in/{name}": content(name, size) for name, size in sizes.items()})
    return list_input([InputSpec("data", (place.url("in"),))], place.lookup)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A working directory."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_the_tree_arrives(share: Share, place: Place, work: Path) -> None:
    told: list[int] = []
    options = DownloadOptions(threads=3, progress=told.append)
    summary = download(share, work, place.lookup, options)
    assert tree(work) == {
        f"data/{file.relative_path}": content(file.relative_path, file.length)
        for file in share
    }
    assert (summary.files, summary.bytes) == (5, (9 << 20) + 1015)
    assert sum(told) == summary.bytes
    assert len(told) > 4


def test_shares_together_are_everything(share: Share, place: Place, work: Path) -> None:
    found: dict[str, bytes] = {}
    for number, part in enumerate(split(share, 3)):
        download(part, work / str(number), place.lookup)
        mine = tree(work / str(number))
        assert not found.keys() & mine.keys()
        found |= mine
    assert len(found) == 5


def test_files_are_renamed_when_asked(share: Share, place: Place, work: Path) -> None:
    options = DownloadOptions(renamed_at_ms=1700000000000)
    download(share, work, place.lookup, options)
    names = [f"data/1700000000000_{number}" for number in range(5)]
    assert sorted(tree(work)) == names
    assert tree(work)[names[0]] == content("a", 10)


def test_numbers_count_in_each_alias() -> None:
    file = InputFile("x", "file:///a", 1, "a/b")
    assert target_path(file, 3, Path("/w"), 7) == Path("/w/x/7_3")
    assert target_path(file, 3, Path("/w"), None) == Path("/w/x/a/b")


def test_nothing_to_fetch(work: Path) -> None:
    summary = download((), work, Storages({}))
    assert (summary.files, summary.bytes) == (0, 0)
    assert tree(work) == {}


def test_a_file_that_was_deleted_after_listing(
    share: Share, place: Place, work: Path
) -> None:
    place.storage.delete(place.at("in/c/d/e"))
    with pytest.raises(TransferFailed) as failed:
        download(share, work, place.lookup, DownloadOptions(retrying=AT_ONCE))
    assert place.url("in/c/d/e") in failed.value.message
    assert "`data/c/d/e`" in failed.value.message
    assert "No such file" in failed.value.message
    assert not any(name.endswith(".part") for name in tree(work))


def test_a_file_that_was_cut_after_listing(
    share: Share, place: Place, work: Path
) -> None:
    place.storage.write(place.at("in/a"), b"short", overwrite=True)
    with pytest.raises(TransferFailed, match="5 bytes, but had 10") as failed:
        download(share, work, place.lookup)
    assert "must not change" in (failed.value.hint or "")


def test_a_share_that_does_not_fit(work: Path) -> None:
    huge = (InputFile("data", "file:///none", 1 << 60, "none"),)
    with pytest.raises(TransferFailed, match="does not fit") as failed:
        download(huge, work, Storages({}))
    assert str(1 << 60) in failed.value.message
    assert tree(work) == {}


@pytest.mark.hadoop
def test_a_file_of_somebody_else(
    hdfs_place: Place, hadoop_properties: Mapping[str, str], work: Path
) -> None:
    hdfs_place.storage.write(hdfs_place.at("secret"), b"x", mode=0o600)
    file = InputFile("data", hdfs_place.url("secret"), 1, "secret")
    with pytest.raises(TransferFailed, match="user=alice, access=READ") as failed:
        download((file,), work, Storages(hadoop_properties, "alice"))
    assert hdfs_place.url("secret") in failed.value.message


class Flaky(LocalStorage):
    """Loses each file half-way a number of times."""

    def __init__(self, losses: int, bytes_each: int = 4) -> None:
        """Lose so many times, after so many bytes."""
        self.losses = losses
        self.bytes_each = bytes_each
        self.offsets: list[int] = []

    def open(self, path: str, offset: int = 0) -> Reader:
        """Open the file, but perhaps as a reader that breaks off."""
        reader = super().open(path, offset)
        self.offsets.append(offset)
        if self.losses == 0:
            return reader
        self.losses -= 1
        return Broken(reader, self.bytes_each, raises=self.losses % 2 == 1)


class Broken:
    """A reader that gives some bytes, then an error or a silent end."""

    def __init__(self, inner: Reader, bytes_: int, raises: bool) -> None:
        """Wrap a whole reader."""
        self._bytes = bytes_
        self._inner = inner
        self._raises = raises
        self._reads = 0
        self.length = inner.length

    def read(self, size: int) -> bytes:
        """Return some bytes once."""
        self._reads += 1
        if self._reads == 1 and self._bytes:
            return self._inner.read(self._bytes)
        if self._raises:
            raise ConnectionLost("the DataNode went away")
        return b""

    def __enter__(self) -> Broken:
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._inner.__exit__(None, None, None)


def test_what_breaks_off_goes_on_where_it_was(tmp_path: Path, work: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    file = InputFile("data", f"file://{tmp_path}/a", 10, "a")
    told: list[int] = []
    options = DownloadOptions(retrying=AT_ONCE, progress=told.append)
    storage = Flaky(losses=2)
    download((file,), work, lambda _: storage, options)
    assert tree(work) == {"data/a": b"0123456789"}
    assert told == [4, 4, 2]
    assert storage.offsets == [0, 4, 8]


class Replaced(Flaky):
    """Another file of the same length takes the place of one that broke off."""

    def open(self, path: str, offset: int = 0) -> Reader:
        """Open the file that is there now."""
        if offset:
            plain = Path(self.path(path))
            plain.write_bytes(b"x" * plain.stat().st_size)
        return super().open(path, offset)


def test_a_part_of_a_file_is_not_put_to_another(tmp_path: Path, work: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"0123456789")
    os.utime(source, (1, 1))
    (file,) = list_input([InputSpec("data", (f"file://{source}",))], Storages({}))
    storage = Replaced(losses=1)
    options = DownloadOptions(retrying=AT_ONCE)
    with pytest.raises(TransferFailed, match="is not the one that was there") as failed:
        download((file,), work, lambda _: storage, options)
    assert failed.value.message.startswith(f"`file://{source}` could not be fetched")
    assert tree(work) == {}
    os.utime(source, (1, 1))
    flaky = Flaky(losses=1)
    download((file,), work, lambda _: flaky, DownloadOptions(retrying=AT_ONCE))
    assert tree(work) == {"data/a": b"xxxxxxxxxx"}


def test_what_breaks_off_too_often_fails(tmp_path: Path, work: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    file = InputFile("data", f"file://{tmp_path}/a", 10, "a")
    storage = Flaky(losses=3, bytes_each=0)
    with pytest.raises(TransferFailed, match="ended after 0 of 10 bytes"):
        download((file,), work, lambda _: storage, DownloadOptions(retrying=AT_ONCE))
    assert tree(work) == {}


def test_what_gets_further_is_not_given_up(tmp_path: Path, work: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    file = InputFile("data", f"file://{tmp_path}/a", 10, "a")
    storage = Flaky(losses=9, bytes_each=1)
    download((file,), work, lambda _: storage, DownloadOptions(retrying=AT_ONCE))
    assert tree(work) == {"data/a": b"0123456789"}


def test_a_stop_ends_the_download(share: Share, place: Place, work: Path) -> None:
    options = DownloadOptions()
    options.stop.set()
    with pytest.raises(TransferStopped):
        download(share, work, place.lookup, options)
    assert tree(work) == {}
