"""A warden in a process of its own: forks keepers, and kills what one leaves behind."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

from tests.local.node.conftest import eventually, none_left, processes_with
from tests.local.node.test_processes import bash, following
from xlearning.local.node.processes import WardenProcess

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_keeper_that_is_killed_takes_its_container_along(
    tmp_path: Path, marker: str
) -> None:
    async with WardenProcess() as warden:
        processes = await warden.launch(
            bash(f"setsid sleep {marker} & sleep {marker}; true", tmp_path)
        )
        async with following(processes):
            pid = await processes.started
            await eventually(lambda: len(processes_with(marker)) == 2)
            os.kill(psutil.Process(pid).ppid(), signal.SIGKILL)
            assert await processes.exited == 137
        await none_left(marker)


async def test_a_warden_that_is_killed_is_replaced(tmp_path: Path) -> None:
    async with WardenProcess() as warden:
        first = await warden.launch(bash("exec sleep 300", tmp_path))
        async with following(first):
            pid = await first.started
            killed = psutil.Process(pid).parents()[1]
            killed.kill()
            with suppress(psutil.NoSuchProcess):
                await eventually(lambda: killed.status() == psutil.STATUS_ZOMBIE)
            second = await warden.launch(bash("exit 4", tmp_path))
            async with following(second):
                assert await second.exited == 4
            first.stop()
            assert await first.exited == 143
