"""Jobs with fewer input files than workers.

XLearning lowered the number of workers then, silently. Here they all run, unless the
user wants it so; then it is done before anything is submitted, so that a cluster that
is made of the workers has the right size from its start.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from xlearning.client.plan import FewFiles
from xlearning.errors import ConfigError
from xlearning.frameworks.registry import adapter
from xlearning.io.listing import list_input, listing_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.client.plan import SubmissionPlan
    from xlearning.io.storage import StorageLookup
    from xlearning.job.spec import JobSpec


def fit_workers(
    plan: SubmissionPlan, storages: StorageLookup, warn: Callable[[str], None]
) -> SubmissionPlan:
    """Return the plan for as many workers as are wanted for the files there are.

    Raises:
        ConfigError: There are too few, and then the job is not wanted.
        OSError: The file system refused to list them.
    """
    job = plan.job
    if plan.few_files is FewFiles.KEEP or not job.inputs:
        return plan
    files = list_input(job.inputs, storages, listing_options(job.data))
    counts = Counter(file.alias for file in files)
    alias, number = min(counts.items(), key=lambda each: each[1], default=("", 0))
    workers = _workers(job)
    if not 0 < number < workers:
        return plan
    files_text = "1 file" if number == 1 else f"{number} files"
    few = f"input `{alias}` has {files_text} for {workers} workers"
    if plan.few_files is FewFiles.FAIL:
        raise ConfigError(few, hint=f"--worker-num {number}, or --few-files keep")
    warn(f"{few}: {number} of them run")
    return msgspec.structs.replace(plan, job=with_workers(job, number))


def _workers(job: JobSpec) -> int:
    """Return how many tasks share the input: chief and workers, as XLearning counts."""
    roles = adapter(job.application_type).shape(job).input_roles
    return sum(job.count(role) for role in roles)


def with_workers(job: JobSpec, number: int) -> JobSpec:
    """Return the job with so many tasks that share the input; chiefs stay.

    Raises:
        ConfigError: The worker that should upload the output is not among them.
    """
    index = job.data.output_index
    if index >= number:
        raise ConfigError(
            f"--output-index {index}: there is no such worker when {number} run, as "
            "many as there are files",
            hint="--output-index 0, or --few-files keep",
        )
    workers = number - job.count("chief")
    roles = tuple(
        msgspec.structs.replace(role, count=workers) if role.name == "worker" else role
        for role in job.roles
    )
    return msgspec.structs.replace(job, roles=tuple(r for r in roles if r.count > 0))
