"""Which keys of object stores travel with a job. Pure.

A job gets what opens the stores that its URLs name, and nothing of others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.io import s3_options, uris

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.client.plan import SubmissionPlan

_PREFIXES = {
    s3_options.PREFIX: s3_options.SCHEMES,
    "fs.azure.": frozenset({"abfs", "abfss"}),
}


def job_properties(plan: SubmissionPlan, hadoop: Mapping[str, str]) -> dict[str, str]:
    """Return those of Hadoop's properties, resolved, that a job may have."""
    schemes = {uris.split_url(url).scheme for url in _urls(plan)}
    return {
        name: value
        for name, value in hadoop.items()
        if all(
            schemes & users or not name.startswith(prefix)
            for prefix, users in _PREFIXES.items()
        )
    }


def _urls(plan: SubmissionPlan) -> Iterable[str]:
    yield from (plan.staging_root, plan.job.default_fs)
    for given in plan.job.inputs:
        yield from given.paths
    yield from (output.url for output in plan.job.outputs)
    yield from (entry.url for entry in plan.cache)
