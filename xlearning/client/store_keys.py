"""Which keys of object stores travel with a job. Pure.

A job gets what opens the stores that its URLs name, and no others: where Hadoop's
configuration says nothing about S3, what AWS's variables of the caller say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.io import s3_options, uris

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.client.plan import SubmissionPlan

_S3 = frozenset({"s3", "s3a"})
_PREFIXES = {s3_options.PREFIX: _S3, "fs.azure.": frozenset({"abfs", "abfss"})}


def job_properties(
    plan: SubmissionPlan, hadoop: Mapping[str, str], environ: Mapping[str, str]
) -> dict[str, str]:
    """Return Hadoop's properties for a job.

    Args:
        plan: The job.
        hadoop: The properties, resolved.
        environ: The caller's environment.
    """
    schemes = {uris.split_url(url).scheme for url in _urls(plan)}
    kept = {
        name: value
        for name, value in hadoop.items()
        if all(
            schemes & users or not name.startswith(prefix)
            for prefix, users in _PREFIXES.items()
        )
    }
    if schemes & _S3:
        return {**s3_options.from_environment(environ), **kept}
    return kept


def _urls(plan: SubmissionPlan) -> Iterable[str]:
    yield from (plan.staging_root, plan.job.default_fs)
    for given in plan.job.inputs:
        yield from given.paths
    yield from (output.url for output in plan.job.outputs)
    yield from (entry.url for entry in plan.cache)
