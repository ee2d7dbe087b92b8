from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from tests.client.conftest import APPLICATION, Script
from tests.client.test_watch import snapshot
from xlearning.client.follow import Follower
from xlearning.client.interrupts import Interrupts
from xlearning.client.watch import Watch
from xlearning.client.watch_events import Leave
from xlearning.errors import ClusterError

if TYPE_CHECKING:
    from xlearning.hadoop.rest import ResourceManagerRest


class Paper:
    """A screen that can be read afterwards."""

    def __init__(self, interrupt_at: str = "", number: int = signal.SIGINT) -> None:
        self.lines: list[str] = []
        self.drawn: list[tuple[float, str]] = []
        self.closed = False
        self._interrupt_at = interrupt_at
        self._number = number

    def say(self, text: str) -> None:
        self.lines.append(text)
        if self._interrupt_at and self._interrupt_at in text:
            self._interrupt_at = ""
            os.kill(os.getpid(), self._number)

    def draw(self, progress: float, text: str) -> None:
        self.drawn.append((progress, text))

    def ask(self) -> None:
        self.lines.append("?")

    def close(self) -> None:
        self.closed = True


def follow(rest: ResourceManagerRest, paper: Paper) -> Leave:
    watch = Watch(APPLICATION, poll_interval_s=0.25)
    with Interrupts() as interrupts:
        return Follower(watch, rest, paper).run(interrupts)


def test_a_job_is_followed_to_its_end(
    script: Script, rest: ResourceManagerRest
) -> None:
    script.snapshot = snapshot("XLearning application needs 1 worker container in fact")
    paper = Paper()
    assert follow(rest, paper) == Leave(0, ended=True)
    assert paper.closed
    assert paper.lines == [
        f"Application report for {APPLICATION} (state: ACCEPTED)",
        f"Application report for {APPLICATION} (state: RUNNING)",
        "XLearning application needs 1 worker container in fact",
        "Containers: 1 running",
        f"Application report for {APPLICATION} (state: FINISHED)",
        "Application completed successfully",
    ]


def test_ctrl_c_asks_the_master(script: Script, rest: ResourceManagerRest) -> None:
    script.snapshot = snapshot()
    script.states = ["RUNNING"]
    paper = Paper(interrupt_at="(state: RUNNING)")
    assert follow(rest, paper) == Leave(2, ended=True)
    assert script.bodies[0]["token"] == "t0ken"
    assert not any("PUT /ws" in asked for asked in script.asked)


def test_without_a_page_the_resourcemanager_is_asked(
    script: Script, rest: ResourceManagerRest
) -> None:
    script.states = ["RUNNING"]
    paper = Paper(interrupt_at="(state: RUNNING)")
    assert follow(rest, paper) == Leave(2, ended=True)
    assert script.asked[-2:] == [
        f"PUT /ws/v1/cluster/apps/{APPLICATION}/state",
        f"GET /ws/v1/cluster/apps/{APPLICATION}",
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_leave_it_running(
    script: Script, rest: ResourceManagerRest, number: signal.Signals
) -> None:
    script.states = ["RUNNING"]
    paper = Paper("(state: RUNNING)", number)
    assert follow(rest, paper) == Leave(1)
    assert f"xl status {APPLICATION}" in paper.lines[-1]
    assert not any(asked.startswith("PUT") for asked in script.asked)


def test_a_job_that_is_unknown_is_an_error(
    script: Script, rest: ResourceManagerRest
) -> None:
    watch = Watch("application_1700000000000_0099")
    with (
        Interrupts() as interrupts,
        pytest.raises(ClusterError, match="not found"),
    ):
        Follower(watch, rest, Paper()).run(interrupts)


def test_a_silent_resourcemanager_is_waited_for(
    script: Script, rest: ResourceManagerRest, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = threading.Event()
    answer = script.answer

    def broken(method: str, path: str, body: bytes) -> tuple[int, object]:
        if "apps/" in path and not down.is_set():
            down.set()
            return 503, None
        return answer(method, path, body)

    monkeypatch.setattr(script, "answer", broken)
    script.states = ["FINISHED"]
    paper = Paper()
    assert follow(rest, paper) == Leave(0, ended=True)
    assert "does not answer, trying on" in paper.lines[0]
    assert "answers again" in paper.lines[1]
