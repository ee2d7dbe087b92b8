"""What an agent knows, and what must be true of it at every moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from xlearning.container.actions import Report
from xlearning.container.assignment import Phase, TaskReport

if TYPE_CHECKING:
    from xlearning.container.assignment import Assignment
    from xlearning.container.events import Need
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.causes import Cause


@dataclass(slots=True)
class AgentState:
    """An agent's whole memory; only `lifecycle.decide` changes it.

    Attributes:
        phase: Where it stands.
        assignment: The try that it runs.
        needs: What is still missing for READY.
        unmet: Needs that could not be met at once, and what they wait for.
        unmet_since: Since when something has been unmet, None when nothing is.
        retry_at: When unmet needs are tried again.
        address: Where the trainer will listen.
        gpus: Devices that are locked.
        view: The newest view that was accepted.
        cause: Why the try ends, None before that is known.
        keep_outputs: Whether a stopped trainer's outputs are uploaded.
        has_tree: A trainer was spawned, and processes of it may live.
        kill_at: When the tree is killed, None when it is not being ended.
        kills: How often it was killed already.
        save: The save that is under way, 0 for none.
        last_save: The newest that was asked for.
        final_exit: Exit code for an end that the ApplicationMaster is not told of.
        detached_since: Since when there is no ApplicationMaster, None if there is.
        reported: How many reports were made.
        received: How many of them have arrived.
        released: Whether the agent may end.
    """

    phase: Phase = Phase.IDLE
    assignment: Assignment | None = None
    needs: set[Need] = field(default_factory=set)
    unmet: dict[Need, str] = field(default_factory=dict)
    unmet_since: float | None = None
    retry_at: float | None = None
    address: str = ""
    gpus: tuple[str, ...] = ()
    view: ClusterView | None = None
    cause: Cause | None = None
    keep_outputs: bool = False
    has_tree: bool = False
    kill_at: float | None = None
    kills: int = 0
    save: int = 0
    last_save: int = 0
    final_exit: int | None = None
    detached_since: float | None = None
    reported: int = 0
    received: int = 0
    released: bool = False

    @property
    def all_received(self) -> bool:
        """Whether every report has arrived."""
        return self.received == self.reported

    @property
    def assigned(self) -> Assignment:
        """The assignment, in a phase in which there is one."""
        assert self.assignment is not None, self.phase
        return self.assignment

    def enter(self, phase: Phase) -> Report:
        """Go to a phase that the ApplicationMaster hears of, and say so."""
        self.phase = phase
        return self.report(TaskReport(self.assigned.try_number, phase))

    def report(self, report: TaskReport) -> Report:
        """Send a report, with what is waited for at the moment."""
        self.reported += 1
        return Report(replace(report, waiting_for="; ".join(self.unmet.values())))


def check_invariants(state: AgentState) -> None:
    """Fail when the state is one that no order of events may lead to.

    Raises:
        AssertionError: An invariant is broken.
    """
    phase = state.phase
    with_tree = {Phase.STARTING, Phase.RUNNING, Phase.ENDING}
    assert state.received <= state.reported, "more arrived than was said"
    assert state.has_tree == (phase in with_tree), "processes outlive their phase"
    ending = phase is Phase.ENDING
    assert ending == (state.kill_at is not None), "an end without a deadline"
    without = {Phase.IDLE, Phase.OVER}
    known = state.assignment is not None or phase in without
    assert known, "an assignment is forgotten"
    assert (phase is Phase.ENDED) <= (state.cause is not None), "no cause"
    assert (phase is Phase.SAVING) <= (state.cause is not None), "no cause"
    saves = {Phase.RUNNING, Phase.ENDING, Phase.SAVING}
    assert not state.save or phase in saves, "a save outlives its task"
    assert state.save in (0, state.last_save), "an old save goes on"
    preparing = phase is Phase.LOCALISING
    assert preparing == bool(state.needs), "ready too early or never"
    assert set(state.unmet) <= state.needs, "waits for what it has"
    since = state.unmet_since is not None
    assert bool(state.unmet) == since, "waits for nothing"
    assert bool(state.unmet) == (state.retry_at is not None), "waits for ever"
