"""How output leaves programs on a real Hadoop, and what is there meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.hdfs import WebHdfs
from tests.e2e.test_failures import Held, assert_failed, assert_refused
from tests.e2e.test_quickstart import folders_of_containers, run_well
from tests.e2e.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.hadoop import Hadoop

BASE = "/tmp/output-tests"
OUT, LOG = f"{BASE}/out", f"{BASE}/log"
SMALL = ["--queue", "default", "--am-memory", "512M", "--worker-memory", "256M"]
TF = [*SMALL, "--app-type", "tensorflow", "--ps-memory", "256M"]
ONCE = ["--conf", "xlearning.app.max.attempts=1"]
WRITE = ["--launch-cmd", "sh -c 'echo $TF_ROLE-$TF_INDEX > model/who'"]


@pytest.fixture(autouse=True)
def folders(hadoop: Hadoop) -> Iterator[None]:
    """No output of an earlier test."""
    hadoop.hdfs.delete(BASE)
    yield
    hadoop.hdfs.delete(BASE)


def write(text: str) -> list[str]:
    return ["--launch-cmd", f"sh -c 'echo {text} > model/text'"]


def test_only_one_worker_uploads(hadoop: Hadoop) -> None:
    job = ["--worker-num", "3", "--output-index", "1", "--output", f"{OUT}#model"]
    run_well(hadoop, "generic", *SMALL, *WRITE, *job)
    output = hadoop.hdfs.files(OUT)
    assert output == {"_SUCCESS": b"", "model/who": b"worker-1\n"}


def test_several_outputs_of_workers_and_parameter_servers(hadoop: Hadoop) -> None:
    ends = "if [ $TF_ROLE = ps ]; then exec sleep 60; fi"
    show = f"echo $TF_ROLE-$TF_INDEX > model/who; echo x > log/events; {ends}"
    job = ["--worker-num", "2", "--ps-num", "1", "--launch-cmd", f"sh -c '{show}'"]
    two = ["--output", f"{OUT}#model", "--output", f"{LOG}#log"]
    application_id, _ = run_well(hadoop, "generic", *TF, *job, *two)
    models = hadoop.hdfs.files(OUT)
    assert len(folders_of_containers(models, application_id)) == 3
    assert sorted(models.values()) == [b"", b"ps-0\n", b"worker-0\n", b"worker-1\n"]
    logs = hadoop.hdfs.files(LOG)
    assert folders_of_containers(logs, application_id) == folders_of_containers(
        models, application_id
    )
    assert logs["_SUCCESS"] == b""


def test_one_folder_to_two_places(hadoop: Hadoop) -> None:
    two = ["--output", f"{OUT}#model", "--output", f"{LOG}#model"]
    run_well(hadoop, "generic", *SMALL, *write("twice"), *two)
    assert hadoop.hdfs.read(f"{OUT}/model/text") == b"twice\n"
    assert hadoop.hdfs.read(f"{LOG}/model/text") == b"twice\n"


def test_a_rerun_replaces_the_output_when_it_is_complete(
    hadoop: Hadoop, tmp_path: Path
) -> None:
    output = ["--output", f"{OUT}#model"]
    run_well(hadoop, "generic", *SMALL, *write("older"), *output)
    older = hadoop.hdfs.files(OUT)
    ended = hadoop.submit(*SMALL, *write("newer"), *output)
    assert_refused(ended, f"{OUT} already existed!", "--output-overwrite true")
    again = [*output, "--output-overwrite", "true"]
    with Held(hadoop, tmp_path, *SMALL, *again) as held:
        assert hadoop.hdfs.files(OUT) == older
        held.let_go()
        assert held.client.wait().code == 0
        hadoop.assert_nothing_left(held.id)
    assert hadoop.hdfs.files(OUT) == {"_SUCCESS": b""}
    run_well(hadoop, "generic", *SMALL, *write("newest"), *again)
    assert hadoop.hdfs.files(OUT) == {"_SUCCESS": b"", "model/text": b"newest\n"}
    assert {entry["pathSuffix"] for entry in hadoop.hdfs.entries(BASE)} == {"out"}


def test_a_failed_rerun_keeps_the_older_output(hadoop: Hadoop) -> None:
    output = ["--output", f"{OUT}#model"]
    run_well(hadoop, "generic", *SMALL, *write("older"), *output)
    older = hadoop.hdfs.files(OUT)
    broken = ["--launch-cmd", "sh -c 'echo x > model/text; exit 3'"]
    ended = hadoop.submit(*SMALL, *broken, *output, "--output-overwrite", "true")
    assert_failed(hadoop, ended, "exited with code 3")
    assert hadoop.hdfs.files(OUT) == older
    assert {entry["pathSuffix"] for entry in hadoop.hdfs.entries(BASE)} == {"out"}


def test_an_applicationmaster_that_dies_leaves_the_older_output(
    hadoop: Hadoop, tmp_path: Path
) -> None:
    hadoop.hdfs.put(f"{OUT}/model/text", b"older\n")
    hadoop.hdfs.put(f"{OUT}/_SUCCESS", b"")
    again = ["--output", f"{OUT}#model", "--output-overwrite", "true", *ONCE]
    with Held(hadoop, tmp_path, *SMALL, *again) as held:
        hadoop.master(held.id).kill()
        ended = held.client.wait()
        assert_failed(hadoop, ended, state="FAILED")
    assert hadoop.hdfs.files(OUT) == {"_SUCCESS": b"", "model/text": b"older\n"}
    assert {entry["pathSuffix"] for entry in hadoop.hdfs.entries(BASE)} == {"out"}


def test_xl_clean_finishes_what_was_being_replaced(
    hadoop: Hadoop, tmp_path: Path
) -> None:
    hadoop.hdfs.put(f"{OUT}/model/text", b"older\n")
    hadoop.hdfs.put(f"{OUT}/_SUCCESS", b"")
    again = ["--output", f"{OUT}#model", "--output-overwrite", "true", *ONCE]
    with Held(hadoop, tmp_path, *SMALL, *again) as held:
        held.client.process.kill()
        hadoop.master(held.id).kill()
        hadoop.final_report(held.id)
    # Its agent may still be uploading.
    eventually(lambda: not hadoop.processes(held.id), f"the end of {held.id}")
    # As if it had died between the two renames.
    new, old = (f"{BASE}/.out.{version}.{held.id}" for version in ("new", "old"))
    hadoop.hdfs.delete(f"{new}/_temporary")
    hadoop.hdfs.put(f"{new}/model/text", b"newer\n")
    hadoop.hdfs.put(f"{new}/_SUCCESS", b"")
    hadoop.hdfs.rename(OUT, old)
    cleaned = hadoop.xl("clean")
    assert cleaned.code == 0, cleaned.text
    output = hadoop.hdfs.files(OUT)
    assert output == {"_SUCCESS": b"", "model/text": b"newer\n"}
    assert {entry["pathSuffix"] for entry in hadoop.hdfs.entries(BASE)} == {"out"}
    hadoop.assert_nothing_left(held.id)


def test_an_upload_that_fails_is_the_jobs_end_and_names_the_file(
    hadoop: Hadoop,
) -> None:
    hadoop.hdfs.make_folder(BASE)
    files = "for n in 1 2 3 4; do echo $n > model/file-$n; done"
    job = ["--launch-cmd", f"sh -c '{files}'", "--output", f"{OUT}#model"]
    # Room for the folders out, _temporary and worker-0-0, but not for all files.
    WebHdfs(hadoop.cluster.namenode_url, "root").set_quota(BASE, 5)
    ended = hadoop.submit(*SMALL, *job)
    assert_failed(hadoop, ended, "model/file-", "could not be uploaded", "quota")
    assert not hadoop.hdfs.exists(OUT)


def test_what_is_no_output_is_not_overwritten(hadoop: Hadoop) -> None:
    hadoop.hdfs.put(f"{OUT}/diary", b"dear")
    output = ["--output", f"{OUT}#model", "--output-overwrite", "true"]
    ended = hadoop.submit(*SMALL, *write("newer"), *output)
    assert_refused(ended, "already existed!")
    assert hadoop.hdfs.read(f"{OUT}/diary") == b"dear"
