"""Sending one file: what is there is kept only where it is how the file begins."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.io.conftest import Place
from xlearning.errors import ConnectionLost
from xlearning.io.hdfs_storage import HdfsStorage
from xlearning.io.local_storage import LocalStorage
from xlearning.io.sending import WORTH_BYTES, Order, Sending
from xlearning.io.storage import CHUNK_BYTES
from xlearning.io.transfer import Meter, Retrying, TransferFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.io.storage import Writer

SIZE = WORTH_BYTES + 3 * CHUNK_BYTES + 5


class Growing(LocalStorage):
    """A local disk with writers that are lost after some bytes, which are kept."""

    files_grow = True

    def __init__(self, lost_after: list[int]) -> None:
        """Lose a writer after each of these numbers of bytes."""
        self.lost_after = lost_after
        self.written = 0

    def create(self, path: str, mode: int = 0o644, overwrite: bool = False) -> Writer:
        """Start a file that is seen at once."""
        Path(self.path(path)).parent.mkdir(parents=True, exist_ok=True)
        return Plain(self, path, "wb" if overwrite else "xb")

    def recover(self, path: str) -> None:
        """Find it closed."""
        if self.stat(path) is None:
            raise FileNotFoundError(path)

    def reopen(self, path: str) -> Writer:
        """Go on at its end."""
        return Plain(self, path, "ab")


class Plain:
    """An unbuffered file that breaks."""

    def __init__(self, storage: Growing, path: str, how: str) -> None:
        self._storage = storage
        self._file = io.FileIO(storage.path(path), how)
        self._left = storage.lost_after.pop(0) if storage.lost_after else SIZE

    def write(self, data: bytes) -> None:
        part = data[: self._left]
        self._file.write(part)
        self._storage.written += len(part)
        self._left -= len(part)
        if len(part) < len(data):
            self._file.close()
            raise ConnectionLost("the writer is lost")

    def close(self) -> None:
        self._file.close()

    def abort(self) -> None:
        raise AssertionError("what is there is to be kept")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A large file."""
    path = tmp_path / "model"
    path.write_bytes(os.urandom(SIZE))
    return path


def a_sending(
    source: Path, place: Place, told: list[int], *, overwrite: bool = False
) -> Sending:
    order = Order(
        source, source.stat().st_size, place.url("model"), 0o640, overwrite=overwrite
    )
    return Sending(order, place.storage, Meter(told.append), threading.Event())


def broken(source: Path, folder: Path, *lost_after: int) -> tuple[Place, Sending]:
    """Return a storage and a sending that broke off so often."""
    place = Place(Growing(list(lost_after)), str(folder))
    sending = a_sending(source, place, [])
    for _ in lost_after:
        with pytest.raises(ConnectionLost):
            sending.go_on()
    return place, sending


def test_it_arrives_whole_with_its_mode(place: Place, source: Path) -> None:
    told: list[int] = []
    sending = a_sending(source, place, told)
    sending.go_on()
    assert place.storage.read(place.at("model")) == source.read_bytes()
    assert sum(told) == sending.position() == SIZE


def test_what_is_there_is_not_sent_again(source: Path, tmp_path: Path) -> None:
    place, sending = broken(source, tmp_path / "to", 3 << 20, 7, 2 << 20)
    sending.go_on()
    assert place.storage.read(place.at("model")) == source.read_bytes()
    assert isinstance(place.storage, Growing)
    assert place.storage.written == SIZE


def test_a_part_that_differs_is_no_part(source: Path, tmp_path: Path) -> None:
    place, sending = broken(source, tmp_path / "to", 3 << 20)
    with (tmp_path / "to" / "model").open("r+b") as file:
        file.seek(1 << 20)
        file.write(b"what the disk has made of it")
    sending.go_on()
    assert place.storage.read(place.at("model")) == source.read_bytes()
    assert isinstance(place.storage, Growing)
    assert place.storage.written == SIZE + (3 << 20)


def test_more_than_there_should_be_is_no_part(source: Path, tmp_path: Path) -> None:
    place, sending = broken(source, tmp_path / "to", 3 << 20)
    (tmp_path / "to" / "model").write_bytes(source.read_bytes() + b"x")
    sending.go_on()
    assert place.storage.read(place.at("model")) == source.read_bytes()


def test_a_part_that_is_gone_is_sent_again(source: Path, tmp_path: Path) -> None:
    place, sending = broken(source, tmp_path / "to", 3 << 20)
    (tmp_path / "to" / "model").unlink()
    sending.go_on()
    assert place.storage.read(place.at("model")) == source.read_bytes()


def test_a_whole_file_is_found_whole(source: Path, tmp_path: Path) -> None:
    place, sending = broken(source, tmp_path / "to", 3 << 20)
    (tmp_path / "to" / "model").write_bytes(source.read_bytes())
    sending.go_on()
    assert isinstance(place.storage, Growing)
    assert (place.storage.written, sending.position()) == (3 << 20, SIZE)


def test_what_is_given_up_is_taken_back(source: Path, tmp_path: Path) -> None:
    place, sending = broken(source, tmp_path / "to", 3 << 20)
    assert sending.position() > 0
    sending.give_up()
    assert sending.position() == 0
    assert place.storage.list(place.folder) == ()


def test_it_is_tried_until_it_is_there(source: Path, tmp_path: Path) -> None:
    place = Place(Growing([3 << 20, 1 << 20]), str(tmp_path / "to"))
    a_sending(source, place, []).send(Retrying(1, first_pause_s=0), "it failed")
    assert place.storage.read(place.at("model")) == source.read_bytes()


def test_what_cannot_be_sent_leaves_nothing(source: Path, tmp_path: Path) -> None:
    place = Place(Growing([3 << 20, 0]), str(tmp_path / "to"))
    told: list[int] = []
    sending = a_sending(source, place, told)
    with pytest.raises(TransferFailed, match="it failed: the writer is lost"):
        sending.send(Retrying(1, first_pause_s=0), "it failed")
    assert place.storage.list(place.folder) == ()
    assert sum(told) == 0


def test_what_is_somebody_elses_is_not_touched(source: Path, tmp_path: Path) -> None:
    place = Place(Growing([]), str(tmp_path / "to"))
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "model").write_bytes(b"theirs")
    sending = a_sending(source, place, [])
    with pytest.raises(FileExistsError):
        sending.go_on()
    sending.give_up()
    assert place.storage.read(place.at("model")) == b"theirs"
    a_sending(source, place, [], overwrite=True).go_on()
    assert place.storage.read(place.at("model")) == source.read_bytes()


class OnHdfs(HdfsStorage):
    """An HDFS whose first writer is lost after some bytes, at any place."""

    keeps = 0

    def create(self, path: str, mode: int = 0o644, overwrite: bool = False) -> Writer:
        """Start a file."""
        return Lost(super().create(path, mode, overwrite), self.keeps)


class Lost:
    """A writer that is lost when it has written some bytes."""

    def __init__(self, writer: Writer, keeps: int) -> None:
        self._writer = writer
        self._keeps = keeps

    def write(self, data: bytes) -> None:
        if len(data) < self._keeps:
            self._writer.write(data)
            self._keeps -= len(data)
            return
        self._writer.write(data[: self._keeps])
        self._writer.close()
        raise ConnectionLost("the writer is lost")

    def close(self) -> None:
        raise AssertionError("it is to be lost before")

    def abort(self) -> None:
        raise AssertionError("what is there is to be kept")


@pytest.mark.hadoop
@pytest.mark.parametrize("keeps", [1, 511, 512, 1000, 5 << 20])
def test_hdfs_goes_on_after_any_number_of_bytes(
    hdfs_place: Place, hadoop_properties: Mapping[str, str], source: Path, keeps: int
) -> None:
    """Blocks have a checksum for each 512 bytes: the last one is made anew."""
    storage = OnHdfs(hdfs_place.storage.root, hadoop_properties, "root")
    storage.keeps = keeps
    told: list[int] = []
    sending = a_sending(source, Place(storage, hdfs_place.folder), told)
    with pytest.raises(ConnectionLost, match="the writer is lost"):
        sending.go_on()
    sending.go_on()
    assert hdfs_place.storage.read(hdfs_place.at("model")) == source.read_bytes()
    assert sum(told) == SIZE
