from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from xlearning.client.options import parse_options
from xlearning.client.planning import Caller, make_plan
from xlearning.config.load import load_settings
from xlearning.errors import ConfigError
from xlearning.job.spec import InputStrategy, OutputStrategy, StreamOptions

if TYPE_CHECKING:
    from xlearning.client.plan import SubmissionPlan

STREAM = "--input /i --input-strategy STREAM"
WRITTEN = "--output /o --output-strategy STREAM"


def plan(line: str) -> SubmissionPlan:
    """Return what a command line leads to."""
    options = parse_options(shlex.split(f"{line} true"))
    settings = load_settings(options.settings, options.conf)
    caller = Caller("alice", "/home/alice", 1234)
    return make_plan(options, settings, {"fs.defaultFS": "hdfs://nn:8020"}, caller)


def test_all_that_is_set_reaches_the_job() -> None:
    found = plan(
        f"{STREAM} {WRITTEN} --inputformat keyvaluetext --outputformat text "
        "--stream-epoch 3 --inputformat-shuffle true "
        "--conf xlearning.input.stream.seed=7 xlearning.input.stream.merge=true "
        "xlearning.inputformat.cache=true xlearning.inputformat.cachefile.name=./c.gz "
        "xlearning.inputformat.cachesize.limit=5 xlearning.output.stream.log=0"
    )
    assert found.job.data.strategy is InputStrategy.STREAM
    assert found.job.data.output_strategy is OutputStrategy.STREAM
    assert found.job.streams_input
    assert found.job.streams_output
    assert found.job.stream == StreamOptions(
        input_format="keyvaluetext",
        output_format="text",
        epochs=3,
        shuffle=True,
        seed=7,
        merge=True,
        cache=True,
        cache_name="c.gz",
        cache_limit_mb=5,
        log_kb=0,
    )
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"{STREAM} --inputformat nonsense", "`nonsense` is no input format"),
        (f"{WRITTEN} --outputformat nonsense", "`nonsense` is no output format"),
        (f"{STREAM} --few-files lower", "--few-files lower counts files"),
        (f"{WRITTEN} --output /p#p", "writes one output, and there are 2"),
        (f"{STREAM} --input-cache true", "has nothing to keep with STREAM"),
        (
            f"--app-type pytorch {STREAM} --nproc-per-container 2",
            "several processes cannot share one stdin",
        ),
        (
            f"{STREAM} --conf xlearning.inputformat.cachefile.name=/tmp/x",
            "not a name below the working directory",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(line: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        plan(line)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--input-strategy STREAM", "no --input"),
        ("--output-strategy STREAM", "no --output"),
        (f"{STREAM} --conf xlearning.inputformat.cache=true", "with one epoch"),
    ],
)
def test_what_has_no_effect_is_told(line: str, words: str) -> None:
    found = plan(line)
    assert len(found.warnings) == 1
    assert words in found.warnings[0]


def test_a_job_without_streams_needs_no_format() -> None:
    assert plan("--inputformat nonsense --outputformat nonsense").warnings == ()
