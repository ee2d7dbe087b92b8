"""Pages and API: who may see and do what, and what every answer looks like."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConfigError, ConnectionLost
from xlearning.job.snapshot import decode_snapshot
from xlearning.web.routes import LOG_LIMIT, JobSite

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.conftest import Answer, Browser
    from xlearning.job.ids import TaskId
    from xlearning.job.snapshot import JobSnapshot

BASE = "/proxy/application_1700000000000_0001/"
PROXY, STRANGER = "10.0.0.1", "10.0.0.9"
ALICE = "proxy-user=alice"
PAGES = ["/", "/fragment", "/api/job", "/api/session", "/api/log?task=worker-0"]


@dataclass
class Job:
    """A job with one log, that notes what is asked for."""

    shown: JobSnapshot
    asked: list[tuple[object, ...]] = field(default_factory=list)
    log: bytes = b"one\ntwo\n\xff"

    def snapshot(self, since: int) -> JobSnapshot:
        self.asked.append(("snapshot", since))
        return self.shown

    async def stop(self, who: str, reason: str) -> None:
        self.asked.append(("stop", who, reason))

    async def save(self, who: str) -> int:
        if not self.shown.outputs:
            raise ConfigError("the model cannot be saved: no output")
        self.asked.append(("save", who))
        return 7

    async def read_log(
        self, task: TaskId, file: str, offset: int, limit: int
    ) -> tuple[int, int, bytes]:
        self.asked.append((str(task), file, offset, limit))
        if file == "none":
            raise ConfigError("`none` is not a log", hint="logs: stdout, stderr")
        if task.role == "ps":
            raise ConnectionLost("ps 0 is WAITING")
        start = max(0, len(self.log) + offset if offset < 0 else offset)
        return start, len(self.log), self.log[start : start + limit]


class Rules:
    """Strangers are sent to the proxy, mallory sees nothing, bob changes nothing."""

    base = BASE

    def redirect(self, client: str) -> str | None:
        known = client in (PROXY, "")
        return None if known else "http://rm:8088/proxy/redirect/application_1/"

    def may_view(self, user: str) -> bool:
        return user != "mallory"

    def may_modify(self, user: str) -> bool:
        return user in ("alice", "a b@R+D", "")


@pytest.fixture
def live(snapshot_of: Callable[..., JobSnapshot]) -> Job:
    """Return a running job."""
    return Job(snapshot_of(name="<b>a job</b>"))


@pytest.fixture
def visit(live: Job, browse: Callable[..., Browser]) -> Callable[..., Browser]:
    """Return the maker of browsers of that job's site."""
    app = JobSite(live, Rules()).app

    def make(cookie: str = ALICE, host: str | None = PROXY) -> Browser:
        return browse(app, host=host, cookie=cookie)

    return make


def refusal(answer: Answer) -> tuple[int, str]:
    """Return status and text of a refusal, which is always of one form."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json) == {"error", "hint"}
    return answer.status, answer.json["error"]


# ---- who may look


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_is_fresh_has_a_body_and_keeps_foreign_scripts_out(
    visit: Callable[..., Browser], page: str
) -> None:
    answer = visit().get(page)
    assert answer.status == 200
    assert answer.body
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == "default-src 'self'"


@pytest.mark.parametrize("page", PAGES)
def test_who_may_not_view_sees_nothing(
    visit: Callable[..., Browser], live: Job, page: str
) -> None:
    answer = visit("proxy-user=mallory").get(page)
    assert refusal(answer) == (403, "`mallory` may not view this job")
    assert live.asked == []


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_sent_to_the_proxy_with_all_that_he_asked_for(
    visit: Callable[..., Browser], live: Job, page: str
) -> None:
    answer = visit(host=STRANGER).get(page)
    target = f"http://rm:8088/proxy/redirect/application_1/{page[1:]}"
    assert (answer.status, answer.headers["location"]) == (307, target)
    assert target in answer.body.decode()
    assert live.asked == []


def test_a_stranger_stops_nothing(visit: Callable[..., Browser], live: Job) -> None:
    answer = visit(host=STRANGER).call("PUT", "/api/stop", b"{}")
    assert answer.status == 307
    assert live.asked == []


def test_a_server_that_does_not_know_its_client_asks_the_rules(
    visit: Callable[..., Browser],
) -> None:
    assert visit(host=None).get("/api/job").status == 200


# ---- what is shown


def test_the_page_and_its_changing_part(
    visit: Callable[..., Browser], live: Job
) -> None:
    page = visit().get("/").body.decode()
    fragment = visit().get("/fragment").body.decode()
    assert page.startswith("<!doctype html>")
    assert f'<base href="{BASE}">' in page
    assert fragment in page
    assert "&lt;b&gt;a job" in fragment
    assert live.asked == [("snapshot", 0), ("snapshot", 0)]


def test_the_job_as_json_with_the_messages_that_are_new(
    visit: Callable[..., Browser], live: Job
) -> None:
    assert decode_snapshot(visit().get("/api/job?since=7").body) == live.shown
    assert decode_snapshot(visit().get("/api/job").body) == live.shown
    assert live.asked == [("snapshot", 7), ("snapshot", 0)]


@pytest.mark.parametrize(
    ("name", "kind"), [("job.css", "text/css"), ("job.js", "text/javascript")]
)
def test_the_pages_own_files(
    visit: Callable[..., Browser], name: str, kind: str
) -> None:
    answer = visit().get(f"/static/{name}")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(kind)
    assert answer.body


@pytest.mark.parametrize("name", ["views.py", "..", "job.css.bak"])
def test_no_other_file_is_given_away(visit: Callable[..., Browser], name: str) -> None:
    answer = visit().get(f"/static/{name}")
    assert refusal(answer) == (404, f"there is no `{name}`")


def test_what_is_not_there_is_refused_in_the_same_form(
    visit: Callable[..., Browser],
) -> None:
    unknown = visit().get("/api/nothing")
    assert refusal(unknown) == (404, "GET /api/nothing: Not Found")
    wrong = visit().call("POST", "/api/stop")
    assert refusal(wrong) == (405, "POST /api/stop: Method Not Allowed")


# ---- logs


def test_a_log_is_read_in_pieces(visit: Callable[..., Browser], live: Job) -> None:
    answer = visit().get("/api/log?task=worker-0&file=stderr&offset=-5&limit=3")
    piece = answer.json
    assert (piece["offset"], piece["size"], piece["error"]) == (4, 9, "")
    assert base64.b64decode(piece["data"]) == b"two"
    assert live.asked == [("worker-0", "stderr", -5, 3)]


def test_a_log_that_ends_is_an_empty_piece(visit: Callable[..., Browser]) -> None:
    piece = visit().get("/api/log?task=worker-0&offset=9").json
    assert (piece["offset"], piece["size"], piece["data"]) == (9, 9, "")


def test_by_default_a_log_is_the_beginning_of_stdout(
    visit: Callable[..., Browser], live: Job
) -> None:
    visit().get("/api/log?task=worker%200")
    visit().get("/api/log?task=am&limit=99999999999")
    assert live.asked == [
        ("worker-0", "stdout", 0, 65536),
        ("am-0", "stdout", 0, LOG_LIMIT),
    ]


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("", 400, "`` does not name a task"),
        ("task=..", 400, "`..` does not name a task"),
        ("task=worker-0&offset=x", 400, "`offset=x` is not an integer"),
        ("task=worker-0&limit=-1", 400, "`limit=-1` is out of range"),
        (
            "task=worker-0&offset=9223372036854775808",
            400,
            "`offset=9223372036854775808` is out of range",
        ),
        ("task=worker-0&file=none", 409, "`none` is not a log"),
        ("task=ps-0", 409, "ps 0 is WAITING"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(
    visit: Callable[..., Browser], query: str, status: int, message: str
) -> None:
    assert refusal(visit().get(f"/api/log?{query}")) == (status, message)


def test_a_refusal_says_what_to_do(visit: Callable[..., Browser]) -> None:
    assert visit().get("/api/log").json["hint"] == "write e.g. task=worker-0"
    assert visit().get("/api/log?task=ps-0").json["hint"] == ""


# ---- saving


def save(browser: Browser, **wish: str) -> Answer:
    """Ask for a save, by default with the right token."""
    wish = {"token": browser.get("/api/session").json["token"]} | wish
    return browser.call("PUT", "/api/save", json.dumps(wish).encode("ascii"))


def test_the_owner_saves_the_model(
    visit: Callable[..., Browser], live: Job, snapshot_of: Callable[..., JobSnapshot]
) -> None:
    live.shown = snapshot_of(outputs=("hdfs://nn/out",))
    answer = save(visit())
    assert (answer.status, answer.json) == (200, {"saving": True, "number": 7})
    assert live.asked == [("save", "alice")]


def test_what_cannot_be_saved_is_told(visit: Callable[..., Browser]) -> None:
    answer = save(visit())
    assert refusal(answer) == (409, "the model cannot be saved: no output")


def test_others_save_nothing(visit: Callable[..., Browser], live: Job) -> None:
    assert refusal(save(visit("proxy-user=bob"))) == (
        403,
        "`bob` may not save this job",
    )
    assert refusal(save(visit(), token="guessed")) == (403, "wrong token")
    assert visit().call("PUT", "/api/save", b"{}").status == 400
    assert live.asked == []


# ---- stopping


def stop(browser: Browser, **wish: str) -> Answer:
    """Ask for the end of the job, by default with the right token."""
    wish = {"token": browser.get("/api/session").json["token"]} | wish
    return browser.call("PUT", "/api/stop", json.dumps(wish).encode("ascii"))


def test_the_owner_stops_the_job(visit: Callable[..., Browser], live: Job) -> None:
    answer = stop(visit(), reason="genug für heute")
    assert (answer.status, answer.json) == (200, {"stopping": True})
    assert live.asked == [("stop", "alice", "genug für heute")]


def test_who_comes_is_read_as_java_writes_it(
    visit: Callable[..., Browser], live: Job
) -> None:
    browser = visit("other=1; proxy-user=a+b%40R%2BD")
    assert browser.get("/api/session").json["user"] == "a b@R+D"
    stop(browser)
    assert live.asked == [("stop", "a b@R+D", "")]


def test_on_a_cluster_that_names_nobody_an_unknown_user_stops_it(
    visit: Callable[..., Browser], live: Job
) -> None:
    assert stop(visit(cookie="")).status == 200
    assert live.asked == [("stop", "an unknown user", "")]


def test_who_may_only_look_stops_nothing(
    visit: Callable[..., Browser], live: Job
) -> None:
    answer = stop(visit("proxy-user=bob"))
    assert refusal(answer) == (403, "`bob` may not stop this job")
    assert live.asked == []


def test_a_page_of_somebody_else_has_no_token(
    visit: Callable[..., Browser], live: Job
) -> None:
    answer = stop(visit(), token="guessed ü")
    assert refusal(answer) == (403, "wrong token")
    assert "api/session" in answer.json["hint"]
    assert live.asked == []


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"token": 1}', b'{"token": "\xe9"}']
)
def test_what_is_no_wish_is_refused(
    visit: Callable[..., Browser], live: Job, body: bytes
) -> None:
    status, message = refusal(visit().call("PUT", "/api/stop", body))
    assert status == 400
    assert message.startswith("the body is not a stop request: ")
    assert live.asked == []


def test_every_site_has_its_own_token(
    live: Job, browse: Callable[..., Browser]
) -> None:
    sites = [JobSite(live, Rules()).app for _ in range(2)]
    tokens = {browse(app).get("/api/session").json["token"] for app in sites}
    assert len(tokens) == 2


class Closed(Rules):
    """Nobody may look without a name."""

    def may_view(self, user: str) -> bool:
        return user != ""


def test_nobody_in_particular_is_told_so(
    live: Job, browse: Callable[..., Browser]
) -> None:
    answer = browse(JobSite(live, Closed()).app).get("/")
    message = "a user that YARN's proxy did not name may not view this job"
    assert refusal(answer) == (403, message)
