from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ClusterError, ConnectionLost
from xlearning.io.webhdfs_calls import Calls, WebHdfsReader

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def serving(answer: bytes) -> Iterator[Calls]:
    """A server that gives one answer and ends the connection."""

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield Calls(f"webhdfs://127.0.0.1:{server.getsockname()[1]}", "alice")
        thread.join()


def test_nobody_is_there() -> None:
    with pytest.raises(ConnectionLost, match="1:1/a` did not answer"):
        Calls("webhdfs://127.0.0.1:1", "").json("GET", "/a", "GETFILESTATUS")


def test_another_server_is_there() -> None:
    page = b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>"
    with serving(page) as calls, pytest.raises(ClusterError, match="status 404"):
        calls.json("GET", "/a", "GETFILESTATUS")


def test_an_answer_that_breaks_off_is_no_end() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"
    with serving(cut) as calls, calls.open("/a") as answer:
        reader = WebHdfsReader(calls, "/a", answer, 100)
        assert reader.read(10) == b"0123456789"
        with pytest.raises(ConnectionLost, match="/a` did not answer"):
            reader.read(100)


def test_java_says_why() -> None:
    text = (
        b'{"RemoteException":{"exception":"AccessControlException","javaClassName":'
        b'"org.apache.hadoop.security.AccessControlException",'
        b'"message":"Permission denied: user=alice\\n\\tat org.x.Y"}}'
    )
    answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n%s" % (
        len(text),
        text,
    )
    with serving(answer) as calls, pytest.raises(PermissionError) as caught:
        calls.json("GET", "/a", "LISTSTATUS")
    assert caught.value.strerror == "Permission denied: user=alice"
