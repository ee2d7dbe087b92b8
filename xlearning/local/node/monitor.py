"""Ends containers that use more memory than they asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from xlearning.local.node.memory import Excess, Limits, excess
from xlearning.local.node.usage import PAGE_BYTES, tree_usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.local.node.container import NodeContainer
    from xlearning.local.node.spec import NodeOptions


async def watch_memory(
    running: Callable[[], list[NodeContainer]], options: NodeOptions
) -> None:
    """Measure all running containers again and again; only wait if not enforced."""
    if not options.memory_enforced:
        await asyncio.Event().wait()
    aged: dict[str, frozenset[int]] = {}
    while True:
        await asyncio.sleep(options.monitor_interval_s)
        seen: dict[str, frozenset[int]] = {}
        for container in running():
            name = container.start.container_id
            found, seen[name] = await asyncio.to_thread(
                _measure, container, aged.get(name, frozenset()), options
            )
            if found is not None:
                container.stop(found.exit_status, found.statement)
        aged = seen


def _measure(
    container: NodeContainer, aged: frozenset[int], options: NodeOptions
) -> tuple[Excess | None, frozenset[int]]:
    """Return what a container used too much of, and which processes it has."""
    allowed = container.start.memory_mb << 20
    ratio = options.vmem_ratio
    limits = Limits(
        allowed, None if ratio is None else int(allowed * ratio), PAGE_BYTES
    )
    leader = container.pid or 0
    tree = tree_usage(leader)
    found = excess(container.start.container_id, leader, tree, aged, limits)
    return found, frozenset(process.pid for process in tree)
