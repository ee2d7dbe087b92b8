"""The process that outlives a killed agent, for a moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from xlearning.container import keeper
from xlearning.container.keeper import kill_marked

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = f"container_{os.getpid()}_0001_01_000007"
SLEEPS = ["sleep", "600"]


def sleeper(container_id: str) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, in a container."""
    environment = {**os.environ, "CONTAINER_ID": container_id}
    return subprocess.Popen(SLEEPS, env=environment, start_new_session=True)


@pytest.fixture
def inside() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the container."""
    process = sleeper(MARK)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def outside() -> Iterator[subprocess.Popen[bytes]]:
    """A process of a container with a name that begins alike."""
    process = sleeper(MARK + "1")
    yield process
    process.kill()
    process.wait()


def test_a_keeper_kills_its_container_when_the_agent_ends(
    inside: subprocess.Popen[bytes], outside: subprocess.Popen[bytes]
) -> None:
    command = [sys.executable, "-I", "-S", keeper.__file__, MARK]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert inside.poll() is None
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0
    assert inside.wait(20) == -signal.SIGKILL
    assert outside.poll() is None


def test_the_killed_are_not_counted_again(inside: subprocess.Popen[bytes]) -> None:
    mark = b"\0CONTAINER_ID=" + MARK.encode() + b"\0"
    assert kill_marked(mark) == 1
    os.waitid(os.P_PID, inside.pid, os.WEXITED | os.WNOWAIT)  # a zombie now
    assert kill_marked(mark) == 0


def test_the_shell_that_yarn_waits_for_is_spared() -> None:
    above = keeper.ancestors(os.getpid())
    assert above[0] == os.getppid()
    assert os.getpid() not in above
    assert keeper.ancestors(2**22 + 1) == []


def test_the_shell_above_the_agent_lives_to_tell_how_it_ended() -> None:
    """As `default_container_executor.sh` does, which has the container's variables."""
    agent = (
        "import os, signal, subprocess, sys\n"
        "from xlearning.container import keeper\n"
        "spared = map(str, keeper.ancestors(os.getpid()))\n"
        f"words = [keeper.__file__, {MARK!r}, *spared]\n"
        "out, _ = os.pipe()\n"
        "subprocess.Popen([sys.executable, '-I', '-S', *words], stdin=out)\n"
        "subprocess.Popen(['sleep', '600'])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # The pipe ends with the last of keeper and sleeper: the shell sees both out.
    script = '{ "$@"; echo $? >&2; } | env -u CONTAINER_ID cat'
    shell = subprocess.run(
        ["sh", "-c", script, "sh", sys.executable, "-c", agent],
        env={**os.environ, "CONTAINER_ID": MARK},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert shell.returncode == 0
    assert str(128 + signal.SIGKILL) in shell.stderr.decode().split()
