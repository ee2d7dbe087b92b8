from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from xlearning.cli.cluster import cluster
from xlearning.errors import ConfigError, XLearningError

if TYPE_CHECKING:
    from pathlib import Path


def error_of(*arguments: str) -> XLearningError:
    """Run a command that fails with an error of ours."""
    result = CliRunner().invoke(cluster, arguments)
    assert isinstance(result.exception, XLearningError), result.output
    return result.exception


def test_importing_the_commands_is_cheap() -> None:
    code = (
        "import sys, xlearning.cli.cluster; "
        "print({'psutil', 'requests', 'msgspec'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout == "set()\n"


@pytest.mark.parametrize("command", ["up", "down", "status", "start", "stop", "kill"])
def test_every_command_has_its_home_and_json(command: str) -> None:
    result = CliRunner().invoke(cluster, [command, "--help"])
    assert result.exit_code == 0
    assert "--home" in result.output
    assert "--json" in result.output


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--node-memory", "much", "not an amount of memory"),
        ("--queues", "a:50,b", "give a share to all"),
        ("--labels", "gpu=nm9", "there is no node nm9"),
        ("--conf", "dfs.replication", "not a property"),
        ("--hadoop", "4", "not a release"),
    ],
)
def test_wrong_values_are_refused_before_anything_is_done(
    tmp_path: Path, option: str, value: str, message: str
) -> None:
    home = tmp_path / "home"
    error = error_of("up", "--home", str(home), option, value)
    assert isinstance(error, ConfigError)
    assert message in error.message
    assert not home.exists()


def test_there_is_nothing_to_show_without_a_cluster(tmp_path: Path) -> None:
    for command in (["status"], ["stop", "nm1"], ["kill", "rm"], ["start", "nn"]):
        error = error_of(*command, "--home", str(tmp_path / "none"))
        assert "there is no cluster" in error.message


def test_down_is_no_error_without_a_cluster(tmp_path: Path) -> None:
    home = tmp_path / "none"
    result = CliRunner().invoke(cluster, ["down", "--home", str(home), "--json"])
    assert result.exit_code == 0
    assert '"state": "down"' in result.output
