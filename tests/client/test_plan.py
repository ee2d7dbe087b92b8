from __future__ import annotations

import shlex

import msgspec

from xlearning.client.options import parse_options
from xlearning.client.plan import RoleFile, SubmissionPlan, completed_job
from xlearning.client.planning import Caller, make_plan
from xlearning.config.load import load_settings
from xlearning.job.spec import LocalFile, RuntimeSpec


def plan() -> SubmissionPlan:
    words = "--app-type tensorflow --ps-num 1 python a.py"
    options = parse_options(shlex.split(words))
    settings = load_settings(options.settings)
    caller = Caller("alice", "/", 1)
    return make_plan(options, settings, {"fs.defaultFS": "hdfs://nn"}, caller)


def test_a_job_is_completed_for_all_roles() -> None:
    file = LocalFile("a.py", "hdfs://nn/s/a.py", 1, 2)
    own = LocalFile("b.py", "hdfs://nn/s/roles/ps/b.py", 1, 2)
    runtime = RuntimeSpec("xl-runtime/bin/python")
    job = completed_job(
        plan(),
        "application_1_0001",
        staging_url="hdfs://nn/s",
        runtime=runtime,
        files=(RoleFile(file), RoleFile(own, ("ps",))),
    )
    assert job.application_id == "application_1_0001"
    assert job.staging_url == "hdfs://nn/s"
    assert job.runtime == runtime
    assert [role.files for role in job.roles] == [(file,), (file, own)]


def test_a_plan_goes_through_json() -> None:
    data = msgspec.json.encode(plan())
    assert msgspec.json.decode(data, type=SubmissionPlan) == plan()
