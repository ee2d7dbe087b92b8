"""What hdfs-native raises, as Python's own errors or ours. Pure.

hdfs-native names a few errors by class and puts the rest into the text of a
`RuntimeError`, e.g. `RPCError("<Java class>", "<message>\\n\\tat <stack trace>")`. An
`OSError` without a number means that a server could not be reached.
"""

from __future__ import annotations

import errno
import os
import re

from xlearning.errors import (
    AuthenticationError,
    ClusterError,
    ConfigError,
    ConnectionLost,
)

_RPC_ERROR = re.compile(
    r'(?:Fatal)?RPCError\("(?P<java_class>[\w.$]+)", "(?P<text>.*)"\)\Z', re.DOTALL
)
_NAMED = re.compile(r'(?P<name>\w+)(?:\("?(?P<text>.*?)"?\))?\Z', re.DOTALL)
_TRACE = re.compile(r"(\\n|\n)(\\t|\t)at .*", re.DOTALL)
_TYPES = re.compile(
    r"must both be directories|already exists as a directory|is already a"
)

_ERRNO_BY_CLASS = {
    "AccessControlException": errno.EACCES,
    "NSQuotaExceededException": errno.EDQUOT,
    "DSQuotaExceededException": errno.EDQUOT,
    "QuotaByStorageTypeExceededException": errno.EDQUOT,
    "PathIsNotEmptyDirectoryException": errno.ENOTEMPTY,
    "ParentNotDirectoryException": errno.ENOTDIR,
    "FileNotFoundException": errno.ENOENT,
    "FileAlreadyExistsException": errno.EEXIST,
    "AlreadyBeingCreatedException": errno.EBUSY,
    "RecoveryInProgressException": errno.EBUSY,
}
_UNAVAILABLE = {
    "StandbyException",
    "RetriableException",
    "ConnectException",
    "SafeModeException",
    "NotReplicatedYetException",  # a DataNode is late with its report
}
_BROKEN_TRANSFERS = {"DataTransferError", "ChecksumError", "BlocksNotFound"}
_NO_SPACE = re.compile(r"could only be (written|replicated) to 0 ")
_NO_DATANODE = re.compile(
    r"There are (?P<running>\d+) datanode\(s\) running"
    r"(?: and (?P<excluded>\d+|no) node\(s\) are excluded)?"
)
"""`BlockManager.chooseTarget4NewBlock`; who cannot be reached is excluded."""


def translate(error: Exception, root: str, path: str) -> Exception:
    """Return what to raise in place of an error from hdfs-native.

    Args:
        error: The `OSError` or `RuntimeError`.
        root: The file system, e.g. `hdfs://nn:8020`.
        path: What the call was about.
    """
    text = without_trace(str(error))
    url = root + path
    match error:
        case FileNotFoundError() if text.startswith("Path is not a file"):
            return IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), url)
        case FileNotFoundError():
            return _os_error(errno.ENOENT, url)
        case FileExistsError():
            return _os_error(errno.EEXIST, url)
        case IsADirectoryError():
            return _os_error(errno.EISDIR, url)
        case OSError():
            return ConnectionLost(
                f"`{root}` cannot be reached: {text}",
                hint="is the NameNode running, and is this the right address?",
            )
        case _:
            pass
    rpc = _RPC_ERROR.match(str(error))
    if rpc is not None:
        message = without_trace(rpc["text"]).replace('\\"', '"')
        return from_java(rpc["java_class"], message, url)
    return _from_library(text, root, url)


def from_java(java_class: str, message: str, url: str) -> Exception:
    """Translate an exception that the NameNode sent."""
    name = java_class.rpartition(".")[2].rpartition("$")[2]
    number = _ERRNO_BY_CLASS.get(name)
    if number is not None:
        return OSError(number, message, url)
    if _NO_SPACE.search(message):
        return _not_written(message, url)
    if _TYPES.search(message):
        return OSError(errno.EEXIST, message, url)
    if name in _UNAVAILABLE:
        return ConnectionLost(
            f"HDFS does not serve `{url}` now: {_first_line(message)}",
            hint="it starts up, or is short of DataNodes",
        )
    return ClusterError(
        f"HDFS refused `{url}`: {message}",
        protocol="ClientProtocol",
        java_class=java_class,
        remote_text=message,
    )


def _not_written(message: str, url: str) -> Exception:
    """Tell DataNodes that are full from DataNodes that are away."""
    found = _NO_DATANODE.search(message)
    if found is not None:
        excluded = found["excluded"] or "no"
        left = int(found["running"]) - (0 if excluded == "no" else int(excluded))
        if left <= 0:
            return ConnectionLost(
                f"no DataNode takes `{url}` now: {_first_line(message)}"
            )
    return OSError(errno.ENOSPC, _first_line(message), url)


def _from_library(text: str, root: str, url: str) -> Exception:
    """Translate one of hdfs-native's own errors, `Name("text")`."""
    match = _NAMED.match(text)
    name, message = (match["name"], match["text"] or "") if match else ("", text)
    if name in _BROKEN_TRANSFERS:
        # It goes on with all that is known of the DataNodes.
        said = message.partition(": [DatanodeInfoProto")[0]
        return ConnectionLost(f"reading or writing `{url}` broke off: {said}")
    if "SASL" in name or "GSSAPI" in name:
        return AuthenticationError(
            f"`{root}` did not accept who we are: {message or name}",
            hint="a cluster with Kerberos needs a ticket (kinit) or a token",
        )
    if "No NameNode hosts found" in message:
        return ConfigError(
            f"the name service `{root}` is not in Hadoop's configuration",
            hint="dfs.nameservices and its like stand in hdfs-site.xml",
        )
    return ClusterError(
        f"HDFS failed on `{url}`: {text}", protocol="HDFS", remote_text=text
    )


def _os_error(number: int, url: str) -> OSError:
    return OSError(number, os.strerror(number), url)


def _first_line(text: str) -> str:
    return text.replace("\\n", "\n").partition("\n")[0]


def without_trace(text: str) -> str:
    """Return a message of Java's without the stack that follows it."""
    return _TRACE.sub("", text)
