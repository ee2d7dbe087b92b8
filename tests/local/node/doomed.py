"""A server that runs jobs until it is killed.

`doomed.py FOLDER MARKER PATIENCE_S [COMMAND]`: many jobs, or the one given.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from tests.local.node.conftest import node_spec, order
from xlearning.local.node.manager import ContainerEnded, NodeManager, NodeOptions

EVERY_S = 0.03


def commands(marker: str) -> list[str]:
    """Return jobs that do what they can to stay."""
    return [
        f"exec sleep {marker}",
        f"trap '' TERM INT HUP; sleep {marker}; true",
        f"setsid sleep {marker} & setsid nohup sleep {marker} & exit 0",
        f"(setsid bash -c 'setsid sleep {marker} & sleep {marker}' &); sleep {marker}",
        f"for i in 1 2 3 4; do sleep {marker} & done; wait",
    ]


async def main() -> None:
    """Start one job after the other."""
    folder, marker, patience_s = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])

    def ended(end: ContainerEnded) -> None:
        assert end.container_id

    options = NodeOptions(sigkill_delay_s=5, patience_s=patience_s)
    manager = NodeManager(node_spec(folder), ended, options)
    async with asyncio.TaskGroup() as group:
        group.create_task(manager.run())
        await manager.ready.wait()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        given = sys.argv[4:]
        jobs = given or itertools.cycle(commands(marker))
        for number, command in enumerate(jobs, 1):
            manager.start(order(command, number=number))
            await asyncio.sleep(EVERY_S)


if __name__ == "__main__":
    asyncio.run(main())
