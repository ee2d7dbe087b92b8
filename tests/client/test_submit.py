from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.client.conftest import APPLICATION, Script
from tests.client.test_submission import make_job
from xlearning.client import submit
from xlearning.client.placement import HANDLER
from xlearning.client.plan import FollowOptions, SubmissionPlan, Upload
from xlearning.errors import ClusterError, ConfigError
from xlearning.io.local_storage import LocalStorage
from xlearning.job.spec import OutputSpec, Placement

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.hadoop.rest import ResourceManagerRest
    from xlearning.io.storage import Storage


def storages(_url: str) -> Storage:
    return LocalStorage()


@pytest.fixture
def plan(tmp_path: Path) -> SubmissionPlan:
    (tmp_path / "demo.py").write_text("print()\n")
    return SubmissionPlan(
        job=make_job(
            default_fs="file:///",
            outputs=(OutputSpec(f"file://{tmp_path}/out", "model"),),
        ),
        staging_root=f"file://{tmp_path}/staging",
        runtime="path:/opt/xl",
        uploads=(Upload(str(tmp_path / "demo.py"), "demo.py", "--files"),),
        am_environment={"A": "1"},
        follow=FollowOptions(poll_interval_s=0.25),
    )


def run(plan: SubmissionPlan, rest: ResourceManagerRest) -> int:
    return submit.run(plan, {"a": "b"}, rest=rest, storages=storages)


def test_a_job_is_submitted_and_followed(
    plan: SubmissionPlan,
    rest: ResourceManagerRest,
    script: Script,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(plan, rest) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "Requesting a new application from cluster with 3 NodeManagers",
        f"Got new Application: {APPLICATION}",
        f"The url to track the job: {script.url}/proxy/{APPLICATION}/",
        f"Application report for {APPLICATION} (state: ACCEPTED)",
        f"Application report for {APPLICATION} (state: RUNNING)",
        f"Application report for {APPLICATION} (state: FINISHED)",
        "Application completed successfully",
        f"Output: file://{tmp_path}/out",
        f"Removed what the job left: file://{tmp_path}/staging/{APPLICATION}",
    ]
    (body,) = script.bodies
    assert body["application-id"] == APPLICATION
    container = body["am-container-spec"]
    assert "/opt/xl/bin/python -P -m xlearning.am" in container["commands"]["command"]
    assert {"key": "A", "value": "1"} in container["environment"]["entry"]


@pytest.mark.parametrize(
    ("own", "ours", "constrained"),
    [("scheduler", "disabled", True), (None, "scheduler", True), (None, None, False)],
    ids=["the ResourceManager says", "ours says", "nobody says"],
)
def test_a_role_is_placed_by_constraints_where_they_are_taken(
    plan: SubmissionPlan,
    rest: ResourceManagerRest,
    script: Script,
    own: str | None,
    ours: str | None,
    constrained: bool,
) -> None:
    script.configuration = {HANDLER: own} if own else None
    (worker,) = plan.job.roles
    spread = msgspec.structs.replace(worker, count=2, placement=Placement.SPREAD)
    job = msgspec.structs.replace(plan.job, roles=(spread,))
    plan = msgspec.structs.replace(plan, job=job)
    said: list[str] = []
    hadoop = {HANDLER: ours} if ours else {}
    found = submit.submit(
        plan, hadoop, rest=rest, storages=storages, say=said.append
    ).roles[0]
    assert found.constrained is constrained
    assert [host.name for host in found.hosts] == ([] if constrained else ["n1"])
    assert said[0].startswith("warning: `spread` of the role") is constrained


def test_a_failed_job_gives_two(
    plan: SubmissionPlan, rest: ResourceManagerRest, script: Script
) -> None:
    script.final_status = "FAILED"
    assert run(plan, rest) == 2


def test_a_refused_submission_leaves_nothing(
    plan: SubmissionPlan, rest: ResourceManagerRest, script: Script, tmp_path: Path
) -> None:
    script.refuses = True
    with pytest.raises(ClusterError, match="no room"):
        run(plan, rest)
    assert list((tmp_path / "staging").iterdir()) == []
    assert script.bodies[-1]["state"] == "KILLED"  # should it be there all the same


def test_a_file_that_is_gone_leaves_nothing(
    plan: SubmissionPlan, rest: ResourceManagerRest, script: Script, tmp_path: Path
) -> None:
    (tmp_path / "demo.py").unlink()
    with pytest.raises(ConfigError, match=r"demo\.py"):
        run(plan, rest)
    assert list((tmp_path / "staging").iterdir()) == []
    assert script.bodies == []


def test_a_folder_that_cannot_be_made_is_explained(
    plan: SubmissionPlan, rest: ResourceManagerRest, tmp_path: Path
) -> None:
    (tmp_path / "staging").write_text("a file")
    with pytest.raises(ConfigError, match="cannot write the job's files") as found:
        run(plan, rest)
    assert "xlearning.staging.dir" in str(found.value.hint)


def with_follow(plan: SubmissionPlan, **options: Any) -> SubmissionPlan:
    return msgspec.structs.replace(plan, follow=FollowOptions(**options))


def test_a_detached_client_prints_the_id_and_leaves_the_files(
    plan: SubmissionPlan,
    rest: ResourceManagerRest,
    script: Script,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    script.states = ["ACCEPTED"]
    assert run(with_follow(plan, detach=True), rest) == 0
    assert capsys.readouterr().out == f"{APPLICATION}\n"
    folder = tmp_path / "staging" / APPLICATION
    assert [path.name for path in folder.iterdir()] == ["files"]


def test_json_tells_the_end(
    plan: SubmissionPlan,
    rest: ResourceManagerRest,
    script: Script,
    capsys: pytest.CaptureFixture[str],
) -> None:
    script.states = ["FINISHED"]
    script.final_status, script.diagnostics = "FAILED", "worker 0"
    assert run(with_follow(plan, as_json=True), rest) == 2
    assert json.loads(capsys.readouterr().out) == {
        "application_id": APPLICATION,
        "state": "FINISHED",
        "final_status": "FAILED",
        "tracking_url": f"{script.url}/proxy/{APPLICATION}/",
        "diagnostics": "worker 0",
        "exit_code": 2,
    }


def test_earlier_jobs_rests_are_swept(
    plan: SubmissionPlan, rest: ResourceManagerRest, script: Script, tmp_path: Path
) -> None:
    plan = msgspec.structs.replace(
        plan, job=make_job(default_fs="file:///", user=_me(tmp_path))
    )
    earlier = tmp_path / "staging" / APPLICATION
    earlier.mkdir(parents=True)
    script.states = ["FINISHED"]
    assert run(plan, rest) == 0
    assert not earlier.exists()


@pytest.mark.parametrize(
    ("default_fs", "expected"),
    [
        ("hdfs://nn:8020", "hdfs://nn:8020/user/alice"),
        ("hdfs://ns1/", "hdfs://ns1/user/alice"),
    ],
)
def test_homes_are_where_hdfs_has_them(default_fs: str, expected: str) -> None:
    assert submit.home_url(default_fs, "alice") == expected


def test_the_local_disk_has_homes_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    assert submit.home_url("file:///", "alice") == "file:///home/alice"


def _me(folder: Path) -> str:
    return folder.owner()
