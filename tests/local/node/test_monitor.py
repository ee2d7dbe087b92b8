"""Real processes that use too much memory."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.local.node.conftest import order, running

if TYPE_CHECKING:
    from pathlib import Path


def eater(megabytes: int) -> str:
    """Return a command that takes memory and keeps it."""
    code = f"import time; x = bytes([1]) * ({megabytes} << 20); time.sleep(300)"
    return f"exec {sys.executable} -S -c '{code}' 1><LOG_DIR>/stdout"


async def test_a_container_over_its_limit_is_ended(tmp_path: Path) -> None:
    async with running(tmp_path, memory_enforced=True, monitor_interval_s=0.05) as node:
        end = await node.outcome(order(eater(200)))
    assert end.exit_status == -104
    assert "beyond the 'PHYSICAL' memory limit. Current usage: " in end.diagnostics
    assert "of 128 MB physical memory used; " in end.diagnostics
    assert "(python" in end.diagnostics
    assert "Exit code is 143\n" in end.diagnostics


async def test_a_limit_for_addresses(tmp_path: Path) -> None:
    async with running(
        tmp_path, memory_enforced=True, monitor_interval_s=0.05, vmem_ratio=0.05
    ) as node:
        end = await node.outcome(order(eater(1)))
    assert end.exit_status == -103


async def test_yarns_default_is_no_limit(tmp_path: Path) -> None:
    async with running(tmp_path, monitor_interval_s=0.01) as node:
        name = node.start(order(f"echo up > <LOG_DIR>/up; {eater(200)}"))
        await node.log(name, "up")
        assert node.manager.containers() == (name,)
