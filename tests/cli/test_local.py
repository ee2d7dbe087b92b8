from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from xlearning.cli.main import run
from xlearning.cli.submit import run as submit
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_up_status_node_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(tmp_path / "home")]
    assert run(["local", "status", *home]) == 1
    small = ["--nodes", "2", "--node-memory", "1g", "--gpus", "1"]
    assert run(["local", "up", *small, *home]) == 0
    try:
        assert f"HADOOP_CONF_DIR={tmp_path}/home/conf" in capsys.readouterr().out
        assert run(["local", "status", "--json", *home]) == 0
        assert json.loads(capsys.readouterr().out)["nodes"] == 2
        assert run(["local", "node", "127.0.0.2", "lost", *home]) == 0
        assert "LOST" in capsys.readouterr().out
        assert run(["local", "node", "nowhere", "lost", *home]) == 2
        assert run(["local", "up", *home]) == 0
        assert "it runs already" in capsys.readouterr().err
    finally:
        assert run(["local", "down", *home]) == 0
    assert run(["local", "down", *home]) == 0
    assert "nothing runs" in capsys.readouterr().err


def test_a_property_that_is_none(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path)]
    assert run(["local", "up", "--conf", "x", *home]) == 2


@pytest.mark.parametrize(
    "words",
    [
        ["--master", "mesos"],
        ["--local-gpus", "2"],
        ["--master", "local", "--local-gpus", "x"],
    ],
)
def test_submissions_that_are_refused(words: list[str]) -> None:
    with pytest.raises(ConfigError):
        submit([*words, "--launch-cmd", "true"], "xl-submit")
