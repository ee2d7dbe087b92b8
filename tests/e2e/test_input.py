"""How input reaches programs on a real Hadoop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_quickstart import TRAIN, count_of, expected_count, run_well

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.hadoop import Hadoop

FILES = sorted(TRAIN.iterdir())
IN, OUT = "/tmp/input-tests/in", "/tmp/input-tests/out"
SMALL = ["--queue", "default", "--am-memory", "512M", "--worker-memory", "256M"]
TOLD = ["--input-strategy", "PLACEHOLDER", "--input", f"{IN}#data"]
SHOW = "sh -c 'env > output/$TF_ROLE-$TF_INDEX; cat inputFileList.txt >> output/list'"


@pytest.fixture(autouse=True)
def folders(hadoop: Hadoop) -> Iterator[None]:
    """The data set in a folder of these tests, and no output."""
    hadoop.hdfs.delete(OUT)
    hadoop.hdfs.put_folder(TRAIN, IN)
    yield
    hadoop.hdfs.delete(IN)
    hadoop.hdfs.delete(OUT)


def told(output: dict[str, bytes]) -> dict[str, dict[str, list[str]]]:
    """Return what each task was told, from its environment that it wrote down."""
    found = {}
    for name, content in output.items():
        for line in content.decode().splitlines():
            if line.startswith("INPUT_FILE_LIST="):
                listed = json.loads(line.partition("=")[2])
                found[name.rpartition("/")[2]] = listed
    return found


def test_the_example_of_input_that_is_read_where_it_is(hadoop: Hadoop) -> None:
    program = ["--files", "count.py", "--launch-cmd", "python3 count.py"]
    output = ["--output", f"{OUT}#output", "--worker-num", "2"]
    run_well(hadoop, "placeholder", *SMALL, *TOLD, *program, *output)
    assert count_of(hadoop.hdfs.files(OUT)) == expected_count()


def test_a_list_that_is_too_long_is_in_a_file(hadoop: Hadoop) -> None:
    program = ["--output", f"{OUT}#output", "--launch-cmd", SHOW]
    short = ["--conf", "xlearning.env.maxlength=1000"]
    run_well(hadoop, "placeholder", *SMALL, *TOLD, *program, *short)
    output = hadoop.hdfs.files(OUT)
    assert told(output) == {}
    listed = json.loads(output["output/list"])
    paths = [url.partition("://")[2].partition("/")[2] for url in listed.pop("data")]
    assert [f"/{path}" for path in paths] == sorted(f"{IN}/{f.name}" for f in FILES)
    assert listed == {}


def test_every_task_is_told_the_whole_list(hadoop: Hadoop) -> None:
    show = "sh -c 'env > output/$TF_ROLE-$TF_INDEX'"
    program = ["--output", f"{OUT}#output", "--launch-cmd", show, "--worker-num", "2"]
    whole = ["--conf", "hbox.placeholder.whole.enable=true"]
    run_well(hadoop, "placeholder", *SMALL, *TOLD, *program, *whole)
    lists = told(hadoop.hdfs.files(OUT))
    assert set(lists) == {"worker-0", "worker-1"}
    assert {len(each["data"]) for each in lists.values()} == {len(FILES)}
