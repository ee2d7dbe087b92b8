"""HDFS and the local disk through pyarrow."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import csv, fs, parquet

from xlearning.errors import ConfigError
from xlearning.io.filesystem import HdfsHandler, HdfsRaw, filesystem_for
from xlearning.io.hdfs_storage import HdfsStorage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.io.conftest import Place

pytestmark = pytest.mark.hadoop


@pytest.fixture
def hdfs(hdfs_place: Place, hadoop_properties: Mapping[str, str]) -> fs.FileSystem:
    """HDFS as pyarrow sees it."""
    filesystem, path = filesystem_for(hdfs_place.url("x"), hadoop_properties, "root")
    assert path == hdfs_place.at("x")
    return filesystem


def test_local_files(tmp_path: Path) -> None:
    filesystem, path = filesystem_for(f"file://{tmp_path}", {})
    assert isinstance(filesystem, fs.LocalFileSystem)
    assert path == str(tmp_path)
    with pytest.raises(ConfigError, match="`ftp` of"):
        filesystem_for("ftp://host/a", {})
    with pytest.raises(ConfigError, match="pyarrow cannot read `webhdfs://nn:1/a`"):
        filesystem_for("webhdfs://nn:1/a", {})


def test_tables_survive(hdfs: fs.FileSystem, hdfs_place: Place) -> None:
    table = pa.table({"n": range(50_000), "text": [f"row {n}" for n in range(50_000)]})
    path = hdfs_place.at("table.parquet")
    parquet.write_table(table, path, filesystem=hdfs, row_group_size=10_000)
    assert parquet.read_table(path, filesystem=hdfs).equals(table)
    column = parquet.read_table(path, filesystem=hdfs, columns=["n"])
    assert column.column("n").to_pylist()[-1] == 49_999


def test_text_is_read_by_lines(hdfs: fs.FileSystem, hdfs_place: Place) -> None:
    with hdfs.open_output_stream(hdfs_place.at("a.csv.gz")) as stream:
        stream.write(b"x,y\n1,2\n3,4\n")
    with hdfs.open_input_stream(hdfs_place.at("a.csv.gz")) as stream:
        assert csv.read_csv(stream).to_pydict() == {"x": [1, 3], "y": [2, 4]}


def test_random_access(hdfs: fs.FileSystem, hdfs_place: Place) -> None:
    hdfs_place.storage.write(hdfs_place.at("f"), b"0123456789")
    with hdfs.open_input_file(hdfs_place.at("f")) as file:
        assert file.size() == 10
        assert file.read_at(3, 4) == b"456"
        file.seek(8)
        assert file.read(10) == b"89"


def test_information(hdfs: fs.FileSystem, hdfs_place: Place) -> None:
    hdfs_place.fill({"a/b/c": b"12", "a/d": b""})
    paths = [hdfs_place.at(name) for name in ("a", "a/b/c", "none")]
    folder, file, none = hdfs.get_file_info(paths)
    assert (folder.type, file.type) == (fs.FileType.Directory, fs.FileType.File)
    assert none.type is fs.FileType.NotFound
    assert (file.size, file.base_name) == (2, "c")
    assert file.mtime is not None


def test_selectors(hdfs: fs.FileSystem, hdfs_place: Place) -> None:
    hdfs_place.fill({"a/b/c": b"12", "a/d": b""})
    flat = hdfs.get_file_info(fs.FileSelector(hdfs_place.at("a")))
    assert [info.base_name for info in flat] == ["b", "d"]
    deep = hdfs.get_file_info(fs.FileSelector(hdfs_place.at("a"), recursive=True))
    assert [info.base_name for info in deep] == ["b", "c", "d"]
    missing = fs.FileSelector(hdfs_place.at("none"), allow_not_found=True)
    assert hdfs.get_file_info(missing) == []
    with pytest.raises(FileNotFoundError):
        hdfs.get_file_info(fs.FileSelector(hdfs_place.at("none")))
    with pytest.raises(NotADirectoryError):
        hdfs.get_file_info(fs.FileSelector(hdfs_place.at("a/d")))


def test_changes(hdfs: fs.FileSystem, hdfs_place: Place) -> None:
    at = hdfs_place.at
    hdfs.create_dir(at("a/b"))
    with pytest.raises(FileNotFoundError):
        hdfs.create_dir(at("no/b"), recursive=False)
    with hdfs.open_output_stream(at("f")) as stream:
        stream.write(b"one")
    with hdfs.open_append_stream(at("f")) as stream:
        stream.write(b" two")
    hdfs.copy_file(at("f"), at("g"))
    hdfs.move(at("g"), at("a/b/g"))
    assert hdfs_place.storage.read(at("a/b/g")) == b"one two"
    with pytest.raises(IsADirectoryError):
        hdfs.delete_file(at("a"))
    with pytest.raises(NotADirectoryError):
        hdfs.delete_dir(at("f"))
    hdfs.delete_file(at("f"))
    with pytest.raises(FileNotFoundError):
        hdfs.delete_file(at("f"))
    hdfs.delete_dir_contents(at("a"))
    hdfs.delete_dir(at("a"))
    with pytest.raises(FileNotFoundError):
        hdfs.delete_dir(at("a"))
    hdfs.delete_dir_contents(at("a"), missing_dir_ok=True)
    with pytest.raises(FileNotFoundError):
        hdfs.delete_dir_contents(at("a"))
    assert hdfs_place.storage.list(hdfs_place.folder) == ()


def test_what_is_no_file_is_refused(hdfs: fs.FileSystem, hdfs_place: Place) -> None:
    with pytest.raises(IsADirectoryError):
        hdfs.open_input_file(hdfs_place.folder)
    with pytest.raises(FileNotFoundError):
        hdfs.open_input_stream(hdfs_place.at("none"))


def test_all_of_hdfs_is_not_deleted(hdfs: fs.FileSystem) -> None:
    handler = hdfs.handler
    for attempt in (
        handler.delete_root_dir_contents,
        lambda: handler.delete_dir_contents("/"),
    ):
        with pytest.raises(ValueError, match="refusing"):
            attempt()


def test_handlers_are_equal_by_place(hadoop_properties: Mapping[str, str]) -> None:
    root = hadoop_properties["fs.defaultFS"]
    one, two = (HdfsHandler(HdfsStorage(root, hadoop_properties)) for _ in range(2))
    other = HdfsHandler(HdfsStorage("hdfs://127.0.0.1:9", {}))
    assert one == two
    assert one != other
    assert one != "hdfs"
    assert hash(one) == hash(two)
    assert one.get_type_name() == "hdfs"


def test_a_raw_file_behaves_like_a_file(hdfs_place: Place) -> None:
    hdfs_place.storage.write(hdfs_place.at("f"), b"one\ntwo\nthree\n")
    assert isinstance(hdfs_place.storage, HdfsStorage)
    raw = HdfsRaw(hdfs_place.storage, hdfs_place.at("f"))
    assert list(io.BufferedReader(raw, 4)) == [b"one\n", b"two\n", b"three\n"]
    raw = HdfsRaw(hdfs_place.storage, hdfs_place.at("f"))
    assert raw.readable()
    assert raw.seekable()
    assert raw.seek(-6, io.SEEK_END) == 8
    assert raw.seek(2, io.SEEK_CUR) == 10
    assert raw.read(2) == b"re"
    assert raw.read() == b"e\n"
    assert raw.seek(1000) == 1000
    assert (raw.read(5), raw.readall(), raw.tell()) == (b"", b"", 1000)
    with pytest.raises(ValueError, match="cannot seek to -1"):
        raw.seek(-1)
