"""Containers: how many to ask for, who gets which, which to give back."""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING

from xlearning.am.actions import Action, Ask, Launch, ReleaseContainer, StopContainer
from xlearning.am.assignment import share_of
from xlearning.am.state import Container, Stage
from xlearning.io.locality import Place, places
from xlearning.job.ids import TaskId
from xlearning.job.spec import Placement
from xlearning.job.states import JobPhase, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.am.events import Allocated, InputListed
    from xlearning.am.state import JobState, Task
    from xlearning.job.spec import RoleSpec


PLACEMENT_PATIENCE_S = 15.0
"""A role that is spread or packed waits so long for the hosts that it names."""


def ask_missing(state: JobState, now: float) -> list[Action]:
    """Bring what is asked for in line with what is missing.

    An ask is an absolute number; the ResourceManager counts it down as it allocates,
    and so do we, so only a difference has to be told.
    """
    asks: list[Action] = []
    wanted = state.phase is JobPhase.RUNNING and now >= state.asks_held_until
    for role, free in state.free.items():
        missing = len(free) if wanted and not state.awaits_list(role) else 0
        if state.asked[role] != missing:
            state.asked[role] = missing
            ask = _ask(state, role)
            asks.append(ask)
            if ask.beside or any(place.only for place in ask.places):
                state.set_timer(now + PLACEMENT_PATIENCE_S, "place", role)
    return asks


def ask_anywhere(state: JobState, role: str) -> list[Action]:
    """Take containers wherever they are: those that were wanted elsewhere did not come.

    From now on the role's hosts are only preferred; what its nodes must be like stays.
    """
    if not state.asked[role] or role in state.anywhere:
        return []
    state.anywhere.add(role)
    return [_ask(state, role)]


def ask_near(state: JobState) -> list[Action]:
    """Say where containers that are asked for already would be near their data."""
    asks = [_ask(state, role) for role, count in state.asked.items() if count]
    return [ask for ask in asks if ask.places]


def _ask(state: JobState, role: str) -> Ask:
    spec = state.spec.role(role)
    if not spec.constrained:
        return Ask(role, state.asked[role], _places(state, role))
    return Ask(role, state.asked[role], beside=_beside(state, spec))


def _beside(state: JobState, spec: RoleSpec) -> int:
    """Return how many containers of a role are wanted beside others of it only.

    One has to be the first, and the node that it is on need not have room for all.
    """
    missing = state.asked[spec.name]
    if spec.placement is not Placement.PACK or spec.name in state.anywhere:
        return 0
    return missing if _hosts_of(state, spec.name) else max(0, missing - 1)


def _hosts_of(state: JobState, role: str) -> Counter[str]:
    """Return how many containers a role has, by host."""
    return Counter(
        task.host
        for task in state.tasks.values()
        if task.id.role == role and task.container_id
    )


def _places(state: JobState, role: str) -> tuple[Place, ...]:
    """Return where containers for the waiting tasks of a role are wanted.

    Not where a node label is asked for: YARN takes one only without a place.
    """
    hosts = state.spec.input_hosts
    spec = state.spec.role(role)
    if spec.hosts and not spec.node_label:
        return _placed(state, spec)
    if spec.node_label or not hosts or role not in state.shape.input_roles:
        return ()
    free = state.free[role]
    tasks = [str(TaskId(role, index)) for index in free] if state.near else []
    return places(hosts, len(free), [state.near.get(task, {}) for task in tasks])


def _placed(state: JobState, spec: RoleSpec) -> tuple[Place, ...]:
    """Return where a role that names hosts wants what it is lacking.

    Containers that it has are counted: a host gets no second one because of a new try.
    Other hosts will not do, for a while and where these have room for all. Where nodes
    must have attributes, all hosts that have them are named, and no other ever will do.
    """
    missing = len(state.free[spec.name])
    here = _hosts_of(state, spec.name)
    wanted: Counter[str] = Counter()
    for host in spec.hosts:
        room = min(missing, host.count - here[host.name])
        if room > 0:
            wanted[host.name] = room
            wanted[host.rack] = min(missing, wanted[host.rack] + room)
    rooms = sum(wanted[host.name] for host in spec.hosts)
    only = rooms >= missing and spec.name not in state.anywhere
    if spec.attributes and not only:
        names = sorted({name for host in spec.hosts for name in (host.name, host.rack)})
        return tuple(Place(name, missing, only=True) for name in names)
    return tuple(Place(name, wanted[name], only) for name in sorted(wanted))


def take(state: JobState, given: Iterable[Allocated], now: float) -> list[Action]:
    """Give containers to the tasks that wait for one; give back what is too many."""
    actions: list[Action] = []
    for allocated in given:
        role = allocated.role
        state.asked[role] = max(0, state.asked[role] - 1)
        if state.phase is not JobPhase.RUNNING or not state.free[role]:
            actions.append(ReleaseContainer(allocated.container_id))
            continue
        task = state.tasks[TaskId(role, _pick(state, allocated))]
        actions.append(_launch(state, task, allocated, now))
    return actions


def learn_input(state: JobState, event: InputListed) -> None:
    """Note what the input is and where, for asks and for who gets which container."""
    state.shares, state.near, state.located = event.shares, event.near, event.located
    state.splits = event.splits
    sizes = {
        name: sum(file.length for file in share) for name, share in event.shares.items()
    }
    for name, splits in event.splits.items():
        sizes[name] = sum(each.split.length for each in splits)
    state.input_bytes = sizes
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for task in state.tasks:
        for host, amount in event.near.get(str(task), {}).items():
            found.setdefault((task.role, host), []).append((-amount, task.index))
    for key, amounts in found.items():
        state.nearest[key] = [index for _, index in sorted(amounts)]


def _pick(state: JobState, given: Allocated) -> int:
    """Take the index of the waiting task with the most input on a container's host."""
    free = state.free[given.role]
    for index in state.nearest.get((given.role, given.host), ()):
        if state.tasks[TaskId(given.role, index)].state is TaskState.WAITING:
            free.remove(index)
            heapq.heapify(free)
            return index
    return heapq.heappop(free)


def _launch(state: JobState, task: Task, given: Allocated, now: float) -> Action:
    task.container_id = given.container_id
    task.host, task.http_address = given.host, given.http_address
    until = now + state.spec.options.localisation_timeout_s
    state.containers[given.container_id] = Container(
        given.container_id, task.run, given.node, given.http_address, until
    )
    state.move(task, TaskState.LAUNCHING, now)
    state.set_timer(until, "launch", given.container_id)
    share = share_of(state, task) if state.spec.data.cache_input else ()
    return Launch(given.container_id, task.run, share)


def started(state: JobState, container_id: str) -> list[Action]:
    """Note that a NodeManager took the order to start a container.

    A container that we forgot meanwhile (the ResourceManager was restarted) is ended.
    """
    container = state.containers.get(container_id)
    if container is None:
        return [StopContainer(container_id)]
    if container.stage is Stage.STARTING:
        container.stage = Stage.STARTED
    return []


def forget_unstarted(state: JobState, now: float) -> None:
    """Drop what a restarted ResourceManager no longer knows.

    Containers that were allocated and whose start was not acknowledged vanish without
    a completed status, and every ask is lost (seen on Hadoop 3.5.0 and 3.4.3).
    """
    for container in list(state.containers.values()):
        if container.stage is Stage.STARTING:
            del state.containers[container.container_id]
            task = state.tasks[container.run.task]
            if task.container_id == container.container_id:
                back_to_waiting(state, task, now)
    for role in state.asked:
        state.asked[role] = 0


def back_to_waiting(state: JobState, task: Task, now: float) -> None:
    """Begin a new try of a task, in a container that is still to come."""
    task.number += 1
    task.container_id = task.host = task.http_address = task.address = ""
    task.gpus, task.waiting_for = (), ""
    task.started = task.ended = 0.0
    task.cause, task.uploaded = None, ()
    state.move(task, TaskState.WAITING, now)
