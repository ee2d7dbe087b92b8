"""The life of an agent: what happened goes in, what to do comes out. Pure.

    IDLE → LOCALISING → READY → STARTING → RUNNING → ENDING → SAVING → ENDED → OVER

Every phase can be left early for ENDING (while there are processes) or ENDED. The
phases that have no deadline of their own wait for the ApplicationMaster or the trainer,
and without an ApplicationMaster no phase lasts longer than `LONELY_S`.

`preparation` decides what happens before the trainer, `ending` what happens after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from xlearning.container import ending, preparation, saving
from xlearning.container.assignment import Phase
from xlearning.container.events import (
    Assigned,
    Attached,
    Detached,
    Event,
    GpusHeld,
    InputFetched,
    MemoryExceeded,
    NeedUnmet,
    OutputsUploaded,
    PortHeld,
    PreparationFailed,
    Received,
    Released,
    SaveAsked,
    SaveCancelled,
    SaveFinished,
    StopAsked,
    StreamFailed,
    Terminated,
    Ticked,
    TrainerExited,
    TrainerRefused,
    TrainerStarted,
    TreeEnded,
    UploadFailed,
    ViewArrived,
)
from xlearning.job.causes import Cause, CauseKind

if TYPE_CHECKING:
    from xlearning.container.actions import Action
    from xlearning.container.state import AgentState

LONELY_S = 900.0
"""An agent that has no ApplicationMaster for so long stops its trainer and ends."""
LEAVE_S = 60.0
"""The same for an agent that has told everything and only waits to be released."""

_MasterEvent = (
    Attached | Detached | Assigned | ViewArrived | StopAsked | Received | Released
)
_SaveEvent = SaveAsked | SaveCancelled | SaveFinished
_TrainerEvent = (
    TrainerStarted
    | TrainerRefused
    | TrainerExited
    | TreeEnded
    | MemoryExceeded
    | StreamFailed
)


def decide(state: AgentState, event: Event, now: float) -> list[Action]:
    """Apply one event to the state and return what to do about it."""
    match event:
        case (
            Attached()
            | Detached()
            | Assigned()
            | ViewArrived()
            | StopAsked()
            | Received()
            | Released()
        ):
            return _hear(state, event, now)
        case (
            InputFetched() | PortHeld() | GpusHeld() | NeedUnmet() | PreparationFailed()
        ):
            return preparation.prepare(state, event, now)
        case (
            TrainerStarted()
            | TrainerRefused()
            | TrainerExited()
            | TreeEnded()
            | MemoryExceeded()
            | StreamFailed()
        ):
            return _watch(state, event, now)
        case SaveAsked() | SaveCancelled() | SaveFinished():
            return _save(state, event)
        case OutputsUploaded(uploads):
            return ending.uploaded(state, uploads)
        case UploadFailed(detail):
            return ending.upload_failed(state, detail)
        case Terminated():
            return ending.terminate(state, now)
        case Ticked():
            return _tick(state, now)
        case _:
            assert_never(event)


def next_deadline(state: AgentState) -> float | None:
    """Say when `Ticked` is due, None when nothing is waited for with a deadline."""
    deadlines = (state.kill_at, state.retry_at, _lonely_at(state))
    return min((at for at in deadlines if at is not None), default=None)


def _hear(state: AgentState, event: _MasterEvent, now: float) -> list[Action]:
    match event:
        case Attached():
            state.detached_since = None
            return []
        case Detached():
            if state.detached_since is None and state.phase is not Phase.OVER:
                state.detached_since = now
            return []
        case Assigned(assignment):
            new = state.phase is Phase.IDLE
            return preparation.begin(state, assignment) if new else []
        case ViewArrived(view):
            return preparation.accept_view(state, view)
        case StopAsked():
            return ending.stop(state, event, now)
        case Received(count):
            state.received = max(state.received, count)
            return ending.leave(state)
        case Released():
            state.released = True
            return ending.leave(state)
        case _:
            assert_never(event)


def _save(state: AgentState, event: _SaveEvent) -> list[Action]:
    match event:
        case SaveAsked(order):
            return saving.asked(state, order)
        case SaveCancelled(number):
            return saving.cancelled(state, number)
        case SaveFinished(result):
            return saving.finished(state, result)
        case _:
            assert_never(event)


def _watch(state: AgentState, event: _TrainerEvent, now: float) -> list[Action]:
    match event:
        case TrainerStarted():
            starting = state.phase is Phase.STARTING
            return [state.enter(Phase.RUNNING)] if starting else []
        case TrainerRefused(detail):
            if not state.has_tree:
                return []
            cause = Cause(CauseKind.PROGRAM_NOT_FOUND, 0, detail)
            return ending.end_tree(state, cause, now, ending.LEFTOVER_GRACE_S)
        case TrainerExited(returncode, stderr_tail):
            return ending.trainer_exited(state, returncode, stderr_tail, now)
        case TreeEnded(lost_ports):
            return ending.tree_ended(state, lost_ports)
        case MemoryExceeded(used_mb, allowed_mb):
            if state.phase not in (Phase.STARTING, Phase.RUNNING):
                return []
            detail = f"used {used_mb} MiB of {allowed_mb} MiB allowed"
            cause = Cause(CauseKind.MEMORY, 0, detail)
            return ending.end_tree(state, cause, now, ending.MEMORY_GRACE_S)
        case StreamFailed():
            return ending.stream_failed(state, event, now)
        case _:
            assert_never(event)


def _tick(state: AgentState, now: float) -> list[Action]:
    lonely_at = _lonely_at(state)
    if lonely_at is not None and now >= lonely_at:
        minutes = f"{LONELY_S / 60:.0f} minutes"
        return ending.abandon(state, now, f"no ApplicationMaster for {minutes}")
    if state.kill_at is not None and now >= state.kill_at:
        return ending.kill(state, now)
    if state.retry_at is not None and now >= state.retry_at:
        return preparation.retry(state, now)
    return []


def _lonely_at(state: AgentState) -> float | None:
    if state.detached_since is None or state.phase is Phase.OVER:
        return None
    told = state.phase is Phase.ENDED and state.all_received
    return state.detached_since + (LEAVE_S if told else LONELY_S)
