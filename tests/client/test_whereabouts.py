"""Which nodes hold a job's input: a NameNode's server that says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.client.test_submission import make_job
from xlearning.client.whereabouts import input_hosts
from xlearning.hadoop.reports import ClusterNode
from xlearning.hadoop.resource import Resource
from xlearning.io.storage import Storages
from xlearning.job.spec import DataOptions, InputSpec

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.job.spec import JobSpec

STORAGES = Storages({"fs.defaultFS": "file:///"})


def nodes() -> list[ClusterNode]:
    size = Resource(1, 1)
    return [
        ClusterNode(f"n{n}:1", f"n{n}", f"n{n}:2", "/r", "RUNNING", size, size, 0)
        for n in (1, 2)
    ]


@pytest.fixture
def job(tmp_path: Path) -> JobSpec:
    """A job with a file as input."""
    (tmp_path / "file").write_bytes(b"12345")
    spec = make_job(default_fs="file:///")
    inputs = (InputSpec("d", (f"file://{tmp_path}/file",)),)
    return msgspec.structs.replace(spec, inputs=inputs)


def test_local_input_is_nowhere(job: JobSpec) -> None:
    assert input_hosts(job, {}, STORAGES, nodes) == ()


def test_nobody_asks_where_nobody_wants_to_know(job: JobSpec) -> None:
    off = msgspec.structs.replace(job, data=DataOptions(near_input=False))
    assert input_hosts(off, {}, STORAGES, nodes) == ()
    assert input_hosts(make_job(), {}, STORAGES, nodes) == ()


def test_what_is_wrong_with_the_input_is_told_by_others(tmp_path: Path) -> None:
    inputs = (InputSpec("d", (f"file://{tmp_path}/gone",)),)
    job = msgspec.structs.replace(make_job(), inputs=inputs)
    assert input_hosts(job, {}, STORAGES, nodes) == ()
