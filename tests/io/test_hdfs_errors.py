"""Errors of hdfs-native; the texts are those of hdfs-native 0.14.7 and Hadoop 3.5.0."""

from __future__ import annotations

import errno

import pytest

from xlearning.errors import (
    AuthenticationError,
    ClusterError,
    ConfigError,
    ConnectionLost,
    XLearningError,
)
from xlearning.io.hdfs_errors import translate

TRACE = (
    r"\n\tat org.apache.hadoop.hdfs.server.namenode.FSDirectory.x(FSDirectory.java:1)"
)


def java(name: str, text: str) -> RuntimeError:
    """Return what hdfs-native raises for an exception that the NameNode sent."""
    escaped = text.replace('"', '\\"')
    return RuntimeError(f'RPCError("{name}", "{escaped}{TRACE}")')


def of(error: Exception) -> Exception:
    """Translate."""
    return translate(error, "hdfs://nn:8020", "/a")


@pytest.mark.parametrize(
    ("error", "kind", "number"),
    [
        (FileNotFoundError("/a"), FileNotFoundError, errno.ENOENT),
        (
            FileNotFoundError("Path is not a file: /a\n\tat x"),
            IsADirectoryError,
            errno.EISDIR,
        ),
        (FileExistsError("exists\n\tat x"), FileExistsError, errno.EEXIST),
        (IsADirectoryError("/a"), IsADirectoryError, errno.EISDIR),
        (
            java("org.apache.hadoop.security.AccessControlException", "denied"),
            PermissionError,
            errno.EACCES,
        ),
        (
            java("org.apache.hadoop.fs.ParentNotDirectoryException", "/a (is not …)"),
            NotADirectoryError,
            errno.ENOTDIR,
        ),
        (
            java("org.apache.hadoop.hdfs.protocol.DSQuotaExceededException", "quota"),
            OSError,
            errno.EDQUOT,
        ),
        (
            java("org.apache.hadoop.fs.PathIsNotEmptyDirectoryException", "non empty"),
            OSError,
            errno.ENOTEMPTY,
        ),
        (
            java("java.io.IOException", "/a and /b must both be directories"),
            FileExistsError,
            errno.EEXIST,
        ),
        (
            java("java.io.IOException", "File /a could only be written to 0 of the 1"),
            OSError,
            errno.ENOSPC,
        ),
    ],
)
def test_errors_that_python_has(
    error: Exception, kind: type[OSError], number: int
) -> None:
    found = of(error)
    assert isinstance(found, kind)
    assert found.errno == number
    assert found.filename == "hdfs://nn:8020/a"
    assert "\tat" not in str(found)
    assert "\\tat" not in str(found)


def test_the_reason_of_a_refusal_is_kept() -> None:
    text = 'Permission denied: user=alice, access=WRITE, inode="/":root:root:drwxr-xr-x'
    found = of(java("org.apache.hadoop.security.AccessControlException", text))
    assert isinstance(found, PermissionError)
    assert found.strerror == text


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (
            OSError("Connection refused (os error 111)"),
            ConnectionLost,
            "`hdfs://nn:8020` cannot be reached: Connection refused",
        ),
        (
            java("org.apache.hadoop.ipc.StandbyException", "not in state standby"),
            ConnectionLost,
            "does not serve",
        ),
        (RuntimeError('DataTransferError("lost")'), ConnectionLost, "broke off: lost"),
        (RuntimeError("ChecksumError"), ConnectionLost, "broke off"),
        (
            RuntimeError('InvalidArgument("No NameNode hosts found")'),
            ConfigError,
            "name service `hdfs://nn:8020`",
        ),
        (RuntimeError('SASLError("no ticket")'), AuthenticationError, "no ticket"),
        (RuntimeError("NoSASLMechanism"), AuthenticationError, "NoSASLMechanism"),
        (NotImplementedError("key provider"), ClusterError, "failed on"),
        (RuntimeError("?"), ClusterError, "failed on"),
    ],
)
def test_errors_of_ours(
    error: Exception, kind: type[XLearningError], text: str
) -> None:
    found = of(error)
    assert type(found) is kind
    assert text in str(found)


def test_other_exceptions_of_java_keep_their_class() -> None:
    found = of(java("java.io.IOException", "something else"))
    assert isinstance(found, ClusterError)
    assert found.java_class == "java.io.IOException"
    assert found.remote_text == "something else"


def test_a_namenode_that_starts_up_is_away() -> None:
    name = "org.apache.hadoop.hdfs.server.namenode.SafeModeException"
    text = "Cannot create file/a. Name node is in safe mode.\\nThe reported blocks 0"
    found = of(java(name, text))
    assert isinstance(found, ConnectionLost)
    assert found.message.endswith(
        "now: Cannot create file/a. Name node is in safe mode."
    )
    assert found.hint == "it starts up, or is short of DataNodes"


def test_a_datanode_that_is_late_with_its_report_is_waited_for() -> None:
    name = "org.apache.hadoop.hdfs.server.namenode.NotReplicatedYetException"
    found = of(java(name, "Not replicated yet: /in/a"))
    assert isinstance(found, ConnectionLost)
    assert found.message.endswith("now: Not replicated yet: /in/a")


@pytest.mark.parametrize(
    ("nodes", "kind"),
    [
        ("There are 0 datanode(s) running and 0 node(s) are excluded", ConnectionLost),
        ("There are 2 datanode(s) running and 2 node(s) are excluded", ConnectionLost),
        ("There are 2 datanode(s) running and no node(s) are excluded", OSError),
        ("There are 2 datanode(s) running and 1 node(s) are excluded", OSError),
        ("There are 2 datanode(s) running", OSError),
    ],
)
def test_full_datanodes_are_told_from_none(nodes: str, kind: type[Exception]) -> None:
    said = f"File /a could only be written to 0 of the 1 minReplication nodes. {nodes}"
    found = of(java("java.io.IOException", said))
    assert isinstance(found, kind)
    if isinstance(found, OSError):
        assert found.errno == errno.ENOSPC


def test_what_is_known_of_datanodes_is_not_told() -> None:
    text = "All DataNodes failed: [DatanodeInfoProto { id: 1 }]"
    found = of(RuntimeError(f'DataTransferError("{text}")'))
    assert str(found).endswith("broke off: All DataNodes failed")
