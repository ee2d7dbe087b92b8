from __future__ import annotations

import getpass
import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.client.conftest import APPLICATION, Script, rest, script
from tests.client.test_watch import snapshot
from xlearning.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["rest", "script"]  # fixtures


@pytest.fixture
def cluster(script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Make the scripted ResourceManager the one that is configured."""
    address = script.url.removeprefix("http://")
    values = {
        "fs.defaultFS": "file:///",
        "yarn.resourcemanager.webapp.address": address,
        "yarn.nodemanager.remote-app-log-dir": f"{tmp_path}/logs",
    }
    properties = "".join(
        f"<property><name>{name}</name><value>{value}</value></property>"
        for name, value in values.items()
    )
    text = f"<configuration>{properties}</configuration>"
    (tmp_path / "core-site.xml").write_text(text)
    staging = (
        "<property><name>xlearning.staging.dir</name>"
        f"<value>{tmp_path}/staging</value></property>"
    )
    ours = f"<configuration>{staging}</configuration>"
    (tmp_path / "xlearning-site.xml").write_text(ours)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
    monkeypatch.setenv("XLEARNING_CONF_DIR", str(tmp_path))
    return script


Capture = pytest.CaptureFixture[str]


def test_status_in_text_and_json(cluster: Script, capsys: Capture) -> None:
    cluster.states = ["RUNNING"]
    cluster.snapshot = snapshot("a")
    assert run(["status", APPLICATION]) == 0
    assert "worker 0  RUNNING" in capsys.readouterr().out
    assert run(["status", APPLICATION, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["job"]["tasks"][0]["role"] == "worker"


def test_a_wrong_id_is_a_usage_error(cluster: Script, capsys: Capture) -> None:
    assert run(["status", "job_1"]) == 2
    assert "`job_1` is not the id of a job" in capsys.readouterr().err
    assert cluster.asked == []


def test_an_unknown_job_is_an_error(cluster: Script, capsys: Capture) -> None:
    assert run(["status", "application_1700000000000_0099"]) == 5
    assert "knows no job" in capsys.readouterr().err


def test_jobs_are_listed(cluster: Script, capsys: Capture) -> None:
    assert run(["list"]) == 0
    assert APPLICATION in capsys.readouterr().out
    assert run(["list", "--all", "--json"]) == 0
    (job,) = json.loads(capsys.readouterr().out)
    assert (job["application_id"], job["user"]) == (APPLICATION, "alice")


@pytest.mark.parametrize(
    ("words", "states", "user"),
    [
        ([], "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING", getpass.getuser()),
        (["--state", "ended"], "FINISHED,FAILED,KILLED", getpass.getuser()),
        (["--user", "bob"], "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING", "bob"),
        (["--all"], None, None),
    ],
)
def test_the_resourcemanager_is_asked_for_what_was_wished(
    cluster: Script, words: list[str], states: str | None, user: str | None
) -> None:
    assert run(["list", *words]) == 0
    query = cluster.queries[-1]
    assert (query.get("states"), query.get("user")) == (states, user)


def test_stop_asks_the_master(cluster: Script, capsys: Capture) -> None:
    cluster.states = ["RUNNING"]
    cluster.snapshot = snapshot()
    assert run(["stop", APPLICATION, "--json"]) == 0
    assert "xl stop" in cluster.bodies[0]["reason"]
    assert json.loads(capsys.readouterr().out)["final_status"] == "KILLED"


def test_logs_of_a_job_without_any(cluster: Script, capsys: Capture) -> None:
    cluster.states = ["ACCEPTED"]
    assert run(["logs", APPLICATION]) == 0
    assert "nothing runs yet" in capsys.readouterr().err


def test_logs_as_json_lines(cluster: Script, capsys: Capture) -> None:
    cluster.states = ["RUNNING"]
    cluster.snapshot = snapshot()
    cluster.logs["worker-0", "stdout"] = b"one\ntwo\n"
    assert run(["logs", APPLICATION, "worker:0", "--stdout", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["one", "two"]


def test_logs_without_prefix(cluster: Script, capsys: Capture) -> None:
    cluster.states = ["RUNNING"]
    cluster.snapshot = snapshot()
    cluster.logs["worker-0", "train.log"] = b"one\n"
    assert run(["logs", APPLICATION, "--file", "train.log", "--no-prefix"]) == 0
    assert capsys.readouterr().out == "one\n"


def test_what_is_no_task_is_refused(cluster: Script, capsys: Capture) -> None:
    assert run(["logs", APPLICATION, "worker"]) == 2
    assert "`worker` does not name a task" in capsys.readouterr().err


def test_clean_deletes_archives_that_nobody_needs(
    cluster: Script, tmp_path: Path, capsys: Capture
) -> None:
    archives = [
        tmp_path / ".xlearning" / "env" / "a.tgz",
        tmp_path / "cache" / "xlearning" / "env" / "b.tgz",
    ]
    for path in archives:
        path.parent.mkdir(parents=True)
        path.touch()
        os.utime(path, (1, 1))
    cluster.states = ["RUNNING"]
    assert run(["clean", "--dry-run"]) == 0
    assert "a.tgz" not in capsys.readouterr().out  # who knows what the job needs
    cluster.states = ["FINISHED"]
    assert run(["clean"]) == 0
    out = capsys.readouterr().out
    assert f"deleted file://{archives[0]} (not used for" in out
    assert f"deleted {archives[1]} (old)" in out
    assert not any(path.exists() for path in archives)


def test_clean_shows_and_deletes(
    cluster: Script, tmp_path: Path, capsys: Capture
) -> None:
    folder = tmp_path / "staging" / APPLICATION
    folder.mkdir(parents=True)
    cluster.states = ["FINISHED"]
    assert run(["clean", "--dry-run"]) == 0
    assert "would delete" in capsys.readouterr().out
    assert folder.exists()
    assert run(["clean", "--json"]) == 0
    (rest,) = json.loads(capsys.readouterr().out)
    assert rest["application_id"] == APPLICATION
    assert not folder.exists()
    assert run(["clean"]) == 0
    assert "nothing to delete" in capsys.readouterr().err
