"""Walking, ending and reaping descendants; each agent here is a process of its own."""

from __future__ import annotations

import subprocess
import sys

AGENT = """
import os, signal, subprocess, sys, time
from xlearning.container import process_tree
from xlearning.container.process_tree import ProcessTree
process_tree.become_subreaper()
tree = ProcessTree(keeper=0)

def wait_for_children():
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)

def script(text):
    pipe = subprocess.PIPE
    return subprocess.Popen(["sh", "-c", text], stdin=pipe, stdout=pipe)
"""


def agent(program: str) -> list[str]:
    """Run a program as an agent and return the words that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", AGENT + program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_double_forked_grandchild_is_found_ended_and_reaped() -> None:
    words = agent("""
trainer = script("setsid sh -c 'echo $$; exec sleep 600' & read x; exit 5")
orphan = int(trainer.stdout.readline())
trainer.stdin.close()
wait_for_children()
tree.reap(trainer)
print(trainer.returncode, [p.pid for p in tree.living()] == [orphan])
print(tree.signal(signal.SIGKILL))
wait_for_children()
tree.reap(trainer)
print(tree.living(), os.path.exists(f"/proc/{orphan}"))
""")
    assert words == ["5", "True", "1", "[]", "False"]


def test_the_trainers_status_is_left_to_its_popen() -> None:
    words = agent("""
trainer = script("(exit 9) & exec sh -c 'kill -KILL $$'")
trainer.stdout.read()
wait_for_children()
tree.reap(trainer)
tree.reap(None)
print(trainer.returncode)
""")
    assert words == ["-9"]


def test_only_descendants_are_contained_also_those_that_have_ended() -> None:
    words = agent("""
trainer = script("read x")
print(tree.contains(trainer.pid), tree.contains(os.getppid()), tree.contains(1))
tree.living()
trainer.kill()
trainer.wait()
print(tree.contains(trainer.pid), tree.contains(2 ** 22 + 1))
""")
    assert words == ["True", "False", "False", "True", "False"]


def test_a_zombie_sender_is_known_before_it_is_reaped() -> None:
    words = agent("""
trainer = script("exit 0")
wait_for_children()
print(tree.contains(trainer.pid), tree.living())
tree.reap(trainer)
""")
    assert words == ["True", "[]"]


def test_the_keeper_does_not_count() -> None:
    words = agent("""
keeper = script("read x; sleep 600")
print([p.pid for p in ProcessTree(keeper.pid).living()])
keeper.kill()
keeper.wait()
""")
    assert words == ["[]"]


def test_our_own_children_are_counted_apart() -> None:
    words = agent("""
helper = script("sleep 600 & echo; read x; exit 7")
helper.stdout.readline()
tree.adopt(helper)
print(tree.living(), [each.pid for each in tree.helpers()] == [helper.pid])
print(tree.signal(signal.SIGKILL), helper.poll())
helper.stdin.close()
wait_for_children()
tree.reap(None)
print(helper.returncode, tree.helpers(), len(tree.living()))
tree.signal(signal.SIGKILL)
""")
    assert words == ["[]", "True", "0", "None", "7", "[]", "1"]
