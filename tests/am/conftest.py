"""Jobs that the tests of the ApplicationMaster decide on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from xlearning.job.resources import Resources
from xlearning.job.spec import JobSpec, OutputSpec, RoleSpec, RuntimeSpec

if TYPE_CHECKING:
    from collections.abc import Callable


def job(application_type: str = "XLEARNING", **counts: int) -> JobSpec:
    """Return a job with so many tasks of each role."""
    roles = tuple(
        RoleSpec(name, count, Resources(1024, 1), ("python", "train.py"))
        for name, count in counts.items()
    )
    return JobSpec(
        application_id="application_1700000000000_0001",
        name="a job",
        application_type=application_type,
        user="alice",
        queue="default",
        priority=3,
        am=Resources(1024, 1),
        roles=roles,
        staging_url="hdfs://nn:8020/tmp/XLearning/staging/application_1700000000000_0001",
        runtime=RuntimeSpec("/opt/xlearning/bin/python"),
        default_fs="hdfs://nn:8020",
    )


@pytest.fixture
def make_job() -> Callable[..., JobSpec]:
    """Return the maker of jobs."""
    return job


@pytest.fixture
def training() -> JobSpec:
    """Return two workers and a parameter server with one output."""
    spec = job("TENSORFLOW", worker=2, ps=1)
    outputs = (OutputSpec("hdfs://nn:8020/out", "model"),)
    return msgspec.structs.replace(spec, outputs=outputs)
