"""What is tried again at the moment."""

from __future__ import annotations

from xlearning.io.waits import Waits
from xlearning.job.waits import Wait

FIRST, SECOND = Wait("`a`", "away", 1, 9), Wait("`b`", "away", 2, 9)


def test_what_is_tried_for_longest_is_shown_until_it_is_over() -> None:
    waits = Waits()
    assert waits.oldest() is None
    waits.put("b", SECOND)
    waits.put("a", FIRST)
    assert waits.oldest() == FIRST
    waits.drop("a")
    waits.drop("a")
    assert waits.oldest() == SECOND


def test_a_later_failure_takes_the_place_of_an_earlier_one() -> None:
    waits = Waits()
    waits.put("a", FIRST)
    waits.put("a", SECOND)
    assert waits.oldest() == SECOND
    waits.drop("a")
    assert waits.oldest() is None


def test_what_goes_on_again_is_not_shown() -> None:
    waits, stands = Waits(), [True]
    waits.put("a", FIRST, lambda: stands[0])
    assert waits.oldest() == FIRST
    stands[0] = False
    assert waits.oldest() is None
