"""What a submission will do, decided before anything is touched. Pure.

`SubmissionPlan` is what `--dry-run` prints and what submit carries out. What only the
cluster or the upload can tell stays empty in it: the application's id, the staging
folder, sizes and time stamps of files, the runtime; `completed_job` fills them in.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from xlearning.job.spec import (
    JobSpec,
    LocalFile,
    ResourceKind,
    RuntimeSpec,
)


class Upload(msgspec.Struct, frozen=True):
    """A local file that is copied into the job's staging folder.

    Attributes:
        path: Absolute local path.
        link: Its name in every container's working directory.
        option: Where the user named it, e.g. `--files`.
        roles: Who gets it, empty for all.
        kind: Whether YARN unpacks it.
    """

    path: str
    link: str
    option: str
    roles: tuple[str, ...] = ()
    kind: ResourceKind = ResourceKind.FILE


class CacheEntry(msgspec.Struct, frozen=True):
    """A file, folder or archive on the file system that is used where it is.

    Attributes:
        url: Qualified URL, not percent-encoded.
        link: Its name in every container's working directory.
        kind: Whether YARN unpacks it.
        option: Where the user named it, e.g. `--cacheFile`.
        roles: Who gets it, empty for all.
    """

    url: str
    link: str
    kind: ResourceKind
    option: str
    roles: tuple[str, ...] = ()


class EnvironmentSource(msgspec.Struct, frozen=True):
    """What a Python environment is made of, on this machine.

    Attributes:
        path: Absolute path of a file or folder.
        option: Where the user named it, e.g. `--env`.
        roles: Who gets it.
    """

    path: str
    option: str
    roles: tuple[str, ...]


class RoleFile(NamedTuple):
    """A file as YARN wants it described, and the roles that get it: empty for all."""

    file: LocalFile
    roles: tuple[str, ...] = ()


class FollowOptions(msgspec.Struct, frozen=True):
    """What the client does once the job is submitted.

    Attributes:
        detach: Leave as soon as the job is accepted.
        as_json: Print data as JSON on stdout.
        poll_interval_s: Pause between two looks at the job.
    """

    detach: bool = False
    as_json: bool = False
    poll_interval_s: float = 1.0


class FewFiles(StrEnum):
    """What is done when an input has fewer files than there are workers."""

    KEEP = "keep"
    LOWER = "lower"
    FAIL = "fail"


class SubmissionPlan(msgspec.Struct, frozen=True):
    """Everything that submit is going to do.

    Attributes:
        job: The job; `application_id`, `staging_url`, `runtime` and the roles' `files`
            are still empty.
        staging_root: Qualified URL of the folder below which the job's own is made.
        runtime: Where our Python is on the nodes: `auto` or `path:/dir`.
        uploads: Local files for every container.
        cache: Files and archives on the file system for every container.
        environments: What is made into Python environments, by content.
        source: Folder or `git+URL@REV` with the program's sources, "" for none.
        am_environment: Variables that the user gave for the ApplicationMaster.
        follow: What happens after the submission.
        few_files: What is done with fewer files than workers.
        restore: The save that is put back: `last`, its URL, or "" for none.
        warnings: What the user should know; nothing in it stops the job.
    """

    job: JobSpec
    staging_root: str
    runtime: str = "auto"
    uploads: tuple[Upload, ...] = ()
    cache: tuple[CacheEntry, ...] = ()
    environments: tuple[EnvironmentSource, ...] = ()
    source: str = ""
    am_environment: dict[str, str] = {}
    follow: FollowOptions = FollowOptions()
    few_files: FewFiles = FewFiles.KEEP
    restore: str = ""
    warnings: tuple[str, ...] = ()


def completed_job(
    plan: SubmissionPlan,
    application_id: str,
    *,
    staging_url: str,
    runtime: RuntimeSpec,
    files: tuple[RoleFile, ...],
) -> JobSpec:
    """Return the plan's job with all that the plan could not know.

    Args:
        plan: What was decided.
        application_id: YARN's id.
        staging_url: The job's own folder.
        runtime: Our Python on the nodes.
        files: What stands for the plan's uploads, cache entries and archives.
    """
    roles = tuple(
        msgspec.structs.replace(
            role,
            files=tuple(
                each.file for each in files if not each.roles or role.name in each.roles
            ),
        )
        for role in plan.job.roles
    )
    return msgspec.structs.replace(
        plan.job,
        application_id=application_id,
        staging_url=staging_url,
        runtime=runtime,
        roles=roles,
    )
