"""One event in, actions out: the whole ApplicationMaster, without its hands.

First the event itself is applied, then the rules that follow from the state alone:
ask for what is missing, start who may start, judge, go on with the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from xlearning.am import allocation, rendezvous, restart, saving, tasks, verdict
from xlearning.am.actions import (
    Action,
    DeleteStaging,
    ListInput,
    StopContainer,
)
from xlearning.am.assignment import assign
from xlearning.am.events import (
    AgentAttached,
    AgentDetached,
    AgentSilent,
    AnyEvent,
    AskRefused,
    AttemptEnded,
    CommitFailed,
    ContainerCompleted,
    ContainersAllocated,
    ContainerStarted,
    InputListed,
    InputUnusable,
    OutputsCommitted,
    OutputsDiscarded,
    PreemptionAnnounced,
    Registered,
    ResourceManagerFound,
    ResourceManagerLost,
    ResourceManagerResynced,
    SaveAsked,
    SaveLost,
    SaveMade,
    StartRefused,
    StopRequested,
    TaskEnded,
    TaskLocalising,
    TaskReady,
    TaskRunning,
    TaskSaved,
    TaskSaving,
    TaskTroubled,
    Terminated,
    Ticked,
    Unregistered,
)
from xlearning.am.state import NOT_ATTACHED_YET, Stage
from xlearning.job.states import JobPhase, Outcome

if TYPE_CHECKING:
    from xlearning.am.state import JobState


NAMES_SHOWN = 5


def decide(state: JobState, event: AnyEvent, now: float) -> list[Action]:
    """Apply one event to the state and return what to do about it.

    Nothing is decided on an event that comes after the end.
    """
    if _has_ended(state):
        return []
    actions = _apply(state, event, now)
    if _has_ended(state):
        return actions
    actions += rendezvous.start_together(state, now)
    actions += saving.advance(state, now)
    verdict.judge(state, now)
    actions += verdict.advance(state, now)
    actions += allocation.ask_missing(state, now)
    return actions


def _has_ended(state: JobState) -> bool:
    return state.phase is JobPhase.ENDED


def _apply(state: JobState, event: AnyEvent, now: float) -> list[Action]:
    match event:
        case Registered():
            return _registered(state, event, now)
        case InputListed():
            return _input_listed(state, event, now)
        case InputUnusable(reason, claimed):
            state.listing = False
            if claimed and state.shares is None:
                state.shares = {}
            verdict.give(state, Outcome.FAILED, reason, now)
        case AskRefused(reason):
            verdict.give(state, Outcome.FAILED, reason, now)
        case ContainersAllocated(containers):
            return allocation.take(state, containers, now)
        case ContainerStarted(container_id):
            return allocation.started(state, container_id)
        case StartRefused():
            return tasks.start_refused(state, event, now)
        case ContainerCompleted():
            return tasks.completed(state, event, now)
        case PreemptionAnnounced(container_ids):
            for container_id in container_ids:
                state.say(f"container {container_id} will be preempted", now)
        case AgentAttached() | AgentDetached() | AgentSilent():
            return _about_agent(state, event, now)
        case TaskLocalising() | TaskReady() | TaskRunning() | TaskSaving():
            return _about_task(state, event, now)
        case TaskTroubled(container_id, number, problem):
            task = state.task_of(container_id, number)
            if task is not None:
                state.say(f"{task.id.label}: {problem}", now)
        case TaskEnded():
            return tasks.ended(state, event, now)
        case SaveAsked() | TaskSaved() | SaveMade() | SaveLost():
            return _about_save(state, event, now)
        case StopRequested(who, reason):
            words = f"stopped by {who}" + (f": {reason}" if reason else "")
            verdict.give(state, Outcome.KILLED, words, now)
        case _:
            return _about_the_end(state, event, now)
    return []


def _registered(state: JobState, event: Registered, now: float) -> list[Action]:
    if state.phase is not JobPhase.STARTING:
        return restart.go_on(state, event, now)
    state.attempt = event.attempt
    state.enter(JobPhase.RUNNING, now)
    state.say(_needs(state), now)
    needs_gpus = [role.name for role in state.spec.roles if role.resources.gpus]
    if needs_gpus and "yarn.io/gpu" not in event.resource_types:
        why = f"role {needs_gpus[0]} asks for GPUs, and this cluster has no yarn.io/gpu"
        verdict.give(state, Outcome.FAILED, why, now)
        return []
    state.listing = bool(state.spec.outputs)
    strangers: list[Action] = [StopContainer(each) for each in event.kept]
    return [*strangers, ListInput()]


def _needs(state: JobState) -> str:
    """Return the words, two blanks included, that XLearning's users grep for."""
    ps = state.spec.count("ps")
    workers = len(state.tasks) - ps
    if ps:
        containers = f"{workers} worker and {ps} ps  containers"
    else:
        containers = f"{workers} worker container"
    return f"XLearning application needs {containers} in fact"


def _tell_who_has_none(state: JobState, event: InputListed, now: float) -> None:
    """Say so where there are fewer files than tasks: the tasks run all the same."""
    kind = "split" if event.splits else "file"
    given = event.splits or event.shares
    shares = {name: len(share) for name, share in given.items()}
    empty = [name for name, share in shares.items() if not share]
    if not any(shares.values()):
        state.say("warning: the input has no files", now)
    elif empty:
        names = ", ".join(empty[:NAMES_SHOWN]) + " …" * (len(empty) > NAMES_SHOWN)
        number = sum(shares.values())
        files = f"1 {kind}" if number == 1 else f"{number} {kind}s"
        few = f"{len(empty)} of {len(shares)} tasks get no input ({names})"
        state.say(f"warning: {few}: there is only {files}", now)


def _input_listed(state: JobState, event: InputListed, now: float) -> list[Action]:
    state.listing = False
    if state.shares is not None:
        return []
    allocation.learn_input(state, event)
    saving.plan_next(state, now)
    if state.spec.inputs and (event.shares or event.splits):
        _tell_who_has_none(state, event, now)
    assigns: list[Action] = [
        assign(state, state.tasks[container.run.task])
        for container in state.containers.values()
        if container.stage is Stage.ATTACHED
        and state.task_of(container.container_id, container.run.number) is not None
    ]
    return [*assigns, *allocation.ask_near(state)]


def _about_agent(
    state: JobState, event: AgentAttached | AgentDetached | AgentSilent, now: float
) -> list[Action]:
    match event:
        case AgentAttached(container_id):
            return tasks.attached(state, container_id, now)
        case AgentDetached(container_id):
            return tasks.detached(state, container_id, now)
        case AgentSilent(container_id, silent_s):
            detail = f"its agent said nothing for {silent_s:.0f} s"
            return tasks.silent(state, container_id, detail, now)
        case _:
            assert_never(event)


def _about_task(
    state: JobState,
    event: TaskLocalising | TaskReady | TaskRunning | TaskSaving,
    now: float,
) -> list[Action]:
    match event:
        case TaskLocalising():
            tasks.localising(state, event, now)
        case TaskReady():
            task = tasks.ready(state, event, now)
            return rendezvous.start_alone(state, task) if task else []
        case TaskRunning() | TaskSaving():
            tasks.progressed(state, event, now)
        case _:
            assert_never(event)
    return []


def _about_save(
    state: JobState, event: SaveAsked | TaskSaved | SaveMade | SaveLost, now: float
) -> list[Action]:
    match event:
        case SaveAsked(who):
            return saving.ask(state, who, now)
        case TaskSaved():
            return saving.saved(state, event, now)
        case SaveMade():
            saving.made(state, event, now)
        case SaveLost():
            saving.lost(state, event, now)
        case _:
            assert_never(event)
    return []


def _about_the_end(
    state: JobState,
    event: ResourceManagerResynced
    | ResourceManagerLost
    | ResourceManagerFound
    | AttemptEnded
    | Terminated
    | OutputsCommitted
    | CommitFailed
    | OutputsDiscarded
    | Unregistered
    | Ticked,
    now: float,
) -> list[Action]:
    match event:
        case ResourceManagerResynced():
            allocation.forget_unstarted(state, now)
        case ResourceManagerLost(reason):
            state.rm_lost_since = state.rm_lost_since or now
            state.say(f"the ResourceManager does not answer: {reason}", now)
        case ResourceManagerFound():
            state.rm_lost_since = 0.0
            state.say("the ResourceManager answers again", now)
        case AttemptEnded() | Terminated():
            return _vanish(state, now)
        case OutputsCommitted() | OutputsDiscarded():
            if state.phase is JobPhase.COMMITTING:
                return verdict.finish(state, now)
        case CommitFailed(reason):
            return verdict.commit_failed(state, reason, now)
        case Unregistered():
            state.enter(JobPhase.ENDED, now)
            return [DeleteStaging()]
        case Ticked():
            return _tick(state, now)
        case _:
            assert_never(event)
    return []


def _vanish(state: JobState, now: float) -> list[Action]:
    """End at once. YARN gave us a quarter of a second, or has given us up.

    A YARN kill cannot be told from the loss of one attempt, and an attempt that is
    preempted or loses its node counts for nothing (`RMAppAttemptImpl`), so that nobody
    knows which one is the last. So nothing is deleted: a client that is attached does
    that, the user's next submission, or `xl clean`.
    """
    state.enter(JobPhase.ENDED, now)
    return []


def _tick(state: JobState, now: float) -> list[Action]:
    actions: list[Action] = []
    while state.timers and state.timers[0][0] <= now:
        _, kind, key = state.pop_timer()
        actions += _on_timer(state, kind, key, now)
    return actions


def _on_timer(state: JobState, kind: str, key: str, now: float) -> list[Action]:
    match kind:
        case "launch":
            return _on_launch_timer(state, key, now)
        case "detached" if _is_overdue(state, key, now):
            detail = f"its stream broke {tasks.DETACHED_PATIENCE_S:.0f} s ago"
            return tasks.silent(state, key, detail, now)
        case "return" if _is_overdue(state, key, now):
            return tasks.silent(state, key, restart.NOT_RETURNED, now)
        case "gone" if _is_overdue(state, key, now):
            return tasks.gone(state, key, restart.NOT_RETURNED, now)
        case "released" if key in state.containers:
            return tasks.silent(state, key, "", now)
        case "place":
            return allocation.ask_anywhere(state, key)
        case "gang":
            return rendezvous.give_back(state, now)
        case "stop":
            return verdict.hurry(state, now)
        case "give-up":
            verdict.give_up(state, now)
            return []
        case "save":
            return saving.on_schedule(state, now)
        case "save-limit":
            return saving.out_of_time(state, key, now)
        case _:
            return []  # "ask" and "optional": the rules after the event do it


def _on_launch_timer(state: JobState, container_id: str, now: float) -> list[Action]:
    container = state.containers.get(container_id)
    if container is None or container.stage not in NOT_ATTACHED_YET:
        return []
    if now < container.until:
        return []
    patience = state.spec.options.localisation_timeout_s
    within = f"{patience:.0f} s (xlearning.localresource.timeout)"
    detail = f"its agent did not come within {within}"
    return tasks.silent(state, container_id, detail, now)


def _is_overdue(state: JobState, container_id: str, now: float) -> bool:
    """Say whether an agent that went away has not come back in its time."""
    container = state.containers.get(container_id)
    if container is None or container.stage is not Stage.DETACHED:
        return False
    return now >= container.until
