from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConfigError
from xlearning.io.storage import storage_for
from xlearning.io.webhdfs_storage import WebHdfsStorage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.io.conftest import Place


def test_kerberos_is_refused() -> None:
    with pytest.raises(ConfigError, match="a cluster with Kerberos"):
        WebHdfsStorage("webhdfs://nn:1", {"hadoop.security.authentication": "kerberos"})


def test_the_scheme_chooses() -> None:
    storage = storage_for("swebhdfs://nn:9871/a", {})
    assert isinstance(storage, WebHdfsStorage)
    assert storage.url("/a") == "swebhdfs://nn:9871/a"


@pytest.mark.hadoop
def test_a_long_listing_is_whole(hdfs_place: Place, webhdfs_place: Place) -> None:
    names = [f"{number:04}" for number in range(1203)]
    for name in names:
        hdfs_place.storage.mkdirs(hdfs_place.at(name))
    found = webhdfs_place.storage.list(webhdfs_place.folder)
    assert [status.name for status in found] == names


@pytest.mark.hadoop
def test_a_large_file_goes_and_comes(webhdfs_place: Place, hdfs_place: Place) -> None:
    data = os.urandom(1 << 20) * 9
    writer = webhdfs_place.storage.create(webhdfs_place.at("f"))
    for start in range(0, len(data), 1 << 20):
        writer.write(data[start : start + (1 << 20)])
    writer.close()
    assert hdfs_place.storage.read(hdfs_place.at("f")) == data
    assert webhdfs_place.storage.read(webhdfs_place.at("f")) == data
    assert webhdfs_place.storage.read_range(webhdfs_place.at("f"), 7, 9) == data[7:16]


@pytest.mark.hadoop
def test_who_may_not_is_told_so(
    webhdfs_place: Place, hadoop_properties: Mapping[str, str]
) -> None:
    alice = storage_for(webhdfs_place.url(""), hadoop_properties, "alice")
    with pytest.raises(PermissionError, match="user=alice, access=WRITE"):
        alice.write(webhdfs_place.at("f"), b"")
    with pytest.raises(PermissionError, match="user=alice, access=WRITE"):
        alice.mkdirs(webhdfs_place.at("d"))
