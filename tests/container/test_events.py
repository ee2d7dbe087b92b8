"""Events are facts: values that compare and cannot be changed."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from xlearning.container.events import Event, Received, StopAsked


@pytest.mark.parametrize("kind", get_args(Event))
def test_events_are_frozen(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_events_compare_by_value() -> None:
    assert StopAsked(1.0, keep_outputs=True) == StopAsked(1.0, keep_outputs=True)
    assert Received(1) != Received(2)
