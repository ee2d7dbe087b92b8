"""Names below an output path."""

from __future__ import annotations

import pytest

from xlearning.errors import ConfigError
from xlearning.io.output import final_url, local_name, temporary_url
from xlearning.job.ids import TaskId, TryId
from xlearning.job.spec import OutputLayout, OutputSpec

WORKER = TaskId("worker", 1)
OUTPUT = OutputSpec("hdfs://nn/out", "./model/")


def test_tries_upload_to_folders_of_their_own() -> None:
    url = temporary_url("hdfs://nn/out/", TryId(WORKER, 2))
    assert url == "hdfs://nn/out/_temporary/worker-1-2"


@pytest.mark.parametrize(
    ("layout", "single", "expected"),
    [
        (OutputLayout.CONTAINER, False, "hdfs://nn/out/container_1"),
        (OutputLayout.CONTAINER, True, "hdfs://nn/out/model"),
        (OutputLayout.TASK, False, "hdfs://nn/out/worker-1"),
        (OutputLayout.TASK, True, "hdfs://nn/out/worker-1"),
    ],
)
def test_final_places(layout: OutputLayout, single: bool, expected: str) -> None:
    url = final_url(
        OUTPUT, task=WORKER, container_id="container_1", layout=layout, single=single
    )
    assert url == expected


def test_local_directories_are_below_the_working_directory() -> None:
    assert local_name("a/./b/") == "a/b"
    for wrong in ("/a", "..", "../a", ".", "a/.."):
        with pytest.raises(ConfigError, match="not below"):
            local_name(wrong)
