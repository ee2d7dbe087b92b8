"""Containers' processes through a real warden."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psutil

from tests.local.node.conftest import TIMEOUT_S, eventually, processes_with
from xlearning.local.node.processes import ContainerProcesses, WardenProcess
from xlearning.local.node.protocol import Order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


def bash(script: str, folder: Path, delay_s: float = 20.0) -> Order:
    """Return an order to run a script."""
    command = ["/bin/bash", "-c", script]
    return Order(command, {}, str(folder), str(folder / "errors"), delay_s)


@asynccontextmanager
async def following(processes: ContainerProcesses) -> AsyncIterator[None]:
    """Take the keeper's reports while a block of code runs."""
    async with asyncio.timeout(TIMEOUT_S), asyncio.TaskGroup() as group:
        task = group.create_task(processes.follow())
        yield
        await task


async def test_a_start_and_an_end(tmp_path: Path) -> None:
    async with WardenProcess() as warden:
        processes = await warden.launch(bash("exit 3", tmp_path))
        async with following(processes):
            assert await processes.started > 0
            assert await processes.exited == 3
        assert processes.gone.is_set()


async def test_stop_and_kill(tmp_path: Path, marker: str) -> None:
    async with WardenProcess() as warden:
        stopped = await warden.launch(bash(f"exec sleep {marker}", tmp_path))
        killed = await warden.launch(bash(f"trap '' TERM; sleep {marker}", tmp_path))
        async with following(stopped), following(killed):
            await stopped.started
            await killed.started
            await eventually(lambda: len(processes_with(marker)) == 2)
            stopped.stop()
            killed.kill()
            assert await stopped.exited == 143
            assert await killed.exited == 137


async def test_many_at_a_time(tmp_path: Path) -> None:
    async with WardenProcess() as warden, asyncio.TaskGroup() as group:
        launched = [
            await warden.launch(bash(f"exit {number}", tmp_path))
            for number in range(40)
        ]
        for processes in launched:
            group.create_task(processes.follow())
        codes = [await processes.exited for processes in launched]
    assert codes == list(range(40))


async def test_an_environment_of_any_size(tmp_path: Path) -> None:
    big = {f"V{number}": "x" * 100_000 for number in range(10)}
    command = ["/bin/bash", "-c", "exit ${#V9}"]
    order = Order(command, big, str(tmp_path), str(tmp_path / "errors"), 1)
    async with WardenProcess() as warden:
        processes = await warden.launch(order)
        async with following(processes):
            assert await processes.exited == 100_000 % 256


async def test_at_the_end_nothing_is_left(tmp_path: Path, marker: str) -> None:
    before = set(psutil.Process().children(recursive=True))
    async with WardenProcess() as warden:
        script = f"trap '' TERM; setsid sleep {marker} & sleep {marker}; true"
        kept = await warden.launch(bash(script, tmp_path))
        await eventually(lambda: len(processes_with(marker)) == 2)
        assert not kept.gone.is_set()
    assert set(psutil.Process().children(recursive=True)) <= before
    assert processes_with(marker) == []
