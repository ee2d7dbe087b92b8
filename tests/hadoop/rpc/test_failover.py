from __future__ import annotations

import pytest

from xlearning.hadoop.rpc.failover import Address, Failover

A, B = Address("a", 1), Address("b", 2)


def test_the_first_round_has_no_pause_then_pauses_double() -> None:
    choice = Failover([A, B], first_pause_s=1.0, longest_pause_s=3.0)
    seen = []
    for _ in range(9):
        seen.append((choice.current, choice.pause_s))
        choice.failed()

    assert seen[:2] == [(A, 0.0), (B, 0.0)]
    assert seen[2:4] == [(A, 1.0), (B, 1.0)]
    assert seen[4:6] == [(A, 2.0), (B, 2.0)]
    assert seen[6:] == [(A, 3.0), (B, 3.0), (A, 3.0)]


def test_who_answered_is_tried_first() -> None:
    choice = Failover([A, B])
    choice.failed()
    choice.answered()

    assert choice.current == B
    assert choice.pause_s == 0.0
    assert choice.count == 2


def test_pauses_stay_finite() -> None:
    choice = Failover([A], longest_pause_s=5.0)
    for _ in range(5000):
        choice.failed()

    assert choice.pause_s == 5.0


def test_an_address_is_read() -> None:
    assert Address.parse(" rm1:8030 ") == Address("rm1", 8030)
    assert Address.parse("[::1]:8030") == Address("::1", 8030)
    assert str(A) == "a:1"
    with pytest.raises(ValueError, match="is not a"):
        Address.parse("rm1")
