from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from xlearning.client.limits import Problem
from xlearning.client.options import parse_options
from xlearning.client.planning import Caller, make_plan
from xlearning.client.program_checks import local_warnings, program_problems
from xlearning.config.load import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.client.plan import SubmissionPlan


def plan(folder: Path, line: str) -> SubmissionPlan:
    options = parse_options(shlex.split(line.replace("DIR", str(folder))))
    settings = load_settings(*options.layers)
    caller = Caller("alice", str(folder), 1)
    return make_plan(options, settings, {"fs.defaultFS": "file:///"}, caller)


def local(folder: Path, line: str) -> list[Problem]:
    return program_problems(plan(folder, line))


@pytest.mark.parametrize(
    ("command", "line", "hint"),
    [
        (
            "run.sh",
            "`run.sh` is a file of the job, not on PATH",
            "write `./run.sh`, or start it with its interpreter",
        ),
        (
            "./train.py",
            "`./train.py` is no program: it has no `#!` line",
            "start it with its interpreter: `python train.py`",
        ),
        (
            "./plain.sh",
            "`./plain.sh` is no program: it has no `#!` line",
            "start it with its interpreter: `sh plain.sh`",
        ),
        (
            "./other.sh",
            "`./other.sh` will not be in the working directory",
            "add --files other.sh",
        ),
        ("env/bin/python", "`env/bin/python` will not be in the working directory", ""),
    ],
)
def test_a_program_that_cannot_start_is_told(
    tmp_path: Path, command: str, line: str, hint: str
) -> None:
    (tmp_path / "train.py").write_text("print(1)\n")
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "plain.sh").write_text("true\n")
    assert local(tmp_path, f"--files train.py,run.sh,plain.sh {command}") == [
        Problem(line, hint)
    ]


@pytest.mark.parametrize(
    "words",
    [
        "./run.sh",
        "--user-path . run.sh",
        "--cacheArchive /e.tgz#env env/bin/python",
        "--input /in#data data/run",
        "--output /o#out ./out/run",
        "/bin/true",
        "../true",
        "python",
    ],
)
def test_a_program_that_may_start_is_left_alone(tmp_path: Path, words: str) -> None:
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    assert local(tmp_path, f"--files run.sh {words}") == []


def test_a_script_that_is_not_shipped_is_warned_of(tmp_path: Path) -> None:
    for name in ("train.py", "shipped.py", "net.json", "x y"):
        (tmp_path / name).touch()
    (tmp_path / "data").mkdir()
    command = "sh -c 'python ./train.py --net=net.json /etc/passwd data ../x train.py'"
    given = plan(tmp_path, f'--files shipped.py --launch-cmd "{command}"')
    assert local_warnings(given, tmp_path) == [
        "`train.py` in the command is a file on this machine only: "
        "ship it with --files train.py",
        "`net.json` in the command is a file on this machine only: "
        "ship it with --files net.json",
    ]
    given = plan(tmp_path, "--files shipped.py python shipped.py ''")
    assert local_warnings(given, tmp_path) == []


def test_each_role_has_its_own_program_and_files(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("#!/bin/sh\n")
    line = "--role a:cmd=./a.sh,files=a.sh --role b:cmd=./a.sh"
    (problem,) = local(tmp_path, line)
    assert problem.line == "`./a.sh` will not be in the working directory"
    given = plan(tmp_path, "--role 'a:cmd=sh a.sh,files=a.sh' --role 'b:cmd=sh a.sh'")
    assert len(local_warnings(given, tmp_path)) == 1


def test_sources_are_in_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "src" / "bin").mkdir(parents=True)
    (tmp_path / "src" / "bin" / "run").touch()
    assert local(tmp_path, "--source-dir src ./bin/run") == []
    assert local(tmp_path, "--source-dir src ./bin/ran") != []
    assert local(tmp_path, "--source-dir git+https://h/r ./bin/ran") == []
    assert local(tmp_path, "--env r.txt ./xl-env/bin/python") == []
