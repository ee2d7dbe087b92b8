"""ApplicationMasterProtocol: register, allocate, finish. Pure.

Rules and words are those of `ApplicationMasterService`, `DefaultAMSProcessor` and
`RMServerUtils` of YARN's. A refused allocate changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlearning.hadoop.records import (
    ANY_HOST,
    Container,
    NMToken,
    ResourceRequest,
)
from xlearning.local import amounts, lifecycle
from xlearning.local.applications import (
    Answer,
    Application,
    AppState,
    Attempt,
    AttemptState,
)
from xlearning.local.cluster import ABORTED, Cluster, SaveApplication, refusal
from xlearning.local.submissions import check_label, check_size
from xlearning.local.tokens import ContainerGrant

if TYPE_CHECKING:
    from xlearning.hadoop.ids import ApplicationAttemptId, ContainerId
    from xlearning.hadoop.resource import Resource
    from xlearning.local.applications import RmContainer

_LAST_RESPONSE = 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class Registered:
    """What a new ApplicationMaster is told."""

    maximum: Resource
    queue: str
    acls: dict[str, str]
    containers: tuple[Container, ...]
    nm_tokens: tuple[NMToken, ...]


@dataclass(frozen=True, slots=True)
class Allocate:
    """What an ApplicationMaster says in a heartbeat.

    Attributes:
        constrained: It has scheduling requests, which there is no handler for here.
    """

    response_id: int
    progress: float = 0.0
    asks: tuple[ResourceRequest, ...] = ()
    releases: tuple[ContainerId, ...] = ()
    blacklist: tuple[str, ...] = ()
    whitelist: tuple[str, ...] = ()
    constrained: bool = False


def register(
    cluster: Cluster,
    attempt_id: ApplicationAttemptId,
    address: tuple[str, int, str],
    now: int,
) -> Registered:
    """Take an ApplicationMaster's registration.

    Args:
        cluster: The cluster.
        attempt_id: Whose.
        address: Its host, RPC port and tracking URL.
        now: The time.

    Raises:
        ClusterError: The attempt is over, or registered already.
    """
    application, attempt = cluster.attempt(attempt_id)
    if attempt.registered:
        raise refusal(
            "InvalidApplicationMasterRequestException",
            f"Application Master is already registered : {application.id}",
        )
    attempt.host, attempt.rpc_port, url = address
    attempt.tracking_url = url.strip()
    attempt.seen_ms = now
    attempt.answer = Answer(0)
    attempt.state = AttemptState.RUNNING
    application.state = AppState.RUNNING
    cluster.actions.append(SaveApplication(application.id))
    kept = [each for each in attempt.containers.values() if each.id != attempt.master]
    tokens = [_nm_token(cluster, application, each) for each in kept]
    return Registered(
        cluster.largest_container(),
        f"root.{application.queue}",
        dict(application.submission.context.acls),
        tuple(_container(cluster, application, each, now) for each in kept),
        tuple(each for each in tokens if each is not None),
    )


def allocate(
    cluster: Cluster, attempt_id: ApplicationAttemptId, said: Allocate, now: int
) -> Answer:
    """Take a heartbeat and return what there is to tell.

    Raises:
        ClusterError: Not registered, out of step, or an ask that can never be served.
    """
    application, attempt = cluster.attempt(attempt_id)
    attempt.seen_ms = now
    last = attempt.answer
    if last is None:
        raise refusal(
            "ApplicationMasterNotRegisteredException",
            f"AM is not registered for known application attempt: {attempt_id} or RM "
            "had restarted after AM registered.  AM should re-register.",
        )
    if said.response_id == _before(last.response_id):
        return last
    if said.response_id != last.response_id:
        raise refusal(
            "InvalidApplicationMasterRequestException",
            "Invalid responseId in AllocateRequest from application attempt: "
            f"{attempt_id} expect responseId to be {last.response_id} but get "
            f"{said.response_id}",
        )
    _check(cluster, attempt, said)
    progress = said.progress if said.progress == said.progress else 0.0
    attempt.progress = min(1.0, max(0.0, progress))
    _release(cluster, attempt, said.releases, now)
    _ask(cluster, application, attempt, said)
    attempt.answer = _news(cluster, application, attempt, now)
    return attempt.answer


def _before(response_id: int) -> int:
    return _LAST_RESPONSE if response_id == 0 else response_id - 1


def _check(cluster: Cluster, attempt: Attempt, said: Allocate) -> None:
    if said.constrained:
        raise refusal(
            "YarnException",
            "Found non empty SchedulingRequest in AllocateRequest for application="
            f"{attempt.id}, but the configured yarn.resourcemanager.placement-"
            "constraints.handler cannot handle placement constraints. Rejecting this "
            "allocate operation",
        )
    if ANY_HOST in said.blacklist:
        raise refusal(
            "InvalidResourceBlacklistRequestException",
            "Cannot add * to the blacklist!",
        )
    for ask in said.asks:
        check_size(cluster, amounts.known(ask.capability))
        labels = cluster.settings.labels
        if ask.node_label and labels and ask.resource_name != ANY_HOST:
            raise refusal(
                "InvalidLabelResourceRequestException",
                "Invalid resource request, node label expression is specified in "
                "resource request with resource name other than ANY",
            )
        check_label(cluster, ask.node_label or "")
    application_id = attempt.id.application_id
    for container_id in said.releases:
        if container_id.attempt_id.application_id != application_id:
            raise refusal(
                "InvalidContainerReleaseException",
                f"Cannot release container : {container_id} not belonging to this "
                f"application attempt : {attempt.id}",
            )


def _release(
    cluster: Cluster, attempt: Attempt, releases: tuple[ContainerId, ...], now: int
) -> None:
    for container_id in releases:
        container = attempt.containers.get(container_id)
        if container is not None:
            text = "Container released by application"
            lifecycle.write_off(cluster, container, ABORTED, text, now)


def _ask(
    cluster: Cluster, application: Application, attempt: Attempt, said: Allocate
) -> None:
    attempt.asks.blacklist.update(said.blacklist)
    attempt.asks.blacklist.difference_update(said.whitelist)
    label = application.submission.label
    minimum = cluster.settings.minimum
    attempt.asks.update(
        replace(
            ask,
            capability=amounts.rounded(amounts.known(ask.capability), minimum),
            node_label=label if ask.node_label is None else ask.node_label,
        )
        for ask in said.asks
    )


def _news(
    cluster: Cluster, application: Application, attempt: Attempt, now: int
) -> Answer:
    news = attempt.news
    given = [attempt.containers[each] for each in news.allocated]
    for container in given:
        container.acquired = True
        container.allocated_ms = now
    tokens = [_nm_token(cluster, application, each) for each in given]
    assert attempt.answer is not None
    last = attempt.answer.response_id
    answer = Answer(
        response_id=0 if last == _LAST_RESPONSE else last + 1,
        containers=tuple(_container(cluster, application, c, now) for c in given),
        completed=tuple(news.completed),
        nodes=tuple(news.nodes.values()),
        nm_tokens=tuple(each for each in tokens if each is not None),
        preempted=tuple(news.preempted),
        available=amounts.subtract(
            cluster.capacity(), cluster.used_by(application.queue)
        ),
        node_count=cluster.active_nodes,
        priority=application.priority,
    )
    attempt.news = type(news)()
    return answer


def _container(
    cluster: Cluster, application: Application, given: RmContainer, now: int
) -> Container:
    settings = cluster.settings
    grant = ContainerGrant(
        given.id,
        str(given.node_id),
        application.submission.user,
        given.resource,
        now + settings.allocation_expiry_ms,
        settings.started_ms,
        given.priority,
        now,
    )
    return Container(
        given.id,
        given.node_id,
        cluster.nodes[given.node_id].http_address,
        given.resource,
        given.priority,
        cluster.tokens.container_token(grant),
        given.allocation_request_id,
    )


def _nm_token(
    cluster: Cluster, application: Application, given: RmContainer
) -> NMToken | None:
    """Return a node's token, unless the attempt has the newest one."""
    known = application.attempt.nm_tokens
    key = cluster.tokens.nm.current
    if known.get(given.node_id) == key:
        return None
    known[given.node_id] = key
    user, attempt_id = application.submission.user, application.attempt.id
    return NMToken(
        given.node_id, cluster.tokens.nm_token(attempt_id, given.node_id, user)
    )


def finish(
    cluster: Cluster,
    attempt_id: ApplicationAttemptId,
    end: tuple[str, str, str],
    now: int,
) -> bool:
    """Take an application's end: final status, diagnostics, tracking URL.

    Returns:
        Whether the end is remembered: False the first time, as YARN stores it first.

    Raises:
        ClusterError: The attempt is over, or not registered.
    """
    application, attempt = cluster.attempt(attempt_id)
    attempt.seen_ms = now
    if application.ended:
        return True  # also after a restart that came between
    if not attempt.registered:
        raise refusal(
            "ApplicationMasterNotRegisteredException",
            f"Application Master is trying to unregister before registering for: "
            f"{application.id}",
        )
    final_status, diagnostics, url = end
    application.tracking_url = attempt.tracking_url = url.strip()
    lifecycle.finished(cluster, application, final_status, diagnostics, now)
    return False
