"""File systems that the tests of `xlearning.io` use."""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from xlearning.config.site import load_hadoop
from xlearning.io.local_storage import LocalStorage
from xlearning.io.locality import web_addresses
from xlearning.io.storage import Storage, storage_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Place(NamedTuple):
    """A file system and an empty folder on it."""

    storage: Storage
    folder: str

    def at(self, name: str) -> str:
        """Return the path of a name in the folder."""
        return f"{self.folder}/{name}"

    def url(self, name: str) -> str:
        """Return the URL of a name in the folder."""
        return self.storage.url(self.at(name))

    def fill(self, files: Mapping[str, bytes]) -> None:
        """Write files, all at a time: on HDFS each takes half a second."""
        with ThreadPoolExecutor(16) as pool:
            for name, data in files.items():
                pool.submit(self.storage.write, self.at(name), data)
        assert all(self.storage.stat(self.at(name)) for name in files)

    def lookup(self, url: str) -> Storage:
        """Return the storage, whatever the URL."""
        return self.storage


@pytest.fixture(scope="session")
def hadoop_properties() -> Mapping[str, str]:
    """The configuration of the running Hadoop."""
    folder = os.environ.get("HADOOP_CONF_DIR")
    if folder is None:
        pytest.skip("HADOOP_CONF_DIR names no Hadoop")
    return load_hadoop(Path(folder), os.environ)


@pytest.fixture
def hdfs_place(
    hadoop_properties: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """An empty folder on HDFS, which its superuser owns."""
    monkeypatch.setenv("HADOOP_USER_NAME", "root")
    url = f"/tmp/io-{uuid.uuid4().hex[:8]}"
    storage = storage_for(url, hadoop_properties, "root")
    storage.mkdirs(url)
    yield Place(storage, url)
    storage.delete(url, recursive=True)


@pytest.fixture
def local_place(tmp_path: Path) -> Place:
    """An empty local folder."""
    (tmp_path / "place").mkdir()
    return Place(LocalStorage(), str(tmp_path / "place"))


@pytest.fixture(scope="session")
def s3_properties() -> Iterator[Mapping[str, str]]:
    """Hadoop's properties for an S3 on this machine."""
    from tests.e2e.s3 import s3_server

    with s3_server() as properties:
        yield {"fs.defaultFS": "file:///", **properties}


@pytest.fixture
def s3_place(s3_properties: Mapping[str, str]) -> Place:
    """An empty folder in a bucket."""
    folder = f"/tmp/io-{uuid.uuid4().hex[:8]}"
    storage = storage_for("s3://bucket/", s3_properties)
    storage.mkdirs(folder)
    return Place(storage, folder)


@pytest.fixture
def webhdfs_place(hdfs_place: Place, hadoop_properties: Mapping[str, str]) -> Place:
    """An empty folder on HDFS, by HTTP."""
    (address,) = web_addresses(hdfs_place.url(""), hadoop_properties)
    url = address.replace("http://", "webhdfs://")
    return Place(storage_for(url, hadoop_properties, "root"), hdfs_place.folder)


_WITH_MODES = [
    "local_place",
    pytest.param("hdfs_place", marks=pytest.mark.hadoop),
    pytest.param("webhdfs_place", marks=pytest.mark.hadoop),
]


@pytest.fixture(params=[*_WITH_MODES, "s3_place"])
def place(request: pytest.FixtureRequest) -> Place:
    """An empty folder on each file system."""
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=_WITH_MODES)
def full_place(request: pytest.FixtureRequest) -> Place:
    """An empty folder on each file system that can do what HDFS can."""
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.fixture(
    params=["local_place", pytest.param("hdfs_place", marks=pytest.mark.hadoop)]
)
def growing_place(request: pytest.FixtureRequest) -> Place:
    """An empty folder on each file system whose files grow."""
    found: Place = request.getfixturevalue(request.param)
    return found
