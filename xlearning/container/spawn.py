"""Starts the user's program in the agent's process group, through `shim`.

Nothing of the agent reaches the program but the descriptors that it is given: stdout
and stderr are files, opened for append, which the kernel writes to whatever becomes of
the agent.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from xlearning.container import shim

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xlearning.frameworks.base import Process

_CREW = "xlearning.container.crew"
PROCESSES = "XL_PROCESSES"
"""In the block of the environment: what a crew runs, as JSON."""


class Program(NamedTuple):
    """What to start.

    Attributes:
        command: Program and arguments; no shell is involved.
        environment: Its whole environment.
        until_exec: Descriptors that are open until the program's first instruction,
            or until the first of several processes is started.
        stdin: An open descriptor, None for nothing to read.
        stdout: File to append to, or an open descriptor.
        stderr: File to append to, or an open descriptor.
        keep: Descriptors that it inherits beside these.
        processes: What runs instead of the command once (`crew`), empty for just that.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    stdout: Path | int
    stderr: Path | int
    keep: Sequence[int] = ()
    processes: Sequence[Process] = ()
    until_exec: Sequence[int] = ()
    stdin: int | None = None


class Trainer:
    """A program that was started.

    Attributes:
        process: The shim, and then the program.
        errors: Descriptor that ends without data when the program was executed; -1
            after `refusal` has read it.
    """

    def __init__(self, process: subprocess.Popen[bytes], errors: int) -> None:
        """Own the process and the descriptor."""
        self.process = process
        self.errors = errors

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    def refusal(self, command: Sequence[str], path: str) -> str:
        """Wait until the program runs, and say why not if it does not.

        Args:
            command: What was to be started.
            path: Its PATH, for the message.

        Returns:
            "" when the program runs.
        """
        told = self.told()
        if not told:
            return ""
        number, _, tried = told.partition(" ")
        return explain(int(number), tried, command[0], path)

    def told(self) -> str:
        """Wait until the program runs, and return what the shim says if it does not.

        Returns:
            An error number and the path that it is about; "" when the program runs.
        """
        if self.errors < 0:
            return ""
        with os.fdopen(self.errors, "rb") as pipe:
            self.errors = -1
            return pipe.read().decode(errors="surrogateescape")


def spawn(program: Program) -> Trainer:
    """Start a program. To be called from the main thread.

    The kernel's parent-death signal comes when the *thread* that forked ends.

    Raises:
        OSError: No process can be made, or a log file cannot be opened.
    """
    environment_out, environment_in = os.pipe()
    errors_out, errors_in = os.pipe()
    try:
        process = _start(program, environment_out, errors_in)
    except OSError:
        os.close(environment_in)
        os.close(errors_out)
        raise
    finally:
        os.close(environment_out)
        os.close(errors_in)
    with suppress(BrokenPipeError), os.fdopen(environment_in, "wb") as pipe:
        pipe.write(_environment_block(_variables(program)))
    return Trainer(process, errors_out)


def _start(program: Program, environment: int, errors: int) -> subprocess.Popen[bytes]:
    cut = ",".join(str(descriptor) for descriptor in (errors, *program.until_exec))
    arguments = [str(os.getpid()), str(environment), cut, *program.command]
    first = ["-P", "-m", _CREW] if program.processes else ["-I", "-S", shim.__file__]
    with _appended(program.stdout) as stdout, _appended(program.stderr) as stderr:
        return subprocess.Popen(
            [sys.executable, *first, *arguments],
            stdin=subprocess.DEVNULL if program.stdin is None else program.stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=(environment, errors, *program.keep, *program.until_exec),
        )


def _appended(file: Path | int) -> BinaryIO:
    return open(file, "ab", buffering=0, closefd=not isinstance(file, int))


def _variables(program: Program) -> Mapping[str, str]:
    if not program.processes:
        return program.environment
    orders = [
        {
            "name": process.name,
            "environment": process.environment,
            "command": process.command,
            "service": process.service,
        }
        for process in program.processes
    ]
    return {**program.environment, PROCESSES: json.dumps(orders)}


def _environment_block(environment: Mapping[str, str]) -> bytes:
    entries = (f"{name}={value}\0" for name, value in environment.items())
    return os.fsencode("".join(entries))


def explain(number: int, tried: str, word: str, path: str) -> str:
    """Say why a program could not be executed, and what to do about it.

    Args:
        number: The error number of `execve`.
        tried: The path that it is about.
        word: The program as the user wrote it.
        path: The PATH that it was looked for on.
    """
    if number == errno.ENOENT and os.path.lexists(tried):
        return (
            f"`{word}` names an interpreter in its first line that does not exist here"
        )
    if number == errno.ENOENT and "/" in word:
        return (
            f"`{word}` does not exist; a relative path starts at the container's"
            " working directory, send the file with --files"
        )
    if number == errno.ENOENT:
        return f"`{word}` is not on the PATH of this node: {path}"
    if number == errno.EACCES:
        return (
            f"`{tried}` is not executable; start it with its interpreter:"
            f" `sh {word}`, `python {word}`"
        )
    if number == errno.ENOEXEC:
        return (
            f"`{tried}` is no program of this machine and has no `#!` line;"
            f" start it with its interpreter: `sh {word}`, `python {word}`"
        )
    return f"`{tried}`: {os.strerror(number)}"
