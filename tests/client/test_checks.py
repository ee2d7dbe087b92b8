from __future__ import annotations

import shlex
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xlearning.client.checks import (
    ClusterFacts,
    check,
    local_problems,
    raise_problems,
    remote_problems,
)
from xlearning.client.limits import Problem
from xlearning.client.options import parse_options
from xlearning.client.planning import Caller, make_plan
from xlearning.config.load import load_settings
from xlearning.errors import ConfigError
from xlearning.io.storage import Storages
from xlearning.job.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlearning.client.plan import SubmissionPlan
    from xlearning.io.storage import FileStatus


def plan(folder: Path, line: str) -> SubmissionPlan:
    options = parse_options(shlex.split(line.replace("DIR", str(folder))))
    settings = load_settings(options.settings, options.conf)
    caller = Caller("alice", str(folder), 1)
    return make_plan(options, settings, {"fs.defaultFS": "file:///"}, caller)


def local(folder: Path, line: str) -> list[Problem]:
    return local_problems(plan(folder, line))


def remote(folder: Path, line: str) -> list[Problem]:
    return remote_problems(plan(folder, line), Storages({"fs.defaultFS": "file:///"}))


def test_local_files_that_are_not_there_are_all_told(tmp_path: Path) -> None:
    (tmp_path / "train.py").touch()
    (tmp_path / "lib").mkdir()
    assert local(tmp_path, "--files trian.py,lib,no/x.py --jars b.jar true") == [
        Problem(
            f"--files: `{tmp_path}/trian.py` does not exist", "did you mean `train.py`?"
        ),
        Problem(
            f"--files: `{tmp_path}/lib` is a folder",
            "pack it, put it on HDFS and name it with --cacheArchive",
        ),
        Problem(
            f"--files: `{tmp_path}/no/x.py` does not exist",
            f"there is no folder `{tmp_path}/no`",
        ),
        Problem(f"--jars: `{tmp_path}/b.jar` does not exist", ""),
    ]


def test_a_file_with_a_number_sign_in_its_name_cannot_be_named(tmp_path: Path) -> None:
    (tmp_path / "part#1.py").touch()
    (problem,) = local(tmp_path, "--files part#1.py true")
    assert problem.hint.startswith("`#` begins the name in the container")


def test_environments_that_cannot_be_built_are_told(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nrequires-python = '<3'\n")
    (tmp_path / "train.py").touch()
    words = "--env train.py --role worker:num=1 --role one:environment=pyproject.toml"
    found = local(tmp_path, f"{words} --role other:environment=gone.txt true")
    first, second, third = found
    assert "is nothing that an environment is made of" in first.line
    assert "a requirements.txt" in first.hint
    assert "wants Python <3, this client runs on" in second.line
    assert third.line == (
        f"--role other:environment: `{tmp_path}/gone.txt` does not exist"
    )


def test_files_that_are_there_are_no_problem(tmp_path: Path) -> None:
    (tmp_path / "train.py").touch()
    assert local(tmp_path, "--files train.py python train.py") == []


def test_inputs_exist_each_part_of_them(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "part-0").touch()
    line = "--input DIR/data,DIR/date,DIR/data/part-*,DIR/data/x-*,DIR/no/no/f true"
    assert remote(tmp_path, line) == [
        Problem(
            f"Input path file://{tmp_path}/date not existed!", "did you mean `data`?"
        ),
        Problem(
            f"Input path file://{tmp_path}/data/x-* not existed!",
            f"the folder `file://{tmp_path}/data` is there",
        ),
        Problem(
            f"Input path file://{tmp_path}/no/no/f not existed!",
            f"the folder `file://{tmp_path}` is there",
        ),
    ]


def test_outputs_do_not_exist(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    found = remote(tmp_path, "--output DIR/new#a --output DIR/old#b true")
    assert found == [
        Problem(
            f"Output path file://{tmp_path}/old already existed!",
            "replace it with --output-overwrite true, or delete it: "
            f"hdfs dfs -rm -r file://{tmp_path}/old",
        )
    ]


def test_only_outputs_are_overwritten(tmp_path: Path) -> None:
    for name in ("complete", "empty", "other", "busy"):
        (tmp_path / name).mkdir()
    (tmp_path / "complete" / "_SUCCESS").touch()
    (tmp_path / "other" / "diary").touch()
    (tmp_path / "busy" / "_SUCCESS").touch()
    (tmp_path / "busy" / "_temporary").mkdir()
    (tmp_path / "saves" / "interResult_2026_11_24_10_30_00").mkdir(parents=True)
    (tmp_path / "file").touch()
    names = ("complete", "empty", "saves", "other", "busy", "file", "none")
    outputs = " ".join(f"--output DIR/{name}#{name}" for name in names)
    found = remote(tmp_path, f"{outputs} --output-overwrite true true")
    assert [problem.line for problem in found] == [
        f"Output path file://{tmp_path}/{name} already existed!"
        for name in ("other", "busy", "file")
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("_SUCCESS", "or delete it: hdfs dfs -rm -r 'file://DIR/the old'"),
        ("_temporary", "`xl clean` deletes it"),
        ("home", "give another --output, e.g. file://DIR/the old/model"),
    ],
)
def test_only_what_is_an_output_should_be_deleted(
    tmp_path: Path, name: str, hint: str
) -> None:
    old = tmp_path / "the old"
    (old / name).mkdir(parents=True)
    (problem,) = remote(tmp_path, "--output 'DIR/the old#a' true")
    assert problem.hint.endswith(hint.replace("DIR", str(tmp_path)))


def test_cached_files_exist(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    line = "--cacheFile DIR/there,DIR/a --cacheArchive DIR/b.tgz --jars hdfs://x/c true"
    found = remote(tmp_path, line.replace("hdfs://x/c", "DIR/there#c"))
    assert [problem.line for problem in found] == [
        f"cacheFile path file://{tmp_path}/a not existed!",
        f"cacheArchive path file://{tmp_path}/b.tgz not existed!",
    ]


def test_one_error_says_all() -> None:
    raise_problems([])
    problems = [Problem("a", "x"), Problem("b", "x"), Problem("b", "x"), Problem("c")]
    with pytest.raises(ConfigError) as caught:
        raise_problems(problems)
    assert caught.value.message == "a\nb\nc"
    assert caught.value.hint == "x"


def test_a_mistake_in_the_first_folder_is_seen(tmp_path: Path) -> None:
    (problem,) = remote(tmp_path, "--input /tpm/x true")
    assert problem.hint == "did you mean `tmp`?"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "a.sock"))
        (problem,) = local(tmp_path, "--files a.sock true")
    assert problem.line.startswith(f"--files: cannot read `{tmp_path}/a.sock`: ")


class Forbidden:
    """A file system that lets nobody look."""

    def stat(self, path: str) -> FileStatus | None:
        raise PermissionError(path)

    def list(self, path: str) -> Sequence[FileStatus]:
        raise PermissionError(path)

    def glob(self, pattern: str) -> Sequence[FileStatus]:
        raise PermissionError(pattern)


def test_what_may_not_be_looked_at_is_told(tmp_path: Path) -> None:
    line = "--input /i --output /o#p --cacheFile /c true"
    found = remote_problems(plan(tmp_path, line), lambda url: Forbidden())
    assert [problem.line for problem in found] == [
        "Input path file:///i cannot be looked at: file:///i",
        "Output path file:///o cannot be looked at: file:///o",
        "cacheFile path file:///c cannot be looked at: file:///c",
    ]


def test_there_is_no_hint_where_nothing_is() -> None:
    class Empty(Forbidden):
        def stat(self, path: str) -> FileStatus | None:
            return None

        def glob(self, pattern: str) -> Sequence[FileStatus]:
            return ()

    found = remote_problems(plan(Path("/"), "--input /*/a true"), lambda url: Empty())
    assert found == [Problem("Input path file:///*/a not existed!")]


def test_all_that_is_wrong_on_the_cluster_is_one_error(tmp_path: Path) -> None:
    storages = Storages({"fs.defaultFS": "file:///"})
    facts = ClusterFacts(Resources(512, 1), ("root.prod",), "rm:8032")
    with pytest.raises(ConfigError) as caught:
        check(plan(tmp_path, "--input DIR/no true"), storages, lambda: facts)
    lines = caught.value.message.splitlines()
    assert lines == [
        f"Input path file://{tmp_path}/no not existed!",
        "AM memory requested 1024 above the max threshold of yarn cluster 512",
        "worker memory requested 1024 above the max threshold of yarn cluster 512",
        "queue `default` does not exist on `rm:8032`",
    ]


def test_a_job_that_can_be_passes(tmp_path: Path) -> None:
    storages = Storages({"fs.defaultFS": "file:///"})
    facts = ClusterFacts(Resources(1024, 1), ("root.default",), "rm:8032")
    check(plan(tmp_path, "--input DIR true"), storages, lambda: facts)


def test_local_mistakes_come_before_any_server_is_asked(tmp_path: Path) -> None:
    facts = ClusterFacts(Resources(1, 1), (), "rm")
    with pytest.raises(ConfigError, match="does not exist") as caught:
        check(
            plan(tmp_path, "--files no --input /i true"),
            lambda url: Forbidden(),
            lambda: facts,
        )
    assert "looked at" not in caught.value.message
