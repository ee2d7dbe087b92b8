from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CORE = """<configuration>
<property><name>fs.defaultFS</name><value>file:///</value></property>
<property><name>yarn.resourcemanager.webapp.address</name><value>127.0.0.1:1</value>
</property></configuration>"""


def test_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["job", "run", "--help"]) == 0
    out = capsys.readouterr().out
    assert "--worker_launch_cmd VALUE" in out
    assert "--wait_job_finish" in out


def test_the_line_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "core-site.xml").write_text(CORE)
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
    monkeypatch.delenv("XLEARNING_CONF_DIR", raising=False)
    file = tmp_path / "job.yaml"
    file.write_text(
        "spec: {name: a}\nscheduling: {queue: q}\n"
        "roles: {worker: {replicas: 2, launch_cmd: x y}}\n"
    )
    words = ["job", "run", "-f", str(file), "--name", "b", "--dry_run"]
    assert run(words) != 0  # nobody listens there to be asked what there is
    out, err = capsys.readouterr()
    assert "127.0.0.1" in err
    assert "name          b\n" in out
    assert "queue         q, priority" in out
    assert "worker        2 x" in out
    assert "bash -c 'x y'" in out


def test_a_file_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["job", "run", "-f", str(tmp_path / "none.yaml")]) == 2
    assert "cannot read the job file" in capsys.readouterr().err


def test_a_mistake_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["job", "run", "--nmae", "x"]) == 2
    assert "did you mean `name`?" in capsys.readouterr().err
