"""Deletes what jobs left behind: staging folders, temporary outputs.

The ApplicationMaster cleans up after itself; this is for those that were killed. A
client that is attached sweeps after its own job's end, `xl clean` sweeps the rest.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from xlearning.client.sweeping import StagingFolder, is_rest
from xlearning.errors import XLearningError
from xlearning.io.commit import give_up
from xlearning.io.output import TEMPORARY
from xlearning.io.replacement import Replacement, replacement
from xlearning.job.environment import JOB_FILE
from xlearning.job.spec import decode_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xlearning.hadoop.reports import ApplicationReport
    from xlearning.hadoop.rest import ResourceManagerRest
    from xlearning.io.storage import Storage, StorageLookup
    from xlearning.job.spec import JobSpec


NOT_FOUND = 404


class Rest(NamedTuple):
    """What a job left that nobody needs any more.

    Attributes:
        application_id: Whose it was.
        url: Its staging folder.
        state: The application's state, "" when the ResourceManager knows none.
        temporary: Folders with uploads that were never committed.
        replacements: Outputs that were to replace older ones and perhaps have not.
    """

    application_id: str
    url: str
    state: str
    temporary: tuple[str, ...] = ()
    replacements: tuple[Replacement, ...] = ()


def sweep_job(job: JobSpec, storages: StorageLookup) -> list[str]:
    """Delete what a job that has ended left; return the URLs of what there was.

    A file system that does not answer now is left alone: `xl clean` comes again.
    """
    swept: list[str] = []
    with suppress(OSError, XLearningError):
        if job.staging_url and job.options.cleanup_staging:
            swept += _delete(storages(job.staging_url), job.staging_url)
    for output in job.outputs:
        with suppress(OSError, XLearningError):
            storage = storages(output.url)
            replaced = replacement(job, output.url)
            if replaced is not None:
                versions = (replaced.new, replaced.old)
                swept += [url for url in versions if storage.stat(url) is not None]
                give_up(storages, replaced)
                continue
            swept += _delete(storage, f"{output.url}/{TEMPORARY}")
            _delete_if_empty(storage, output.url)
    return swept


def find_rests(
    root: str,
    storages: StorageLookup,
    report_of: Callable[[str], ApplicationReport | None],
    user: str,
) -> list[Rest]:
    """Return what jobs of the user left that may be deleted.

    Args:
        root: Folder of all staging folders.
        storages: Finds the file system of a URL.
        report_of: Returns an application's report, None when it is unknown.
        user: Who cleans.
    """
    storage = storages(root)
    try:
        found = storage.list(root)
    except FileNotFoundError:
        return []
    now_ms = int(time.time() * 1000)
    rests: list[Rest] = []
    for status in found:
        folder = StagingFolder(status.name, status.owner, status.modification_time_ms)
        if not status.is_dir or status.owner != user:
            continue
        report = report_of(folder.name)
        state = report.state if report else None
        if is_rest(folder, state, user=user, now_ms=now_ms):
            url = f"{root.rstrip('/')}/{folder.name}"
            rest = Rest(folder.name, url, state or "")
            job = _job(url, storages) if report else None
            if report and job:
                rest = _with_outputs(rest, job, report.finished_ms, storages)
            rests.append(rest)
    return rests


def delete_rests(rests: Iterable[Rest], storages: StorageLookup) -> None:
    """Delete staging folders and, before what is known of them, temporary outputs."""
    for rest in rests:
        for replaced in rest.replacements:
            give_up(storages, replaced)
        for url in rest.temporary:
            storage = storages(url)
            storage.delete(url, recursive=True)
            _delete_if_empty(storage, url.removesuffix(f"/{TEMPORARY}"))
        storages(rest.url).delete(rest.url, recursive=True)


def _job(staging_url: str, storages: StorageLookup) -> JobSpec | None:
    """Return a job from the `job.json` that it wrote, None if it never got that far."""
    try:
        return decode_spec(storages(staging_url).read(f"{staging_url}/{JOB_FILE}"))
    except (OSError, msgspec.MsgspecError):
        return None


def _with_outputs(
    rest: Rest, job: JobSpec, ended_ms: int, storages: StorageLookup
) -> Rest:
    """Add what a job left of its outputs.

    A later job may have the same output: a folder that was changed after the end is not
    this job's.
    """
    temporary: list[str] = []
    replacements: list[Replacement] = []
    for output in job.outputs:
        replaced, url = replacement(job, output.url), f"{output.url}/{TEMPORARY}"
        with suppress(OSError, XLearningError):
            storage = storages(output.url)
            if replaced is not None:
                versions = (replaced.new, replaced.old)
                begun = any(storage.stat(each) is not None for each in versions)
                replacements += [replaced] if begun else []
                continue
            status = storage.stat(url)
            if status is not None and status.modification_time_ms <= ended_ms:
                temporary.append(url)
    return rest._replace(temporary=tuple(temporary), replacements=tuple(replacements))


def report_lookup(
    rest: ResourceManagerRest,
) -> Callable[[str], ApplicationReport | None]:
    """Return a function that asks the ResourceManager for an application's report.

    Only an answer that it does not exist makes it unknown; other errors are raised.
    """
    from xlearning.hadoop.rest import RestError

    def report_of(application_id: str) -> ApplicationReport | None:
        try:
            return rest.application(application_id)
        except RestError as error:
            if error.status != NOT_FOUND:
                raise
            return None

    return report_of


def _delete(storage: Storage, url: str) -> list[str]:
    return [url] if storage.delete(url, recursive=True) else []


def _delete_if_empty(storage: Storage, url: str) -> None:
    """Delete an output folder that holds nothing: it would block the next job."""
    status = storage.stat(url)
    if status is not None and status.is_dir and not storage.list(url):
        storage.delete(url)
