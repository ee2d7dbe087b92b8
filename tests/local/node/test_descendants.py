"""Going down the tree of processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from xlearning.local.node import descendants


def test_children_and_their_children_are_found() -> None:
    command = ["/bin/bash", "-c", "setsid sleep 300 & echo; wait"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as shell:
        assert shell.stdout is not None
        shell.stdout.readline()
        found = list(descendants.descendants(os.getpid()))
        assert shell.pid in found
        below = list(descendants.descendants(shell.pid))
        assert len(below) == 1
        assert below[0] in found
        descendants.send(below[0], signal.SIGKILL)
        assert shell.wait() == 0


def test_a_process_that_is_gone_has_none() -> None:
    with subprocess.Popen(["true"]) as process:
        pass
    assert list(descendants.descendants(process.pid)) == []
    descendants.send(process.pid, signal.SIGTERM)


PROGRAM = """
import os, signal, sys
from xlearning.local.node import descendants
descendants.adopt_orphans()
if os.fork() == 0:
    if os.fork() == 0:
        os.setsid()
        signal.pause()
    os._exit(3)
os.waitpid(-1, 0)
left = list(descendants.descendants(os.getpid()))
descendants.terminate(os.getpid(), 12345)
os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
print(len(left))
try:
    for pid, code in descendants.reap():
        print(code)
except ChildProcessError:
    print("none")
"""


def test_an_orphan_in_another_session_is_adopted_and_ended() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "143", "none"]


def test_a_process_dies_with_its_parent() -> None:
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os\nfrom xlearning.local.node import descendants\n"
            "descendants.die_with(os.getppid() + 1)",
        ]
    ) as process:
        assert process.wait() == 128 + signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_group_is_ended(number: signal.Signals) -> None:
    command = ["/bin/bash", "-c", "sleep 300 & echo; wait"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, start_new_session=True
    ) as shell:
        assert shell.stdout is not None
        shell.stdout.readline()
        if number is signal.SIGTERM:
            descendants.terminate(os.getpid(), shell.pid)
        else:
            descendants.kill(os.getpid())
        assert shell.wait() == -number
