"""From a submission to the first attempt, and what may be changed afterwards. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlearning.local import amounts, lifecycle
from xlearning.local.applications import (
    APPLICATION_TYPE_LENGTH,
    Application,
    Submission,
)
from xlearning.local.cluster import Cluster, SaveApplication, refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlearning.hadoop.resource import Resource

_MOST_TAGS = 10
_LONGEST_TAG = 100


def new_application_id(cluster: Cluster) -> str:
    """Give out an application's id."""
    number = cluster.next_application
    cluster.next_application += 1
    return f"application_{cluster.settings.started_ms}_{number:04d}"


def check_size(cluster: Cluster, asked: Resource) -> None:
    """Refuse a container that can never be.

    Raises:
        ClusterError: `InvalidResourceRequestException` in YARN's words.
    """
    limit = cluster.largest_container()
    most = limit.amounts()
    for name, amount in asked.amounts().items():
        if amount < 0:
            raise refusal(
                "InvalidResourceRequestException",
                "Invalid resource request! Cannot allocate containers as requested "
                "resource is less than 0! Requested resource type=["
                f"{name}], Requested resource={amounts.text(asked)}",
            )
        if amount > most[name]:
            raise refusal(
                "InvalidResourceRequestException",
                "Invalid resource request! Cannot allocate containers as requested "
                "resource is greater than maximum allowed allocation. Requested "
                f"resource type=[{name}], Requested resource={amounts.text(asked)}, "
                f"maximum allowed allocation={amounts.text(limit)}, please note that "
                "maximum allowed allocation is calculated by scheduler based on "
                "maximum resource of registered NodeManagers, which might be less "
                "than configured maximum allocation="
                f"{amounts.text(cluster.settings.maximum)}",
            )


def wrong_tags(tags: Sequence[str]) -> str:
    """Say what is wrong with tags (`ApplicationSubmissionContextPBImpl.checkTags`)."""
    if len(tags) > _MOST_TAGS:
        return f"Too many applicationTags, a maximum of only {_MOST_TAGS} are allowed!"
    for tag in tags:
        if len(tag) > _LONGEST_TAG:
            return (
                f"Tag {tag} is too long, maximum allowed length of a tag is "
                f"{_LONGEST_TAG}"
            )
        if not tag.isascii():
            return f"A tag can only have ASCII characters! Invalid tag - {tag}"
    return ""


def check_label(cluster: Cluster, label: str) -> None:
    """Refuse a node label that does not exist.

    Raises:
        ClusterError: `InvalidLabelResourceRequestException` in YARN's words.
    """
    if not label or label in cluster.settings.labels:
        return
    if not cluster.settings.labels:
        raise refusal(
            "InvalidLabelResourceRequestException",
            "Invalid resource request, node label not enabled but request contains "
            "label expression",
        )
    raise refusal(
        "InvalidLabelResourceRequestException",
        f"Invalid label resource request, cluster do not contain , label= {label}",
    )


def submit(cluster: Cluster, given: Submission, now: int) -> None:
    """Take an application; a second time it does nothing.

    Raises:
        ClusterError: It is refused at once. What YARN finds later fails it.
    """
    if given.application_id in cluster.applications:
        return
    check_size(cluster, amounts.known(given.resource))
    check_label(cluster, given.am_label or given.label)
    settings = cluster.settings
    attempts = given.max_attempts
    if not 0 < attempts <= settings.max_attempts:
        attempts = settings.max_attempts
    submission = replace(
        given,
        resource=amounts.rounded(amounts.known(given.resource), settings.minimum),
        application_type=given.application_type[:APPLICATION_TYPE_LENGTH],
        max_attempts=attempts,
    )
    queue = cluster.queue(given.queue)
    application = Application(
        submission,
        queue.name if queue else given.queue,
        min(given.priority, settings.max_priority),
        now,
    )
    cluster.applications[application.id] = application
    cluster.unended[application.id] = application
    if queue is None:
        what = (
            "non-leaf queue : root"
            if given.queue == "root"
            else (f"unknown queue: {given.queue}")
        )
        user = f"user : {given.user}" if given.queue == "root" else f"user {given.user}"
        text = f"Application {application.id} submitted by {user} to {what}"
        lifecycle.fail(cluster, application, text, now)
        return
    application.begin_attempt(now)
    cluster.actions.append(SaveApplication(application.id))


def set_priority(cluster: Cluster, application: Application, priority: int) -> int:
    """Change an application's priority; return the one in force."""
    application.priority = min(priority, cluster.settings.max_priority)
    cluster.actions.append(SaveApplication(application.id))
    return application.priority


def set_lifetime(cluster: Cluster, application: Application, until_ms: int) -> None:
    """Let an application be killed at a time."""
    application.lifetime_ms = until_ms
    cluster.actions.append(SaveApplication(application.id))


def move(cluster: Cluster, application: Application, queue: str) -> None:
    """Put an application into another queue.

    Raises:
        ClusterError: There is none of this name.
    """
    target = cluster.queue(queue)
    if target is None:
        raise refusal(
            "java.lang.reflect.UndeclaredThrowableException",
            f"The specified Queue: {queue} doesn't exist",
        )
    leaving = [
        each.resource
        for each in cluster.leaving.values()
        if cluster.application_of(each.id) is application
    ]
    used = amounts.add(application.used(), amounts.total(leaving))
    old = application.queue
    cluster.queue_used[old] = amounts.subtract(cluster.used_by(old), used)
    cluster.queue_used[target.name] = amounts.add(cluster.used_by(target.name), used)
    application.queue = target.name
    cluster.actions.append(SaveApplication(application.id))
