"""`xl fs` on the local disk; that file systems behave alike is shown in `tests/io`."""

from __future__ import annotations

import json
import os
import uuid
from typing import TYPE_CHECKING

import pytest

from xlearning.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory, with Hadoop's files of a cluster without HDFS."""
    (tmp_path / "conf").mkdir()
    root = f"<value>{tmp_path}/hdfs</value>"
    (tmp_path / "conf/core-site.xml").write_text(
        "<configuration><property><name>xlearning.local.hdfs.root</name>"
        f"{root}</property></configuration>"
    )
    work = tmp_path / "work"
    (work / "d/e").mkdir(parents=True)
    (work / "d/a").write_bytes(b"one\n")
    (work / "d/e/ü #%20").write_bytes(b"\xff\x00" * 1000)
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path / "conf"))
    monkeypatch.delenv("XLEARNING_CONF_DIR", raising=False)
    monkeypatch.chdir(work)
    return work


def lines(capsys: Capture) -> list[str]:
    """Return the last word of each line."""
    return [line.rpartition("  ")[2] for line in capsys.readouterr().out.splitlines()]


def test_a_tree_goes_and_comes(here: Path, capsys: Capture) -> None:
    assert run(["fs", "put", "d", "hdfs:///data"]) == 0
    assert run(["fs", "get", "hdfs:///data", "back"]) == 0
    assert (here / "back/a").read_bytes() == b"one\n"
    assert (here / "back/e/ü #%20").read_bytes() == b"\xff\x00" * 1000
    assert capsys.readouterr().out == ""


def test_a_name_is_put_into_a_folder_that_is_there(here: Path) -> None:
    assert run(["fs", "mkdir", "hdfs:///in/x"]) == 0
    assert run(["fs", "put", "d", "d/a", "hdfs:///in/x"]) == 0
    assert run(["fs", "get", "hdfs:///in/x/{a,d}", "."]) == 1  # d is there
    (here / "new").mkdir()
    assert run(["fs", "get", "hdfs:///in/x/{a,d}", "new"]) == 0
    assert (here / "new/a").read_bytes() == (here / "new/d/a").read_bytes()


def test_nothing_is_replaced_unless_that_is_wanted(here: Path, capsys: Capture) -> None:
    run(["fs", "put", "d/a", "hdfs:///a"])
    (here / "other").write_bytes(b"two\n")
    assert run(["fs", "put", "other", "hdfs:///a"]) == 1
    err = capsys.readouterr().err
    assert "a`: File exists\n\nhint: -f replaces it\n" in err
    assert run(["fs", "cat", "hdfs:///a"]) == 0
    assert run(["fs", "put", "-f", "other", "hdfs:///a"]) == 0
    assert run(["fs", "cat", "hdfs:///a", "hdfs:///a"]) == 0
    assert capsys.readouterr().out == "one\ntwo\ntwo\n"
    assert run(["fs", "get", "hdfs:///a", "d/a"]) == 1
    assert (here / "d/a").read_bytes() == b"one\n"
    assert run(["fs", "get", "-f", "hdfs:///a", "d/a"]) == 0
    assert (here / "d/a").read_bytes() == b"two\n"


def test_listings(here: Path, capsys: Capture) -> None:
    assert run(["fs", "ls", "d"]) == 0
    assert lines(capsys) == [f"{here}/d/a", f"{here}/d/e"]
    assert run(["fs", "ls", "-r", f"file://{here}/d"]) == 0
    url = f"file://{here}/d"
    assert lines(capsys) == [f"{url}/a", f"{url}/e", f"{url}/e/ü #%20"]
    assert run(["fs", "ls", "-d", "d", "d/?"]) == 0
    assert lines(capsys) == [f"{here}/d", f"{here}/d/a", f"{here}/d/e"]
    assert run(["fs", "ls", "--json", "d/a"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["url"], found["bytes"]) == (f"file://{here}/d/a", 4)
    (here / "empty").mkdir()
    assert run(["fs", "ls", "empty"]) == 0
    assert capsys.readouterr().out == ""


def test_amounts(here: Path, capsys: Capture) -> None:
    assert run(["fs", "du", "d"]) == 0
    assert capsys.readouterr().out == (
        f"   4 bytes  {here}/d/a\n  1.95 KiB  {here}/d/e\n"
    )
    assert run(["fs", "du", "-s", "--json", "d"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data == [{"url": f"file://{here}/d", "bytes": 2004}]


def test_deleting(here: Path, capsys: Capture) -> None:
    assert run(["fs", "rm", "d/a", "d/e"]) == 2
    assert (here / "d/a").exists()  # all or nothing
    assert "d/e` is a folder\n\nhint: -r deletes it" in capsys.readouterr().err
    assert run(["fs", "rm", "-r", "d/*"]) == 0
    assert list((here / "d").iterdir()) == []
    assert run(["fs", "rm", "d/a"]) == 1
    assert run(["fs", "rm", "-f", "d/a"]) == 0
    assert run(["fs", "rm", "-r", "/"]) == 2
    assert "is all there is" in capsys.readouterr().err


def test_moving(here: Path) -> None:
    assert run(["fs", "mv", "d/a", "b"]) == 0
    assert run(["fs", "mv", "b", "d/e"]) == 0
    assert (here / "d/e/b").read_bytes() == b"one\n"
    assert run(["fs", "mv", "none", "x"]) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ls", "none"], 1, "`none`: No such file or directory"),
        (["cat", "none*"], 1, "`none*`: No such file or directory"),
        (["cat", "d"], 1, "d`: Is a directory"),
        (["put", "none", "x"], 1, "`none`: No such file or directory"),
        (["put", "d", "d/a", "x"], 2, "`x` is not a folder, and 2 come there"),
        (["get", "d/*", "x"], 2, "`x` is not a folder, and 2 come there"),
        (["mkdir", "d/a"], 1, "d/a`: File exists"),
        (["ls", "ftp://host/a"], 2, "`ftp` of `ftp://host/a` is not a supported"),
        (["rm"], 2, "missing argument"),
    ],
)
def test_errors(
    here: Path, capsys: Capture, words: list[str], code: int, said: str
) -> None:
    assert run(["fs", *words]) == code
    assert said in capsys.readouterr().err


@pytest.fixture
def hdfs_folder() -> Iterator[str]:
    """An empty folder on the running Hadoop."""
    if "HADOOP_CONF_DIR" not in os.environ:
        pytest.skip("HADOOP_CONF_DIR names no Hadoop")
    folder = f"/tmp/fs-{uuid.uuid4().hex[:8]}"
    assert run(["fs", "mkdir", folder]) == 0
    yield folder
    assert run(["fs", "rm", "-r", folder]) == 0


@pytest.mark.hadoop
def test_on_hdfs(hdfs_folder: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a b").write_bytes(b"one\n")
    (tmp_path / "a b").chmod(0o640)
    assert run(["fs", "put", str(tmp_path / "a b"), hdfs_folder]) == 0
    assert run(["fs", "ls", f"{hdfs_folder}/a*"]) == 0
    assert capsys.readouterr().out.startswith("-rw-r-----  ")
    assert run(["fs", "get", f"{hdfs_folder}/a b", str(tmp_path / "back")]) == 0
    assert (tmp_path / "back").read_bytes() == b"one\n"
