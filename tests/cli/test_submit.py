from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from xlearning import __version__
from xlearning.cli.submit import run
from xlearning.errors import ConfigError, ConnectionLost

if TYPE_CHECKING:
    from pathlib import Path

NOBODY_LISTENS = "127.0.0.1:1"


@pytest.fixture
def hadoop_conf(tmp_path: Path) -> Path:
    folder = tmp_path / "hadoop"
    folder.mkdir()
    (folder / "yarn-site.xml").write_text(
        "<configuration><property><name>yarn.resourcemanager.webapp.address</name>"
        f"<value>{NOBODY_LISTENS}</value></property></configuration>"
    )
    return folder


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
