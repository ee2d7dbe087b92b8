"""The node as a whole: refusals, questions, the end of applications, and of itself."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest
from psutil import Process

from tests.local.node.conftest import (
    APPLICATION,
    Node,
    container_id,
    eventually,
    none_left,
    order,
    processes_with,
    running,
)
from xlearning.errors import ClusterError
from xlearning.hadoop.records import ContainerState
from xlearning.io.aggregated_logs import LogFolder, list_logs
from xlearning.io.local_storage import LocalStorage
from xlearning.local.node.manager import NodeOptions

DOOMED = Path(__file__).with_name("doomed.py")
ROOT = Path(__file__).parents[3]
KILLS = 30
MOMENTS = random.Random(4)
START_LIMIT_S = 0.06


async def test_a_node_that_does_not_run_refuses(tmp_path: Path) -> None:
    node = Node(tmp_path, NodeOptions())
    with pytest.raises(ClusterError, match="Rejecting new containers") as caught:
        node.manager.start(order())
    assert caught.value.java_class.endswith("NMNotYetReadyException")
    await node.manager.application_ended(APPLICATION)


async def test_a_container_starts_once(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        await node.outcome(order())
        with pytest.raises(ClusterError, match="Unauthorized request") as caught:
            node.manager.start(order())
    assert caught.value.remote_text == (
        "Unauthorized request to start container.\n Attempt to relaunch the same"
        f" container with id {container_id(1)}"
    )


@pytest.mark.parametrize("user", ["", "..", "a/b"])
async def test_users_that_are_no_folders(tmp_path: Path, user: str) -> None:
    async with running(tmp_path) as node:
        with pytest.raises(ClusterError, match="Invalid user name"):
            node.manager.start(replace(order(), user=user))


async def test_statuses(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        name = node.start(order("echo > <LOG_DIR>/up; sleep 300"))
        await node.log(name, "up")
        status = node.manager.status(name)
        assert (status.state, status.exit_status) == (ContainerState.RUNNING, -1000)
        assert str(status.container_id) == name
        report = node.manager.report(name)
        assert report is not None
        assert report.state == "RUNNING"
        assert psutil.pid_exists(report.pid or 0)
        node.manager.stop(name)
        end = await node.end(name)
        status = node.manager.status(name)
        assert (status.state, status.exit_status) == (ContainerState.COMPLETE, -105)
        assert status.diagnostics == end.diagnostics
        await asyncio.sleep(1.05)  # what YARN remembers an end for
        with pytest.raises(ClusterError, match="recently stopped"):
            node.manager.status(name)


async def test_containers_that_were_never_here(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        name = container_id(9)
        assert not node.manager.stop(name)
        assert node.manager.report(name) is None
        assert node.manager.log_files(name) == ()
        with pytest.raises(ClusterError, match="not handled by this NodeManager"):
            node.manager.status(name)
        with pytest.raises(FileNotFoundError):
            node.manager.read_log(name, "stdout")


async def test_logs_while_it_runs(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        name = node.start(order("echo line > <LOG_DIR>/stdout; sleep 300"))
        assert await node.log(name, "stdout") == "line\n"
        assert node.manager.read_log(name, "stdout", 1, 2) == b"in"
        names = [file.name for file in node.manager.log_files(name)]
    assert names == [
        "directory.info",
        "launch_container.sh",
        "prelaunch.err",
        "prelaunch.out",
        "stdout",
    ]


async def test_the_end_of_an_application(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        ended = node.start(order("echo one > <LOG_DIR>/stdout"))
        await node.end(ended)
        left = node.start(order("echo two > <LOG_DIR>/stdout; sleep 300", number=2))
        await node.log(left, "stdout")
        await node.manager.application_ended(APPLICATION)
        end = await node.end(left)
        assert node.manager.log_files(left) == ()
        await node.manager.application_ended(APPLICATION)
    assert end.exit_status == -107
    assert "application-finish event" in end.diagnostics
    logs = list_logs(
        LocalStorage(), LogFolder(str(tmp_path / "remote"), "alice", APPLICATION)
    )
    assert {log.container_id for log in logs if log.name == "stdout"} == {ended, left}
    assert list((tmp_path / "logs").iterdir()) == []
    assert list((tmp_path / "local" / "usercache" / "alice").glob("*/*")) == []


async def test_a_later_server_collects_the_logs_of_a_killed_one(
    tmp_path: Path, marker: str
) -> None:
    server = await doomed(tmp_path, marker, "0", f"sleep {marker}")
    private = tmp_path / "local" / "nmPrivate" / container_id(1)
    await eventually((private / "pid").exists)
    server.kill()
    await server.wait()
    async with running(tmp_path) as node:
        await node.manager.application_ended(APPLICATION)
    folder = LogFolder(str(tmp_path / "remote"), "alice", APPLICATION)
    assert list_logs(LocalStorage(), folder) != ()


async def test_working_folders_go_with_containers(tmp_path: Path) -> None:
    work = tmp_path / "local" / "usercache" / "alice" / "appcache" / APPLICATION
    async with running(tmp_path) as node:
        await node.outcome(order("touch here; chmod 500 ."))
        await eventually(lambda: not (work / container_id(1)).exists())
    async with running(tmp_path, debug_delay_s=600) as node:
        await node.outcome(order("touch here"))
        assert (work / container_id(1) / "here").exists()


async def test_when_the_node_ends_nothing_is_left(tmp_path: Path, marker: str) -> None:
    async with running(tmp_path, sigkill_delay_s=60) as node:
        node.start(order(f"trap '' TERM; setsid sleep {marker} & sleep {marker}; true"))
        await eventually(lambda: len(processes_with(marker)) == 2)
    assert processes_with(marker) == []
    assert not node.manager.ready.is_set()


async def test_a_container_starts_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        took = []
        for number in range(1, 8):
            begun = time.time()
            start = order("date +%s.%N > <LOG_DIR>/stdout", number=number)
            await node.outcome(start)
            text = node.manager.read_log(start.container_id, "stdout")
            took.append(float(text) - begun)
    assert sorted(took)[len(took) // 2] < START_LIMIT_S


def all_gone(processes: list[psutil.Process]) -> bool:
    """Say whether all have ended; who adopted them may be slow to take note."""
    return not any(map(lives, processes))


def lives(process: psutil.Process) -> bool:
    """Say whether a process has not ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def doomed(folder: Path, *words: str) -> asyncio.subprocess.Process:
    """Start a server that will be killed."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *(str(DOOMED), str(folder), *words),
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT)},
    )


async def killed_server(folder: Path, marker: str, patience_s: float) -> list[Process]:
    """Run a server with jobs, kill it, and return what was below it."""
    server = await doomed(folder, marker, str(patience_s))
    assert server.stdout is not None
    moment = MOMENTS.uniform(0, 0.25)
    if MOMENTS.random() < 0.8:  # else it may be killed before it is up
        assert await server.stdout.readline() == b"ready\n"
    await asyncio.sleep(moment)
    below = Process(server.pid).children(recursive=True)
    server.kill()
    await server.wait()
    return below


async def test_a_server_killed_at_any_moment_leaves_no_process_for_long(
    tmp_path: Path, marker: str
) -> None:
    for number in range(KILLS // 2):
        below = await killed_server(tmp_path / str(number), marker, 0.1)
        await none_left(marker)
        await eventually(partial(all_gone, below))


async def test_the_next_server_has_all_that_a_killed_one_had(
    tmp_path: Path, marker: str
) -> None:
    for number in range(KILLS // 2):
        folder = tmp_path / str(number)
        below = await killed_server(folder, marker, 60.0)
        private = folder / "local" / "nmPrivate"
        records = [each.parent.name for each in private.glob("*/container.json")]
        lasting = lasting_leaders(private)
        async with running(folder) as node:
            assert sorted(node.found) == sorted(records)
            assert lasting <= lasting_leaders(private)
        await none_left(marker)
        await eventually(partial(all_gone, below))


def lasting_leaders(private: Path) -> set[int]:
    """Return the first processes of the jobs that do not end by themselves."""
    files = [
        each for each in private.glob("*/pid") if int(each.parent.name[-6:]) % 5 != 3
    ]
    return {int(each.read_text() or 0) for each in files} & set(psutil.pids())


async def test_an_end_that_nobody_saw_is_told_by_the_next_server(
    tmp_path: Path,
) -> None:
    command = f"until [ -e {tmp_path}/go ]; do sleep 0.01; done; exit 7"
    server = await doomed(tmp_path, "", "60", command)
    private = tmp_path / "local" / "nmPrivate" / container_id(1)
    await eventually((private / "pid").exists)
    server.kill()
    await server.wait()
    (tmp_path / "go").touch()
    await eventually((private / "exit").exists)
    async with running(tmp_path) as node:
        assert node.found == [container_id(1)]
        assert (await node.end(container_id(1))).exit_status == 7
        await eventually(lambda: not private.exists())
