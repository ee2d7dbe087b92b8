"""XGBoost: a tracker of its own, and workers that are told where it is."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConfigError
from xlearning.frameworks.base import ClusterView
from xlearning.frameworks.xgboost import PROGRAM, XGBoost
from xlearning.job.ids import TaskId

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xlearning.job.spec import JobSpec

    Maker = Callable[..., JobSpec]

VIEW = ClusterView(1, {"worker": ("", ""), "tracker": ("10.0.0.3:20002",)})
TRACKER = TaskId("tracker", 0)


def test_the_tracker_is_a_task_that_serves(job: Maker) -> None:
    complete = XGBoost().complete(job(worker=2))
    assert [role.name for role in complete.roles] == ["worker", "tracker"]
    shape = XGBoost().shape(complete)
    assert (shape.ports, shape.services) == ({"tracker": 1}, frozenset({"tracker"}))
    assert shape.numeric, "DMLC_TRACKER_URI was an address"


def test_a_job_without_workers_is_refused(job: Maker) -> None:
    with pytest.raises(ConfigError, match="nobody ends the job"):
        XGBoost().complete(job(tracker=1))


def test_workers_are_told_where_it_is(job: Maker) -> None:
    complete = XGBoost().complete(job(worker=2))
    told = XGBoost().launch(complete, VIEW, TaskId("worker", 1)).environment
    dmlc = {name: value for name, value in told.items() if name.startswith("DMLC")}
    assert dmlc == {
        "DMLC_TRACKER_URI": "10.0.0.3",
        "DMLC_TRACKER_PORT": "20002",
        "DMLC_NUM_WORKER": "2",
        "DMLC_TASK_ID": "1",
        "DMLC_ROLE": "worker",
    }


NEW = """
import socket
try:
    socket.socket().bind(("127.0.0.1", 20002))
except OSError:
    print("held")
class RabitTracker:
    def __init__(self, n_workers, host_ip, port=0, *, sortby="host", timeout=0):
        print(n_workers, host_ip, port, sortby)
    def start(self):
        print("started")
    def wait_for(self, timeout=None):
        print("waited")
"""
OLD = """
class RabitTracker:
    def __init__(self, host_ip, n_workers, port=0, use_logger=False, sortby="host"):
        print(n_workers, host_ip, port, sortby)
    def start(self, nslave):
        print("started")
    def join(self):
        print("waited")
"""


@pytest.mark.parametrize("module", [NEW, OLD], ids=["from 2.1 on", "before"])
def test_the_tracker_is_started_as_its_version_wants(
    job: Maker, tmp_path: Path, module: str
) -> None:
    complete = XGBoost().complete(job(worker=2))
    launch = XGBoost().launch(complete, VIEW, TRACKER)
    assert launch.command == ("python", PROGRAM)
    assert launch.release_ports, "its server does not share a port that is held"
    (tmp_path / "xgboost").mkdir()
    (tmp_path / "xgboost" / "__init__.py").touch()
    (tmp_path / "xgboost" / "tracker.py").write_text(module, "utf-8")
    (tmp_path / PROGRAM).write_text(launch.files[PROGRAM], "utf-8")
    said = subprocess.run(
        [sys.executable, PROGRAM],
        cwd=tmp_path,
        env=launch.environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    held = "held\n" if module is NEW else ""
    assert said == f"{held}2 10.0.0.3 20002 task\nstarted\nwaited\n"
