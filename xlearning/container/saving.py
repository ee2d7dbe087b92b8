"""Saves of the outputs while the trainer runs: which one, and what is told. Pure.

One at a time; a newer one takes the place of an older one, which the ApplicationMaster
must have given up. A save goes on while the trainer ends and while its final outputs
are uploaded, and is cut off when the end is told: nothing waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.container.actions import Action, BeginSave, CutSave
from xlearning.container.assignment import Phase, SaveOrder, SaveResult, TaskReport

if TYPE_CHECKING:
    from xlearning.container.state import AgentState

WORKING = frozenset({Phase.RUNNING, Phase.ENDING, Phase.SAVING})
"""Phases in which there are outputs that will not go away."""


def asked(state: AgentState, order: SaveOrder) -> list[Action]:
    """Begin a save, unless it was begun before: orders are repeated."""
    if order.number <= state.last_save or state.phase is Phase.OVER:
        return []
    state.last_save = order.number
    if state.phase not in WORKING:
        problem = f"its program does not run ({state.phase})"
        return _told(state, SaveResult(order.number, problem=problem))
    cut = cut_off(state)
    state.save = order.number
    return [*cut, BeginSave(order, state.assigned)]


def cancelled(state: AgentState, number: int) -> list[Action]:
    """Cut off a save that has been given up."""
    return cut_off(state) if state.save == number else []


def finished(state: AgentState, result: SaveResult) -> list[Action]:
    """Tell what a save came to, if it is still wanted."""
    if state.save != result.number:
        return []
    state.save = 0
    return _told(state, result)


def cut_off(state: AgentState) -> list[Action]:
    """End the save that is under way, without a word."""
    if not state.save:
        return []
    state.save = 0
    return [CutSave()]


def _told(state: AgentState, result: SaveResult) -> list[Action]:
    if state.assignment is None:
        return []
    number = state.assignment.try_number
    return [state.report(TaskReport(number, Phase.RUNNING, save=result))]
