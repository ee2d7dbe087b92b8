"""WebHDFS's calls: JSON from the NameNode, bytes from and to the DataNodes it names."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import requests
import urllib3

from xlearning.errors import ClusterError, ConnectionLost, XLearningError
from xlearning.io.hdfs_errors import from_java, without_trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONNECT_S = 5.0
ANSWER_S = 60.0
"""Longest wait for an answer, and between two pieces of one."""
_BROKEN = (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError)


class Calls:
    """The calls to one NameNode or gateway; any thread may make them."""

    def __init__(self, root: str, user: str) -> None:
        """Connect to nothing yet.

        Args:
            root: `webhdfs://host:port` or `swebhdfs://…`.
            user: Whom to act as, "" for whoever the cluster thinks we are.
        """
        self._root = root
        scheme, _, authority = root.partition("://")
        self._base = f"{'https' if scheme == 'swebhdfs' else 'http'}://{authority}"
        self._user = user
        self._local = threading.local()

    def json(self, method: str, path: str, operation: str, **wanted: object) -> Any:
        """Make a call and return its answer, None for an empty one.

        Raises:
            OSError: The file system refused.
            ConnectionLost: It did not answer.
        """
        address = self._address(path, operation, wanted)
        with self.translated(path):
            answer = self._session.request(
                method, address, timeout=(CONNECT_S, ANSWER_S)
            )
            data = self._checked(answer, path).content
        return json.loads(data) if data else None

    def open(self, path: str, **wanted: object) -> requests.Response:
        """Begin to read a file; the answer is still on its way."""
        address = self._address(path, "OPEN", wanted)
        with self.translated(path):
            answer = self._session.get(
                address, timeout=(CONNECT_S, ANSWER_S), stream=True
            )
            return self._checked(answer, path)

    def place(
        self, method: str, path: str, operation: str, wanted: Mapping[str, str]
    ) -> str:
        """Return the DataNode's address to which a file's bytes have to be sent."""
        address = self._address(path, operation, wanted)
        with self.translated(path):
            answer = self._session.request(
                method,
                address,
                timeout=(CONNECT_S, ANSWER_S),
                allow_redirects=False,
            )
            return self._checked(answer, path).headers["Location"]

    def refuse(self, status: int, data: bytes, path: str) -> Exception:
        """Return what to raise for an answer that is none."""
        url = f"{self._root}{path}"
        try:
            remote = json.loads(data)["RemoteException"]
            java_class, text = remote["javaClassName"], remote["message"]
        except (ValueError, KeyError, TypeError):
            return ClusterError(
                f"`{url}` was answered with status {status}",
                protocol="WebHDFS",
                hint="is it the address of WebHDFS, and is dfs.webhdfs.enabled true?",
            )
        return from_java(java_class, without_trace(text), url)

    @contextmanager
    def translated(self, path: str) -> Iterator[None]:
        """Translate the errors of a block of calls."""
        try:
            yield
        except _BROKEN as error:
            if isinstance(error, OSError) and error.filename is not None:
                raise
            raise ConnectionLost(
                f"`{self._root}{path}` did not answer: {error}",
                hint="are NameNode and DataNodes running, and is this their web port?",
            ) from error

    @property
    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        return session

    def _checked(self, answer: requests.Response, path: str) -> requests.Response:
        if answer.status_code < http.client.BAD_REQUEST:
            return answer
        with answer:
            raise self.refuse(answer.status_code, answer.content, path)

    def _address(self, path: str, operation: str, wanted: Mapping[str, object]) -> str:
        named = {"user.name": self._user} if self._user else {}
        query = urlencode({"op": operation, **named, **wanted})
        return f"{self._base}/webhdfs/v1{quote(path)}?{query}"


class WebHdfsReader:
    """An open file."""

    def __init__(
        self, calls: Calls, path: str, answer: requests.Response | None, length: int
    ) -> None:
        """Take over an answer, None where there is nothing to read."""
        self._calls = calls
        self._path = path
        self._answer = answer
        self._length = length

    @property
    def length(self) -> int:
        """The file's length in bytes when it was opened."""
        return self._length

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`, `b""` at the end."""
        if self._answer is None or size == 0:
            return b""
        with self._calls.translated(self._path):
            data: bytes = self._answer.raw.read(size)
            return data

    def __enter__(self) -> WebHdfsReader:
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        if self._answer is not None:
            self._answer.close()


class WebHdfsWriter:
    """A file that is being written, in chunks of HTTP."""

    def __init__(
        self, calls: Calls, path: str, method: str, operation: str, **wanted: str
    ) -> None:
        """Find a DataNode and begin."""
        self._calls = calls
        self._path = path
        address = urlsplit(calls.place(method, path, operation, wanted))
        secure = address.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._connection = kind(address.netloc, timeout=ANSWER_S)
        with calls.translated(path):
            self._connection.putrequest(method, f"{address.path}?{address.query}")
            self._connection.putheader("Transfer-Encoding", "chunked")
            self._connection.putheader("Content-Type", "application/octet-stream")
            self._connection.endheaders()

    def write(self, data: bytes) -> None:
        """Add some bytes."""
        if data:
            with self._calls.translated(self._path):
                self._connection.send(b"%x\r\n" % len(data))
                self._connection.send(data)
                self._connection.send(b"\r\n")

    def close(self) -> None:
        """Make the file complete."""
        with self._calls.translated(self._path):
            self._connection.send(b"0\r\n\r\n")
            answer = self._connection.getresponse()
            status, data = answer.status, answer.read()
        self._connection.close()
        if status >= http.client.BAD_REQUEST:
            raise self._calls.refuse(status, data, self._path)

    def abort(self) -> None:
        """Delete what was written, after the DataNode has let go of it.

        It may not have begun yet, and would make the file after it was deleted.
        """
        connected: socket.socket | None = self._connection.sock
        if connected is not None:
            with suppress(OSError):
                connected.shutdown(socket.SHUT_WR)
                connected.settimeout(CONNECT_S)
                while connected.recv(1 << 16):
                    pass
        self._connection.close()
        with suppress(OSError, XLearningError):
            self._calls.json("DELETE", self._path, "DELETE")
