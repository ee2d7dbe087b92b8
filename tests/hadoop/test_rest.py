"""Against HTTP servers that answer as ResourceManagers were seen to."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from xlearning.errors import AuthenticationError, ConnectionLost, RemoteProtocolError
from xlearning.hadoop.rest import ResourceManagerRest, RestError, SimpleAuthentication

if TYPE_CHECKING:
    from collections.abc import Iterator

INFO = '{"clusterInfo": {"haState": "ACTIVE", "startedOn": 5}}'
NOT_FOUND = json.dumps(
    {
        "RemoteException": {
            "exception": "NotFoundException",
            "message": "java.lang.Exception: app with id: x not found",
            "javaClassName": "org.apache.hadoop.yarn.webapp.NotFoundException",
        }
    }
)
Answer = tuple[int, dict[str, str], str]
JSON = {"Content-Type": "application/json", "Set-Cookie": "hadoop.auth=u=mallory"}


class Server:
    """One HTTP server with one answer to everything.

    Attributes:
        requests: What came: method, path with query, headers and body.
    """

    def __init__(self, answer: Answer) -> None:
        self.requests: list[tuple[str, str, dict[str, str], str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode()
                seen = (self.command, self.path, dict(self.headers), body)
                server.requests.append(seen)
                status, headers, text = answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_PUT = do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.01,)).start()

    def close(self) -> None:
        """End the server."""
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def served(
    status: int, text: str, headers: dict[str, str] | None = None
) -> Iterator[Server]:
    """Serve one answer."""
    server = Server((status, JSON if headers is None else headers, text))
    yield server
    server.close()


@contextmanager
def rest(*endpoints: str) -> Iterator[ResourceManagerRest]:
    """Return the calls of alice."""
    client = ResourceManagerRest(endpoints, SimpleAuthentication("alice"))
    yield client
    client.close()


def test_a_standby_and_a_dead_one_are_passed_over() -> None:
    with (
        served(307, "", {"Location": "http://127.0.0.1:1/"}) as standby,
        served(200, INFO) as active,
        rest("127.0.0.1:1", standby.url, active.url) as calls,
    ):
        assert calls.cluster_info().ha_state == "ACTIVE"
        assert calls.cluster_info().started_ms == 5
        assert calls.endpoint == active.url
        assert len(standby.requests) == 1


def test_every_request_names_the_user_and_no_cookie_does() -> None:
    with served(200, INFO) as server, rest(server.url) as calls:
        calls.cluster_info()
        calls.applications(user="bob", states=["RUNNING"], types=["X"], limit=5)

    queries = [urlsplit(path).query for _, path, _, _ in server.requests]
    assert queries[0] == "user.name=alice"
    assert set(queries[1].split("&")) == {
        "user=bob",
        "states=RUNNING",
        "applicationTypes=X",
        "limit=5",
        "user.name=alice",
    }
    for _, _, headers, _ in server.requests:
        assert "Cookie" not in headers
        assert headers["Accept"] == "application/json"


def test_a_refusal_keeps_its_status_and_its_words() -> None:
    with (
        served(404, NOT_FOUND) as server,
        rest(server.url) as calls,
        pytest.raises(RestError) as caught,
    ):
        calls.application("application_1_0001")

    assert caught.value.status == 404
    assert caught.value.remote_text == "app with id: x not found"
    assert caught.value.java_class.endswith("NotFoundException")


def test_a_page_in_html_is_not_shown() -> None:
    html = {"Content-Type": "text/html"}
    with (
        served(503, "<html>much script</html>", html) as server,
        rest(server.url) as calls,
        pytest.raises(RestError) as caught,
    ):
        calls.metrics()

    assert str(caught.value) == (
        "GET /ws/v1/cluster/metrics was refused with status 503: no reason given"
    )
    assert caught.value.hint == f"is `{server.url}` a ResourceManager?"


def test_plain_text_is_shown() -> None:
    plain = {"Content-Type": "text/plain"}
    with (
        served(400, "still saving", plain) as server,
        rest(server.url) as calls,
        pytest.raises(RestError, match="still saving"),
    ):
        calls.kill("application_1_0001")


def test_nobody_knows_us() -> None:
    with (
        served(401, "{}") as server,
        rest(server.url) as calls,
        pytest.raises(AuthenticationError, match="does not know us"),
    ):
        calls.queues()


@pytest.mark.parametrize("text", ["<xml/>", "[]"])
def test_other_answers_break_the_protocol(text: str) -> None:
    with (
        served(200, text) as server,
        rest(server.url) as calls,
        pytest.raises(RemoteProtocolError, match="is no JSON"),
    ):
        calls.nodes()


def test_nobody_there_is_a_lost_connection() -> None:
    with (
        rest("127.0.0.1:1", "http://127.0.0.1:2") as calls,
        pytest.raises(ConnectionLost, match=r"127\.0\.0\.1:1: connection refused"),
    ):
        calls.new_application()


def test_an_accepted_submission_has_no_body() -> None:
    with served(202, "") as server, rest(server.url) as calls:
        calls.submit({"application-id": "application_1_0001"})

    method, path, headers, body = server.requests[0]
    assert (method, urlsplit(path).path) == ("POST", "/ws/v1/cluster/apps")
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"application-id": "application_1_0001"}


def test_a_kill_says_why() -> None:
    with served(202, '{"state": "RUNNING"}') as server, rest(server.url) as calls:
        assert calls.kill("application_1_0001", "by alice") == "RUNNING"

    assert json.loads(server.requests[0][3]) == {
        "state": "KILLED",
        "diagnostics": "by alice",
    }


def test_a_page_is_reached_through_the_proxy() -> None:
    with served(200, '{"ok": true}') as server, rest(server.url) as calls:
        tracking = f"{server.url}/proxy/application_1_0001/"
        assert calls.proxy_get(tracking, "api/job", {"since": "5"}) == {"ok": True}
        calls.proxy_put(tracking, "/api/stop", {"reason": "ü\nx"})

    get, put = server.requests
    assert get[1].startswith("/proxy/application_1_0001/api/job?since=5&user.name=")
    assert put[:1] == ("PUT",)
    assert put[3] == '{"reason": "\\u00fc\\nx"}'


def test_a_proxy_of_another_name_is_looked_for_at_home() -> None:
    with served(200, '{"ok": true}') as server, rest(server.url) as calls:
        tracking = "http://127.0.0.1:1/proxy/application_1_0001/"
        assert calls.proxy_get(tracking, "api/job") == {"ok": True}
        with pytest.raises(ConnectionLost):
            calls.proxy_get("http://127.0.0.1:1/elsewhere/", "api/job")


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (302, {"Location": "/cluster/app/x", "Content-Type": "application/json"}),
        (500, {"Content-Type": "text/html"}),
    ],
)
def test_an_application_without_a_page_is_a_lost_connection(
    status: int, headers: dict[str, str]
) -> None:
    with (
        served(status, "", headers) as server,
        rest(server.url) as calls,
        pytest.raises(ConnectionLost, match="through the proxy"),
    ):
        calls.proxy_get(f"{server.url}/proxy/a/", "api/job")


def test_the_masters_own_refusal_is_shown() -> None:
    with (
        served(403, '{"error": "only the owner may"}') as server,
        rest(server.url) as calls,
        pytest.raises(RestError, match="only the owner"),
    ):
        calls.proxy_put(f"{server.url}/proxy/a/", "api/stop", {})
