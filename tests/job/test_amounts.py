from __future__ import annotations

import pytest

from xlearning.job.amounts import bytes_text, input_text, part_text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1.00 KiB"),
        (12_900_000, "12.3 MiB"),
        (450 << 30, "450 GiB"),
        (1 << 40, "1.00 TiB"),
        (5000 << 50, "5000 PiB"),
    ],
)
def test_bytes_in_words(count: int, text: str) -> None:
    assert bytes_text(count) == text


@pytest.mark.parametrize(
    ("done", "total", "text"),
    [
        (0, 1 << 30, "0 bytes of 1.00 GiB"),
        (3 << 28, 4 << 30, "768 MiB of 4.00 GiB"),
        (1 << 30, 4 << 30, "1.00 of 4.00 GiB"),
        (5 << 30, 4 << 30, "4.00 of 4.00 GiB"),
    ],
)
def test_a_part_in_words(done: int, total: int, text: str) -> None:
    assert part_text(done, total) == text


def test_input_in_words() -> None:
    assert input_text(0, None) == ""
    assert input_text(1024, None) == "1.00 KiB"
    assert input_text(1024, 0.75) == "1.00 KiB, 75% on the tasks' own hosts"
