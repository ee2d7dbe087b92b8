from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from xlearning import __version__
from xlearning.cli.submit import run
from xlearning.errors import ConfigError, ConnectionLost

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY_LISTENS = "127.0.0.1:1"
RECORDED = Path(__file__).parent / "data" / "cluster-3.5.0.json"


def write_conf(folder: Path, address: str) -> Path:
    folder.mkdir()
    (folder / "yarn-site.xml").write_text(
        "<configuration><property><name>yarn.resourcemanager.webapp.address</name>"
        f"<value>{address}</value></property></configuration>"
    )
    return folder


@pytest.fixture
def hadoop_conf(tmp_path: Path) -> Path:
    return write_conf(tmp_path / "hadoop", NOBODY_LISTENS)


class Recorded(BaseHTTPRequestHandler):
    """Answers what a real ResourceManager of 3.5.0 answered.

    Of its scheduler's answer only names, types and states of queues are kept.
    """

    answers: dict[str, object] = json.loads(RECORDED.read_text())

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].removeprefix("/ws/v1/cluster")
        body = json.dumps(self.answers[path]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def recorded_conf(tmp_path: Path) -> Iterator[Path]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorded) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield write_conf(tmp_path / "recorded", f"127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def xl_submit(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HADOOP", "YARN", "XLEARNING"))
    }
    return subprocess.run(
        [sys.executable, "-m", "xlearning.cli.submit", *words],
        capture_output=True,
        text=True,
        check=False,
        env=inherited | environment,
    )


def test_the_help_is_data_and_success() -> None:
    for words in ((), ("--help",)):
        done = xl_submit(*words)
        assert done.returncode == 0
        assert done.stdout.startswith("Usage: xl-submit ")
        assert done.stderr == ""


def test_an_error_is_one_and_says_what_to_do() -> None:
    done = xl_submit("--app-nmae", "x")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "error: unknown option `--app-nmae`\n\nhint: did you mean `--app-name`?\n"
    )


def test_without_hadoops_configuration_nothing_is_tried() -> None:
    done = xl_submit("true")
    assert done.returncode == 1
    assert done.stderr.startswith("error: HADOOP_CONF_DIR is not set\n")


def test_a_bad_command_is_told_before_a_server_is_asked(hadoop_conf: Path) -> None:
    done = xl_submit("--launch-cmd", "a | b", HADOOP_CONF_DIR=str(hadoop_conf))
    assert done.returncode == 1
    assert "would need a shell" in done.stderr


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"], "xl-submit") == 0
    assert capsys.readouterr().out == f"xlearning {__version__}\n"


def test_a_dry_run_prints_the_plan_and_then_checks_it(
    hadoop_conf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--hadoop-conf", str(hadoop_conf), "--dry-run", "--board-enable", "true"]
    with pytest.raises(ConfigError, match="does not exist"):
        run([*words, "--files", "/none/a.py", "python", "a.py"], "xl-submit")
    captured = capsys.readouterr()
    assert captured.out.startswith("Job:\n  name ")
    assert captured.err == ("warning: not supported yet: boards (`--board-enable`)\n")


def test_a_dry_run_of_a_job_that_can_be(
    recorded_conf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--dry-run", "--json", "--worker-gpus", "2", "--queue", "prod", "true"]
    assert run(["--hadoop-conf", str(recorded_conf), *words], "xl-submit") == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["job"]["roles"][0]["resources"]["gpus"] == 2


def test_what_the_cluster_cannot_give_is_told_at_once(recorded_conf: Path) -> None:
    words = [
        "--dry-run",
        "--worker-gpus",
        "3",
        "--worker-memory",
        "8G",
        "--queue",
        "prdo",
        "true",
    ]
    with pytest.raises(ConfigError) as caught:
        run(["--hadoop-conf", str(recorded_conf), *words], "xl-submit")
    assert caught.value.message.splitlines() == [
        "worker memory requested 8192 above the max threshold of yarn cluster 4096",
        "worker gpu cores requested 3 above the max threshold of yarn cluster 2",
        "queue `prdo` does not exist on `0.0.0.0:8032`",
    ]
    assert "did you mean `prod`?" in (caught.value.hint or "")


def test_a_fair_scheduler_makes_queues_itself(recorded_conf: Path) -> None:
    scheduler = "yarn.resourcemanager.scheduler.class=x.FairScheduler"
    words = ["--dry-run", "--queue", "mine", "--conf", scheduler, "true"]
    assert run(["--hadoop-conf", str(recorded_conf), *words], "xl-submit") == 0


def test_a_cluster_that_does_not_answer_is_told(hadoop_conf: Path) -> None:
    words = ["--hadoop-conf", str(hadoop_conf), "--dry-run", "--json", "true"]
    with pytest.raises(ConnectionLost):
        run(words, "xl-submit")


def test_the_plan_is_made_without_anything_heavy() -> None:
    program = (
        "import sys\n"
        "import xlearning.cli.submit\n"
        "heavy = {'rich', 'grpc', 'pyarrow', 'requests', 'hdfs_native', 'click',\n"
        "         'asyncio', 'cryptography'}\n"
        "sys.exit(','.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_ctrl_c_before_the_job_is_there_is_no_traceback(tmp_path: Path) -> None:
    """A ResourceManager that never answers is what the client waits for."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        conf = write_conf(tmp_path / "hadoop", f"{host}:{port}")
        words = ["--hadoop-conf", str(conf), "true"]
        client = subprocess.Popen(
            [sys.executable, "-m", "xlearning.cli.submit", *words],
            stderr=subprocess.PIPE,
            text=True,
        )
        asking, _ = silent.accept()
        with asking:
            asking.recv(1)
            client.send_signal(signal.SIGINT)
            _, text = client.communicate(timeout=30)
    assert client.returncode == 130
    assert text == "interrupted\n"
