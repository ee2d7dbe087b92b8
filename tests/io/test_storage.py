"""What every storage does, on the local disk and on HDFS."""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConfigError, XLearningError
from xlearning.io.hdfs_storage import HdfsStorage
from xlearning.io.local_storage import LocalStorage
from xlearning.io.storage import Storages, storage_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.io.conftest import Place


def names(place: Place, pattern: str) -> list[str]:
    """Return what matches below the folder, relative to it."""
    found = place.storage.glob(f"{place.folder}/{pattern}")
    return [status.path.removeprefix(f"{place.folder}/") for status in found]


def test_stat_tells_what_is_there(full_place: Place) -> None:
    before_ms = time.time() * 1000 - 5000
    full_place.storage.write(full_place.at("a"), b"hello", mode=0o640)
    status = full_place.storage.stat(full_place.at("a"))
    assert status is not None
    assert (status.path, status.name) == (full_place.at("a"), "a")
    assert (status.length, status.is_dir) == (5, False)
    assert status.permission == 0o640
    assert before_ms < status.modification_time_ms < before_ms + 60_000
    assert status.owner == "root"


def test_stat_of_nothing(place: Place) -> None:
    place.storage.write(place.at("a"), b"")
    assert place.storage.stat(place.at("b")) is None
    assert place.storage.stat(place.at("a/below")) is None
    assert place.storage.stat("/") is not None


def test_urls_are_paths(place: Place) -> None:
    place.storage.write(place.url("a"), b"x")
    assert place.storage.read(place.at("a")) == b"x"
    with pytest.raises(ConfigError, match="is not on"):
        place.storage.stat("hdfs://elsewhere:1/a")
    with pytest.raises(ConfigError, match="absolute"):
        place.storage.stat("a")


def test_listing_is_by_name(place: Place) -> None:
    for name in ("c", "a", ".b"):
        place.storage.write(place.at(name), b"")
    place.storage.mkdirs(place.at("b"))
    assert [s.name for s in place.storage.list(place.folder)] == [".b", "a", "b", "c"]
    assert [s.path for s in place.storage.list(place.at("a"))] == [place.at("a")]
    with pytest.raises(FileNotFoundError):
        place.storage.list(place.at("none"))


def test_walk_goes_all_the_way_down(place: Place) -> None:
    for name in ("b/c/d", "b/a", "a"):
        place.storage.write(place.at(name), b"")
    found = [(s.path, s.is_dir) for s in place.storage.walk(place.folder)]
    assert found == [
        (place.at("a"), False),
        (place.at("b"), True),
        (place.at("b/a"), False),
        (place.at("b/c"), True),
        (place.at("b/c/d"), False),
    ]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", ["d1", "d2", "f"]),
        ("d?", ["d1", "d2"]),
        ("d*/part-*", ["d1/part-0", "d1/part-1", "d2/part-0"]),
        ("d[^1]/*", ["d2/part-0"]),
        ("{d1/part-0,f,d1/part-0}", ["d1/part-0", "f"]),
        ("d{1,2}/part-0", ["d1/part-0", "d2/part-0"]),
        ("d1", ["d1"]),
        ("d1/", ["d1"]),
        ("none", []),
        ("none*", []),
        ("f/*", []),
        ("d1/*/x", []),
        ("", [""]),
    ],
)
def test_glob(place: Place, pattern: str, expected: list[str]) -> None:
    for name in ("d1/part-0", "d1/part-1", "d2/part-0", "f"):
        place.storage.write(place.at(name), b"")
    if pattern == "":
        expected = [place.folder]
    assert names(place, pattern) == expected


def test_names_are_not_decoded(place: Place) -> None:
    name = "with space#?%20ü+&"
    place.storage.write(place.at(name), b"x")
    assert [s.name for s in place.storage.list(place.folder)] == [name]
    assert place.storage.read(place.url(name)) == b"x"
    place.storage.write(place.at("a*"), b"")
    place.storage.write(place.at("ab"), b"")
    assert names(place, r"a\*") == ["a*"]


@pytest.mark.parametrize("mode", [0o700, 0o1777])
def test_mkdirs_gives_every_new_folder_the_mode(full_place: Place, mode: int) -> None:
    full_place.storage.mkdirs(full_place.at("a/b"), mode)
    full_place.storage.mkdirs(full_place.at("a/b"), 0o755)
    for name in ("a", "a/b"):
        status = full_place.storage.stat(full_place.at(name))
        assert status is not None
        assert status.is_dir
        assert status.permission == mode


def test_mkdirs_where_a_file_is(full_place: Place) -> None:
    full_place.storage.write(full_place.at("f"), b"")
    with pytest.raises(FileExistsError):
        full_place.storage.mkdirs(full_place.at("f"))
    with pytest.raises(NotADirectoryError):
        full_place.storage.mkdirs(full_place.at("f/below"))


def test_write_makes_parents_and_does_not_replace(full_place: Place) -> None:
    path = full_place.at("new/f")
    full_place.storage.write(path, b"one")
    with pytest.raises(FileExistsError):
        full_place.storage.write(path, b"two")
    assert full_place.storage.read(path) == b"one"
    full_place.storage.write(path, b"three", mode=0o600, overwrite=True)
    assert full_place.storage.read(path) == b"three"
    status = full_place.storage.stat(path)
    assert status is not None
    assert status.permission == 0o600
    with pytest.raises(FileExistsError):
        full_place.storage.write(full_place.at("new"), b"", overwrite=True)
    assert [s.name for s in full_place.storage.list(full_place.at("new"))] == ["f"]


def test_put_keeps_the_mode_and_counts(full_place: Place, tmp_path: Path) -> None:
    local = tmp_path / "local"
    local.write_bytes(bytes(range(256)) * 8192)
    local.chmod(0o750)
    moved: list[int] = []
    full_place.storage.put(local, full_place.at("a"), progress=moved.append)
    full_place.storage.put(local, full_place.at("b"), mode=0o600)
    assert sum(moved) == local.stat().st_size
    assert full_place.storage.read(full_place.at("a")) == local.read_bytes()
    assert [s.permission for s in full_place.storage.list(full_place.folder)] == [
        0o750,
        0o600,
    ]
    with pytest.raises(FileExistsError):
        full_place.storage.put(local, full_place.at("a"))
    with pytest.raises(FileNotFoundError):
        full_place.storage.put(tmp_path / "none", full_place.at("c"))


def test_nothing_is_left_of_a_put_that_fails(place: Place, tmp_path: Path) -> None:
    local = tmp_path / "local"
    local.write_bytes(b"x" * 100)

    def fail(_: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        place.storage.put(local, place.at("a"), progress=fail)
    assert place.storage.list(place.folder) == ()


def test_reading(place: Place) -> None:
    place.storage.write(place.at("a"), b"0123456789")
    with place.storage.open(place.at("a")) as reader:
        assert reader.length == 10
        assert [reader.read(4), reader.read(0)] == [b"0123", b""]
        assert [reader.read(100), reader.read(1)] == [b"456789", b""]
    assert place.storage.read_range(place.at("a"), 3, 4) == b"3456"
    assert place.storage.read_range(place.at("a"), 8, 4) == b"89"
    assert place.storage.read_range(place.at("a"), 12, 4) == b""


def test_reading_what_is_no_file(place: Place) -> None:
    with pytest.raises(FileNotFoundError):
        place.storage.read(place.at("none"))
    with pytest.raises(IsADirectoryError):
        place.storage.read(place.folder)


def test_append(full_place: Place) -> None:
    full_place.storage.write(full_place.at("a"), b"one ")
    full_place.storage.append(full_place.at("a"), b"two")
    assert full_place.storage.read(full_place.at("a")) == b"one two"
    with pytest.raises(FileNotFoundError):
        full_place.storage.append(full_place.at("none"), b"")


def test_rename_moves_files_and_folders(place: Place) -> None:
    place.storage.write(place.at("a/f"), b"x")
    place.storage.rename(place.url("a"), place.url("b"))
    place.storage.rename(place.at("b/f"), place.at("g"))
    assert [s.name for s in place.storage.list(place.folder)] == ["b", "g"]
    assert place.storage.read(place.at("g")) == b"x"


def test_rename_never_overwrites(place: Place) -> None:
    for name in ("file", "file2"):
        place.storage.write(place.at(name), name.encode())
    for name in ("folder", "folder2"):
        place.storage.mkdirs(place.at(name))
    for source, target in [
        ("file", "file2"),
        ("file", "folder"),
        ("folder", "file"),
        ("folder", "folder2"),
    ]:
        with pytest.raises(FileExistsError):
            place.storage.rename(place.at(source), place.at(target))
    assert len(place.storage.list(place.folder)) == 4
    assert place.storage.read(place.at("file2")) == b"file2"


def test_rename_of_and_to_nothing(full_place: Place) -> None:
    full_place.storage.write(full_place.at("f"), b"")
    with pytest.raises(FileNotFoundError):
        full_place.storage.rename(full_place.at("none"), full_place.at("x"))
    with pytest.raises(FileNotFoundError):
        full_place.storage.rename(full_place.at("f"), full_place.at("none/x"))


def test_delete(place: Place) -> None:
    place.storage.write(place.at("a/f"), b"")
    with pytest.raises(OSError, match="empty") as refused:
        place.storage.delete(place.at("a"))
    assert refused.value.errno == errno.ENOTEMPTY
    assert place.storage.delete(place.at("a"), recursive=True)
    assert not place.storage.delete(place.at("a"), recursive=True)
    assert not place.storage.delete(place.at("none/f"))
    place.storage.write(place.at("f"), b"")
    place.storage.mkdirs(place.at("empty"))
    assert place.storage.delete(place.at("f"))
    assert place.storage.delete(place.at("empty"))
    assert place.storage.list(place.folder) == ()


def test_set_permission(full_place: Place) -> None:
    full_place.storage.write(full_place.at("f"), b"")
    full_place.storage.set_permission(full_place.at("f"), 0o600)
    status = full_place.storage.stat(full_place.at("f"))
    assert status is not None
    assert status.permission == 0o600
    with pytest.raises(FileNotFoundError):
        full_place.storage.set_permission(full_place.at("none"), 0o600)


def test_set_modification_time(full_place: Place) -> None:
    full_place.storage.write(full_place.at("f"), b"")
    full_place.storage.set_modification_time(full_place.at("f"), 1_700_000_000_123)
    status = full_place.storage.stat(full_place.at("f"))
    assert status is not None
    assert status.modification_time_ms == 1_700_000_000_123
    with pytest.raises(FileNotFoundError):
        full_place.storage.set_modification_time(full_place.at("none"), 1)


def test_the_scheme_chooses() -> None:
    properties = {"fs.defaultFS": "hdfs://nn:8020"}
    assert isinstance(storage_for("file:///a", properties), LocalStorage)
    assert isinstance(storage_for("/a", {}), LocalStorage)
    for url in ("/a", "hdfs:///a", "hdfs://nn:8020/a"):
        storage = storage_for(url, properties)
        assert isinstance(storage, HdfsStorage)
        assert storage.root == "hdfs://nn:8020"


def test_there_is_one_storage_per_file_system() -> None:
    storages = Storages({"fs.defaultFS": "hdfs://nn:8020"})
    assert storages("/a") is storages("hdfs://nn:8020/b")
    assert storages("file:/a") is storages("file:///b")
    assert storages("hdfs://other:9/a") is not storages("/a")


def test_a_file_is_read_on_from_an_offset(place: Place) -> None:
    place.storage.write(place.at("a"), b"0123456789")
    for offset, rest in ((0, b"0123456789"), (7, b"789"), (10, b""), (99, b"")):
        with place.storage.open(place.at("a"), offset) as reader:
            assert reader.length == 10
            assert b"".join(iter(lambda: reader.read(2), b"")) == rest


def test_a_file_is_written_piece_by_piece(full_place: Place) -> None:
    writer = full_place.storage.create(full_place.at("new/a"), mode=0o640)
    for piece in (b"one ", b"", b"two"):
        writer.write(piece)
    writer.close()
    status = full_place.storage.stat(full_place.at("new/a"))
    assert status is not None
    assert (status.length, status.permission) == (7, 0o640)
    assert full_place.storage.read(full_place.at("new/a")) == b"one two"


def test_nothing_is_left_of_an_aborted_file(place: Place) -> None:
    writer = place.storage.create(place.at("new/a"))
    writer.write(b"half")
    writer.abort()
    assert place.storage.list(place.at("new")) == ()


def test_a_created_file_does_not_replace_another(place: Place) -> None:
    place.storage.write(place.at("a"), b"old")
    with pytest.raises(FileExistsError):
        place.storage.create(place.at("a")).close()
    assert place.storage.read(place.at("a")) == b"old"


def test_a_log_is_read_by_whoever_takes_it(growing_place: Place) -> None:
    storage, path = growing_place.storage, growing_place.at("folder/log")
    log = storage.start_log(path)
    log.write(b"one ")
    log.write(b"two ")
    storage.take_log(path)
    assert storage.read(path) == b"one two "
    status = storage.stat(path)
    assert status is not None
    assert status.permission == 0o600


def test_who_lost_a_log_cannot_write_it_any_more(growing_place: Place) -> None:
    storage, path = growing_place.storage, growing_place.at("log")
    lost = storage.start_log(path)
    lost.write(b"one ")
    storage.take_log(path)
    with pytest.raises((OSError, XLearningError)):
        lost.write(b"lost ")
    log = storage.continue_log(path)
    log.write(b"two")
    log.close()
    with pytest.raises((OSError, XLearningError)):
        lost.write(b"lost ")
    storage.take_log(path)
    assert storage.read(path) == b"one two"


def test_a_log_that_is_there_is_not_begun_again(growing_place: Place) -> None:
    storage, path = growing_place.storage, growing_place.at("log")
    storage.start_log(path).close()
    with pytest.raises(FileExistsError):
        storage.start_log(path)


def test_a_log_that_is_not_there(growing_place: Place) -> None:
    storage, path = growing_place.storage, growing_place.at("log")
    with pytest.raises(FileNotFoundError):
        storage.continue_log(path)
    with pytest.raises(FileNotFoundError):
        storage.take_log(path)


def test_files_that_cannot_grow(s3_place: Place) -> None:
    for call in ("start_log", "continue_log", "take_log"):
        with pytest.raises(OSError, match="cannot grow") as error:
            getattr(s3_place.storage, call)(s3_place.at("log"))
        assert error.value.errno == errno.ENOTSUP
