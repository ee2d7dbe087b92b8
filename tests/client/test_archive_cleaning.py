from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.client.conftest import APPLICATION
from tests.client.test_submission import make_job
from xlearning.client.archive_cleaning import (
    KEPT_DAYS,
    find_archives,
    local_archives,
    named_archives,
)
from xlearning.hadoop.reports import ApplicationReport
from xlearning.io.local_storage import LocalStorage
from xlearning.job.spec import LocalFile, RuntimeSpec, encode_spec

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.io.storage import Storage

DAY_S = 24 * 3600
NOBODY: frozenset[str] = frozenset()


def storages(_url: str) -> Storage:
    return LocalStorage()


def write(folder: Path, name: str, days: float) -> None:
    path = folder / ".xlearning" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    then = time.time() - days * DAY_S
    os.utime(path, (then, then))


def found(home: Path, named: frozenset[str] | None = NOBODY) -> list[str]:
    rests = find_archives(f"file://{home}", LocalStorage(), named)
    return [rest.url.rpartition("/.xlearning/")[2] for rest in rests]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Archives, some of them used lately."""
    for name, days, used in (
        ("env/old.tgz", 30, 20),
        ("env/in-use.tgz", 30, 1),
        ("runtime/new.tgz", 1, None),
        ("source/never.tgz", 15, None),
    ):
        write(tmp_path, name, days)
        if used is not None:
            write(tmp_path, f"{name}.used", used)
    return tmp_path


def test_what_was_not_asked_for_in_a_while_goes(home: Path) -> None:
    assert found(home) == ["env/old.tgz", "env/old.tgz.used", "source/never.tgz"]
    (rest, *_) = find_archives(f"file://{home}", LocalStorage(), NOBODY)
    assert rest.state == "not used for 20 days"


def test_what_a_live_job_names_stays(home: Path) -> None:
    named = frozenset({f"file://{home}/.xlearning/env/old.tgz"})
    assert found(home, named) == ["source/never.tgz"]


def test_nothing_goes_while_a_job_does_not_tell(home: Path) -> None:
    assert found(home, None) == []


def test_rests_of_broken_uploads_go(home: Path) -> None:
    write(home, "env/.new.tgz.0123", KEPT_DAYS + 1)
    write(home, "env/.newer.tgz.0123", 1)
    assert "env/.new.tgz.0123" in found(home)
    assert "env/.newer.tgz.0123" not in found(home)


def test_there_may_be_none(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def report(state: str) -> ApplicationReport:
    return ApplicationReport.from_json({"id": APPLICATION, "state": state})


def test_live_jobs_name_their_archives(tmp_path: Path) -> None:
    root = f"file://{tmp_path}"
    assert named_archives([report("FINISHED")], root, storages) == frozenset()
    assert named_archives([report("RUNNING")], root, storages) is None
    archive = LocalFile("xl-runtime", "hdfs://nn/r.tgz", 1, 2)
    job = make_job(runtime=RuntimeSpec("python", archive))
    own = LocalFile("xl-env", "hdfs://nn/e.tgz", 1, 2)
    roles = (msgspec.structs.replace(job.roles[0], files=(own,)),)
    folder = tmp_path / APPLICATION
    folder.mkdir()
    text = encode_spec(msgspec.structs.replace(job, roles=roles))
    (folder / "job.json").write_bytes(text)
    assert named_archives([report("RUNNING")], root, storages) == frozenset(
        {"hdfs://nn/r.tgz", "hdfs://nn/e.tgz"}
    )
    path_only = msgspec.structs.replace(job, runtime=RuntimeSpec("/opt/python"))
    (folder / "job.json").write_bytes(encode_spec(path_only))
    assert named_archives([report("RUNNING")], root, storages) == frozenset(
        file.url for role in path_only.roles for file in role.files
    )


def test_old_archives_of_this_machine(tmp_path: Path) -> None:
    for name, days in (("env/a.tgz", 15), ("env/b.tgz", 1), ("runtime/c.part", 15)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        os.utime(path, (time.time() - days * DAY_S,) * 2)
    names = [path.name for path in local_archives(tmp_path)]
    assert names == ["c.part", "a.tgz"]
