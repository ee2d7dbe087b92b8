from __future__ import annotations

from typing import get_args

from xlearning.hadoop.rpc.events import Closed, Event, Refused, Replied


def test_events_are_values() -> None:
    assert Replied(1, b"x") == Replied(1, b"x")
    assert Closed((1,)) != Closed(())
    assert Refused("java.X", "no") in {Refused("java.X", "no")}


def test_every_event_is_listed() -> None:
    names = {kind.__name__ for kind in get_args(Event)}

    assert names == {"Established", "Replied", "Failed", "Refused", "Closed"}
