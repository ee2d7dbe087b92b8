"""One job of a row, as a user submits it, and what it printed."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.run_frameworks.row import Result, Role, Row

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
DATA = EXAMPLES / "data" / "tensorflow"
_REMOTE = "/tmp/xlearning-frameworks/digits"
_ONE_SHARE = DATA / "part-00000.csv"
_APPLICATION = re.compile(r"application_\d+_\d+")
_MOMENT = re.compile(r'"at":([\d.]+),"event":\{"type":"(TaskReady|TaskRunning)"')
_TIMEOUT_S = 300


class Variant(StrEnum):
    """What is done to a job."""

    WHOLE = "whole"
    """Nothing."""
    REMOVED = "without one"
    """One task ends at once, as if there were nothing to do."""
    SAME_SHARE = "same share"
    """All tasks find the same file as their share of the input."""


@cache
def bin_folder(framework: str) -> str:
    """Return the folder of a Python with the framework; it is made if need be."""
    command = ["scripts/ensure-framework", framework]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode().strip()


@cache
def remote_data() -> str:
    """Return where the data is in HDFS; it is put there once."""
    command = [".venv/bin/python", "scripts/hdfs.py", "put", str(DATA), _REMOTE]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return _REMOTE


def run_alone(row: Row, folder: Path) -> Result:
    """Run the program of a row on one process and return its result."""
    program = EXAMPLES / row.folder
    words = shlex.split(row.alone.format(data=DATA))
    words = [str(program / word) if word.endswith(".py") else word for word in words]
    environment = dict(os.environ)
    for name, value in row.alone_environment.items():
        environment[name] = value.replace(":0", f":{_port()}") if value else value
        if name == "MASTER_PORT":
            environment[name] = str(_port())
    environment["PATH"] = f"{bin_folder(row.framework)}:{environment['PATH']}"
    done = subprocess.run(
        words,
        cwd=folder,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    [result] = results_in(done.stdout.decode().splitlines())
    return result


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
        reason: Why it failed, "" if it did not.
        results: What its programs printed.
        start_s: From the last task ready to the last trainer started.
    """

    def __init__(self, row: Row, variant: Variant, folder: Path) -> None:
        """Submit the job and wait for its end."""
        done = subprocess.run(
            _command(row, variant, folder),
            cwd=EXAMPLES / row.folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
        )
        self.code = done.returncode
        told = done.stderr.strip().splitlines()
        self.reason = _reason(told) if done.returncode else ""
        found = _APPLICATION.search(done.stdout + done.stderr)
        application = found[0] if found else ""
        self.results = results_in(_logs(application, "--stdout"))
        self.start_s = _start_s(_logs(application, "am", "--file", "journal.jsonl"))


def _reason(told: list[str]) -> str:
    said = [line for line in told if line and not line.startswith("hint")]
    failed = [line for line in said if "job FAILED" in line]
    return (failed or said or ["failed"])[-1][-300:]


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


def _logs(application: str, *words: str) -> list[str]:
    if not application:
        return []
    command = [str(ROOT / "bin" / "xl"), "logs", application, *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.splitlines()


def _start_s(journal: Iterable[str]) -> float:
    """Read the journal of the ApplicationMaster."""
    times: dict[str, float] = {}
    for line in journal:
        found = re.search(
            r'\{"at":([\d.]+),"event":\{"type":"(TaskReady|TaskRunning)"', line
        )
        if found:
            times[found[2]] = float(found[1])
    if len(times) < 2:
        return 0.0
    return max(0.0, times["TaskRunning"] - times["TaskReady"])
