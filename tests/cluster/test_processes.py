from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import psutil
import pytest

from xlearning.cluster import processes
from xlearning.cluster.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WAIT = "echo up; read line"
STUBBORN = 'trap "" TERM; echo up; read line'


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Run a shell script with arguments of its own; it waits until the test ends."""
    started: list[subprocess.Popen[bytes]] = []

    def run(
        script: str, *arguments: str, env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            ["/bin/sh", "-c", script, "sh", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def test_daemons_are_known_by_their_mark(
    tmp_path: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    mine, other = Layout(tmp_path / "c"), Layout(tmp_path / "c2")
    process = start(WAIT, processes.daemon_mark(mine, "nodemanager1"))
    start(WAIT, processes.daemon_mark(other, "nodemanager2"))
    found = processes.living_daemons(mine)
    assert {name: one.pid for name, one in found.items()} == {
        "nodemanager1": process.pid
    }


def test_a_dead_daemon_is_not_alive_before_it_is_reaped(
    tmp_path: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    layout = Layout(tmp_path)
    process = start(WAIT, processes.daemon_mark(layout, "namenode"))
    [seen] = processes.living_daemons(layout).values()
    assert processes.is_alive(seen)
    process.kill()
    assert processes.wait_gone([seen], 10) == []
    assert not processes.is_alive(seen)
    process.wait()
    assert not processes.is_alive(seen)
    assert processes.living_daemons(layout) == {}


def test_a_process_that_ends_when_asked_is_not_killed(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    process = start(WAIT)
    assert processes.end([psutil.Process(process.pid)], grace_s=10) == []
    assert process.wait() == -signal.SIGTERM


def test_a_process_that_does_not_end_is_killed(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    process = start(STUBBORN)
    seen = psutil.Process(process.pid)
    assert processes.end([seen], grace_s=0.1) == [seen]
    assert process.wait() == -signal.SIGKILL


def test_a_recycled_process_id_is_not_signalled(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    """psutil compares the start times: what it saw before is another process."""
    first = start(WAIT)
    seen = psutil.Process(first.pid)
    first.kill()
    first.wait()
    assert processes.end([seen], grace_s=0.1) == []
    processes.kill([seen])


def test_all_that_is_left_of_containers_is_found(
    tmp_path: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    layout = Layout(tmp_path)
    folder = str(layout.data / "nodemanager1" / "local" / "app")
    container = start(
        "env -u LOCAL_DIRS -u LOG_DIRS sh -c 'echo up; read line'; :",
        env={"LOCAL_DIRS": folder},
    )
    start(WAIT, env={"LOCAL_DIRS": f"{layout.data}-of-another-cluster/local"})
    start(WAIT, folder)
    left = processes.container_processes(layout)
    children = psutil.Process(container.pid).children(recursive=True)
    assert {one.pid for one in left} == {container.pid, *(one.pid for one in children)}
    assert len(left) == 2


def test_last_lines_are_those_of_this_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("old\n")
    offset = log.stat().st_size
    with log.open("a") as file:
        file.write(
            "one\n\nCaused by: two\n\tat a.B.c(B.java:1)\n\t... 6 more\n"
            "2026 INFO x: SHUTDOWN_MSG: \n/*****************\n*****************/\n"
        )
    assert processes.last_lines(log, offset, 9) == ["one", "Caused by: two"]
    assert processes.last_lines(log, offset, 1) == ["Caused by: two"]
    assert processes.last_lines(tmp_path / "none", 0, 9) == []


def test_a_log_that_was_rolled_over_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("new\n")
    assert processes.last_lines(log, 1000, 9) == ["new"]
