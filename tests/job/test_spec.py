"""A job as a value, and as `job.json`."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlearning.job.resources import Resources
from xlearning.job.spec import (
    DataOptions,
    InputBalance,
    InputSpec,
    JobOptions,
    JobSpec,
    LocalFile,
    OutputLayout,
    OutputSpec,
    ResourceKind,
    RoleSpec,
    RuntimeSpec,
    Visibility,
    decode_spec,
    encode_spec,
)

TEXTS = st.text(max_size=8)
SIZES = st.builds(Resources, st.integers(1), st.integers(1), st.integers(0, 8))
FILES = st.builds(
    LocalFile,
    TEXTS,
    TEXTS,
    st.integers(0, 1 << 60),
    st.integers(0, 1 << 60),
    st.sampled_from(ResourceKind),
    st.sampled_from(Visibility),
)
ROLES = st.builds(
    RoleSpec,
    TEXTS,
    st.integers(1, 9),
    SIZES,
    st.lists(TEXTS).map(tuple),
    st.dictionaries(TEXTS, TEXTS, max_size=3),
    st.lists(FILES, max_size=2).map(tuple),
    TEXTS,
)
JOBS = st.builds(
    JobSpec,
    application_id=TEXTS,
    name=TEXTS,
    application_type=TEXTS,
    user=TEXTS,
    queue=TEXTS,
    priority=st.integers(0, 10),
    am=SIZES,
    roles=st.lists(ROLES, max_size=3).map(tuple),
    staging_url=TEXTS,
    runtime=st.builds(RuntimeSpec, TEXTS, st.none() | FILES),
    default_fs=TEXTS,
    inputs=st.just((InputSpec("data", ("hdfs://nn:8020/in",)),)),
    outputs=st.just((OutputSpec("hdfs://nn:8020/out", "model"),)),
    data=st.builds(
        DataOptions,
        balance=st.sampled_from(InputBalance),
        layout=st.sampled_from(OutputLayout),
    ),
    options=st.builds(JobOptions, failure_rate=st.floats(0, 1)),
)


@given(JOBS)
@settings(deadline=None)
def test_a_job_is_read_back_as_it_was(spec: JobSpec) -> None:
    assert decode_spec(encode_spec(spec)) == spec


@pytest.mark.parametrize("data", [b"", b"<html>", b"{}", b'{"name": 1}', b"\xff"])
def test_what_is_no_job_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_spec(data)


def test_roles_are_found_by_name() -> None:
    worker = RoleSpec("worker", 2, Resources(1024, 1), ("python",))
    spec = JobSpec(
        application_id="application_1700000000000_0001",
        name="a job",
        application_type="TENSORFLOW",
        user="alice",
        queue="default",
        priority=3,
        am=Resources(1024, 1),
        roles=(RoleSpec("ps", 1, Resources(512, 1), ()), worker),
        staging_url="hdfs://nn:8020/staging",
        runtime=RuntimeSpec("python"),
        default_fs="hdfs://nn:8020",
    )
    assert spec.role("worker") is worker
    assert (spec.count("worker"), spec.count("ps"), spec.count("chief")) == (2, 1, 0)
    with pytest.raises(KeyError, match="chief"):
        spec.role("chief")
    # The form that shows in job.json is a plain object.
    assert json.loads(encode_spec(spec))["roles"][1]["count"] == 2
