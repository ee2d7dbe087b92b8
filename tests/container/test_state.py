"""The invariants catch states that no order of events may lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.container.stories import Story, an_assignment
from xlearning.container.assignment import Phase, TaskReport
from xlearning.container.events import Assigned, Need
from xlearning.container.state import AgentState, check_invariants

if TYPE_CHECKING:
    from collections.abc import Callable

FAULTS: dict[str, Callable[[AgentState], object]] = {
    "more arrived than was said": lambda s: setattr(s, "received", 9),
    "processes outlive their phase": lambda s: setattr(s, "has_tree", True),
    "an end without a deadline": lambda s: setattr(s, "kill_at", 1.0),
    "an assignment is forgotten": lambda s: setattr(s, "assignment", None),
    "no cause": lambda s: setattr(s, "phase", Phase.ENDED),
    "ready too early or never": lambda s: s.needs.clear(),
    "waits for what it has": lambda s: s.unmet.update({Need.GPUS: "2 free GPUs"}),
    "waits for nothing": lambda s: s.unmet.update({Need.INPUT: "x"}),
    "waits for ever": lambda s: setattr(s, "retry_at", 1.0),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_seeded_fault_is_caught(fault: str) -> None:
    story = Story()
    story.play(Assigned(an_assignment()))
    FAULTS[fault](story.state)
    with pytest.raises(AssertionError, match=fault):
        check_invariants(story.state)


def test_an_assignment_is_asked_for_only_where_there_is_one() -> None:
    with pytest.raises(AssertionError, match="IDLE"):
        _ = AgentState().assigned


def test_reports_are_counted_and_carry_what_is_waited_for() -> None:
    state = AgentState(unmet={Need.PORT: "a free port"})
    report = state.report(TaskReport(0, Phase.LOCALISING)).report
    assert report.waiting_for == "a free port"
    assert not state.all_received
