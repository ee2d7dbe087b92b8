"""Finds archives that no job needs any more: our Pythons, environments, sources.

One may go when it was not asked for in a while and no live job names it. What a live
job names stands in the job's staging folder, once its ApplicationMaster runs; as long
as there is a live job of which that is not known, nothing goes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from xlearning.client.archives import ROOT, SUFFIX, USED
from xlearning.client.cleaning import Rest
from xlearning.client.reports import is_final
from xlearning.job.environment import JOB_FILE
from xlearning.job.spec import decode_spec

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xlearning.hadoop.reports import ApplicationReport
    from xlearning.io.storage import FileStatus, Storage, StorageLookup
    from xlearning.job.spec import JobSpec

KINDS = ("runtime", "env", "source")
KEPT_DAYS = 14
DAY_MS = 24 * 3600 * 1000


def find_archives(
    home_url: str,
    storage: Storage,
    named: frozenset[str] | None,
    kept_days: float = KEPT_DAYS,
) -> list[Rest]:
    """Return the archives in a user's home that may be deleted.

    Args:
        home_url: The user's home folder.
        storage: The file system that it is on.
        named: URLs that live jobs name; None where that is not known.
        kept_days: What was asked for within these days stays.
    """
    if named is None:
        return []
    now_ms = int(time.time() * 1000)
    found: list[Rest] = []
    for kind in KINDS:
        folder = f"{home_url.rstrip('/')}/{ROOT}/{kind}"
        try:
            files = {status.name: status for status in storage.list(folder)}
        except FileNotFoundError:
            continue
        for name in sorted(files):
            days = (now_ms - _last_used_ms(name, files)) / DAY_MS
            if days >= kept_days and f"{folder}/{_archive(name)}" not in named:
                state = f"not used for {days:.0f} days"
                found.append(Rest("", f"{folder}/{name}", state))
    return found


def named_archives(
    reports: Iterable[ApplicationReport], staging_root: str, storages: StorageLookup
) -> frozenset[str] | None:
    """Return the URLs that live jobs name, None where a job does not tell.

    Args:
        reports: Of the user's jobs.
        staging_root: Folder of all staging folders.
        storages: Finds the file system of a URL.
    """
    urls: set[str] = set()
    for report in reports:
        if is_final(report):
            continue
        url = f"{staging_root.rstrip('/')}/{report.application_id}/{JOB_FILE}"
        try:
            job = decode_spec(storages(url).read(url))
        except (OSError, msgspec.MsgspecError):  # it has not got that far
            return None
        urls |= set(_named_by(job))
    return frozenset(urls)


def local_archives(cache: Path, kept_days: float = KEPT_DAYS) -> list[Path]:
    """Return archives of this machine that are old; they are made again if wanted.

    Args:
        cache: The folder of all caches.
        kept_days: What was made within these days stays.
    """
    oldest_s = time.time() - kept_days * DAY_MS / 1000
    return [
        path
        for kind in KINDS
        for pattern in ("*.tgz", "*.part")
        for path in sorted((cache / kind).glob(pattern))
        if path.stat().st_mtime < oldest_s
    ]


def _archive(name: str) -> str:
    """Return the archive that a file belongs to."""
    return name.removesuffix(USED)


def _last_used_ms(name: str, files: dict[str, FileStatus]) -> int:
    """Return when an archive was last asked for; for a rest, when it was written."""
    archive = _archive(name)
    together = (files.get(archive), files.get(f"{archive}{USED}"))
    times = [status.modification_time_ms for status in together if status]
    return max(times) if archive.endswith(SUFFIX) else files[name].modification_time_ms


def _named_by(job: JobSpec) -> Iterable[str]:
    if job.runtime.archive is not None:
        yield job.runtime.archive.url
    for role in job.roles:
        for file in role.files:
            yield file.url
