"""Fast while something is due, slow when nothing is."""

from __future__ import annotations

from itertools import pairwise

from xlearning.am.pace import FIRST_S, OPEN_MAX_S, Pace


def test_nothing_wanted_is_asked_for_slowly() -> None:
    assert Pace(3.0).pause(expecting=False) == 3.0


def test_pauses_grow_while_an_answer_is_due() -> None:
    pace = Pace(3.0)
    pauses = [pace.pause(expecting=True) for _ in range(20)]
    assert pauses[0] == FIRST_S
    assert pauses[-1] == OPEN_MAX_S
    assert all(early <= late for early, late in pairwise(pauses))


def test_a_container_is_seen_within_a_fifth_of_the_time_that_it_took() -> None:
    pace = Pace(3.0)
    stood = 0.0
    for _ in range(20):
        pause = pace.pause(expecting=True)
        assert pause <= FIRST_S + 0.2 * stood + 1e-9
        stood += pause


def test_news_begin_the_pauses_anew() -> None:
    pace = Pace(3.0)
    for _ in range(20):
        pace.pause(expecting=True)
    pace.hurry()
    assert pace.pause(expecting=True) == FIRST_S


def test_no_pause_is_longer_than_the_users_interval() -> None:
    pace = Pace(0.2)
    assert max(pace.pause(expecting=True) for _ in range(20)) == 0.2
