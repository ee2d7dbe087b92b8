"""What is special about HDFS; `test_storage` has the rest."""

from __future__ import annotations

import errno
import socket
import time
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConfigError, ConnectionLost
from xlearning.io.hdfs_storage import HdfsStorage, client_properties
from xlearning.io.storage import storage_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.io.conftest import Place

ATTEMPTS = "dfs.client.failover.max.attempts"


def test_a_dead_namenode_is_given_up_soon() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        storage = HdfsStorage(f"hdfs://127.0.0.1:{port}", {})
        started = time.monotonic()
        with pytest.raises(ConnectionLost, match=f"127.0.0.1:{port}` cannot be"):
            storage.stat("/")
        assert time.monotonic() - started < 20


def test_attempts_grow_with_the_number_of_namenodes() -> None:
    assert client_properties({"a": "b"}) == {"a": "b", ATTEMPTS: "2"}
    two = {"dfs.ha.namenodes.ns1": "nn1,nn2", "dfs.ha.namenodes.ns2": "nn1"}
    assert client_properties(two)[ATTEMPTS] == "4"
    assert client_properties({ATTEMPTS: "9"}) == {ATTEMPTS: "9"}


def test_an_unknown_name_service_is_refused() -> None:
    with pytest.raises(ConfigError, match="name service `hdfs://nowhere`"):
        HdfsStorage("hdfs://nowhere", {}).stat("/")


@pytest.mark.hadoop
def test_each_storage_acts_as_its_own_user(
    hdfs_place: Place, hadoop_properties: Mapping[str, str]
) -> None:
    hdfs_place.storage.set_permission(hdfs_place.folder, 0o1777)
    alice = storage_for("/", hadoop_properties, "alice")
    alice.write(hdfs_place.at("hers"), b"", mode=0o600)
    hdfs_place.storage.write(hdfs_place.at("roots"), b"", mode=0o600)
    owners = {s.name: s.owner for s in alice.list(hdfs_place.folder)}
    assert owners == {"hers": "alice", "roots": "root"}
    with pytest.raises(PermissionError) as refused:
        alice.read(hdfs_place.at("roots"))
    assert refused.value.errno == errno.EACCES
    assert refused.value.filename == hdfs_place.url("roots")
    with pytest.raises(PermissionError):
        alice.delete(hdfs_place.at("roots"))
