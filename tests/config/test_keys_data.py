from __future__ import annotations

from xlearning.config.keys import KEYS
from xlearning.job.spec import DataOptions, InputBalance, InputStrategy, OutputLayout


def test_the_defaults_are_those_of_a_job() -> None:
    options = DataOptions()
    assert KEYS["xlearning.input.balance"].default == options.balance
    assert KEYS["xlearning.output.layout"].default == options.layout
    assert KEYS["xlearning.output.index"].default == options.output_index
    assert KEYS["xlearning.download.file.retry"].default == options.retries
    threads = KEYS["xlearning.upload.output.thread.nums"].default
    assert threads == options.upload_threads


def test_the_choices_are_those_of_a_job() -> None:
    assert set(KEYS["xlearning.input.balance"].choices) == set(InputBalance)
    assert set(KEYS["xlearning.input.strategy"].choices) == set(InputStrategy)
    assert set(KEYS["xlearning.output.layout"].choices) == set(OutputLayout)
