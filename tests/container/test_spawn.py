"""Starting a program, and saying why it did not start."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import pytest

from xlearning.container.ports import hold_port
from xlearning.container.spawn import Program, explain, spawn
from xlearning.frameworks.base import Process

if TYPE_CHECKING:
    from pathlib import Path

PATH = "/usr/bin:/bin"


def a_program(folder: Path, *command: str, **environment: str) -> Program:
    """Return a program whose output goes to files in a folder."""
    return Program(
        command=command,
        environment={"PATH": PATH, **environment},
        stdout=folder / "stdout",
        stderr=folder / "stderr",
    )


def test_output_goes_to_files_and_is_appended(tmp_path: Path) -> None:
    for word in ("one", "two"):
        program = a_program(tmp_path, "sh", "-c", f"echo {word}; echo E{word} >&2")
        trainer = spawn(program)
        assert trainer.refusal(program.command, PATH) == ""
        assert trainer.process.wait() == 0
    assert (tmp_path / "stdout").read_text() == "one\ntwo\n"
    assert (tmp_path / "stderr").read_text() == "Eone\nEtwo\n"


def test_writers_of_one_file_do_not_overwrite_each_other(tmp_path: Path) -> None:
    script = "for i in 1 2 3; do (echo a; echo b >&2) & done; wait"
    both = tmp_path / "both"
    program = Program(["sh", "-c", script], {"PATH": PATH}, both, both)
    trainer = spawn(program)
    trainer.refusal(program.command, PATH)
    trainer.process.wait()
    assert sorted(both.read_text().split()) == ["a", "a", "a", "b", "b", "b"]


def test_a_program_stays_in_our_process_group_and_reads_nothing(tmp_path: Path) -> None:
    tell = "import os,sys; print(os.getpgrp(), repr(sys.stdin.read()))"
    program = a_program(tmp_path, sys.executable, "-c", tell)
    trainer = spawn(program)
    trainer.refusal(program.command, PATH)
    trainer.process.wait()
    assert (tmp_path / "stdout").read_text() == f"{os.getpgrp()} ''\n"


SERVER = """
import socket, sys
with socket.socket() as server:
    server.bind(("127.0.0.1", int(sys.argv[1])))
    server.listen()
"""


@pytest.mark.parametrize("processes", [(), (Process("one"),)])
def test_a_port_that_was_held_is_free_for_the_program(
    tmp_path: Path, processes: tuple[Process, ...]
) -> None:
    held = hold_port(21400, 21500)
    assert held is not None
    command = (sys.executable, "-c", SERVER, str(held.number))
    program = a_program(tmp_path, *command)._replace(
        processes=processes, until_exec=(held.fileno(),)
    )
    trainer = spawn(program)
    held.close()
    assert trainer.refusal(program.command, PATH) == ""
    assert trainer.process.wait() == 0, (tmp_path / "stderr").read_text()


def test_an_environment_larger_than_a_pipe_arrives(tmp_path: Path) -> None:
    program = a_program(
        tmp_path, "sh", "-c", "echo ${#BIG} ${#WIDE}", BIG="x" * 100_000, WIDE="ü" * 9
    )
    trainer = spawn(program)
    assert trainer.refusal(program.command, PATH) == ""
    trainer.process.wait()
    assert (tmp_path / "stdout").read_text() in ("100000 9\n", "100000 18\n")


def test_a_program_that_cannot_be_executed(tmp_path: Path) -> None:
    program = a_program(tmp_path, "no-such-program")
    trainer = spawn(program)
    said = trainer.refusal(program.command, PATH)
    assert said == f"`no-such-program` is not on the PATH of this node: {PATH}"
    assert trainer.refusal(program.command, PATH) == ""
    assert trainer.process.wait() == 127


def test_a_log_file_that_cannot_be_opened(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(FileNotFoundError):
        spawn(a_program(tmp_path / "none", "true"))
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize(
    ("number", "tried", "word", "words"),
    [
        (errno.ENOENT, "run.sh", "./run.sh", "does not exist; a relative path"),
        (errno.EACCES, "./run.sh", "run.sh", "is not executable; start it with"),
        (errno.ENOEXEC, "./run.sh", "run.sh", "has no `#!` line"),
        (errno.ENOENT, "/usr", "run.sh", "names an interpreter in its first line"),
        (errno.ENAMETOOLONG, "x", "x", "File name too long"),
        (errno.E2BIG, "x", "x", "Argument list too long"),
    ],
)
def test_what_to_do_about_it(number: int, tried: str, word: str, words: str) -> None:
    assert words in explain(number, tried, word, PATH)
