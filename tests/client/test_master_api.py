from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.client.conftest import APPLICATION, Script
from tests.client.test_watch import snapshot
from xlearning.client.master_api import LogPiece, MasterApi
from xlearning.errors import ClusterError, ConnectionLost

if TYPE_CHECKING:
    from xlearning.hadoop.rest import ResourceManagerRest


@pytest.fixture
def master(script: Script, rest: ResourceManagerRest) -> MasterApi:
    script.snapshot = snapshot("ü")
    return MasterApi(rest, f"{script.url}/proxy/{APPLICATION}/")


def test_a_snapshot_is_read(master: MasterApi, script: Script) -> None:
    assert master.snapshot(since=3) == script.snapshot


def test_stop_sends_the_sessions_token(master: MasterApi, script: Script) -> None:
    master.stop("bye ü")
    assert script.bodies == [{"token": "t0ken", "reason": "bye ü"}]


def test_a_save_has_a_number(master: MasterApi, script: Script) -> None:
    assert master.save() == 4
    assert script.bodies == [{"token": "t0ken"}]


def test_logs_come_in_pieces(master: MasterApi, script: Script) -> None:
    script.logs["worker-0", "stdout"] = b"0123456789"
    piece = master.log("worker-0", "stdout", 4, 100)
    assert (piece.offset, piece.size, piece.content) == (4, 10, b"45678")


def test_a_refusal_carries_the_masters_words(master: MasterApi) -> None:
    with pytest.raises(ClusterError, match="no stderr"):
        master.log("worker-0", "stderr", 0, 100)


def test_an_answer_of_another_kind_is_no_answer(
    master: MasterApi, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "answer", lambda *_: (200, {"cursor": "x"}))
    with pytest.raises(ConnectionLost, match="does not answer as expected"):
        master.snapshot()


def test_damaged_bytes_are_no_log() -> None:
    with pytest.raises(ConnectionLost, match="damaged"):
        LogPiece(0, 1, "?").content  # noqa: B018
