"""The shim as a process: what a program is like that came through it."""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from xlearning.container import shim
from xlearning.container.ports import hold_port
from xlearning.container.shim import NOT_FOUND, execute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def run(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, parent: int
) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run a command through the shim; return what it did and the reported error."""
    entries = "".join(f"{name}={value}\0" for name, value in environment.items())
    environment_out, environment_in = os.pipe()
    errors_out, errors_in = os.pipe()
    os.write(environment_in, os.fsencode(entries))
    os.close(environment_in)
    words = [str(parent), str(environment_out), str(errors_in), *command]
    done = subprocess.run(
        [sys.executable, "-I", "-S", shim.__file__, *words],
        pass_fds=(environment_out, errors_in),
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
        cwd=folder,
    )
    for descriptor in (environment_out, errors_in):
        os.close(descriptor)
    with os.fdopen(errors_out, encoding="utf-8") as pipe:
        return done, pipe.read()


def test_a_program_has_the_given_environment_and_nothing_else(tmp_path: Path) -> None:
    given = {"A": "b = c", "EMPTY": "", "ODD": "ü\udcff\n"}
    done, error = run(["/usr/bin/env", "-0"], given, tmp_path, os.getpid())
    assert error == ""
    entries = done.stdout.rstrip("\0").split("\0")
    assert dict(entry.split("=", 1) for entry in entries) == given


def test_a_port_is_held_until_exec() -> None:
    held = hold_port(21500, 21600)
    assert held is not None
    number, descriptor = held.number, held.fileno()
    environment_out, environment_in = os.pipe()
    errors_out, errors_in = os.pipe()
    server = f"import socket; socket.socket().bind(('127.0.0.1', {number}))"
    command = [sys.executable, "-I", "-S", "-c", server]
    words = [str(os.getpid()), str(environment_out), f"{errors_in},{descriptor}"]
    program = subprocess.Popen(
        [sys.executable, "-I", "-S", shim.__file__, *words, *command],
        pass_fds=(environment_out, errors_in, descriptor),
    )
    for ours in (environment_out, errors_in):
        os.close(ours)
    held.close()
    assert hold_port(number, number + 1) is None, "the shim waits and holds it"
    os.close(environment_in)
    assert program.wait() == 0, "the program does not get it"
    os.close(errors_out)


def test_a_program_has_default_signals_and_none_blocked(tmp_path: Path) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})
    try:
        command = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]
        done, _ = run(command, {"PATH": "/usr/bin:/bin"}, tmp_path, os.getpid())
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGCHLD})
    masks = [int(line.split()[1], 16) for line in done.stdout.splitlines()]
    # Signals 32 and 33 are the C library's own (nptl(7)): no program can change them.
    of_the_library = 0b11 << 31
    assert [mask & ~of_the_library for mask in masks] == [0, 0]


def test_a_program_inherits_only_what_it_is_given(tmp_path: Path) -> None:
    done, _ = run(["/bin/ls", "/proc/self/fd"], {}, tmp_path, os.getpid())
    kept = {int(name) for name in done.stdout.split()}
    assert len(kept) == 4  # stdin, stdout, stderr, and the folder that ls reads


def test_a_shim_whose_agent_has_died_starts_nothing(tmp_path: Path) -> None:
    done, error = run(["/bin/echo", "hello"], {}, tmp_path, parent=1)
    assert (done.returncode, done.stdout, error) == (NOT_FOUND, "", "")


def test_a_program_dies_with_its_parent(tmp_path: Path) -> None:
    """A middle process forks the shim and dies; the program does not survive it."""
    told = tmp_path / "told"
    os.mkfifo(told)
    middle = (
        "import os, sys, subprocess\n"
        "read, write = os.pipe(); os.close(write)\n"
        "error, in_ = os.pipe()\n"
        "words = [str(os.getpid()), str(read), str(in_), '/bin/sh', '-c',"
        " 'echo $$ > told; exec /bin/sleep 600']\n"
        f"subprocess.Popen([sys.executable, '-I', '-S', {shim.__file__!r}, *words],"
        " pass_fds=(read, in_))\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", middle], stdin=subprocess.PIPE, cwd=tmp_path
    ) as process:
        pid = int(told.read_text())
        handle = os.pidfd_open(pid)
        process.kill()
    assert ended(handle)


def ended(handle: int) -> bool:
    """Wait for the end of a process by its pidfd."""
    try:
        return bool(select.select([handle], [], [], 20.0)[0])
    finally:
        os.close(handle)


@pytest.mark.parametrize(
    ("word", "error", "tried"),
    [
        ("no-such-program", errno.ENOENT, "no-such-program"),
        ("./no-such-program", errno.ENOENT, "./no-such-program"),
        ("plain", errno.EACCES, "./plain"),
        ("unmarked", errno.ENOEXEC, "./unmarked"),
        ("orphan", errno.ENOENT, "./orphan"),
    ],
)
def test_what_cannot_be_executed_is_named(
    tmp_path: Path, word: str, error: int, tried: str
) -> None:
    (tmp_path / "plain").write_text("echo hello\n")
    for name, text in (("unmarked", "echo hello\n"), ("orphan", "#!/no/such/sh\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin"}
    done, told = run([word], environment, tmp_path, os.getpid())
    assert done.returncode == NOT_FOUND
    assert told == f"{error} {tried}"


def test_a_program_is_looked_for_on_its_own_path_then_beside_it(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for folder in (tmp_path / "bin", tmp_path):
        script = folder / "hello"
        script.write_text(f"#!/bin/sh\necho {folder.name}\n")
        script.chmod(0o755)
    with_path = {"PATH": f"{tmp_path}/bin"}
    done, _ = run(["hello"], with_path, tmp_path, os.getpid())
    assert done.stdout == "bin\n"
    done, _ = run(["hello"], {"PATH": "/bin"}, tmp_path, os.getpid())
    assert done.stdout == f"{tmp_path.name}\n"


def test_the_error_that_tells_most_is_kept(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("echo\n")
    path = f"{tmp_path}:/no/such/folder".encode()
    told = execute(["run"], {b"PATH": path})
    assert told == (errno.EACCES, f"{tmp_path}/run")
