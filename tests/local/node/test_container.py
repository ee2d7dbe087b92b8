"""A container's life on a running node, in YARN's words."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING

import pytest

from tests.local.node.conftest import (
    container_id,
    eventually,
    none_left,
    order,
    processes_with,
    running,
)
from xlearning.hadoop.launch_context import (
    LocalResource,
    LocalResourceType,
    command_line,
    environment_value,
)

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.local.node.spec import ContainerEnded

NASTY = """it's "a" $HOME `b` \\ {{HOME}} <LOG_DIR> <CPS> ü\n"""


def words(end: ContainerEnded) -> str:
    """Return the diagnostics with `[t]` for every time."""
    return re.sub(r"\[\d{4}-\d\d-\d\d [\d:]{8}\.\d{3}\]", "[t]", end.diagnostics)


async def test_success_has_no_words(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        end = await node.outcome(order("true"))
    assert (end.exit_status, end.diagnostics) == (0, "")


async def test_text_comes_out_as_it_went_in(tmp_path: Path) -> None:
    argv = ["/usr/bin/printf", "%s|%s", NASTY, ""]
    start = order(
        command_line(["/bin/sh", "-c", '"$@"; printf %s "$X"', "", *argv])
        + " 1><LOG_DIR>/stdout",
        environment={"X": environment_value(NASTY)},
    )
    async with running(tmp_path) as node:
        assert (await node.outcome(start)).exit_status == 0
        found = node.manager.read_log(start.container_id, "stdout").decode()
    assert found == f"{NASTY}|{NASTY}"


async def test_variables_are_evaluated_as_in_yarn(tmp_path: Path) -> None:
    # What a container of Hadoop 3.5.0 saw of the same variables.
    start = order(
        "env > <LOG_DIR>/stdout",
        environment={
            "XX": "/x:$XX",
            "ZZ": "$AA-${BB}",
            "AA": "1{{USER}}",
            "BB": "$HOME",
            "HOME": "no",
        },
    )
    async with running(tmp_path, environment={"PATH": "/node"}) as node:
        await node.outcome(start)
        lines = node.manager.read_log(start.container_id, "stdout").decode().split("\n")
    seen = dict(line.split("=", 1) for line in lines if line)
    assert seen["XX"] == "/x:/x:$XX"
    assert seen["ZZ"] == "1alice-/home/"
    assert seen["PATH"].startswith("/usr/local/bin:/usr/local/sbin:")
    assert seen["JVM_PID"].isdecimal()


async def test_an_exit_code_with_its_errors(tmp_path: Path) -> None:
    start = order("echo one >&2; echo boom-err >'<LOG_DIR>/stderr'; exit 3")
    async with running(tmp_path) as node:
        end = await node.outcome(start)
    second = (
        "[t]Container exited with a non-zero exit code 3. Error file: prelaunch.err.\n"
        "Last 4096 bytes of prelaunch.err :\none\n"
        "Last 4096 bytes of stderr :\nboom-err\n\n\n"
    )
    assert end.exit_status == 3
    assert words(end) == (
        "[t]Exception from container-launch.\n"
        f"Container id: {container_id(1)}\nExit code: 3\n\n{second}{second}"
    )


async def test_a_bad_name_of_a_variable(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        end = await node.outcome(order(environment={"A.B": "c"}))
    assert end.exit_status == 1
    assert "export: `A.B=c': not a valid identifier" in end.diagnostics


async def test_a_path_without_setsid(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        end = await node.outcome(order(environment={"PATH": "/x:$PATH"}))
    assert end.exit_status == 127
    assert "_session.sh: line 5: exec: setsid: not found\n" in end.diagnostics
    assert "prelaunch.err" not in end.diagnostics


@pytest.mark.parametrize(("signal", "code"), [("KILL", 137), ("TERM", 143)])
async def test_a_signal_from_elsewhere(tmp_path: Path, signal: str, code: int) -> None:
    async with running(tmp_path) as node:
        end = await node.outcome(order(f"kill -{signal} $$; sleep 300"))
    assert end.exit_status == code
    assert words(end) == (
        f"[t]Container killed on request. Exit code is {code}\n"
        f"[t]Container exited with a non-zero exit code {code}. \n"
        "[t]Killed by external signal\n"
    )


async def test_a_crash_is_an_exit_code(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        end = await node.outcome(order("exec bash -c 'kill -SEGV \\$\\$'"))
    assert end.exit_status == 139
    assert words(end).startswith("[t]Exception from container-launch.")


async def test_stop(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        name = node.start(order("echo up 1><LOG_DIR>/stdout; sleep 300; true"))
        await node.log(name, "stdout")
        assert node.manager.stop(name)
        end = await node.end(name)
        assert node.manager.stop(name)
    assert end.exit_status == -105
    assert words(end) == (
        "[t]Container killed by the ApplicationMaster.\n"
        "[t]Container killed on request. Exit code is 143\n"
        "[t]Container exited with a non-zero exit code 143. \n"
    )


async def test_what_does_not_listen_is_killed(tmp_path: Path, marker: str) -> None:
    command = f"trap '' TERM; echo > <LOG_DIR>/stdout; setsid sleep {marker} & wait"
    async with running(tmp_path, sigkill_delay_s=0.1) as node:
        name = node.start(order(command))
        await eventually(lambda: processes_with(marker) != [])
        node.manager.stop(name, -102)
        end = await node.end(name)
        await none_left(marker)
    assert end.exit_status == -102
    assert words(end).startswith("[t]Container preempted by scheduler\n")
    assert "Exit code is 137" in end.diagnostics


@pytest.mark.parametrize(
    ("code", "second"),
    [
        (0, ""),
        (
            5,
            "[t]Exception from container-launch.\n"
            f"Container id: {container_id(1)}\nExit code: 5\n\n"
            "[t]Container exited with a non-zero exit code 5. Error file:"
            " prelaunch.err.\nLast 4096 bytes of prelaunch.err :\n\n",
        ),
    ],
)
async def test_who_ends_in_his_own_way_when_told_to(
    tmp_path: Path, code: int, second: str
) -> None:
    # Status and words are those of Hadoop 3.5.0 for the same container.
    command = f"trap 'exit {code}' TERM; echo > <LOG_DIR>/up; sleep 300 & wait"
    async with running(tmp_path) as node:
        name = node.start(order(command))
        await node.log(name, "up")
        node.manager.stop(name)
        assert node.manager.status(name).exit_status == -105
        end = await node.end(name)
    assert end.exit_status == code
    assert words(end) == f"[t]Container killed by the ApplicationMaster.\n{second}"


async def test_stop_before_there_is_a_process(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        name = node.start(order("sleep 300"))
        node.manager.stop(name)
        end = await node.end(name)
    assert end.exit_status == -105
    assert words(end) == (
        "[t]Container killed by the ApplicationMaster.\n"
        "[t]Container is killed before being launched.\n"
    )


async def test_stop_while_files_are_fetched(tmp_path: Path) -> None:
    fifo = tmp_path / "never.tar"
    os.mkfifo(fifo)
    timestamp_ms = fifo.stat().st_mtime_ns // 1_000_000
    never = LocalResource(f"file://{fifo}", 1, timestamp_ms, LocalResourceType.ARCHIVE)
    async with running(tmp_path) as node:
        name = node.start(order(resources={"x": never}))
        await eventually(lambda: any((tmp_path / "local").glob("**/*_tmp")))
        report = node.manager.report(name)
        assert report is not None
        assert report.state == "LOCALIZING"
        node.manager.stop(name)
        end = await node.end(name)
        with fifo.open("wb"):
            pass
    assert (end.exit_status, words(end)) == (
        -105,
        "[t]Container killed by the ApplicationMaster.\n",
    )


async def test_files_are_linked(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("content")
    resource = LocalResource(f"file://{file}", 7, file.stat().st_mtime_ns // 1_000_000)
    start = order("cat sub/link > <LOG_DIR>/stdout", resources={"sub/link": resource})
    async with running(tmp_path) as node:
        assert (await node.outcome(start)).exit_status == 0
        assert node.manager.read_log(start.container_id, "stdout") == b"content"
        listing = node.manager.read_log(start.container_id, "directory.info").decode()
    assert "./sub/link" in listing


async def test_a_missing_file(tmp_path: Path) -> None:
    missing = LocalResource("file:///no/such", 1, 5)
    async with running(tmp_path) as node:
        end = await node.outcome(order(resources={"x": missing}))
    assert end.exit_status == -1000
    assert words(end) == (
        "[t]File file:/no/such does not exist\n"
        "java.io.FileNotFoundException: File file:/no/such does not exist\n\n"
    )


async def test_a_disk_that_refuses(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        (tmp_path / "logs").rmdir()
        (tmp_path / "logs").write_text("in the way")
        end = await node.outcome(order())
    assert end.exit_status == -1
    assert "logs" in end.diagnostics


async def test_the_end_is_told_before_all_is_gone(tmp_path: Path, marker: str) -> None:
    # As YARN does: the container has ended when its first process has.
    command = f"(trap '' TERM; sleep {marker}; sleep {marker}) & sleep 0.1; exit 0"
    async with running(tmp_path, sigkill_delay_s=0.5) as node:
        end = await node.outcome(order(command))
        assert end.exit_status == 0
        assert processes_with(marker) != []
        await none_left(marker)


async def test_many_at_a_time(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        names = [node.start(order("exit 7", number=n)) for n in range(1, 33)]
        ends = await asyncio.gather(*map(node.end, names))
    assert {end.exit_status for end in ends} == {7}
