"""Actions are values: they compare, hash and cannot be changed."""

from __future__ import annotations

import dataclasses

import pytest

from xlearning.am.actions import Ask, Assign, CommitOutputs, StopTask
from xlearning.io.output import CommitPlan
from xlearning.job.ids import TaskId, TryId


def test_actions_are_values() -> None:
    assert Ask("worker", 2) == Ask("worker", 2)
    assert len({Ask("worker", 2), Ask("worker", 2), Ask("ps", 2)}) == 2
    assert CommitOutputs(CommitPlan(())) == CommitOutputs(CommitPlan((), ()))
    with pytest.raises(dataclasses.FrozenInstanceError):
        Ask("worker", 2).count = 3  # type: ignore[misc]


def test_the_least_that_is_said_is_the_harmless() -> None:
    assert not StopTask("container_1", 5.0).keep_outputs
    least = Assign("container_1", TryId(TaskId("worker", 0), 0))
    assert (least.share, least.outputs, least.ports) == ((), (), 0)
