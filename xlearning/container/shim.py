"""Becomes the user's program. Run as `python -I -S shim.py`; standard library only.

Between the agent's fork and the program's first instruction there is something to do
that Python cannot do safely in a forked child of a process with threads. So the fork
runs this file, which

- asks the kernel to be killed when the agent dies (`PR_SET_PDEATHSIG`; it holds across
  exec) and checks that the agent has not died before that,
- takes the program's environment from a pipe: it is not this interpreter's own,
- gives all signals their default meaning and unblocks them,
- becomes the program, or writes the error number and what was tried to another pipe,
  which exec closes: the agent reads nothing when all went well. Exec closes too what
  has held the program's ports until then, where it has to.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
NOT_FOUND = 127
"""The exit code of a shell that does not find a program."""


def main(arguments: list[str]) -> None:
    """Become the program.

    Args:
        arguments: The agent's pid, the descriptor of the environment, those that exec
            closes (`read_descriptors`), then the program and its arguments.
    """
    parent, environment_fd = (int(word) for word in arguments[:2])
    error_fd, *held = read_descriptors(arguments[2])
    command = arguments[3:]
    die_with_parent(parent)
    environment = read_environment(environment_fd)
    for descriptor in (error_fd, *held):
        os.set_inheritable(descriptor, False)
    default_signals()
    error, tried = execute(command, environment)
    os.write(error_fd, f"{error} {tried}".encode(errors="surrogateescape"))
    os._exit(NOT_FOUND)


def read_descriptors(word: str) -> list[int]:
    """Read the descriptors that exec closes: that of the errors, then held ports."""
    return [int(number) for number in word.split(",")]


def die_with_parent(parent: int) -> None:
    """Let the kernel kill this process when the agent's main thread ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os._exit(NOT_FOUND)  # it died before we asked


def read_environment(descriptor: int) -> dict[bytes, bytes]:
    """Read `NAME=value` entries that end with a zero byte."""
    with os.fdopen(descriptor, "rb") as pipe:
        entries = pipe.read().split(b"\0")
    pairs = (entry.partition(b"=") for entry in entries if entry)
    return {name: value for name, _, value in pairs}


def default_signals() -> None:
    """Undo what the agent and this interpreter did to signals."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def execute(command: list[str], environment: dict[bytes, bytes]) -> tuple[int, str]:
    """Become the program, and return only if that fails.

    A word without a slash is looked for on the new PATH and then, as an application's
    own file, in the working directory.

    Returns:
        The error number, and the path that it is about.
    """
    word = os.fsencode(command[0])
    if b"/" in word:
        candidates = [word]
    else:
        folders = environment.get(b"PATH", os.defpath.encode()).split(b":")
        candidates = [os.path.join(folder or b".", word) for folder in folders]
        candidates.append(b"./" + word)
    failed, tried = errno.ENOENT, word
    for path in candidates:
        try:
            os.execve(path, command, environment)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                if os.path.lexists(path):
                    failed, tried = errno.ENOENT, path
                continue
            failed, tried = error.errno or errno.EINVAL, path
    return failed, os.fsdecode(tried)


if __name__ == "__main__":
    main(sys.argv[1:])
