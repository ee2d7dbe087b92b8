"""Ends what the agent leaves behind when it is killed. Standard library only.

A process that gets KILL cannot clean up. The kernel kills the trainer's first process
with the agent (`shim`), YARN kills the rest of the process group, and this small
process, in a session of its own, kills what is left: everything that has the
container's id in its environment, but for the shells above the agent, whose end is the
container's exit status. Run as `python -I -S keeper.py CONTAINER_ID ANCESTOR …`; it
ends when its stdin does, which happens when the agent ends, however that is.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

ROUNDS = 20
"""What forks faster than it is killed is given up after so many."""


def main(container_id: str, spared: frozenset[int]) -> None:
    """Wait for the agent's end, then kill what is left of its container.

    Args:
        container_id: What the processes of the container are known by.
        spared: The agent's ancestors. The agent tells them: when this process looks,
            it may have died already.
    """
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    mark = b"\0CONTAINER_ID=" + os.fsencode(container_id) + b"\0"
    for _ in range(ROUNDS):
        if kill_marked(mark, spared) == 0:
            return


def ancestors(pid: int) -> list[int]:
    """Return the processes above one, from its parent on.

    YARN's `default_container_executor.sh` has the variables of its container too.
    """
    found: list[int] = []
    with suppress(OSError, ValueError):
        while pid > 1:
            with open(f"/proc/{pid}/stat", "rb") as file:
                # The name before the last parenthesis may hold blanks.
                pid = int(file.read().rpartition(b")")[2].split()[1])
            found.append(pid)
    return found


def kill_marked(mark: bytes, spared: frozenset[int] = frozenset()) -> int:
    """Kill all processes but this one with `mark` in their environment, once each.

    Zombies have an empty environment, so that the killed are not counted again.
    """
    count = 0
    for name in os.listdir("/proc"):
        if not name.isdecimal() or int(name) in (os.getpid(), *spared):
            continue
        with suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:
            if mark in b"\0" + file.read() + b"\0":
                os.kill(int(name), signal.SIGKILL)
                count += 1
    return count


if __name__ == "__main__":
    main(sys.argv[1], frozenset(map(int, sys.argv[2:])))
