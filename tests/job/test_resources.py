"""Sizes of containers, and amounts of memory as users write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlearning.errors import ConfigError
from xlearning.job.resources import Resources, parse_memory_mb


@pytest.mark.parametrize(
    ("text", "memory_mb"),
    [("2048", 2048), ("512M", 512), ("512m", 512), ("2G", 2048), (" 3g ", 3072)],
)
def test_amounts_of_memory(text: str, memory_mb: int) -> None:
    assert parse_memory_mb(text) == memory_mb


@pytest.mark.parametrize("text", ["", "2GB", "1.5G", "-1", "2T", "two", "2 G", "٢G"])
def test_what_is_no_amount_of_memory(text: str) -> None:
    with pytest.raises(ConfigError, match="is not an amount of memory") as caught:
        parse_memory_mb(text)
    assert caught.value.hint is not None


@given(st.integers(0, 1 << 30))
@settings(deadline=None)
def test_mib_are_read_back(memory_mb: int) -> None:
    assert parse_memory_mb(str(memory_mb)) == memory_mb


def test_a_size_in_words() -> None:
    assert str(Resources(2048, 1)) == "2048 MiB, 1 core"
    assert str(Resources(512, 2, 1)) == "512 MiB, 2 cores, 1 GPU"
    assert str(Resources(512, 2, 4)) == "512 MiB, 2 cores, 4 GPUs"
