"""The web proxy: what reaches an ApplicationMaster's page, and what comes back."""

from __future__ import annotations

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.contract.test_masters import master
from xlearning.hadoop.application_master import FinalStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contract.conftest import Yarn

PAYLOAD = {"Content-Type": "application/json", "X-Own": "1", "Cookie": "a=b"}


class Page(BaseHTTPRequestHandler):
    """Answers what it was asked, or with the status in the path."""

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        seen = {
            "method": self.command,
            "path": self.path,
            "headers": dict(self.headers),
            "body": self.rfile.read(length).decode("latin-1"),
        }
        word = self.path.strip("/").partition("?")[0]
        status = int(word) if word.isdecimal() else 200
        data = b"" if status in (204, 304) else json.dumps(seen).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = answer

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def page() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(url: str, method: str = "GET", **options: Any) -> requests.Response:
    return requests.request(method, url, timeout=30, allow_redirects=False, **options)


def check_requests(base: str) -> None:
    """Check what reaches the page."""
    seen = ask(f"{base}/some/path?x=1&y=a%20b", headers=PAYLOAD).json()
    assert seen["path"] == "/some/path?x=1&y=a+b"
    headers = {name.lower(): value for name, value in seen["headers"].items()}
    assert headers["cookie"].startswith("proxy-user=")
    assert "a=b" not in headers["cookie"]
    assert "x-own" not in headers
    named = ask(f"{base}/?user.name=alice").json()
    assert named["headers"]["Cookie"] == "proxy-user=alice"
    body = '{"a":\n "ü"}'.encode()
    put = ask(f"{base}/", "PUT", data=body, headers=PAYLOAD).json()
    assert (put["method"], put["body"]) == ("PUT", '{"a": "ü"}')
    assert ask(f"{base}/a//b").json()["path"] == "/a/b"


def check_paths(base: str) -> None:
    """Check what becomes of paths and queries."""
    for given, arrives in (
        ("a%20b", "a%20b"),
        ("%C3%BC", "%C3%BC"),
        ("a%2Fb", "a/b"),
        ("a%3Fb%23c%25d", "a%3Fb%23c%25d"),
        ("x;y=z", "x"),
        ("?a=%2B%26%25%22", "?a=%2B%26%25%22"),
        ("?a=%C3%BC&b=", "?a=%C3%BC&b="),
        ("?a=1;b=2", "?a=1&b=2"),
    ):
        assert ask(f"{base}/{given}").json()["path"] == f"/{arrives}", given
    for given in ("?a=1&b;c=2", "?a=%7Bx%7D", "%7Bx%7D"):
        assert ask(f"{base}/{given}").status_code == 500, given
    assert ask(base).json()["path"] == "/"


def test_the_proxy_without_an_application(yarn: Yarn) -> None:
    for name, status in (("application_1_9999", 404), ("foo", 500)):
        assert ask(f"{yarn.web}/proxy/{name}/").status_code == status


def check_answers(base: str) -> None:
    """Check what comes back."""
    for status in (201, 404, 409, 500):
        assert ask(f"{base}/{status}").status_code == status
    for status in (204, 304):
        assert ask(f"{base}/{status}").status_code == 500
    assert ask(f"{base}/302").json()["path"] == "/elsewhere"
    assert ask(f"{base}/?key").status_code == 500
    for method, status in (("POST", 405), ("DELETE", 405), ("PATCH", 501)):
        assert ask(f"{base}/", method).status_code == status
    assert ask(f"{base}/x").headers["X-Frame-Options"] == "SAMEORIGIN"


async def test_a_page_behind_the_proxy(yarn: Yarn, tmp_path: Path, page: str) -> None:
    async with master(yarn, tmp_path, page) as am:
        base = f"{yarn.web}/proxy/{am.id}"
        await asyncio.to_thread(check_requests, base)
        await asyncio.to_thread(check_paths, base)
        await asyncio.to_thread(check_answers, base)
        await am.protocol.finish(FinalStatus.SUCCEEDED, "", f"{page}/history")
        gone = await asyncio.to_thread(ask, f"{base}/e?x=1")
        assert gone.status_code == 302
        assert gone.headers["Location"] == f"{page}/history/e?x=1"
