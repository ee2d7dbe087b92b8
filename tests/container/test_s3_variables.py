"""Hbox's variables of data in buckets."""

from __future__ import annotations

import dataclasses

from tests.container.stories import a_job, an_assignment
from xlearning.container.assignment import InputFile
from xlearning.container.environment import Granted, trainer_environment
from xlearning.container.s3_variables import s3_inputs, s3_mappings
from xlearning.job.spec import InputSpec, OutputSpec

HADOOP = {
    "fs.s3a.endpoint": "http://ceph:7480",
    "fs.s3a.access.key": "an-access-key",
    "fs.s3a.secret.key": "a-secret-key",
}
JOB = a_job(
    inputs=(
        InputSpec("d", ("s3://b/one", "hdfs://nn/x", "s3a://c/two")),
        InputSpec("e", ("hdfs://nn/y",)),
        InputSpec("f", ("s3://b/three",)),
    ),
    outputs=(OutputSpec("hdfs://nn/out", "log"), OutputSpec("s3://b/out", "model")),
)


def test_files_in_buckets_by_alias() -> None:
    urls = [("d", "s3://b/one/1"), ("e", "hdfs://nn/y/1"), ("d", "s3a://c/two/ü")]
    files = tuple(InputFile(alias, url, 1, "f") for alias, url in urls)
    task = dataclasses.replace(an_assignment(job=JOB), inputs=files, hadoop=HADOOP)
    assert s3_inputs(task) == {
        "d": ["http://ceph:7480/b/one/1", "http://ceph:7480/c/two/%C3%BC"]
    }


def test_mappings_are_written_as_hbox_did() -> None:
    assert s3_mappings(JOB) == {
        "HBOX_S3_INPUTS": "b/one,c/two#d|b/three#f",
        "HBOX_S3_OUTPUTS": "b/out#model",
    }
    assert s3_mappings(a_job(inputs=JOB.inputs[1:2], outputs=JOB.outputs[:1])) == {}


def test_no_variable_of_a_program_has_a_key() -> None:
    task = dataclasses.replace(an_assignment(job=JOB), hadoop=HADOOP)
    found = trainer_environment({}, task, {}, Granted("container_1_0001_01_000002"))
    assert found["HBOX_S3_INPUTS"] == "b/one,c/two#d|b/three#f"
    assert not [text for text in found.values() if "key" in text]
