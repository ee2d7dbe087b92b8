"""What is tried again, in words."""

from __future__ import annotations

from xlearning.job.waits import Wait


def test_what_and_why_are_one_sentence() -> None:
    wait = Wait("`a` could not be read", "nobody answers", 1, 2)
    assert wait.words == "`a` could not be read: nobody answers"
