"""Which save a job begins with, and whether it fits the job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.errors import ConfigError
from xlearning.io.manifest import misfits, missing_tasks
from xlearning.io.saves import find_saves, look_at, sources
from xlearning.job.amounts import bytes_text
from xlearning.job.spec import RestoreSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.client.plan import SubmissionPlan
    from xlearning.io.saves import FoundSave
    from xlearning.io.storage import StorageLookup

NAMES_SHOWN = 5


def with_save(
    plan: SubmissionPlan, storages: StorageLookup, say: Callable[[str], None]
) -> SubmissionPlan:
    """Return the plan with the save that its job begins with.

    Raises:
        ConfigError: There is no such save, or it is not complete or does not fit.
        ConnectionLost: The file system does not answer.
    """
    if not plan.restore:
        return plan
    try:
        found = _last(plan, storages) if plan.restore == "last" else None
        found = found or look_at(storages, plan.restore)
    except OSError as error:
        raise ConfigError(
            f"the save that --restore {plan.restore} means cannot be looked at: {error}"
        ) from error
    _check(found, plan)
    restore = tuple(RestoreSpec(*source) for source in sources(found).items())
    say(_in_words(found))
    job = msgspec.structs.replace(plan.job, restore=restore)
    return msgspec.structs.replace(plan, job=job)


def _last(plan: SubmissionPlan, storages: StorageLookup) -> FoundSave:
    url, directory = plan.job.outputs[0].url, plan.job.saves.directory
    saves = find_saves(storages, url, directory)
    complete = [save for save in saves if not save.problem]
    if complete:
        return complete[-1]
    raise ConfigError(
        f"`--restore last`: `{url}` has no save",
        hint="with another --output than the job before: --restore "
        f"OUTPUT{directory}<time>; `xl saves OUTPUT` lists them",
    )


def _check(found: FoundSave, plan: SubmissionPlan) -> None:
    if found.problem:
        raise ConfigError(f"the save `{found.url}` is not complete: {found.problem}")
    reasons = misfits(found.manifest, plan.job)
    if reasons:
        raise ConfigError(
            f"the save `{found.url}` does not fit this job: {'; '.join(reasons)}",
            hint="a save goes back to the role, the number and the local folder that "
            "it is from",
        )


def _in_words(found: FoundSave) -> str:
    manifest = found.manifest
    files = "1 file" if manifest.files == 1 else f"{manifest.files} files"
    # No id of the job that made it: scripts take the first one for that of this job.
    text = f"Restoring {found.url} ({files}, {bytes_text(manifest.bytes)})"
    missing = missing_tasks(manifest)
    if missing:
        names = ", ".join(missing[:NAMES_SHOWN]) + " …" * (len(missing) > NAMES_SHOWN)
        text += f"; not in it, and without files at their start: {names}"
    return text
