from __future__ import annotations

import pytest

from xlearning.client.watch_events import Interrupted, Leave, Say


def test_events_and_actions_are_values() -> None:
    assert Interrupted() == Interrupted()
    assert Leave(0) == Leave(0, ended=False)
    assert len({Say("a"), Say("a"), Say("b")}) == 2


def test_they_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Say("a").text = "b"  # type: ignore[misc]
