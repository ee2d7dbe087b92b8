from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.cli.test_jobs import Capture, cluster, rest, script
from tests.client.conftest import APPLICATION, Script
from tests.client.test_saves import COMPLETE, FAILED
from tests.client.test_watch import snapshot
from tests.io.conftest import Place
from tests.io.test_saves import Maker
from xlearning.cli.main import run
from xlearning.io.local_storage import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["cluster", "rest", "script"]  # fixtures


@pytest.fixture
def saved(cluster: Script) -> Script:
    """Return a running job with a save that failed and one that did not."""
    cluster.states = ["RUNNING"]
    failed = msgspec.structs.replace(FAILED, number=3)
    complete = msgspec.structs.replace(COMPLETE, urls=("hdfs://nn/o/interResult_1",))
    saves = (failed, complete)
    cluster.snapshot = msgspec.structs.replace(snapshot(), saves=saves)
    return cluster


def test_a_save_is_asked_for(saved: Script, capsys: Capture) -> None:
    assert run(["save", APPLICATION]) == 0
    assert f"xl saves {APPLICATION}" in capsys.readouterr().err
    assert run(["save", APPLICATION, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"application_id": APPLICATION, "number": 4}


def test_a_save_is_waited_for(saved: Script, capsys: Capture) -> None:
    assert run(["save", APPLICATION, "--wait"]) == 0
    said = capsys.readouterr()
    assert said.out == "hdfs://nn/o/interResult_1\n"
    assert "saved the model completed! 3 files" in said.err
    assert run(["save", APPLICATION, "--wait", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "COMPLETE"


def test_the_saves_of_a_job(saved: Script, capsys: Capture) -> None:
    assert run(["saves", APPLICATION]) == 0
    _, newest, oldest = capsys.readouterr().out.splitlines()
    assert ("COMPLETE" in newest, "FAILED" in oldest) == (True, True)
    assert run(["saves", APPLICATION, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [save["number"] for save in shown] == [4, 3]


def test_the_saves_of_an_output(
    cluster: Script, tmp_path: Path, capsys: Capture
) -> None:
    maker = Maker(Place(LocalStorage(), str(tmp_path)))
    (tmp_path / "out").mkdir()
    assert run(["saves", str(tmp_path / "out")]) == 0
    assert "no saves" in capsys.readouterr().err
    maker.make(0, {"a": "1"})
    assert run(["saves", str(tmp_path / "out")]) == 0
    assert maker.url(0) in capsys.readouterr().out
    assert cluster.asked == []
