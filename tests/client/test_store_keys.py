from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.client.options import parse_options
from xlearning.client.planning import Caller, make_plan
from xlearning.client.store_keys import job_properties
from xlearning.config.load import load_settings

if TYPE_CHECKING:
    from xlearning.client.plan import SubmissionPlan

HADOOP = {
    "fs.defaultFS": "hdfs://nn:8020",
    "fs.s3a.secret.key": "secret",
    "fs.azure.account.key.a.dfs.core.windows.net": "key",
}


def plan(data: str) -> SubmissionPlan:
    options = parse_options([*data.split(), "python", "a.py"])
    caller = Caller("alice", "/", 1)
    return make_plan(options, load_settings(), HADOOP, caller)


def test_a_job_on_hdfs_gets_no_keys() -> None:
    found = job_properties(plan("--input /a"), HADOOP)
    assert found == {"fs.defaultFS": "hdfs://nn:8020"}


@pytest.mark.parametrize("scheme", ["s3", "s3a"])
def test_a_job_that_writes_to_s3_gets_its_keys(scheme: str) -> None:
    found = job_properties(plan(f"--output {scheme}://bucket/b"), HADOOP)
    assert found == {
        "fs.defaultFS": "hdfs://nn:8020",
        "fs.s3a.secret.key": "secret",
    }


def test_a_job_that_reads_from_azure_gets_its_key() -> None:
    found = job_properties(plan("--input abfs://b@a.net/x"), HADOOP)
    assert set(found) == {"fs.defaultFS", "fs.azure.account.key.a.dfs.core.windows.net"}
