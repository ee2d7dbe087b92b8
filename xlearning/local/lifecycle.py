"""How containers, attempts and applications end, in YARN's states and words. Pure.

A container that the ResourceManager itself writes off (released, preempted, its node
lost) is told to its ApplicationMaster at once, but holds its resources until its node
reports the end of its processes, as `RMContainerImpl` and `SchedulerNode` do it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.hadoop.records import ContainerState, ContainerStatus
from xlearning.local.applications import (
    Application,
    AppState,
    Attempt,
    AttemptState,
)
from xlearning.local.cluster import (
    ABORTED,
    KILLED_BY_RM,
    PREEMPTED,
    Cluster,
    EndApplication,
    SaveApplication,
    StopContainer,
)

if TYPE_CHECKING:
    from xlearning.hadoop.ids import ContainerId
    from xlearning.local.applications import RmContainer

DISKS_FAILED = -101
_NOT_COUNTED = (ABORTED, DISKS_FAILED, PREEMPTED, KILLED_BY_RM)
_DIAGNOSTICS_LIMIT = 64 * 1024


def container_ended(
    cluster: Cluster, container_id: ContainerId, exit_status: int, text: str, now: int
) -> None:
    """Take a node's report of a container's end."""
    application = cluster.application_of(container_id)
    if application is None:
        return
    written_off = cluster.leaving.pop(container_id, None)
    if written_off is not None:
        cluster.take_back(application, written_off)
        return
    attempt = application.attempt
    container = attempt.containers.pop(container_id, None)
    if container is None:
        return
    _account(application, container, now)
    cluster.take_back(application, container)
    if container_id == attempt.master:
        _master_ended(cluster, application, exit_status, text, now)
    else:
        _tell_completed(cluster, attempt, container_id, (exit_status, text))


def write_off(
    cluster: Cluster, container: RmContainer, exit_status: int, text: str, now: int
) -> None:
    """End a container by the ResourceManager's own decision."""
    application = cluster.application_of(container.id)
    assert application is not None
    attempt = application.attempt
    attempt.containers.pop(container.id, None)
    _account(application, container, now)
    if container.id in attempt.news.allocated:
        attempt.news.allocated.remove(container.id)
    if container.started:
        cluster.leaving[container.id] = container
        cluster.actions.append(
            StopContainer(container.node_id, container.id, KILLED_BY_RM)
        )
    else:
        cluster.take_back(application, container)
    if container.id == attempt.master:
        _master_ended(cluster, application, exit_status, text, now)
    else:
        _tell_completed(cluster, attempt, container.id, (exit_status, text))


def _tell_completed(
    cluster: Cluster, attempt: Attempt, container_id: ContainerId, end: tuple[int, str]
) -> None:
    status = ContainerStatus(container_id, ContainerState.COMPLETE, *end)
    attempt.news.completed.append(status)
    cluster.actions.append(SaveApplication(attempt.id.application_id))


def _account(application: Application, container: RmContainer, now: int) -> None:
    seconds = (now - container.allocated_ms) / 1000
    application.memory_mb_s += container.resource.memory_mb * seconds
    application.vcore_s += container.resource.virtual_cores * seconds


def _master_ended(
    cluster: Cluster, application: Application, exit_status: int, text: str, now: int
) -> None:
    """Follow from the end of the ApplicationMaster's container."""
    attempt = application.attempt
    if application.ended:
        end_attempt(cluster, application, AttemptState.FINISHED, now)
        cluster.actions.append(EndApplication(application.id))
        return
    page = f"http://{cluster.settings.web_address}/cluster/app/{application.id}"
    words = (
        f"AM Container for {attempt.id} exited with  exitCode: {exit_status}\n"
        f"Failing this attempt.Diagnostics: {text}"
        f"For more detailed output, check the application tracking page: {page} "
        "Then click on links to logs of each attempt.\n"
    )
    counts = exit_status not in _NOT_COUNTED
    attempt_failed(cluster, application, words, now, counts=counts)


def attempt_failed(
    cluster: Cluster, application: Application, text: str, now: int, *, counts: bool
) -> None:
    """End the current attempt badly: the next one follows, or the application fails."""
    attempt = application.attempt
    attempt.diagnostics = text
    submission = application.submission
    if counts:
        application.failures_ms.append(now)
    window = submission.failures_validity_ms
    recent = [at for at in application.failures_ms if window <= 0 or now - at < window]
    last = len(recent) >= submission.max_attempts
    if last or not submission.keep_containers:
        end_attempt(cluster, application, AttemptState.FAILED, now)
    else:
        _end_but_keep(cluster, application, now)
    if not last:
        _next_attempt(cluster, application, attempt, now)
        return
    within = f" in previous {window} milliseconds" if window > 0 else ""
    limit = cluster.settings.max_attempts
    local = (
        ""
        if limit == submission.max_attempts
        else f" (global limit ={limit}; local limit is ={submission.max_attempts})"
    )
    fail(
        cluster,
        application,
        f"Application {application.id} failed {submission.max_attempts} times"
        f"{within}{local} due to {text}. Failing the application.",
        now,
    )


def _next_attempt(
    cluster: Cluster, application: Application, old: Attempt, now: int
) -> None:
    new = application.begin_attempt(now)
    if application.submission.keep_containers:
        new.containers = old.containers
        new.news.completed = old.news.completed
        new.asks.blacklist = old.asks.blacklist
        old.containers = {}
    cluster.actions.append(SaveApplication(application.id))


def _end_but_keep(cluster: Cluster, application: Application, now: int) -> None:
    """End an attempt whose running containers the next one gets."""
    attempt = application.attempt
    attempt.asks.clear()
    for container in list(attempt.containers.values()):
        if container.id == attempt.master:
            _leave(cluster, application, container)
        elif not container.started:
            text = "Container of a completed application"
            write_off(cluster, container, ABORTED, text, now)
    _close(cluster, attempt, AttemptState.FAILED, now)


def end_attempt(
    cluster: Cluster, application: Application, state: AttemptState, now: int
) -> None:
    """End the current attempt and all its containers."""
    attempt = application.attempt
    attempt.asks.clear()
    for container in list(attempt.containers.values()):
        _account(application, container, now)
        _leave(cluster, application, container)
    _close(cluster, attempt, state, now)


def _leave(cluster: Cluster, application: Application, container: RmContainer) -> None:
    """Write a container off without a word to anybody."""
    application.attempt.containers.pop(container.id, None)
    if container.started:
        cluster.leaving[container.id] = container
        cluster.actions.append(
            StopContainer(container.node_id, container.id, KILLED_BY_RM)
        )
    else:
        cluster.take_back(application, container)


def _close(cluster: Cluster, attempt: Attempt, state: AttemptState, now: int) -> None:
    attempt.state = state
    attempt.finished_ms = now
    cluster.tokens.end(attempt.id)


def fail(cluster: Cluster, application: Application, text: str, now: int) -> None:
    """Fail an application."""
    _end(cluster, application, AppState.FAILED, text, now)


def finished(
    cluster: Cluster, application: Application, final_status: str, text: str, now: int
) -> None:
    """Take an application's own word on its end; its processes still run."""
    application.attempt.state = AttemptState.FINISHING
    application.attempt.asks.clear()
    application.final_status = final_status
    application.state = AppState.FINISHED
    cluster.unended.pop(application.id, None)
    application.finished_ms = now
    application.diagnostics = text[-_DIAGNOSTICS_LIMIT:]
    cluster.actions.append(SaveApplication(application.id))


def kill(cluster: Cluster, application: Application, text: str, now: int) -> None:
    """Kill an application; one that has ended stays as it is."""
    if application.ended:
        return
    application.kill = text
    end_attempt(cluster, application, AttemptState.KILLED, now)
    _end(cluster, application, AppState.KILLED, text, now)


def _end(
    cluster: Cluster, application: Application, state: AppState, text: str, now: int
) -> None:
    application.state = state
    cluster.unended.pop(application.id, None)
    application.final_status = state.value
    application.diagnostics = text[-_DIAGNOSTICS_LIMIT:]
    application.finished_ms = now
    cluster.actions.append(EndApplication(application.id))
    cluster.actions.append(SaveApplication(application.id))
