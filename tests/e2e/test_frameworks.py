"""Ranks in containers, and roles that find each other, on a real Hadoop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.hadoop import Hadoop

SMALL = ["--queue", "default", "--am-memory", "512M", "--worker-memory", "256M"]
RANKS = ["--app-type", "pytorch", "--worker-num", "2", "--nproc-per-container", "3"]

SERVER = """
import http.server, os
class Greeter(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello from " + os.environ["XL_INDEX"].encode())
place = os.environ["XL_HOST"], int(os.environ["XL_PORTS"].split(",")[0])
http.server.HTTPServer(place, Greeter).serve_forever()
"""

DRIVER = """
import os, time, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for address in os.environ["XL_SERVER_ADDRESSES"].split(","):
    for attempt in range(100):
        try:
            print(opener.open(f"http://{address}/").read().decode(), flush=True)
            break
        except OSError:
            time.sleep(0.1)
"""


def test_each_rank_says_who_it_is(hadoop: Hadoop) -> None:
    say = 'echo "$LOCAL_RANK of $LOCAL_WORLD_SIZE, $RANK of $WORLD_SIZE"'
    ended = hadoop.submit(*SMALL, *RANKS, "sh", "-c", say)
    assert ended.code == 0, ended.text
    assert ended.application_id is not None
    logs = hadoop.xl("logs", ended.application_id, "--stdout")
    expected = [
        f"[worker {rank // 3}] [rank {rank}] {rank % 3} of 3, {rank} of 6"
        for rank in range(6)
    ]
    assert sorted(logs.stdout.splitlines()) == expected


def test_a_rank_that_fails_ends_the_job_and_is_named(hadoop: Hadoop) -> None:
    fail = 'if [ $RANK = 4 ]; then echo "lost my way" >&2; exit 7; fi; exec sleep 100'
    ended = hadoop.submit(*SMALL, *RANKS, "sh", "-c", fail)
    assert ended.code == 2, ended.text
    assert "worker 1 on " in ended.text
    assert "rank 4 exited with code 7: lost my way" in ended.text
    assert ended.application_id is not None
    hadoop.assert_nothing_left(ended.application_id)


def test_roles_are_told_where_the_others_listen(hadoop: Hadoop, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "driver.py").write_text(DRIVER)
    server = "num=2,memory=256M,ports=2,service=true,cmd=python3 server.py"
    ended = hadoop.submit(
        *("--app-type", "greeting", "--queue", "default", "--am-memory", "512M"),
        *("--role", f"server:{server}"),
        *("--role", "driver:num=1,memory=256M,cmd=python3 driver.py"),
        *("--files", "server.py,driver.py"),
        cwd=tmp_path,
    )
    assert ended.code == 0, ended.text
    assert ended.application_id is not None
    logs = hadoop.xl("logs", ended.application_id, "driver-0", "--stdout")
    told = [line.split("] ")[-1] for line in logs.stdout.splitlines()]
    assert told == ["hello from 0", "hello from 1"]
    hadoop.assert_nothing_left(ended.application_id)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--role", "ps:num=1"], "a job of type PYTORCH has no role `ps`"),
        (["--role", "worker:num=1,service=true"], "nobody ends the job"),
    ],
)
def test_what_a_type_cannot_do_is_refused(
    hadoop: Hadoop, words: list[str], complaint: str
) -> None:
    kind = "pytorch" if "PYTORCH" in complaint else "anything"
    ended = hadoop.submit("--app-type", kind, *words, "true")
    assert ended.code == 1
    assert complaint in ended.stderr
    assert ended.application_id is None
