"""Decides what the client says and does while it follows a job. Pure.

`decide(watch, event, now)` gets what was seen (the ResourceManager's report, the
ApplicationMaster's snapshot, a key, a signal) and returns what to do about it; `pause`
says how long to wait before the next look. The shell is `follow`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from xlearning.client.job_text import waiting_text
from xlearning.client.reports import (
    containers_line,
    ending_lines,
    is_final,
    movements,
    succeeded,
    waiting_reason,
)
from xlearning.client.watch_events import (
    Action,
    Answered,
    Ask,
    AskMaster,
    ClusterLost,
    Draw,
    Event,
    HungUp,
    Interrupted,
    JobUnknown,
    Kill,
    Leave,
    PageLost,
    ReportSeen,
    Say,
    SnapshotSeen,
    StopRefused,
)
from xlearning.job.states import JobPhase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.hadoop.reports import ApplicationReport
    from xlearning.job.snapshot import JobSnapshot

STOP_DEADLINE_S = 15.0
"""The ApplicationMaster gets so long to end its job before YARN kills it."""
SHORTEST_PAUSE_S = 0.25
LONGEST_BACK_OFF_S = 10.0
PATIENCE_S = 1.5
"""What is waited for is said when the wait lasts: most waits are over at once."""
UNKNOWN_PATIENCE_S = 120.0
"""A ResourceManager that was restarted answers before it has recovered its jobs."""
PAGE_FAILURES_SAID = 5
EXIT_LEFT = 1
EXIT_FAILED = 2


class Stopping(StrEnum):
    """How far the end of a job that the user wanted to stop has come."""

    NO = "NO"
    ASKING_USER = "ASKING_USER"
    ASKED_MASTER = "ASKED_MASTER"
    KILLED = "KILLED"


@dataclass
class Watch:
    """What a client that follows a job remembers.

    Attributes:
        application_id: The job.
        terminal: Whether somebody can answer, and see a bar.
        detach: Whether to leave when the job is accepted.
        poll_interval_s: The longest pause between two looks while all is well.
        report: The last one of the ResourceManager.
        message: Number of the last message shown.
        waiting: What is waited for, and since when.
        said: What of it was said already.
        containers: The last line about containers.
        tenth: Progress that was last said, in tenths.
        moved: Input and output that was last said to have moved, in tenths.
        lost_at: Since when no ResourceManager answers.
        failures: How often it did not.
        page_failures: How often the ApplicationMaster did not answer since it did.
        quiet_looks: Looks since something changed.
        stopping: How far a wish to stop has come.
        stop_at: When the ApplicationMaster was asked.
    """

    application_id: str
    terminal: bool = False
    detach: bool = False
    poll_interval_s: float = 1.0
    report: ApplicationReport | None = None
    message: int = 0
    waiting: dict[str, float] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    containers: str = ""
    tenth: int = 0
    moved: dict[str, int] = field(default_factory=dict)
    lost_at: float | None = None
    failures: int = 0
    page_failures: int = 0
    quiet_looks: int = 0
    stopping: Stopping = Stopping.NO
    stop_at: float = 0.0


def pause_s(watch: Watch) -> float:
    """Return how long to wait before the next look."""
    if watch.failures:
        back_off = SHORTEST_PAUSE_S * 2.0 ** min(watch.failures, 10)
        return min(LONGEST_BACK_OFF_S, back_off)
    if watch.stopping in (Stopping.ASKED_MASTER, Stopping.KILLED):
        return SHORTEST_PAUSE_S
    growing = SHORTEST_PAUSE_S * 1.3 ** min(watch.quiet_looks, 20)
    return min(max(watch.poll_interval_s, SHORTEST_PAUSE_S), growing)


def decide(watch: Watch, event: Event, now: float) -> list[Action]:
    """Apply one event and return what to do about it.

    Args:
        watch: Changed in place.
        event: What was seen.
        now: Monotonic time in seconds.
    """
    match event:
        case ReportSeen(report):
            return _on_report(watch, report, now)
        case SnapshotSeen(snapshot):
            return _on_snapshot(watch, snapshot, now)
        case PageLost(reason):
            return _on_page_lost(watch, reason)
        case ClusterLost(reason):
            return _on_lost(watch, reason, now)
        case JobUnknown(reason):
            return _on_unknown(watch, reason, now)
        case Interrupted():
            return _on_interrupt(watch, now)
        case Answered(yes):
            return _on_answer(watch, yes=yes, now=now)
        case StopRefused(reason):
            return _kill(watch, f"its ApplicationMaster could not be asked: {reason}")
        case HungUp(name):
            return [Say(_left(watch, f"this client got {name}")), Leave(EXIT_LEFT)]


def _on_report(watch: Watch, report: ApplicationReport, now: float) -> list[Action]:
    actions: list[Action] = []
    if watch.lost_at is not None:
        seconds = now - watch.lost_at
        actions.append(Say(f"The ResourceManager answers again after {seconds:.0f} s"))
    watch.lost_at, watch.failures = None, 0
    watch.quiet_looks += 1
    if watch.report is None or watch.report.state != report.state:
        watch.quiet_looks = 0
        state = f"(state: {report.state})"
        actions.append(Say(f"Application report for {watch.application_id} {state}"))
    watch.report = report
    if is_final(report):
        return [*actions, *_end(watch, report)]
    if report.state != "RUNNING":  # then its page says more
        reasons = waiting_reason(report)
        actions += _waiting(watch, dict(zip(reasons, reasons, strict=True)), now)
    if watch.detach and report.state in ("ACCEPTED", "RUNNING"):
        return [*actions, Say(_left(watch, "detached")), Leave(0)]
    if (
        watch.stopping is Stopping.ASKED_MASTER
        and now - watch.stop_at >= STOP_DEADLINE_S
    ):
        actions += _kill(watch, f"it did not end within {STOP_DEADLINE_S:.0f} s")
    return actions


def _on_snapshot(watch: Watch, snapshot: JobSnapshot, now: float) -> list[Action]:
    knows_all = snapshot.phase is not JobPhase.STARTING
    if knows_all and snapshot.cursor < watch.message:  # an attempt that began anew
        watch.message = 0
    actions: list[Action] = []
    if watch.page_failures >= PAGE_FAILURES_SAID:
        actions.append(Say("The ApplicationMaster answers again"))
    watch.page_failures = 0
    for message in snapshot.messages:
        if message.number > watch.message:
            watch.message = message.number
            watch.quiet_looks = 0
            actions.append(Say(message.text))
    waiting = {each.what: waiting_text(each) for each in snapshot.waiting_on}
    actions += _waiting(watch, waiting, now)
    return [*actions, *_how_far(watch, snapshot)]


def _how_far(watch: Watch, snapshot: JobSnapshot) -> list[Action]:
    """Draw how far the job is, or say what of it is new."""
    containers = containers_line(snapshot)
    changed = containers != watch.containers
    watch.containers = containers
    watch.quiet_looks = 0 if changed else watch.quiet_looks
    moving = movements(snapshot)
    if watch.terminal:
        words = (containers, *(each.words for each in moving), *watch.waiting)
        return [Draw(snapshot.progress, " · ".join(filter(None, words)))]
    lines = [f"Containers: {containers}"] if changed and containers else []
    for each in moving:
        if each.tenth > watch.moved.get(each.what, 0):
            watch.moved[each.what] = each.tenth
            lines.append(f"Moved: {each.words}")
    if int(snapshot.progress * 10) > watch.tenth:
        watch.tenth = int(snapshot.progress * 10)
        lines.append(f"Progress: {snapshot.progress:.0%}")
    return [Say(line) for line in lines]


def _waiting(watch: Watch, waiting: Mapping[str, str], now: float) -> list[Action]:
    """Say what is waited for, each once, when it has lasted for a while.

    Args:
        watch: Changed in place.
        waiting: What is waited for, to the words that tell it with all that changes.
        now: Monotonic time in seconds.
    """
    watch.waiting = {text: watch.waiting.get(text, now) for text in waiting}
    watch.said.intersection_update(waiting)
    lasting = [
        text
        for text, since in watch.waiting.items()
        if now - since >= PATIENCE_S and text not in watch.said
    ]
    watch.said.update(lasting)
    return [Say(f"Waiting: {waiting[text]}") for text in lasting]


def _on_page_lost(watch: Watch, reason: str) -> list[Action]:
    """Say it once, not at once: the page comes up a moment after the registration."""
    watch.page_failures += 1
    if watch.page_failures != PAGE_FAILURES_SAID:
        return []
    return [Say(f"The ApplicationMaster does not answer, trying on: {reason}")]


def _on_lost(watch: Watch, reason: str, now: float) -> list[Action]:
    watch.failures += 1
    if watch.lost_at is not None:
        return []
    watch.lost_at = now
    return [Say(f"The ResourceManager does not answer, trying on: {reason}")]


def _on_unknown(watch: Watch, reason: str, now: float) -> list[Action]:
    """Bear for a while that a job which was there is not known."""
    actions = _on_lost(watch, reason, now)
    since = now if watch.lost_at is None else watch.lost_at
    if now - since < UNKNOWN_PATIENCE_S:
        return actions
    return [Say(f"error: {reason}"), Leave(EXIT_LEFT)]


def _on_interrupt(watch: Watch, now: float) -> list[Action]:
    match watch.stopping:
        case Stopping.NO if watch.terminal:
            watch.stopping = Stopping.ASKING_USER
            return [Ask()]
        case Stopping.NO | Stopping.ASKING_USER:
            return _stop(watch, now)
        case Stopping.ASKED_MASTER:
            return _kill(watch, "Ctrl-C was pressed again")
        case Stopping.KILLED:
            return [Say(_left(watch, "Ctrl-C was pressed again")), Leave(EXIT_LEFT)]


def _on_answer(watch: Watch, *, yes: bool, now: float) -> list[Action]:
    if watch.stopping is not Stopping.ASKING_USER:
        return []
    if yes:
        return _stop(watch, now)
    watch.stopping = Stopping.NO
    return [Say("The job goes on")]


def _stop(watch: Watch, now: float) -> list[Action]:
    running = watch.report is not None and watch.report.state == "RUNNING"
    if not running:
        return _kill(watch, "it has no ApplicationMaster yet")
    watch.stopping, watch.stop_at = Stopping.ASKED_MASTER, now
    return [
        Say(f"Stopping {watch.application_id}"),
        AskMaster("stopped by the user with Ctrl-C"),
    ]


def _kill(watch: Watch, why: str) -> list[Action]:
    watch.stopping = Stopping.KILLED
    return [
        Say(f"Killing {watch.application_id} through YARN: {why}"),
        Kill("killed by the user with Ctrl-C"),
    ]


def _end(watch: Watch, report: ApplicationReport) -> list[Action]:
    good = succeeded(report)
    lines = ending_lines(report)
    return [*map(Say, lines), Leave(0 if good else EXIT_FAILED, ended=True)]


def _left(watch: Watch, why: str) -> str:
    return (
        f"{watch.application_id} goes on without this client ({why}); "
        f"to see it: xl status {watch.application_id}"
    )
