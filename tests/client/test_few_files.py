from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from xlearning.client.few_files import fit_workers, with_workers
from xlearning.client.plan import FewFiles, SubmissionPlan
from xlearning.errors import ConfigError
from xlearning.io.storage import Storages
from xlearning.job.resources import Resources
from xlearning.job.spec import DataOptions, InputSpec, JobSpec, RoleSpec, RuntimeSpec

if TYPE_CHECKING:
    from pathlib import Path

STORAGES = Storages({"fs.defaultFS": "file:///"})


def a_job(folder: Path, **counts: int) -> JobSpec:
    """Return a job of this shape whose input is two aliases of 3 and 2 files."""
    for alias, number in (("a", 3), ("b", 2)):
        (folder / alias).mkdir()
        for name in range(number):
            (folder / alias / str(name)).write_bytes(b"1")
    roles = tuple(
        RoleSpec(name, count, Resources(256, 1), ("true",))
        for name, count in counts.items()
    )
    return JobSpec(
        application_id="",
        name="a job",
        application_type="TENSORFLOW",
        user="alice",
        queue="default",
        priority=0,
        am=Resources(256, 1),
        roles=roles,
        staging_url="",
        runtime=RuntimeSpec(python=""),
        default_fs="file:///",
        inputs=tuple(InputSpec(a, (f"file://{folder}/{a}",)) for a in ("a", "b")),
    )


def fitted(job: JobSpec, few_files: FewFiles) -> tuple[dict[str, int], list[str]]:
    """Return the number of tasks of each role, and what the user is told."""
    told: list[str] = []
    plan = SubmissionPlan(job, "file:///staging", few_files=few_files)
    fit = fit_workers(plan, STORAGES, told.append)
    return {role.name: role.count for role in fit.job.roles}, told


def test_all_workers_run_where_nothing_else_is_wanted(tmp_path: Path) -> None:
    job = a_job(tmp_path, worker=5)
    assert fitted(job, FewFiles.KEEP) == ({"worker": 5}, [])


def test_workers_are_lowered_to_the_alias_with_the_fewest_files(tmp_path: Path) -> None:
    job = a_job(tmp_path, worker=5, evaluator=1, ps=1)
    counts, told = fitted(job, FewFiles.LOWER)
    assert counts == {"worker": 2, "evaluator": 1, "ps": 1}
    assert told == ["input `b` has 2 files for 5 workers: 2 of them run"]


def test_a_chief_is_a_worker_and_stays(tmp_path: Path) -> None:
    job = a_job(tmp_path, chief=1, worker=2)
    assert fitted(job, FewFiles.LOWER)[0] == {"chief": 1, "worker": 1}
    assert [role.name for role in with_workers(job, 1).roles] == ["chief"]


def test_enough_files_change_nothing(tmp_path: Path) -> None:
    job = a_job(tmp_path, worker=2)
    assert fitted(job, FewFiles.LOWER) == ({"worker": 2}, [])
    nothing = msgspec.structs.replace(job, inputs=())
    assert fitted(nothing, FewFiles.FAIL) == ({"worker": 2}, [])


def test_no_files_at_all_lower_nothing(tmp_path: Path) -> None:
    job = a_job(tmp_path, worker=2)
    (tmp_path / "c").mkdir()
    empty = (InputSpec("c", (f"file://{tmp_path}/c",)),)
    job = msgspec.structs.replace(job, inputs=empty)
    assert fitted(job, FewFiles.LOWER) == ({"worker": 2}, [])


def test_too_few_files_are_refused_where_that_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`b` has 2 files for 5 workers"):
        fitted(a_job(tmp_path, worker=5), FewFiles.FAIL)


def test_the_worker_that_uploads_must_stay(tmp_path: Path) -> None:
    job = a_job(tmp_path, worker=5)
    job = msgspec.structs.replace(job, data=DataOptions(output_index=2))
    with pytest.raises(ConfigError, match="--output-index 2"):
        fitted(job, FewFiles.LOWER)
