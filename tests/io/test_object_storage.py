"""What is different in a bucket."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConnectionLost
from xlearning.io.filesystem import filesystem_for
from xlearning.io.storage import storage_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.io.conftest import Place


def test_there_are_no_modes(s3_place: Place, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12")
    (tmp_path / "f").chmod(0o750)
    s3_place.storage.put(tmp_path / "f", s3_place.at("f"))
    with pytest.raises(FileExistsError):
        s3_place.storage.put(tmp_path / "f", s3_place.at("f"))
    s3_place.storage.set_permission(s3_place.at("f"), 0o600)
    status = s3_place.storage.stat(s3_place.at("f"))
    assert status is not None
    assert (status.length, status.permission, status.owner) == (2, 0o644, "")


def test_what_cannot_be_done_says_so(s3_place: Place) -> None:
    s3_place.storage.write(s3_place.at("f"), b"")
    with pytest.raises(OSError, match="not supported") as caught:
        s3_place.storage.append(s3_place.at("f"), b"1")
    assert caught.value.errno == errno.ENOTSUP
    assert caught.value.filename == s3_place.url("f")
    with pytest.raises(OSError, match="not supported"):
        s3_place.storage.set_modification_time(s3_place.at("f"), 1)


def test_a_large_object_is_written_in_parts(s3_place: Place, tmp_path: Path) -> None:
    data = bytes(range(256)) * 80_000
    (tmp_path / "large").write_bytes(data)
    s3_place.storage.put(tmp_path / "large", s3_place.at("large"))
    assert s3_place.storage.read(s3_place.at("large")) == data


@pytest.mark.parametrize(
    ("left", "arrived"),
    [
        (["a", "b/c", "d"], ["a"]),
        (["a", "b/c", "d"], ["a", "b/c", "d"]),
        (["d"], ["a", "b/c", "d"]),
    ],
)
def test_a_move_that_was_broken_off_is_gone_on_with(
    s3_place: Place, left: list[str], arrived: list[str]
) -> None:
    s3_place.fill({f"old/{name}": name.encode() for name in left})
    s3_place.fill({f"new/{name}": name.encode() for name in arrived})
    s3_place.storage.rename(s3_place.at("old"), s3_place.at("new"))
    assert s3_place.storage.stat(s3_place.at("old")) is None
    found = [s.path for s in s3_place.storage.walk(s3_place.at("new")) if not s.is_dir]
    assert found == [s3_place.at(f"new/{name}") for name in ("a", "b/c", "d")]


@pytest.mark.parametrize("there", [{"a": b"other"}, {"x": b"1"}, {"a": b"1", "x": b""}])
def test_what_is_there_is_not_mixed_with(
    s3_place: Place, there: Mapping[str, bytes]
) -> None:
    s3_place.fill({"old/a": b"1", "old/b": b"2"})
    s3_place.fill({f"new/{name}": data for name, data in there.items()})
    with pytest.raises(FileExistsError):
        s3_place.storage.rename(s3_place.at("old"), s3_place.at("new"))
    assert s3_place.storage.stat(s3_place.at("old/b")) is not None


def test_a_bucket_that_is_not_there(s3_properties: Mapping[str, str]) -> None:
    storage = storage_for("s3a://nowhere", s3_properties)
    assert storage.stat("s3a://nowhere/a") is None
    with pytest.raises(FileNotFoundError, match="no such bucket"):
        storage.write("/a", b"")


def test_a_store_that_does_not_answer() -> None:
    properties = {"fs.s3a.endpoint": "http://127.0.0.1:1"}
    keys = {"fs.s3a.access.key": "a", "fs.s3a.secret.key": "b"}
    storage = storage_for("s3://bucket", properties | keys)
    with pytest.raises(ConnectionLost, match="`s3://bucket/a` cannot be reached"):
        storage.stat("/a")


def test_pyarrow_gets_the_same_store(
    s3_place: Place, s3_properties: Mapping[str, str]
) -> None:
    s3_place.storage.write(s3_place.at("f"), b"12")
    filesystem, path = filesystem_for(s3_place.url("f"), s3_properties)
    with filesystem.open_input_file(path) as file:
        assert file.read() == b"12"
