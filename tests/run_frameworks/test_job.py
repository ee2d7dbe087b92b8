from __future__ import annotations

from tests.run_frameworks.job import reason, results_in, start_of
from tests.run_frameworks.table import Start
from xlearning.am.events import AgentAttached, TaskReady, TaskRunning
from xlearning.am.journal import encode_line


def test_the_start_is_from_the_last_ready_to_the_last_running() -> None:
    lines = [
        encode_line(AgentAttached("c1"), 1.0),
        encode_line(TaskReady("c1", 0, "h:1"), 2.0),
        encode_line(TaskReady("c2", 0, "h:2"), 5.0),
        encode_line(TaskRunning("c2", 0), 5.125),
        encode_line(TaskRunning("c1", 0), 5.25),
    ]
    assert start_of(b"".join(lines).decode()) == Start(0.25, 2)
    assert start_of(lines[1].decode()) is None
    assert start_of("") is None


def test_results_are_found_behind_prefixes() -> None:
    lines = ["no result", 'result {"a": 1}', '[worker 0] result {"a": 2}', "result {"]
    assert results_in(lines) == [{"a": 1}, {"a": 2}]


def test_the_line_that_says_why() -> None:
    told = ["Got it", "Application run failed!", "worker 0 died", "", "hint: look"]
    assert reason([*told, "Removed what the job left: x"]) == "worker 0 died"
    assert reason(["error: no queue", "", "hint: b"]) == "error: no queue"
    assert reason(["NameError: x"]) == "NameError: x"
    assert reason([]) == "failed"
