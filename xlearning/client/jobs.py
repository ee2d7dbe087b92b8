"""Jobs that exist already: what is known of one, and how to end it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from xlearning.client.master_api import MasterApi
from xlearning.client.reports import is_final
from xlearning.client.watch import STOP_DEADLINE_S
from xlearning.errors import ClusterError, ConnectionLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.hadoop.reports import ApplicationReport
    from xlearning.hadoop.rest import ResourceManagerRest
    from xlearning.job.snapshot import JobSnapshot

POLL_S = 0.25
KILL_DEADLINE_S = 30.0
FORBIDDEN = 403
NOT_FOUND = 404


class JobStatus(NamedTuple):
    """What is known of a job.

    Attributes:
        report: The ResourceManager's.
        snapshot: The ApplicationMaster's, None where there is none.
        page_error: Why there is none although the job runs, "" otherwise.
    """

    report: ApplicationReport
    snapshot: JobSnapshot | None = None
    page_error: str = ""


def find_report(rest: ResourceManagerRest, application_id: str) -> ApplicationReport:
    """Return what the ResourceManager says of a job.

    Raises:
        ClusterError: It knows no such job.
        ConnectionLost: No ResourceManager answers.
    """
    from xlearning.hadoop.rest import RestError

    try:
        return rest.application(application_id)
    except RestError as error:
        if error.status != NOT_FOUND:
            raise
        raise ClusterError(
            f"the cluster knows no job `{application_id}`",
            protocol=error.protocol,
            method=error.method,
            java_class=error.java_class,
            remote_text=error.remote_text,
            hint="`xl list --all` shows the jobs that it knows",
        ) from error


def job_status(rest: ResourceManagerRest, application_id: str) -> JobStatus:
    """Ask the ResourceManager and, where there is one, the ApplicationMaster.

    Raises:
        ClusterError: There is no such application.
        ConnectionLost: No ResourceManager answers.
    """
    report = find_report(rest, application_id)
    if report.state != "RUNNING":
        return JobStatus(report)
    try:
        return JobStatus(report, MasterApi(rest, report.tracking_url).snapshot())
    except (ConnectionLost, ClusterError) as error:
        return JobStatus(report, page_error=error.message)


class Stopper:
    """Ends a job: its ApplicationMaster is asked first, YARN's kill comes later.

    A kill leaves the ApplicationMaster a quarter of a second, too little to end its
    containers and to clean up.
    """

    def __init__(
        self,
        rest: ResourceManagerRest,
        application_id: str,
        *,
        deadline_s: float = STOP_DEADLINE_S,
        say: Callable[[str], None],
    ) -> None:
        """Prepare to end a job; `say` is told what happens."""
        self._rest = rest
        self._id = application_id
        self._deadline_s = deadline_s
        self._say = say

    def stop(self, reason: str) -> ApplicationReport:
        """End the job, say so and return its last report.

        Raises:
            ClusterError: There is no such application, or it may not be ended.
            ConnectionLost: The ResourceManager does not answer, or did not end the job
                within half a minute after the kill.
        """
        report = find_report(self._rest, self._id)
        if is_final(report):
            self._say(f"{self._id} has ended already (state: {report.state})")
            return report
        if report.state == "RUNNING" and self._ask_master(report, reason):
            report = self._wait(self._deadline_s)
            if is_final(report):
                return self._ended(report)
            self._say(f"It did not end within {self._deadline_s:.0f} s")
        self._say(f"Killing {self._id} through YARN")
        self._rest.kill(self._id, reason)
        report = self._wait(KILL_DEADLINE_S)
        if not is_final(report):
            raise ConnectionLost(
                f"{self._id} is still {report.state} after YARN was asked to kill it",
                hint=f"look again with `xl status {self._id}`",
            )
        return self._ended(report)

    def _ended(self, report: ApplicationReport) -> ApplicationReport:
        self._say(f"{self._id} has ended (state: {report.state})")
        return report

    def _ask_master(self, report: ApplicationReport, reason: str) -> bool:
        try:
            MasterApi(self._rest, report.tracking_url).stop(reason)
        except (ConnectionLost, ClusterError) as error:
            if getattr(error, "status", 0) == FORBIDDEN:
                raise
            self._say(f"Its ApplicationMaster could not be asked: {error.message}")
            return False
        self._say(f"Stopping {self._id}")
        return True

    def _wait(self, seconds: float) -> ApplicationReport:
        until = time.monotonic() + seconds
        while True:
            report = self._rest.application(self._id)
            if is_final(report) or time.monotonic() >= until:
                return report
            time.sleep(POLL_S)
