"""A trainer's life as events; the supervisor runs in an agent of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

AGENT = """
import asyncio, dataclasses, pathlib, signal, sys
from tests.container.stories import a_job, a_view, an_assignment
from xlearning.container import process_tree
from xlearning.container.actions import SpawnTrainer
from xlearning.container.assignment import InputFile
from xlearning.container.process_tree import ProcessTree
from xlearning.container.signals import SignalQueue
from xlearning.container.streams import Streams
from xlearning.container.supervisor import Supervisor
from xlearning.container.watch import Watch
from xlearning.frameworks.base import Launch
from xlearning.job.spec import DataOptions, InputStrategy

async def main(*command, logs=".", also=None, **changes):
    signals = SignalQueue()
    process_tree.become_subreaper()
    events = asyncio.Queue()
    tree, logs = ProcessTree(), pathlib.Path(logs)
    supervisor = Supervisor(
        tree, logs, "container_1_0001_01_000002",
        events.put_nowait,
        Streams(tree, logs / "stdout", events.put_nowait, Watch(tree, logs, 10.0)),
    )
    def arrived():
        list(signals.pending())
        supervisor.child_ended()
    asyncio.get_running_loop().add_reader(signals.fileno(), arrived)
    assignment = dataclasses.replace(an_assignment(command=command), **changes)
    supervisor.spawn(SpawnTrainer(assignment, a_view(), ()), Launch({}), ())
    async with asyncio.timeout(20):
        while True:
            event = await events.get()
            print(event, flush=True)
            name = type(event).__name__
            if name == "TreeEnded":
                return
            if also and also[0] == name:
                also[1](supervisor)
"""


def play(folder: Path, program: str) -> list[str]:
    """Run an agent and return its events, one a line."""
    done = subprocess.run(
        [sys.executable, "-c", AGENT + program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_program_that_ends_well(tmp_path: Path) -> None:
    assert play(tmp_path, "asyncio.run(main('true'))") == [
        "TrainerStarted()",
        "TrainerExited(returncode=0, stderr_tail='')",
        "TreeEnded(lost_ports=())",
    ]


def test_a_program_that_fails_and_what_it_said(tmp_path: Path) -> None:
    program = "asyncio.run(main('sh', '-c', 'echo boom >&2; exit 3'))"
    assert play(tmp_path, program)[1:] == [
        "TrainerExited(returncode=3, stderr_tail='boom\\n')",
        "TreeEnded(lost_ports=())",
    ]


def test_a_program_that_cannot_be_executed(tmp_path: Path) -> None:
    refused, exited, ended = play(tmp_path, "asyncio.run(main('no-such-program'))")
    assert refused.startswith("TrainerRefused")
    assert "`no-such-program` is not on the PATH" in refused
    assert exited.startswith("TrainerExited(returncode=127")
    assert ended == "TreeEnded(lost_ports=())"


def test_a_log_folder_that_is_gone(tmp_path: Path) -> None:
    refused, ended = play(tmp_path, "asyncio.run(main('true', logs='gone'))")
    assert "No such file or directory" in refused
    assert ended == "TreeEnded(lost_ports=())"


def test_the_tree_has_ended_when_the_last_descendant_has(tmp_path: Path) -> None:
    events = play(
        tmp_path,
        "asyncio.run(main('sh', '-c', 'setsid sleep 600 & exit 0',"
        " also=('TrainerExited', lambda s: s.terminate())))",
    )
    assert events[1:] == [
        "TrainerExited(returncode=0, stderr_tail='')",
        "TreeEnded(lost_ports=())",
    ]


def test_stopped_processes_obey_too(tmp_path: Path) -> None:
    events = play(
        tmp_path,
        "asyncio.run(main('sh', '-c', 'kill -STOP $$',"
        " also=('TrainerStarted', lambda s: s.terminate())))",
    )
    assert events[1] == "TrainerExited(returncode=-15, stderr_tail='')"


def test_what_does_not_obey_is_killed(tmp_path: Path) -> None:
    events = play(
        tmp_path,
        "asyncio.run(main('sleep', '600',"
        " also=('TrainerStarted', lambda s: s.kill())))",
    )
    assert events[1] == "TrainerExited(returncode=-9, stderr_tail='')"


TOLD = """
data = DataOptions(strategy=InputStrategy.PLACEHOLDER, environment_limit=LIMIT)
files = tuple(InputFile("d", f"hdfs://nn/{n}", 1, str(n)) for n in range(2))
command = ["sh", "-c", "echo $INPUT_FILE_LIST > told"]
asyncio.run(main(*command, inputs=files, job=a_job(data=data)))
"""
LISTED = '{"d":["hdfs://nn/0","hdfs://nn/1"]}\n'


def test_a_program_is_told_the_urls_of_its_input(tmp_path: Path) -> None:
    play(tmp_path, TOLD.replace("LIMIT", "100000"))
    assert (tmp_path / "told").read_text() == LISTED
    assert not (tmp_path / "inputFileList.txt").exists()


def test_a_list_that_is_too_long_is_in_a_file(tmp_path: Path) -> None:
    play(tmp_path, TOLD.replace("LIMIT", "100"))
    assert (tmp_path / "told").read_text() == "\n"
    assert (tmp_path / "inputFileList.txt").read_text() == LISTED
