from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConfigError
from xlearning.io.filesystem import filesystem_for
from xlearning.io.listing import list_input
from xlearning.io.mapped_storage import MappedStorage
from xlearning.io.schemes import MAPPED_ROOT
from xlearning.io.storage import Storages, storage_for
from xlearning.job.spec import InputSpec

if TYPE_CHECKING:
    from pathlib import Path


def test_urls_are_below_the_folder(tmp_path: Path) -> None:
    storage = MappedStorage(str(tmp_path / "hdfs"))
    storage.write("hdfs:///a/b c", b"12")
    assert (tmp_path / "hdfs/a/b c").read_bytes() == b"12"
    assert storage.path("hdfs:///../a") == f"{tmp_path}/hdfs/a"
    assert storage.path("hdfs:///") == f"{tmp_path}/hdfs"
    assert storage.read(f"file://{tmp_path}/hdfs/a/b c") == b"12"


def test_a_real_hdfs_is_none_of_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not on `file://`"):
        MappedStorage(str(tmp_path)).path("hdfs://nn:8020/a")


def test_patterns_match_below_a_folder_of_any_name(tmp_path: Path) -> None:
    storage = MappedStorage(str(tmp_path / "a{b,[c"))
    storage.write("hdfs:///d/e", b"")
    storage.write("hdfs:///f", b"")
    assert [s.name for s in storage.glob("hdfs:///{d/e,f}")] == ["e", "f"]
    found = storage.glob("hdfs:///d/*")
    assert [s.path for s in found] == [f"{tmp_path}/a{{b,[c/d/e"]
    (plain,) = storage.glob(str(tmp_path / "a*"))
    assert plain.is_dir


def test_input_is_listed_under_names_that_any_program_can_open(tmp_path: Path) -> None:
    storages = Storages({MAPPED_ROOT: str(tmp_path), "fs.defaultFS": "file:///"})
    storages("hdfs:///data").write("hdfs:///data/part", b"1")
    (file,) = list_input([InputSpec("data", ("hdfs:///data",))], storages)
    assert (file.uri, file.relative_path) == (f"file://{tmp_path}/data/part", "part")
    assert storages(file.uri).read(file.uri) == b"1"


def test_pyarrow_reads_it_too(tmp_path: Path) -> None:
    properties = {MAPPED_ROOT: str(tmp_path)}
    storage_for("hdfs:///a", properties).write("hdfs:///a", b"1")
    filesystem, path = filesystem_for("hdfs:///a", properties)
    assert filesystem.get_file_info(path).size == 1
