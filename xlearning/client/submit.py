"""Carries a plan out: new application, staging, submission, following, sweeping.

What is printed keeps the lines that scripts look for in XLearning's output. All of it
goes to stderr; stdout gets data: the application's id when the client leaves at once,
or the job's end as JSON.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import msgspec

from xlearning.client import runtime
from xlearning.client.cleaning import (
    delete_rests,
    find_rests,
    report_lookup,
    sweep_job,
)
from xlearning.client.follow import Follower
from xlearning.client.interrupts import Interrupts, tidy_ends
from xlearning.client.local_cache import cache_folder
from xlearning.client.placement import is_placed, placed, takes_constraints
from xlearning.client.plan import RoleFile
from xlearning.client.screen import screen_for
from xlearning.client.staging import StagingArea
from xlearning.client.store_keys import job_properties
from xlearning.client.submission import submission_body
from xlearning.client.watch import Watch
from xlearning.client.whereabouts import input_hosts
from xlearning.errors import ConfigError, XLearningError
from xlearning.job.handover import Handover

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xlearning.client.plan import SubmissionPlan
    from xlearning.client.screen import Screen
    from xlearning.client.watch_events import Leave
    from xlearning.hadoop.reports import ApplicationReport
    from xlearning.hadoop.rest import ResourceManagerRest
    from xlearning.io.storage import StorageLookup
    from xlearning.job.spec import JobSpec, RuntimeSpec

SECRET_BYTES = 32

P = ParamSpec("P")
T = TypeVar("T")


class Outcome(msgspec.Struct, frozen=True):
    """What `--json` prints at the end."""

    application_id: str
    state: str
    final_status: str
    tracking_url: str
    diagnostics: str
    exit_code: int


def run(
    plan: SubmissionPlan,
    hadoop: Mapping[str, str],
    *,
    rest: ResourceManagerRest,
    storages: StorageLookup,
) -> int:
    """Submit a job and follow it.

    Args:
        plan: What was decided.
        hadoop: Hadoop's properties, resolved.
        rest: The ResourceManager, as the submitting user.
        storages: Finds the file system of a URL, as the submitting user.

    Returns:
        `xl-submit`'s exit code: 0 the job succeeded, or was accepted and left; 2 it did
        not succeed; 1 the user left it.

    Raises:
        XLearningError: It could not be submitted; nothing of it is left.
    """
    terminal = sys.stderr.isatty() and sys.stdin.isatty()
    screen = screen_for(terminal=terminal)
    with tidy_ends():
        job = submit(plan, hadoop, rest=rest, storages=storages, say=screen.say)
    watch = Watch(
        job.application_id,
        terminal=terminal,
        detach=plan.follow.detach,
        poll_interval_s=plan.follow.poll_interval_s,
    )
    leave = _follow(watch, rest, screen)
    if leave.ended and leave.exit_code == 0:
        for output in job.outputs:
            screen.say(f"Output: {output.url}")
    if leave.ended:
        swept = sweep_job(job, storages)
        if swept:
            screen.say(f"Removed what the job left: {', '.join(swept)}")
    _print_data(plan, watch, leave)
    _sweep_earlier(plan, rest, storages)
    return leave.exit_code


def submit(
    plan: SubmissionPlan,
    hadoop: Mapping[str, str],
    *,
    rest: ResourceManagerRest,
    storages: StorageLookup,
    say: Callable[[str], None],
) -> JobSpec:
    """Submit a job and return it; on failure nothing of it is left.

    Raises:
        XLearningError: The file system or the ResourceManager refused.
    """
    plan = _placed(plan, hadoop, rest, say)
    archives = _send_archives(plan, storages, say)
    nodes = rest.metrics().active_nodes
    say(f"Requesting a new application from cluster with {nodes} NodeManagers")
    application_id = rest.new_application().application_id
    say(f"Got new Application: {application_id}")
    area = StagingArea(plan, application_id)
    with ExitStack() as undo:
        undo.callback(_remove, area, storages)
        where = _begin(input_hosts, plan.job, hadoop, storages, rest.nodes)
        job = _stage(area, plan, archives, storages=storages, say=say)
        if where.done():
            job = msgspec.structs.replace(job, input_hosts=where.result())
        properties = job_properties(plan, hadoop)
        handover = Handover(job, properties, os.urandom(SECRET_BYTES))
        body = submission_body(handover, plan.am_environment)
        undo.callback(_withdraw, rest, application_id)
        rest.submit(body)
        undo.pop_all()
    say(f"The url to track the job: {rest.endpoint}/proxy/{application_id}/")
    return job


def _placed(
    plan: SubmissionPlan,
    hadoop: Mapping[str, str],
    rest: ResourceManagerRest,
    say: Callable[[str], None],
) -> SubmissionPlan:
    """Decide how roles get to where they are wanted.

    A ResourceManager that does not show its configuration is taken for what ours says.
    """
    if not any(map(is_placed, plan.job.roles)):
        return plan
    from xlearning.hadoop.rest import RestError

    known = dict(hadoop)
    with suppress(RestError):
        known |= rest.configuration()
    found = placed(plan.job, rest.nodes(), constraints=takes_constraints(known))
    for line in found.warnings:
        say(f"warning: {line}")
    return msgspec.structs.replace(plan, job=found.job)


def _begin(do: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> Future[T]:
    """Do something in a thread that nobody has to wait for."""
    pool = ThreadPoolExecutor(1)
    begun = pool.submit(do, *arguments, **named)
    pool.shutdown(wait=False)
    return begun


def home_url(default_fs: str, user: str) -> str:
    """Return a user's home folder, where HDFS and the local disk have it."""
    if default_fs.startswith("file:"):
        from pathlib import Path

        return f"file://{Path.home()}"
    return f"{default_fs.rstrip('/')}/user/{user}"


def _send_archives(
    plan: SubmissionPlan, storages: StorageLookup, say: Callable[[str], None]
) -> tuple[RoleFile, ...]:
    """Send the programs' environments and sources, where they are not there yet.

    It takes a while to build one, and may fail: no application waits for it.
    """
    if not plan.environments and not plan.source:
        return ()
    from xlearning.client.built_environments import send_environments
    from xlearning.client.source_archive import send_sources

    job = plan.job
    storage, home = storages(job.default_fs), home_url(job.default_fs, job.user)
    cache = cache_folder("env")
    found = send_environments(plan.environments, storage, home, cache=cache, report=say)
    if plan.source:
        found += (RoleFile(send_sources(plan.source, storage, home, say)),)
    return found


def _stage(
    area: StagingArea,
    plan: SubmissionPlan,
    archives: tuple[RoleFile, ...],
    *,
    storages: StorageLookup,
    say: Callable[[str], None],
) -> JobSpec:
    job = plan.job

    def provide() -> RuntimeSpec:
        return runtime.provide(
            plan.runtime,
            storages(job.default_fs),
            home_url(job.default_fs, job.user),
            cache=cache_folder("runtime"),
            report=say,
        )

    try:
        return area.fill(storages, provide, archives)
    except OSError as error:
        raise ConfigError(
            f"cannot write the job's files to `{area.url}`: {error}",
            hint="xlearning.staging.dir names the folder for such files",
        ) from error


def _remove(area: StagingArea, storages: StorageLookup) -> None:
    """Remove a folder after a failure, which is what the user has to hear about."""
    with suppress(OSError, XLearningError):
        area.remove(storages)


def _withdraw(rest: ResourceManagerRest, application_id: str) -> None:
    """Kill what may have been submitted although no answer came, or not all of it."""
    with suppress(XLearningError):
        rest.kill(application_id, "its client did not see that it was accepted")


def _follow(watch: Watch, rest: ResourceManagerRest, screen: Screen) -> Leave:
    with Interrupts() as interrupts:
        return Follower(watch, rest, screen).run(interrupts)


def _print_data(plan: SubmissionPlan, watch: Watch, leave: Leave) -> None:
    if plan.follow.as_json and watch.report is not None:
        outcome = _outcome(watch.report, leave.exit_code)
        sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
    elif plan.follow.detach and not plan.follow.as_json and not leave.ended:
        sys.stdout.write(f"{watch.application_id}\n")
    sys.stdout.flush()


def _outcome(report: ApplicationReport, exit_code: int) -> Outcome:
    return Outcome(
        application_id=report.application_id,
        state=report.state,
        final_status=report.final_status,
        tracking_url=report.tracking_url,
        diagnostics=report.diagnostics,
        exit_code=exit_code,
    )


def _sweep_earlier(
    plan: SubmissionPlan, rest: ResourceManagerRest, storages: StorageLookup
) -> None:
    """Delete what the user's earlier jobs left, silently: this job is what counts."""
    with suppress(OSError, XLearningError):
        report_of = report_lookup(rest)
        rests = find_rests(plan.staging_root, storages, report_of, plan.job.user)
        delete_rests(rests, storages)
