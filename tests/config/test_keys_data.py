from __future__ import annotations

from xlearning.config.keys import KEYS
from xlearning.job.spec import (
    DataOptions,
    InputBalance,
    InputStrategy,
    OutputLayout,
    OutputStrategy,
    StreamOptions,
)


def test_the_defaults_are_those_of_a_job() -> None:
    options = DataOptions()
    assert KEYS["xlearning.input.balance"].default == options.balance
    assert KEYS["xlearning.output.layout"].default == options.layout
    assert KEYS["xlearning.output.index"].default == options.output_index
    assert KEYS["xlearning.download.file.retry"].default == options.retries
    threads = KEYS["xlearning.upload.output.thread.nums"].default
    assert threads == options.upload_threads


def test_the_defaults_are_those_of_a_stream() -> None:
    options = StreamOptions()
    defaults = {
        "xlearning.inputformat.class": options.input_format,
        "xlearning.outputformat.class": options.output_format,
        "xlearning.stream.epoch": options.epochs,
        "xlearning.input.stream.shuffle": options.shuffle,
        "xlearning.input.stream.seed": options.seed,
        "xlearning.input.stream.merge": options.merge,
        "xlearning.inputformat.cache": options.cache,
        "xlearning.inputformat.cachefile.name": options.cache_name,
        "xlearning.inputformat.cachesize.limit": options.cache_limit_mb,
        "xlearning.output.stream.log": options.log_kb,
    }
    assert {name: KEYS[name].default for name in defaults} == defaults


def test_the_choices_are_those_of_a_job() -> None:
    assert set(KEYS["xlearning.input.balance"].choices) == set(InputBalance)
    assert set(KEYS["xlearning.input.strategy"].choices) == set(InputStrategy)
    assert set(KEYS["xlearning.output.strategy"].choices) == set(OutputStrategy)
    assert set(KEYS["xlearning.output.layout"].choices) == set(OutputLayout)
