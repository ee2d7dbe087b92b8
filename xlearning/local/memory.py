"""What an application is after a restart of the process.

Jobs that ran when the process ended have ended with it: no process outlives it.
"""

from __future__ import annotations

from xlearning.hadoop.launch_context import ContainerLaunchContext
from xlearning.local import amounts
from xlearning.local.applications import Application, AppState, Submission
from xlearning.local.home import SavedApplication

LOST = "The local cluster was ended while the application ran."


def remember(app: Application) -> SavedApplication:
    """Return what is kept of an application."""
    submission = app.submission
    return SavedApplication(
        id=app.id,
        user=submission.user,
        name=submission.name,
        queue=app.queue,
        application_type=submission.application_type,
        tags=submission.tags,
        priority=app.priority,
        state=app.state.value,
        final_status=app.final_status,
        diagnostics=app.diagnostics,
        tracking_url=app.tracking_url,
        submitted_ms=app.submitted_ms,
        launched_ms=app.launched_ms,
        finished_ms=app.finished_ms,
        log_aggregation=app.log_aggregation,
    )


def recall(saved: SavedApplication, now: int) -> Application:
    """Return an application as it is after a restart."""
    submission = Submission(
        application_id=saved.id,
        user=saved.user,
        context=ContainerLaunchContext(""),
        resource=amounts.NOTHING,
        name=saved.name,
        queue=saved.queue,
        application_type=saved.application_type,
        tags=saved.tags,
        priority=saved.priority,
    )
    app = Application(submission, saved.queue, saved.priority, saved.submitted_ms)
    app.state = AppState(saved.state)
    app.final_status = saved.final_status
    app.diagnostics = saved.diagnostics
    app.tracking_url = saved.tracking_url
    app.launched_ms = saved.launched_ms
    app.finished_ms = saved.finished_ms
    app.log_aggregation = saved.log_aggregation
    if not app.ended:
        app.state = AppState.KILLED
        app.final_status = app.state.value
        app.diagnostics = LOST
        app.finished_ms = now
    return app
