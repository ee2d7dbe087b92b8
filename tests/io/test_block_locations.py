"""Asking where files are: a server that answers as WebHDFS does, or badly."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from xlearning.io.block_locations import locate
from xlearning.io.formats.base import Block
from xlearning.io.locality import Near
from xlearning.io.splits import InputFile

if TYPE_CHECKING:
    from collections.abc import Iterator

FS = "hdfs://nn:8020"
LOCATIONS = {
    "BlockLocations": {
        "BlockLocation": [
            {"hosts": ["nm1"], "length": 5, "topologyPaths": ["/r1/127.0.0.1:9866"]}
        ]
    }
}


class NameNode:
    """A NameNode's web server.

    Attributes:
        asked: Path and user of every request.
        status: What it answers with.
        silent: Set once it answers not at all; set again to let it end.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.status = 200
        self.may_answer = threading.Event()
        self.may_answer.set()
        namenode = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = parse_qs(parts.query)
                assert query["op"] == ["GETFILEBLOCKLOCATIONS"]
                namenode.asked.append((parts.path, query["user.name"][0]))
                namenode.may_answer.wait(10)
                body = json.dumps(LOCATIONS).encode()
                self.send_response(namenode.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"


@pytest.fixture
def namenode() -> Iterator[NameNode]:
    namenode = NameNode()
    thread = threading.Thread(target=namenode.server.serve_forever)
    thread.start()
    try:
        yield namenode
    finally:
        namenode.may_answer.set()
        namenode.server.shutdown()
        namenode.server.server_close()
        thread.join()


def properties(namenode: NameNode, **more: str) -> dict[str, str]:
    address = {"fs.defaultFS": FS, "dfs.namenode.http-address": namenode.address}
    return address | more


def files(*lengths: int) -> list[InputFile]:
    return [
        InputFile("d", f"{FS}/in/{n} ü", length, str(n))
        for n, length in enumerate(lengths)
    ]


def test_files_are_located_but_empty_ones(namenode: NameNode) -> None:
    near = locate(files(5, 0, 5), properties(namenode), "alice", 10.0)
    assert near.files == {f"{FS}/in/0 ü": {"nm1": 5}, f"{FS}/in/2 ü": {"nm1": 5}}
    assert near.blocks[f"{FS}/in/0 ü"] == (Block(0, 5, ("nm1",)),)
    assert sorted(namenode.asked) == [
        ("/webhdfs/v1/in/0%20%C3%BC", "alice"),
        ("/webhdfs/v1/in/2%20%C3%BC", "alice"),
    ]


def test_the_next_namenode_is_asked_where_one_is_a_standby(namenode: NameNode) -> None:
    pair = {
        "dfs.ha.namenodes.ns": "n1,n2",
        "dfs.namenode.http-address.ns.n1": "127.0.0.1:1",
        "dfs.namenode.http-address.ns.n2": namenode.address,
    }
    [file] = files(5)
    there = InputFile("d", "hdfs://ns/a", file.length, "a")
    assert "hdfs://ns/a" in locate([there], pair, "alice", 10.0).files


def test_a_refusal_costs_only_nearness(namenode: NameNode) -> None:
    namenode.status = 403
    assert locate(files(5), properties(namenode), "alice", 10.0) == Near()


def test_nobody_waits_for_a_namenode_that_does_not_answer(namenode: NameNode) -> None:
    namenode.may_answer.clear()
    assert locate(files(*[5] * 20), properties(namenode), "alice", 0.1) == Near()
    assert len(namenode.asked) <= 8


@pytest.mark.parametrize("method", ["kerberos", "KERBEROS"])
def test_a_secured_cluster_is_not_asked(namenode: NameNode, method: str) -> None:
    secured = {"hadoop.security.authentication": method}
    assert locate(files(5), properties(namenode) | secured, "alice") == Near()
    assert namenode.asked == []


def test_local_files_are_nowhere() -> None:
    assert locate([InputFile("d", "file:///a", 5, "a")], {}, "alice") == Near()
