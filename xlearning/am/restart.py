"""How an attempt goes on where an earlier one stopped.

The state is the one that the earlier attempt came to; its programs run on, in
containers that YARN kept. What was told to the ResourceManager is forgotten, what the
earlier attempt had begun may be done or not: it is ordered again, because every such
order can be repeated. Agents look for this attempt and are told all that is true for
them when they come.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from xlearning.am import saving
from xlearning.am.actions import (
    Action,
    CommitOutputs,
    DiscardOutputs,
    Finish,
    ListInput,
    StopContainer,
)
from xlearning.am.assignment import commit_plan, output_urls
from xlearning.am.state import NOT_ATTACHED_YET, Stage
from xlearning.am.verdict import STOP_MARGIN_S
from xlearning.job.states import JobPhase, Outcome

if TYPE_CHECKING:
    from xlearning.am.events import Registered
    from xlearning.am.state import Container, JobState

RETURN_PATIENCE_S = 60.0
"""An agent finds out within 40 s that an ApplicationMaster is gone whose host died
(keepalive), and asks every 5 s where the next one listens."""
GONE_PATIENCE_S = 10.0
"""YARN says so long after the registration, at the latest, how containers ended that it
does not know as running any more."""
_ANEW = ("stop", "give-up", "place")
"""Timers that begin anew: what they wait for could not come meanwhile."""
NOT_RETURNED = "its agent did not come back to the new ApplicationMaster"


def go_on(state: JobState, event: Registered, now: float) -> list[Action]:
    """Take over a job; an event that is repeated changes nothing."""
    if event.attempt <= state.attempt:
        return []
    state.attempt = event.attempt
    state.asked = dict.fromkeys(state.asked, 0)
    state.rm_lost_since = state.gang_since = 0.0
    state.timers = [timer for timer in state.timers if timer[1] not in _ANEW]
    heapq.heapify(state.timers)
    kept = set(event.kept)
    for container in list(state.containers.values()):
        _look_for(state, container, now, there=container.container_id in kept)
    found = len(kept & state.containers.keys())
    state.say(
        f"attempt {event.attempt} of the ApplicationMaster goes on where the one "
        f"before stopped: {found} of {len(state.containers)} containers are there",
        now,
    )
    strangers = sorted(kept - state.containers.keys())
    return [*map(StopContainer, strangers), *_begin_again(state, now)]


def _look_for(
    state: JobState, container: Container, now: float, *, there: bool
) -> None:
    """Wait for a container's agent, or for the news of its end."""
    container_id = container.container_id
    container.stop_sent = False
    if container.lost:  # its end was told, nothing more will come
        del state.containers[container_id]
    elif not there:
        container.stage, container.until = Stage.DETACHED, now + GONE_PATIENCE_S
        state.set_timer(container.until, "gone", container_id)
    elif container.stage in NOT_ATTACHED_YET:
        container.stage = Stage.STARTED
        container.until = max(container.until, now + RETURN_PATIENCE_S)
        state.set_timer(container.until, "launch", container_id)
    else:
        container.stage, container.until = Stage.DETACHED, now + RETURN_PATIENCE_S
        state.set_timer(container.until, "return", container_id)


def _begin_again(state: JobState, now: float) -> list[Action]:
    """Order again what may have been under way."""
    actions = saving.commit_again(state)
    if state.listing or (state.phase is JobPhase.RUNNING and state.shares is None):
        actions.append(ListInput())
    good = state.verdict is not None and state.verdict.outcome is Outcome.SUCCEEDED
    match state.phase:
        case JobPhase.STOPPING:
            state.enter(JobPhase.STOPPING, now)  # its patience begins anew
            grace_s = state.spec.options.stop_grace_s + STOP_MARGIN_S
            # A service has outputs to upload, and is told so when its agent comes.
            absence_s = RETURN_PATIENCE_S if good else 0.0
            state.set_timer(now + absence_s + grace_s, "stop")
        case JobPhase.COMMITTING if good:
            actions.append(CommitOutputs(commit_plan(state)))
        case JobPhase.COMMITTING:
            actions.append(DiscardOutputs(output_urls(state)))
        case JobPhase.FINISHING:
            assert state.verdict is not None, "the job finishes without a verdict"
            actions.append(Finish(state.verdict.outcome, state.verdict.diagnostics))
        case _:
            pass
    return actions
