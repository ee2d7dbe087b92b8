from __future__ import annotations

import getpass
import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.client.conftest import APPLICATION, Script
from tests.client.test_submission import make_job
from xlearning.client.cleaning import (
    Rest,
    delete_rests,
    find_rests,
    report_lookup,
    sweep_job,
)
from xlearning.client.sweeping import UNKNOWN_KEPT_MS
from xlearning.errors import ClusterError
from xlearning.hadoop.reports import ApplicationReport
from xlearning.io.local_storage import LocalStorage
from xlearning.job.spec import DataOptions, OutputSpec, encode_spec

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.hadoop.rest import ResourceManagerRest
    from xlearning.io.storage import Storage

ME = getpass.getuser()


def storages(_url: str) -> Storage:
    return LocalStorage()


def unreachable(_url: str) -> Storage:
    raise ConnectionRefusedError


def test_a_jobs_rests_are_its_folder_and_temporary_outputs(tmp_path: Path) -> None:
    staging, out, done = (tmp_path / name for name in ("staging", "out", "done"))
    for folder in (staging, out / "_temporary" / "worker-0-0", done / "model"):
        folder.mkdir(parents=True)
    (done / "_temporary").mkdir()
    outputs = tuple(OutputSpec(f"file://{each}", "model") for each in (out, done))
    job = make_job(staging_url=f"file://{staging}", outputs=outputs)
    assert sweep_job(job, storages) == [
        f"file://{staging}",
        f"file://{out}/_temporary",
        f"file://{done}/_temporary",
    ]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["done", "model"]
    assert sweep_job(job, storages) == []


def test_a_file_system_that_does_not_answer_is_left_alone() -> None:
    assert sweep_job(make_job(), unreachable) == []


def test_rests_are_found_and_deleted(tmp_path: Path) -> None:
    ended, runs, strange = (
        tmp_path / name for name in (APPLICATION, f"{APPLICATION[:-1]}2", "notes")
    )
    old = tmp_path / "application_1600000000000_0001"
    for folder in (ended, runs, strange, old):
        folder.mkdir()
    long_ago = time.time() - UNKNOWN_KEPT_MS / 1000 - 60
    os.utime(old, (long_ago, long_ago))
    states = {APPLICATION: "KILLED", runs.name: "RUNNING"}
    reports = {key: ApplicationReport(key, state) for key, state in states.items()}
    root = f"file://{tmp_path}"
    rests = find_rests(root, storages, reports.get, ME)
    assert rests == [
        Rest(old.name, f"{root}/{old.name}", ""),
        Rest(APPLICATION, f"{root}/{APPLICATION}", "KILLED"),
    ]
    delete_rests(rests, storages)
    assert {path.name for path in tmp_path.iterdir()} == {runs.name, "notes"}


def test_uploads_that_were_never_committed_are_a_dead_jobs_rests(
    tmp_path: Path,
) -> None:
    outputs = {name: f"file://{tmp_path}/{name}" for name in ("dead", "later", "none")}
    for name in ("dead", "later"):
        (tmp_path / name / "_temporary" / "worker-0-0").mkdir(parents=True)
    os.utime(tmp_path / "dead" / "_temporary", (1000, 1000))
    staging = tmp_path / "staging" / APPLICATION
    staging.mkdir(parents=True)
    job = make_job(outputs=tuple(OutputSpec(url, "o") for url in outputs.values()))
    (staging / "job.json").write_bytes(encode_spec(job))
    report = ApplicationReport(APPLICATION, "FAILED", finished_ms=1_000_000)
    rests = find_rests(f"file://{staging.parent}", storages, lambda _: report, ME)
    assert [rest.temporary for rest in rests] == [(f"{outputs['dead']}/_temporary",)]
    delete_rests(rests, storages)
    assert not (tmp_path / "dead").exists()
    assert (tmp_path / "later" / "_temporary" / "worker-0-0").exists()
    assert not staging.exists()


def test_replacements_that_were_not_finished_are_a_dead_jobs_rests(
    tmp_path: Path,
) -> None:
    outputs = {name: f"file://{tmp_path}/{name}" for name in ("begun", "not", "none")}
    job = make_job(
        outputs=tuple(OutputSpec(url, "o") for url in outputs.values()),
        data=DataOptions(overwrite_output=True),
    )
    new = {name: f".{name}.new.{job.application_id}" for name in outputs}
    (tmp_path / f".begun.old.{job.application_id}").mkdir()
    (tmp_path / new["begun"] / "o").mkdir(parents=True)
    (tmp_path / new["begun"] / "_SUCCESS").touch()
    (tmp_path / new["not"] / "_temporary").mkdir(parents=True)
    (tmp_path / "not" / "older").mkdir(parents=True)
    staging = tmp_path / "staging" / APPLICATION
    staging.mkdir(parents=True)
    (staging / "job.json").write_bytes(encode_spec(job))
    report = ApplicationReport(APPLICATION, "FAILED", finished_ms=1_000_000)
    rests = find_rests(f"file://{staging.parent}", storages, lambda _: report, ME)
    assert [[each.url for each in rest.replacements] for rest in rests] == [
        [outputs["begun"], outputs["not"]]
    ]
    delete_rests(rests, storages)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {"begun", "begun/o", "begun/_SUCCESS", "not", "not/older", "staging"}
    assert sweep_job(job, storages) == []


def test_no_folder_means_no_rests(tmp_path: Path) -> None:
    assert find_rests(f"file://{tmp_path}/none", storages, lambda _: None, ME) == []


def test_others_rests_are_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / APPLICATION).mkdir()

    def report_of(_id: str) -> ApplicationReport:
        pytest.fail("asked")

    assert find_rests(f"file://{tmp_path}", storages, report_of, "somebody") == []


def test_only_a_missing_application_is_unknown(
    script: Script, rest: ResourceManagerRest, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_of = report_lookup(rest)
    report = report_of(APPLICATION)
    assert report is not None
    assert report.state == "ACCEPTED"
    assert report_of("application_1_0002") is None
    monkeypatch.setattr(script, "answer", lambda *_: (500, {"error": "broken"}))
    with pytest.raises(ClusterError):
        report_of(APPLICATION)
