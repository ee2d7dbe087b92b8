"""Ends a try and tells how it ended. Pure.

A try that had a trainer ends in this order: no process of it is left, the outputs that
count are uploaded, the ApplicationMaster has heard of it, the agent is released.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.container.actions import (
    Action,
    CancelTransfers,
    Exit,
    KillTree,
    LetGo,
    TerminateTree,
    UploadOutputs,
)
from xlearning.container.assignment import Phase, TaskReport
from xlearning.container.saving import cut_off
from xlearning.job.causes import Cause, CauseKind, cause_of_exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.container.assignment import Upload
    from xlearning.container.events import StopAsked, StreamFailed
    from xlearning.container.state import AgentState

LEFTOVER_GRACE_S = 1.0
"""What a trainer leaves behind has so long to end by itself."""
MEMORY_GRACE_S = 1.0
"""A trainer that is over its memory has so long: it may take the node with it."""
TERM_GRACE_S = 0.15
"""After YARN's TERM: its KILL comes 0.25 s later by default
(`yarn.nodemanager.sleep-delay-before-sigkill.ms`)."""
KILL_AGAIN_S = 0.5
MAX_KILLS = 20
"""A process that does not end by then waits for a dead disk or driver."""
EXIT_TERMINATED = 128 + 15
_DELETE_DELAY = "yarn.nodemanager.delete.debug-delay-sec"
"""Of YARN: how long a node keeps the folders of containers that have ended."""

_EXIT_CODES = {
    CauseKind.SUCCEEDED: 0,
    CauseKind.STOPPED: 0,
    CauseKind.PROGRAM_NOT_FOUND: 127,
    CauseKind.MEMORY: 128 + 9,
}


def exit_code(cause: Cause) -> int:
    """Return the agent's exit code, which YARN shows: the trainer's, if it had one."""
    if cause.kind in (CauseKind.EXITED, CauseKind.PORT_LOST):
        return cause.code
    if cause.kind is CauseKind.SIGNALLED:
        return 128 + cause.code
    return _EXIT_CODES.get(cause.kind, 1)


def over(state: AgentState, code: int) -> list[Action]:
    """End the agent."""
    assert not state.has_tree
    state.phase = Phase.OVER
    _forget_needs(state)
    return [*cut_off(state), Exit(code)]


def fail(state: AgentState, cause: Cause) -> list[Action]:
    """End a try that has no processes."""
    state.cause = cause
    return [CancelTransfers(), *_finish(state, ())]


def end_tree(
    state: AgentState, cause: Cause | None, now: float, grace_s: float
) -> list[Action]:
    """End the trainer's processes, for this reason unless there is one already."""
    if state.cause is None:
        state.cause = cause
    state.phase = Phase.ENDING
    deadline = now + grace_s
    state.kill_at = min(deadline, state.kill_at or deadline)
    return [TerminateTree()]


def stop(state: AgentState, event: StopAsked, now: float) -> list[Action]:
    """End because the ApplicationMaster said so."""
    stopped = Cause(CauseKind.STOPPED)
    match state.phase:
        case Phase.IDLE:
            return over(state, 0)
        case Phase.LOCALISING | Phase.READY:
            return fail(state, stopped)
        case Phase.STARTING | Phase.RUNNING:
            state.keep_outputs = event.keep_outputs
            return end_tree(state, stopped, now, event.grace_s)
        case Phase.ENDING:
            if not event.keep_outputs:
                state.keep_outputs = False
                _withdraw_success(state)
            return end_tree(state, stopped, now, event.grace_s)
        case Phase.SAVING if not event.keep_outputs:
            return fail(state, stopped)
        case _:
            return []


def terminate(state: AgentState, now: float) -> list[Action]:
    """End at once, without a word: YARN tells the ApplicationMaster why it did this."""
    if state.phase is Phase.OVER:
        return []
    if not state.has_tree:
        return over(state, EXIT_TERMINATED)
    state.final_exit = EXIT_TERMINATED
    return end_tree(state, Cause(CauseKind.STOPPED), now, TERM_GRACE_S)


def abandon(state: AgentState, now: float, reason: str) -> list[Action]:
    """End because nobody is there to work for."""
    state.detached_since = None
    if state.phase is Phase.ENDED:
        assert state.cause is not None
        return over(state, exit_code(state.cause))
    if not state.has_tree:
        return over(state, 1)
    state.final_exit = 1
    grace_s = state.assigned.job.options.stop_grace_s
    return end_tree(state, Cause(CauseKind.STOPPED, 0, reason), now, grace_s)


def trainer_exited(
    state: AgentState, returncode: int, stderr_tail: str, now: float
) -> list[Action]:
    """Note how the trainer's first process ended, and end what it left behind."""
    if not state.has_tree:
        return []
    if state.cause is not None:
        state.cause = msgspec.structs.replace(state.cause, stderr_tail=stderr_tail)
        return []
    cause = cause_of_exit(returncode, stderr_tail)
    return end_tree(state, cause, now, LEFTOVER_GRACE_S)


def stream_failed(state: AgentState, event: StreamFailed, now: float) -> list[Action]:
    """End a try whose records are not all there; a good end of it was none."""
    cause = Cause(event.kind, 0, event.detail)
    if state.phase in (Phase.STARTING, Phase.RUNNING):
        return end_tree(state, cause, now, state.assigned.job.options.stop_grace_s)
    if state.phase is Phase.ENDING and _counts(state, event.kind):
        state.cause = cause
    return []


def _counts(state: AgentState, kind: CauseKind) -> bool:
    """Say whether a stream that failed is worth more than the cause that is known."""
    assert state.cause is not None
    if state.cause.kind is CauseKind.STOPPED:
        return kind is CauseKind.OUTPUT and state.keep_outputs
    return state.cause.kind is CauseKind.SUCCEEDED


def tree_ended(state: AgentState, lost_ports: tuple[int, ...] = ()) -> list[Action]:
    """Go on when no process of the trainer is left."""
    if state.phase is not Phase.ENDING:
        return []
    state.has_tree = False
    state.kill_at = None
    if state.final_exit is not None:
        return over(state, state.final_exit)
    assert state.cause is not None
    if lost_ports and state.cause.kind is CauseKind.EXITED:
        state.cause = _without(lost_ports, state.cause)
    kind = state.cause.kind
    saves = kind is CauseKind.SUCCEEDED or (
        kind is CauseKind.STOPPED and state.keep_outputs
    )
    if saves and state.assigned.outputs:
        report = state.enter(Phase.SAVING)
        return [LetGo(), report, UploadOutputs(state.assigned)]
    return _finish(state, ())


def _without(ports: tuple[int, ...], cause: Cause) -> Cause:
    """Say that a program that failed had lost ports to others."""
    numbers = ", ".join(str(number) for number in ports)
    return msgspec.structs.replace(
        cause,
        kind=CauseKind.PORT_LOST,
        detail=f"{numbers}; give the job a range that nobody else uses "
        "(xlearning.reserve.port.begin, .end)",
    )


def kill(state: AgentState, now: float) -> list[Action]:
    """Kill what did not end in time; again, because it may have forked meanwhile."""
    if state.kills >= MAX_KILLS:
        return tree_ended(state)
    state.kills += 1
    state.kill_at = now + KILL_AGAIN_S
    return [KillTree()]


def uploaded(state: AgentState, uploads: tuple[Upload, ...]) -> list[Action]:
    """End a try whose outputs are uploaded."""
    return _finish(state, uploads) if state.phase is Phase.SAVING else []


def upload_failed(state: AgentState, detail: str) -> list[Action]:
    """End a try whose outputs are not where they should be."""
    if state.phase is not Phase.SAVING:
        return []
    state.cause = Cause(CauseKind.OUTPUT, 0, detail + _kept(state.assigned.hadoop))
    return _finish(state, ())


def _kept(hadoop: Mapping[str, str]) -> str:
    """Say that the node keeps the files for a while, if it does."""
    seconds = hadoop.get(_DELETE_DELAY, "").strip()
    kept = f"; the node keeps its files for {seconds} s ({_DELETE_DELAY})"
    return kept if seconds.isdecimal() and int(seconds) > 0 else ""


def leave(state: AgentState) -> list[Action]:
    """End the agent once it is released and its reports have arrived."""
    if not state.released:
        return []
    if state.phase is Phase.IDLE:
        return over(state, 0)
    if state.phase is Phase.ENDED and state.all_received:
        assert state.cause is not None
        return over(state, exit_code(state.cause))
    return []


def _finish(state: AgentState, uploads: tuple[Upload, ...]) -> list[Action]:
    _forget_needs(state)
    state.phase = Phase.ENDED
    number = state.assigned.try_number
    ended = TaskReport(number, Phase.ENDED, cause=state.cause, uploads=uploads)
    return [*cut_off(state), LetGo(), state.report(ended)]


def _forget_needs(state: AgentState) -> None:
    state.needs.clear()
    state.unmet.clear()
    state.unmet_since = state.retry_at = None


def _withdraw_success(state: AgentState) -> None:
    """A stop that wants no outputs: a good end whose outputs are missing is none."""
    good = state.cause is not None and state.cause.kind is CauseKind.SUCCEEDED
    if good and state.assigned.outputs:
        state.cause = Cause(CauseKind.STOPPED)
