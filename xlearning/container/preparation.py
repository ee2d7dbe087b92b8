"""Makes a task ready: its input, a port, its devices. Pure.

What is not free at the moment is tried again, with its reason told, and given up after
a while: YARN granted the devices, so that somebody who holds one is on the way out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from xlearning.container.actions import Action, Fulfil, SpawnTrainer
from xlearning.container.assignment import Phase, TaskReport
from xlearning.container.ending import fail
from xlearning.container.events import (
    GpusHeld,
    InputFetched,
    Need,
    NeedUnmet,
    PortHeld,
    PreparationFailed,
)
from xlearning.job.causes import Cause, CauseKind

if TYPE_CHECKING:
    from xlearning.container.assignment import Assignment
    from xlearning.container.state import AgentState
    from xlearning.frameworks.base import ClusterView

RETRY_S = 0.5
"""How often a port or a device that is not free is tried again."""
PATIENCE_S = 60.0
"""After this, a device that YARN granted and that is not free is an error."""

PreparationEvent = InputFetched | PortHeld | GpusHeld | NeedUnmet | PreparationFailed

_GIVEN_UP = {
    Need.GPUS: CauseKind.GPU,
    Need.PORT: CauseKind.PORT,
    Need.INPUT: CauseKind.INPUT,
}


def begin(state: AgentState, assignment: Assignment) -> list[Action]:
    """Start to make a task ready."""
    state.assignment = assignment
    state.needs = {Need.INPUT}
    if assignment.ports or assignment.job.options.interface:
        state.needs.add(Need.PORT)
    if assignment.gpus:
        state.needs.add(Need.GPUS)
    report = state.enter(Phase.LOCALISING)
    return [report, *(Fulfil(need, assignment) for need in sorted(state.needs))]


def prepare(state: AgentState, event: PreparationEvent, now: float) -> list[Action]:
    """Apply what a preparation came to."""
    if state.phase is not Phase.LOCALISING:
        return []
    match event:
        case InputFetched():
            return _met(state, Need.INPUT)
        case PortHeld(address):
            state.address = address
            return _met(state, Need.PORT)
        case GpusHeld(gpus):
            state.gpus = gpus
            return _met(state, Need.GPUS)
        case NeedUnmet(need, detail):
            return _unmet(state, need, detail, now)
        case PreparationFailed(kind, detail):
            return fail(state, Cause(kind, 0, detail))
        case _:
            assert_never(event)


def retry(state: AgentState, now: float) -> list[Action]:
    """Try again what was not free, or give up."""
    assert state.unmet_since is not None
    if now - state.unmet_since >= PATIENCE_S:
        need, detail = next(iter(state.unmet.items()))
        return fail(state, Cause(_GIVEN_UP[need], 0, detail))
    state.retry_at = now + RETRY_S
    return [Fulfil(need, state.assigned) for need in sorted(state.unmet)]


def accept_view(state: AgentState, view: ClusterView) -> list[Action]:
    """Start the trainer with a view that is newer than all before."""
    if state.view is not None and view.generation <= state.view.generation:
        return []
    if state.phase not in (Phase.LOCALISING, Phase.READY):
        return []
    state.view = view
    return _spawn(state) if state.phase is Phase.READY else []


def _met(state: AgentState, need: Need) -> list[Action]:
    if need not in state.needs:
        return []
    state.needs.remove(need)
    was_waiting = state.unmet.pop(need, None) is not None
    if not state.unmet:
        state.unmet_since = state.retry_at = None
    if state.needs:
        return [_say_waiting(state)] if was_waiting else []
    state.phase = Phase.READY
    number = state.assigned.try_number
    ready = TaskReport(number, Phase.READY, state.address, state.gpus)
    start = _spawn(state) if state.view is not None else []
    return [state.report(ready), *start]


def _unmet(state: AgentState, need: Need, detail: str, now: float) -> list[Action]:
    if need not in state.needs:
        return []
    if state.unmet_since is None:
        state.unmet_since = now
        state.retry_at = now + RETRY_S
    if state.unmet.get(need) == detail:
        return []
    state.unmet[need] = detail
    return [_say_waiting(state)]


def _say_waiting(state: AgentState) -> Action:
    return state.report(TaskReport(state.assigned.try_number, Phase.LOCALISING))


def _spawn(state: AgentState) -> list[Action]:
    assert state.view is not None
    state.phase = Phase.STARTING
    state.has_tree = True
    return [SpawnTrainer(state.assigned, state.view, state.gpus)]
