"""Signals as data, with their senders."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os, select, signal, subprocess, sys
from xlearning.container.signals import SignalQueue
queue = SignalQueue()

def arrived():
    select.select([queue], [], [], 20)
    return [(one.number, one.sender) for one in queue.pending()]
"""


def run(program: str) -> list[str]:
    """Run a program with a queue and return the lines that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        start_new_session=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_signal_tells_its_sender() -> None:
    lines = run("""
os.kill(os.getpid(), signal.SIGTERM)
print(arrived() == [(15, os.getpid())], list(queue.pending()))
""")
    assert lines == ["True []"]


def test_a_child_that_signals_the_group_is_the_sender_and_term_comes_first() -> None:
    lines = run("""
child = subprocess.Popen(["sh", "-c", "kill 0"])
os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
print(arrived() == [(15, child.pid), (17, child.pid)])
""")
    assert lines == ["True"]


def test_signals_that_are_for_the_trainer_do_nothing() -> None:
    lines = run("""
for number in (signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE):
    os.kill(os.getpid(), number)
print(list(queue.pending()))
""")
    assert lines == ["[]"]


def test_a_closed_queue_leaves_signals_as_they_were() -> None:
    lines = run("""
queue.close()
print(signal.pthread_sigmask(signal.SIG_BLOCK, []))
""")
    assert lines == ["set()"]
