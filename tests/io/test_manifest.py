"""Names of saves, and what their manifests and lists say."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.io import manifest as m
from xlearning.job.ids import TaskId
from xlearning.job.resources import Resources
from xlearning.job.spec import JobSpec, OutputLayout, OutputSpec, RoleSpec, RuntimeSpec

OUT = "hdfs://nn:8020/user/alice/out"
DEFAULT = "/interResult_"
NAME = "2019_05_01_12_00_00"


def a_manifest(**changes: object) -> m.Manifest:
    output = m.SavedOutput(OUT, "model", f"{OUT}{DEFAULT}{NAME}")
    tasks = (m.SavedTask("worker", 0, "container_1"),)
    saved = m.Manifest(
        "application_1700000000000_0001",
        NAME,
        0,
        "alice",
        {"worker": 2},
        tasks,
        (output,),
    )
    return msgspec.structs.replace(saved, **changes)


def a_job(workers: int = 2, local: str = "model") -> JobSpec:
    return JobSpec(
        application_id="",
        name="",
        application_type="XLEARNING",
        user="alice",
        queue="default",
        priority=0,
        am=Resources(256, 1),
        roles=(RoleSpec("worker", workers, Resources(512, 1), ("true",)),),
        staging_url="",
        runtime=RuntimeSpec(""),
        default_fs="hdfs://nn:8020",
        outputs=(OutputSpec(OUT, local),),
    )


def test_a_save_is_named_as_xlearning_did_in_utc() -> None:
    assert m.save_name(1556712000.9) == NAME
    assert m.save_url(OUT, DEFAULT, NAME) == f"{OUT}/interResult_{NAME}"
    assert m.save_url(f"{OUT}/", DEFAULT, NAME) == f"{OUT}/interResult_{NAME}"
    assert m.save_url(OUT, "-saves/", NAME) == f"{OUT}-saves/{NAME}"


def test_where_things_are() -> None:
    url = f"{OUT}/interResult_{NAME}"
    assert m.temporary_save_url(OUT, NAME) == f"{OUT}/_temporary/save-{NAME}"
    assert m.manifest_url(url) == f"{url}/_save/manifest.json"
    assert m.list_url(url, TaskId("ps", 3)) == f"{url}/_save/ps-3.json"
    task = TaskId("worker", 0)
    assert m.part_name(OutputLayout.TASK, task, "c1") == "worker-0"
    assert m.part_name(OutputLayout.CONTAINER, task, "c1") == "c1"


@pytest.mark.parametrize(
    ("directory", "folder", "stem"),
    [
        (DEFAULT, OUT, "interResult_"),
        ("/interResult/interResult_", f"{OUT}/interResult", "interResult_"),
        ("-saves/", f"{OUT}-saves", ""),
        ("_", "hdfs://nn:8020/user/alice", "out_"),
    ],
)
def test_saves_are_found_where_they_are_put(
    directory: str, folder: str, stem: str
) -> None:
    assert m.saves_folder(OUT, directory) == (folder, stem)
    entry = m.save_url(OUT, directory, NAME).rpartition("/")[2]
    assert m.name_in(entry, stem) == NAME


@pytest.mark.parametrize(
    "entry", ["interResult_", "interResult_x", f"{NAME}", f"interResult_{NAME}_2", ""]
)
def test_what_is_named_otherwise_is_no_save(entry: str) -> None:
    assert m.name_in(entry, "interResult_") == ""


@given(st.integers(0, 4_000_000_000), st.integers(0, 4_000_000_000))
def test_names_are_in_the_order_of_time(one: int, other: int) -> None:
    assert (m.save_name(one) < m.save_name(other)) == (one < other)


@pytest.mark.parametrize(
    ("directory", "entries", "only"),
    [
        (DEFAULT, [f"interResult_{NAME}"], True),
        (DEFAULT, [], False),
        (DEFAULT, [f"interResult_{NAME}", "_temporary"], False),
        (DEFAULT, [f"interResult_{NAME}", "_SUCCESS", "c1"], False),
        (DEFAULT, [f"interResult_{NAME}", "c1"], False),
        ("/interResult/interResult_", ["interResult"], True),
        ("/interResult/interResult_", ["interResult", "x"], False),
        ("-saves/", [f"{NAME}"], False),
    ],
)
def test_what_a_job_leaves_that_made_saves(
    directory: str, entries: list[str], only: bool
) -> None:
    assert m.holds_only_saves(entries, directory) is only


@given(st.sets(st.integers(0, 10**6).map(m.save_name)), st.integers(0, 5))
def test_the_newest_saves_stay(names: set[str], keep: int) -> None:
    old = m.surplus(names, keep)
    stay = names - set(old)
    assert len(stay) == (min(keep, len(names)) if keep else len(names))
    assert all(name < other for name in old for other in stay)
    assert old == sorted(old)


def test_a_save_fits_a_job_with_its_roles_and_folders() -> None:
    assert m.misfits(a_manifest(), a_job()) == []
    assert m.misfits(a_manifest(), a_job(workers=3)) == [
        "it is of 2 worker tasks, and the job has 3"
    ]
    assert m.misfits(a_manifest(), a_job(local="weights")) == [
        "it has the output `model`, and the job has none of this name"
    ]
    assert m.misfits(a_manifest(), a_job(local="./model/")) == []


def test_tasks_that_are_not_in_it_are_known() -> None:
    assert m.missing_tasks(a_manifest()) == ["worker 1"]


def test_both_files_are_read_as_they_were_written() -> None:
    manifest = a_manifest(left_out=("worker 0: model/ü",), left_out_count=1)
    assert m.decode_manifest(m.encode_manifest(manifest)) == manifest
    file = m.SavedFile("a/ü b", 3, 5, 0o644, "ab", taken=True)
    files = m.FileList("container_1", (file,), ("a",))
    assert m.decode_list(m.encode_list(files)) == files
    assert file.identity == m.Identity(3, 5)
