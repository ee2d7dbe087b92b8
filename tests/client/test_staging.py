from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from xlearning.client.plan import CacheEntry, RoleFile, SubmissionPlan, Upload
from xlearning.client.staging import StagingArea, local_file
from xlearning.errors import ConfigError
from xlearning.io.local_storage import LocalStorage
from xlearning.job.resources import Resources
from xlearning.job.spec import (
    JobSpec,
    LocalFile,
    ResourceKind,
    RoleSpec,
    RuntimeSpec,
)

if TYPE_CHECKING:
    from xlearning.io.storage import Storage

ID = "application_1700000000000_0001"
RUNTIME = RuntimeSpec("/opt/xl/bin/python")


def storages(_url: str) -> Storage:
    return LocalStorage()


def provide() -> RuntimeSpec:
    return RUNTIME


@pytest.fixture
def plan(tmp_path: Path) -> SubmissionPlan:
    (tmp_path / "demo.py").write_text("print()\n")
    (tmp_path / "model.tgz").write_bytes(b"gz")
    job = JobSpec(
        application_id="",
        name="demo",
        application_type="TENSORFLOW",
        user="alice",
        queue="default",
        priority=3,
        am=Resources(1024, 1),
        roles=(
            RoleSpec("worker", 2, Resources(512, 1), ("python", "demo.py")),
            RoleSpec("ps", 1, Resources(512, 1), ("python", "demo.py")),
        ),
        staging_url="",
        runtime=RuntimeSpec(""),
        default_fs="file:///",
    )
    return SubmissionPlan(
        job=job,
        staging_root=f"file://{tmp_path}/shared/staging",
        uploads=(Upload(str(tmp_path / "demo.py"), "demo.py", "--files"),),
        cache=(
            CacheEntry(
                f"file://{tmp_path}/model.tgz",
                "model",
                ResourceKind.ARCHIVE,
                "--cacheArchive",
            ),
        ),
    )


def test_a_job_is_complete_and_everything_it_names_is_there(
    plan: SubmissionPlan, tmp_path: Path
) -> None:
    area = StagingArea(plan, ID)
    job = area.fill(storages, provide)
    folder = tmp_path / "shared" / "staging" / ID
    assert job.application_id == ID
    assert job.runtime == RUNTIME
    assert job.staging_url == f"file://{folder}"
    assert [role.files for role in job.roles] == [job.role("ps").files] * 2
    for file in job.roles[0].files:
        path = tmp_path / file.url.removeprefix("file://")
        assert path.stat().st_size == file.size
        assert int(path.stat().st_mtime * 1000) == file.timestamp_ms
    links = {file.link: file.kind for file in job.roles[0].files}
    assert links == {"demo.py": ResourceKind.FILE, "model": ResourceKind.ARCHIVE}


def test_two_roles_may_give_one_name_to_different_files(
    plan: SubmissionPlan, tmp_path: Path
) -> None:
    (tmp_path / "other.py").write_text("other")
    (tmp_path / "env.tgz").write_text("archive")
    archive = ResourceKind.ARCHIVE
    uploads = (
        Upload(str(tmp_path / "demo.py"), "a.py", "--role worker:files", ("worker",)),
        Upload(str(tmp_path / "other.py"), "a.py", "--role ps:files", ("ps",)),
        Upload(str(tmp_path / "env.tgz"), "env", "--archive-files", kind=archive),
    )
    shared = RoleFile(LocalFile("xl-env", "file:///e", 1, 2), ("ps",))
    plan = msgspec.structs.replace(plan, uploads=uploads, cache=())
    job = StagingArea(plan, ID).fill(storages, provide, [shared])
    worker, ps = job.role("worker").files, job.role("ps").files
    assert [file.link for file in worker] == ["a.py", "env"]
    assert [file.link for file in ps] == ["a.py", "env", "xl-env"]
    assert worker[0].url != ps[0].url
    assert Path(ps[0].url.removeprefix("file://")).read_text() == "other"
    assert worker[1].kind is archive
    assert worker[1].url.endswith("/env/env.tgz")


def test_the_folder_is_the_owners_and_the_ones_above_are_everybodys(
    plan: SubmissionPlan, tmp_path: Path
) -> None:
    StagingArea(plan, ID).fill(storages, provide)
    shared = tmp_path / "shared"
    modes = [path.stat().st_mode & 0o7777 for path in (shared, shared / "staging")]
    assert modes == [0o1777, 0o1777]
    folder = shared / "staging" / ID
    assert folder.stat().st_mode & 0o7777 == 0o700


def test_a_file_that_vanished_is_named_with_its_option(
    plan: SubmissionPlan, tmp_path: Path
) -> None:
    (tmp_path / "demo.py").unlink()
    area = StagingArea(plan, ID)
    with pytest.raises(ConfigError, match=r"demo\.py`, named by --files"):
        area.fill(storages, provide)
    assert area.remove(storages)
    assert not (tmp_path / "shared" / "staging" / ID).exists()
    assert not area.remove(storages)


def test_a_cache_file_has_to_be_there(plan: SubmissionPlan, tmp_path: Path) -> None:
    (tmp_path / "model.tgz").unlink()
    with pytest.raises(ConfigError, match=r"model\.tgz` is not there"):
        StagingArea(plan, ID).fill(storages, provide)


def test_a_missing_file_is_no_local_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not there"):
        local_file(LocalStorage(), "a", f"file://{tmp_path}/a")
