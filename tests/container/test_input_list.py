from __future__ import annotations

import dataclasses
import json

import pytest

from tests.container.stories import a_job, an_assignment
from xlearning.container.assignment import Assignment, InputFile
from xlearning.container.input_list import (
    INPUT_FILE_LIST,
    OVERFLOW_FILE,
    InputList,
    fits,
    input_lists,
)
from xlearning.job.spec import DataOptions, InputStrategy


def told(
    *urls: tuple[str, str], strategy: InputStrategy = InputStrategy.PLACEHOLDER
) -> Assignment:
    """Return a task with these files, as (alias, URL)."""
    job = a_job(data=DataOptions(strategy=strategy))
    files = tuple(InputFile(alias, url, 1, "f") for alias, url in urls)
    return dataclasses.replace(an_assignment(job=job), inputs=files)


def listing(text: str) -> InputList:
    """Return a list of this text."""
    return InputList(INPUT_FILE_LIST, OVERFLOW_FILE, text)


def test_the_list_is_xlearnings() -> None:
    a, b = "hdfs://nn:9000/tmp/input/a", "hdfs://nn:9000/tmp/input/b"
    listed = input_lists(told(("data", a), ("data", b)))
    assert listed == (listing(f'{{"data":["{a}","{b}"]}}'),)


def test_what_is_in_buckets_is_listed_as_hbox_did_too() -> None:
    first, second = input_lists(told(("d", "hdfs://nn/a"), ("d", "s3://b/x y")))
    assert json.loads(first.text) == {"d": ["hdfs://nn/a", "s3://b/x y"]}
    assert second == InputList(
        "S3_INPUT_FILE_LIST",
        "s3InputFileList.txt",
        '{"d":["https://s3.amazonaws.com/b/x%20y"]}',
    )


def test_aliases_and_odd_names_are_kept() -> None:
    [listed] = input_lists(told(("x", "hdfs://nn/ü 1"), ("y", "hdfs://nn/b#%")))
    assert listed.text.isascii()
    assert json.loads(listed.text) == {"x": ["hdfs://nn/ü 1"], "y": ["hdfs://nn/b#%"]}


def test_no_files_no_list() -> None:
    assert input_lists(told()) == ()


def test_downloaded_files_are_not_listed() -> None:
    downloaded = told(("data", "hdfs://nn/a"), strategy=InputStrategy.DOWNLOAD)
    assert input_lists(downloaded) == ()


@pytest.mark.parametrize("others", [{}, {"A": "1"}, {"A": "1", "PATH": "/bin"}])
def test_the_limit_is_that_of_javas_text_of_all_variables(
    others: dict[str, str],
) -> None:
    everything = others | {INPUT_FILE_LIST: "{}"}
    java = "[" + ", ".join(f"{k}={v}" for k, v in everything.items()) + "]"
    assert fits(others, listing("{}"), len(java))
    assert not fits(others, listing("{}"), len(java) - 1)


def test_what_the_kernel_refuses_does_not_fit() -> None:
    longest = (1 << 17) - 1 - len(f"{INPUT_FILE_LIST}=")
    assert fits({}, listing("x" * longest), 1 << 30)
    assert not fits({}, listing("x" * (longest + 1)), 1 << 30)
