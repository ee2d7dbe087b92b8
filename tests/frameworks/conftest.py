"""A job of some type, with so many tasks of each role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.job.resources import Resources
from xlearning.job.spec import JobOptions, JobSpec, RoleSpec, RuntimeSpec

if TYPE_CHECKING:
    from collections.abc import Callable


def make_job(options: JobOptions | None = None, **counts: int) -> JobSpec:
    """Return a job with so many tasks of each role."""
    return JobSpec(
        application_id="application_1700000000000_0001",
        name="a job",
        application_type="TENSORFLOW",
        user="alice",
        queue="default",
        priority=3,
        am=Resources(1024, 1),
        roles=tuple(
            RoleSpec(name, count, Resources(1024, 1), ("python", "train.py"))
            for name, count in counts.items()
            if count
        ),
        staging_url="hdfs://nn:8020/staging",
        runtime=RuntimeSpec("python"),
        default_fs="hdfs://nn:8020",
        options=options or JobOptions(),
    )


@pytest.fixture(scope="session")
def job() -> Callable[..., JobSpec]:
    """Return the maker of jobs: `job(worker=2, ps=1)`."""
    return make_job
