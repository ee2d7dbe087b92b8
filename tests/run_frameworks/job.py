"""One job of a row, as a user submits it, and what it printed."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.run_frameworks.pythons import ROOT, bin_folder
from tests.run_frameworks.row import Wrong
from tests.run_frameworks.table import Start
from xlearning.am.events import TaskReady, TaskRunning
from xlearning.am.journal import decode_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.run_frameworks.row import Result, Role, Row

EXAMPLES = ROOT / "examples"
DATA = EXAMPLES / "data" / "tensorflow"
_REMOTE = "/tmp/xlearning-frameworks/digits"
_ONE_SHARE = DATA / "part-00000.csv"
_APPLICATION = re.compile(r"application_\d+_\d+")
_RUN_FAILED = "Application run failed!"
_TIMEOUT_S = 300
"""For a job, and for a program on one process."""
_STOP_TIMEOUT_S = 60


class Variant(StrEnum):
    """What is done to a job."""

    WHOLE = "whole"
    """Nothing."""
    REMOVED = "without one"
    """One task ends at once, as if there were nothing to do."""
    SAME_SHARE = "same share"
    """All tasks find the same file as their share of the input."""


@cache
def remote_data() -> str:
    """Return where the data is in HDFS; it is put there once."""
    command = [".venv/bin/python", "scripts/hdfs.py", "put", str(DATA), _REMOTE]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return _REMOTE


def run_alone(row: Row, folder: Path) -> Result:
    """Run the program of a row on one process and return its result.

    Raises:
        Wrong: It fails.
        NotRun: Its Python cannot be had.
    """
    program = EXAMPLES / row.folder
    words = shlex.split(row.alone.format(data=DATA))
    words = [str(program / word) if word.endswith(".py") else word for word in words]
    environment = dict(os.environ) | {
        name: value.format(port=_port())
        for name, value in row.alone_environment.items()
    }
    environment["PATH"] = f"{bin_folder(row.framework)}:{environment['PATH']}"
    try:
        done = subprocess.run(
            words,
            cwd=folder,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise Wrong(f"the program on one process: {error}") from error
    results = results_in(done.stdout.splitlines())
    if done.returncode != 0 or len(results) != 1:
        said = (done.stderr.strip().splitlines() or [f"code {done.returncode}"])[-1]
        raise Wrong(f"the program fails on one process: {said}")
    return results[0]


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def results_in(lines: Iterable[str]) -> list[Result]:
    """Return what follows `result ` in lines of output."""
    found = (re.search(r"(?:^|\] )result (\{.*\})$", line) for line in lines)
    return [json.loads(match[1]) for match in found if match]


class Job:
    """A job that was run.

    Attributes:
        code: Exit code of `xl-submit`.
        hung: It had no end of its own.
        reason: Why it failed, "" if it did not.
        results: What its programs printed.
        start: How its trainers started, None if its journal does not tell.
    """

    def __init__(self, row: Row, variant: Variant, folder: Path) -> None:
        """Submit the job and wait for its end.

        Raises:
            NotRun: Its Python cannot be had.
        """
        process = subprocess.Popen(
            _command(row, variant, folder),
            cwd=EXAMPLES / row.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.hung, stdout, stderr = _wait(process)
        self.code = process.returncode
        told = stderr.strip().splitlines()
        self.reason = reason(told) if self.code or self.hung else ""
        if self.hung:
            self.reason = f"no end in {_TIMEOUT_S} s: {self.reason}"
        found = _APPLICATION.search(stdout + stderr)
        application = found[0] if found else ""
        self.results = results_in(_logs(application, "--stdout").splitlines())
        journal = ("am", "--file", "journal.jsonl", "--no-prefix")
        self.start = start_of(_logs(application, *journal))


def _wait(process: subprocess.Popen[str]) -> tuple[bool, str, str]:
    """Return whether it had to be stopped, and what it said.

    Ctrl-C lets the client stop its job.
    """
    try:
        return False, *process.communicate(timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    try:
        return True, *process.communicate(timeout=_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return True, *process.communicate()


def reason(told: list[str]) -> str:
    """Return the line that says why a job was refused or has failed."""
    failed = [after for line, after in pairwise(told) if line == _RUN_FAILED]
    refused = [line for line in told if line.startswith("error: ")]
    return (failed or refused or told or ["failed"])[-1][-300:]


def _command(row: Row, variant: Variant, folder: Path) -> list[str]:
    path = bin_folder(row.framework)
    words = [str(ROOT / "bin" / "xl-submit"), "--app-type", row.type.lower()]
    words += ["--app-name", f"{row.name} ({variant})"]
    words += ["--conf", f"xlearning.container.env.PATH={path}"]
    words += ["--conf", "xlearning.container.env.TF_CPP_MIN_LOG_LEVEL=2"]
    files = list(row.files)
    if row.has_shares and variant is Variant.SAME_SHARE:
        files.append(str(_ONE_SHARE))
    elif row.has_shares:
        words += ["--input", f"{remote_data()}#data"]
    words += ["--files", ",".join(files), *row.options]
    for role in row.roles:
        words += ["--role", _role(role, row, variant)]
    if row.command:
        shared = folder / "shared"
        shared.mkdir()
        words += ["--", *_wrapped(f"exec {row.command}", row, variant)]
    return [word.replace("{shared}", str(folder / "shared")) for word in words]


def _role(role: Role, row: Row, variant: Variant) -> str:
    if not role.command:
        return f"{role.name}:{role.fields}"
    command = shlex.join(_wrapped(role.command, row, variant))
    return f"{role.name}:{role.fields},cmd={command}"


def _wrapped(script: str, row: Row, variant: Variant) -> list[str]:
    """Return a command that does something to the task before its program."""
    before = {
        Variant.WHOLE: "",
        Variant.REMOVED: f'[ "$XL_ROLE-$XL_INDEX" != {row.removed} ] || exit 0; ',
        Variant.SAME_SHARE: f"mkdir data; cp {_ONE_SHARE.name} data; ",
    }[variant]
    return ["sh", "-c", f"{before}{script}"]


def _logs(application: str, *words: str) -> str:
    if not application:
        return ""
    command = [str(ROOT / "bin" / "xl"), "logs", application, *words]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


def start_of(journal: str) -> Start | None:
    """Return how the trainers of a job started; None where none did.

    Both times are the ApplicationMaster's, when it was told: a trainer's exec is before
    the report of it, so the result is an upper bound.
    """
    lines = decode_lines(journal.encode())
    ready = [line.at for line in lines if isinstance(line.event, TaskReady)]
    running = [line for line in lines if isinstance(line.event, TaskRunning)]
    if not ready or not running:
        return None
    return Start(max(line.at for line in running) - max(ready), len(running))
