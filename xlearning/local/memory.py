"""What is kept of applications and tokens, and what comes of it after a restart. Pure.

As `RMAppImpl` and `RMAppAttemptImpl` recover: an application that ran is ACCEPTED until
its ApplicationMaster, which is refused its heartbeat, has registered again. Asks are
sent anew then; what runs on the nodes they tell themselves (`recovery`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlearning.hadoop.ids import ContainerId, NodeId
from xlearning.hadoop.launch_context import ContainerLaunchContext
from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.records import ContainerState, ContainerStatus
from xlearning.hadoop.resource import Resource
from xlearning.local.applications import (
    ENDED,
    Application,
    AppState,
    Attempt,
    AttemptState,
    Submission,
)
from xlearning.local.saved import (
    SavedApplication,
    SavedAttempt,
    SavedEnd,
    SavedKeys,
    SavedSubmission,
    SavedTokens,
    SavedUse,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlearning.local.tokens import MasterKeys, Tokens


def remember(app: Application) -> SavedApplication:
    """Return what is kept of an application; of an ended one no credentials."""
    return SavedApplication(
        id=app.id,
        submission=_submission(app),
        queue=app.queue,
        priority=app.priority,
        state=app.state.value,
        final_status=app.final_status,
        diagnostics=app.diagnostics,
        tracking_url=app.tracking_url,
        submitted_ms=app.submitted_ms,
        launched_ms=app.launched_ms,
        finished_ms=app.finished_ms,
        lifetime_ms=app.lifetime_ms,
        failures_ms=tuple(app.failures_ms),
        used=(app.memory_mb_s, app.vcore_s),
        log_aggregation=app.log_aggregation,
        attempts=tuple(_attempt(each) for each in app.attempts),
        ends=tuple(_ends(app)),
    )


def _submission(app: Application) -> SavedSubmission:
    given = app.submission
    context = replace(given.context, credentials=b"") if app.ended else given.context
    size = given.resource
    return SavedSubmission(
        user=given.user,
        context=context.to_proto().SerializeToString(),
        size=(size.memory_mb, size.virtual_cores, size.gpus),
        name=given.name,
        application_type=given.application_type,
        tags=given.tags,
        max_attempts=given.max_attempts,
        keep_containers=given.keep_containers,
        failures_validity_ms=given.failures_validity_ms,
        am_label=given.am_label,
        label=given.label,
    )


def _attempt(attempt: Attempt) -> SavedAttempt:
    return SavedAttempt(
        state=attempt.state.value,
        started_ms=attempt.started_ms,
        master=str(attempt.master or ""),
        master_node=str(attempt.master_node or ""),
        host=attempt.host,
        rpc_port=attempt.rpc_port,
        tracking_url=attempt.tracking_url,
        finished_ms=attempt.finished_ms,
        diagnostics=attempt.diagnostics,
    )


def _ends(app: Application) -> list[SavedEnd]:
    untold = app.attempt.news.completed if app.attempts else []
    return [
        SavedEnd(str(each.container_id), each.exit_status, each.diagnostics)
        for each in untold
    ]


def newest(
    saved: Sequence[SavedApplication], most: int
) -> tuple[list[SavedApplication], list[SavedApplication]]:
    """Return what is recalled and what is forgotten: so many ended ones stay."""
    ended = [each for each in saved if each.state in ENDED]
    forgotten = ended[: max(0, len(ended) - most)]
    return [each for each in saved if each not in forgotten], forgotten


def recall(saved: SavedApplication, now: int) -> Application:
    """Return an application as it is after a restart.

    Raises:
        ValueError: What was kept is damaged.
    """
    app = Application(
        _submitted(saved), saved.queue, saved.priority, saved.submitted_ms
    )
    for each in saved.attempts:
        _recall_attempt(app, each, now)
    state = AppState(saved.state)
    app.state = state if state in ENDED else AppState.ACCEPTED
    app.final_status = saved.final_status
    app.diagnostics = saved.diagnostics
    app.tracking_url = saved.tracking_url
    app.launched_ms = saved.launched_ms
    app.finished_ms = saved.finished_ms
    app.lifetime_ms = saved.lifetime_ms
    app.failures_ms = list(saved.failures_ms)
    app.memory_mb_s, app.vcore_s = saved.used
    app.log_aggregation = saved.log_aggregation
    if app.state is AppState.KILLED:
        app.kill = app.diagnostics
    if app.attempts:
        app.attempt.news.completed = [_end(each) for each in saved.ends]
    return app


def _submitted(saved: SavedApplication) -> Submission:
    given = saved.submission
    message = yarn_pb2.ContainerLaunchContextProto.FromString(given.context)
    return Submission(
        application_id=saved.id,
        user=given.user,
        context=ContainerLaunchContext.from_proto(message),
        resource=Resource(*given.size),
        name=given.name,
        queue=saved.queue,
        application_type=given.application_type,
        tags=given.tags,
        priority=saved.priority,
        max_attempts=given.max_attempts,
        keep_containers=given.keep_containers,
        failures_validity_ms=given.failures_validity_ms,
        am_label=given.am_label,
        label=given.label,
    )


def _recall_attempt(app: Application, saved: SavedAttempt, now: int) -> None:
    attempt = app.begin_attempt(now)
    attempt.started_ms = saved.started_ms
    attempt.state = AttemptState(saved.state)
    if attempt.state is AttemptState.RUNNING:
        attempt.state = AttemptState.LAUNCHED  # until it has registered again
    attempt.master = ContainerId.parse(saved.master) if saved.master else None
    attempt.master_node = NodeId.parse(saved.master_node) if saved.master_node else None
    attempt.host, attempt.rpc_port = saved.host, saved.rpc_port
    attempt.tracking_url = saved.tracking_url
    attempt.finished_ms = saved.finished_ms
    attempt.diagnostics = saved.diagnostics


def _end(saved: SavedEnd) -> ContainerStatus:
    return ContainerStatus(
        ContainerId.parse(saved.container_id),
        ContainerState.COMPLETE,
        saved.exit_status,
        saved.diagnostics,
    )


def remember_tokens(tokens: Tokens, rolled_ms: int) -> SavedTokens:
    """Return what tokens are made of, and when keys were last rolled."""
    uses = tuple(
        SavedUse(attempt, str(node), key, password)
        for (attempt, node), (key, password) in tokens.last_nm_use.items()
    )
    return SavedTokens(
        _keys(tokens.amrm), _keys(tokens.nm), _keys(tokens.container), uses, rolled_ms
    )


def _keys(keys: MasterKeys) -> SavedKeys:
    return SavedKeys(keys.current, keys.next, dict(keys.keys))


def recall_tokens(saved: SavedTokens, tokens: Tokens) -> None:
    """Let tokens that were given out before a restart be good after it."""
    kinds = (
        (tokens.amrm, saved.amrm),
        (tokens.nm, saved.nm),
        (tokens.container, saved.container),
    )
    for keys, kept in kinds:
        keys.current, keys.next = kept.current, kept.next
        keys.keys = dict(kept.keys)
    for use in saved.uses:
        place = (use.attempt, NodeId.parse(use.node))
        tokens.last_nm_use[place] = (use.key, use.password)
