"""Several processes as one trainer, with real ones."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import psutil

from xlearning.container.spawn import Program, Trainer, spawn
from xlearning.frameworks.base import Process

if TYPE_CHECKING:
    from pathlib import Path

PATH = os.environ["PATH"]
RANKS = [Process(f"rank {n}", {"RANK": str(n)}) for n in range(3)]


def play(
    folder: Path, script: str, processes: list[Process] | None = None
) -> tuple[int, str, str]:
    """Run a shell script as a crew; return exit code, stdout and stderr."""
    program = Program(
        ["sh", "-c", script],
        {"PATH": PATH, "GREETING": "hello"},
        folder / "stdout",
        folder / "stderr",
        processes=processes or RANKS,
    )
    trainer = spawn(program)
    assert trainer.refusal(program.command, PATH) == ""
    code = trainer.process.wait(30)
    texts = [(folder / name).read_text() for name in ("stdout", "stderr")]
    return code, texts[0], texts[1]


def test_each_has_its_variables_and_its_lines(tmp_path: Path) -> None:
    code, stdout, stderr = play(tmp_path, 'echo "$GREETING from $RANK"')
    assert code == 0
    assert sorted(stdout.splitlines()) == [
        f"[rank {n}] hello from {n}" for n in range(3)
    ]
    assert stderr == ""


def test_no_process_sees_what_the_crew_was_told(tmp_path: Path) -> None:
    _, stdout, _ = play(tmp_path, "env | grep -c XL_PROCESSES; true")
    assert {line.split()[-1] for line in stdout.splitlines()} == {"0"}


def test_one_that_fails_ends_the_others_and_is_named(tmp_path: Path) -> None:
    script = 'if [ $RANK = 1 ]; then echo "no such data" >&2; exit 7; fi; exec sleep 60'
    code, _, stderr = play(tmp_path, script)
    assert code == 7
    assert stderr.splitlines()[-1] == "rank 1 exited with code 7: no such data"


def test_one_that_is_killed_is_named(tmp_path: Path) -> None:
    script = "if [ $RANK = 2 ]; then kill -9 $$; fi; exec sleep 60"
    code, _, stderr = play(tmp_path, script)
    assert code == 128 + signal.SIGKILL
    assert stderr.splitlines()[-1] == "rank 2 ended by signal 9"


def test_one_that_does_not_obey_is_killed(tmp_path: Path) -> None:
    script = "trap '' TERM; [ $RANK != 0 ] || exit 3; while :; do sleep 1; done"
    code, _, stderr = play(tmp_path, script)
    assert code == 3
    assert stderr.splitlines()[-1] == "rank 0 exited with code 3"


def test_a_service_is_ended_when_the_others_are_done(tmp_path: Path) -> None:
    service = Process("tracker", command=("sleep", "60"), service=True)
    code, stdout, _ = play(tmp_path, "echo done", [service, RANKS[0]])
    assert (code, stdout) == (0, "[rank 0] done\n")


def test_a_service_that_fails_fails_all(tmp_path: Path) -> None:
    service = Process("tracker", command=("sh", "-c", "exit 4"), service=True)
    code, _, stderr = play(tmp_path, "exec sleep 60", [service, RANKS[0]])
    assert (code, stderr) == (4, "tracker exited with code 4\n")


def test_a_program_that_is_not_there_is_told_as_of_a_single_one(
    tmp_path: Path,
) -> None:
    files = tmp_path / "stdout", tmp_path / "stderr"
    program = Program(["no-such-program"], {"PATH": PATH}, *files, processes=RANKS)
    trainer = spawn(program)
    refusal = trainer.refusal(program.command, PATH)
    assert "`no-such-program` is not on the PATH" in refusal
    assert trainer.process.wait(30) == 127


def running(folder: Path, script: str) -> Trainer:
    """Start a crew and wait until each of its processes has said something."""
    files = folder / "stdout", folder / "stderr"
    program = Program(["sh", "-c", script], {"PATH": PATH}, *files, processes=RANKS)
    trainer = spawn(program)
    assert trainer.refusal(program.command, PATH) == ""
    with subprocess.Popen(["tail", "-F", files[0]], stdout=subprocess.PIPE) as tail:
        assert tail.stdout is not None
        assert all(tail.stdout.readline() for _ in RANKS)
        tail.terminate()
    return trainer


def test_all_end_when_the_agent_tells_each(tmp_path: Path) -> None:
    script = "trap 'echo saved; exit 0' TERM; echo up; while :; do sleep 0.1; done"
    trainer = running(tmp_path, script)
    crew = psutil.Process(trainer.pid)
    for process in [crew, *crew.children()]:
        process.terminate()
    assert trainer.process.wait(30) == 128 + signal.SIGTERM
    lines = (tmp_path / "stdout").read_text().splitlines()
    saved = [line for line in lines if "saved" in line]
    assert sorted(saved) == [f"[rank {n}] saved" for n in range(3)]


def test_a_signal_of_a_script_below_it_does_not_end_it(tmp_path: Path) -> None:
    script = """
    echo up; trap 'echo goes on' TERM
    [ $RANK != 1 ] || kill -TERM $(awk '{print $4}' /proc/$$/stat)
    sleep 0.5
    """
    trainer = running(tmp_path, script)
    assert trainer.process.wait(30) == 0
