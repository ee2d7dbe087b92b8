"""Deletes what jobs left behind: staging folders, temporary outputs.

The ApplicationMaster cleans up after itself; this is for those that were killed. A
client that is attached sweeps after its own job's end, `xl clean` sweeps the rest.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from xlearning.client.sweeping import StagingFolder, is_rest
from xlearning.errors import XLearningError
from xlearning.io.output import TEMPORARY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xlearning.hadoop.rest import ResourceManagerRest
    from xlearning.io.storage import Storage, StorageLookup
    from xlearning.job.spec import JobSpec


NOT_FOUND = 404


class Rest(NamedTuple):
    """A staging folder that nobody needs any more.

    Attributes:
        application_id: Whose it was.
        url: Where it is.
        state: The application's state, "" when the ResourceManager knows none.
    """

    application_id: str
    url: str
    state: str


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
            swept += _delete(storage, f"{output.url}/{TEMPORARY}")
            _delete_if_empty(storage, output.url)
    return swept


def find_rests(
    root: str,
    storages: StorageLookup,
    state_of: Callable[[str], str | None],
    user: str,
) -> list[Rest]:
    """Return the user's staging folders that may be deleted.

    Args:
        root: Folder of all staging folders.
        storages: Finds the file system of a URL.
        state_of: Returns an application's state, None when it is unknown.
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
        state = state_of(folder.name)
        if is_rest(folder, state, user=user, now_ms=now_ms):
            url = f"{root.rstrip('/')}/{folder.name}"
            rests.append(Rest(folder.name, url, state or ""))
    return rests


def delete_rests(rests: Iterable[Rest], storages: StorageLookup) -> None:
    """Delete staging folders."""
    for rest in rests:
        storages(rest.url).delete(rest.url, recursive=True)


def state_lookup(rest: ResourceManagerRest) -> Callable[[str], str | None]:
    """Return a function that asks the ResourceManager for an application's state.

    Only an answer that it does not exist makes it unknown; other errors are raised.
    """
    from xlearning.hadoop.rest import RestError

    def state_of(application_id: str) -> str | None:
        try:
            return rest.application(application_id).state
        except RestError as error:
            if error.status != NOT_FOUND:
                raise
            return None

    return state_of


def _delete(storage: Storage, url: str) -> list[str]:
    return [url] if storage.delete(url, recursive=True) else []


def _delete_if_empty(storage: Storage, url: str) -> None:
    """Delete an output folder that holds nothing: it would block the next job."""
    status = storage.stat(url)
    if status is not None and status.is_dir and not storage.list(url):
        storage.delete(url)
