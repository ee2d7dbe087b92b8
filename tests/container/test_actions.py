"""Actions are imperatives: values that compare and cannot be changed."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from xlearning.container.actions import Action, Exit


@pytest.mark.parametrize("kind", get_args(Action))
def test_actions_are_frozen(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_actions_compare_by_value() -> None:
    assert Exit(3) == Exit(3)
