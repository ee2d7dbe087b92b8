"""What a program is told about its data in buckets, as Hbox told it. Pure.

    S3_INPUT_FILE_LIST  with PLACEHOLDER: the task's files that are in buckets, as JSON,
                        alias to list of `http://endpoint/bucket/key`, percent-encoded;
                        in `s3InputFileList.txt` where that is too long
    HBOX_S3_INPUTS      `bucket/prefix,bucket/other#alias|bucket/third#alias2`: what was
                        asked for, whole, whatever the strategy
    HBOX_S3_OUTPUTS     `bucket/prefix#local|…`: where outputs go

None is set where nothing is in a bucket. `INPUT_FILE_LIST` has these files too, as
`s3://bucket/key`; Hbox's had not. The last two Hbox gave to its ApplicationMaster; they
cost nothing, and scripts that are moved from there find them.

Names of buckets and objects are no secrets: who may read a program's variables sees
them on the job's page as well. Keys are: no variable has one, and no URL a signature,
which is worth a key for as long as it lasts. Variables are inherited by all that a
program starts, are copied into its crash reports, and any process of the same user on
the node reads them. So a program that reads its objects itself brings its own keys, in
a file that only it can read, or none where the machine has a role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.io.s3_options import SCHEMES, http_url
from xlearning.io.uris import split_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.container.assignment import Assignment
    from xlearning.job.spec import JobSpec

S3_INPUT_FILE_LIST = "S3_INPUT_FILE_LIST"
S3_OVERFLOW_FILE = "s3InputFileList.txt"
"""In the working directory; one line."""
S3_INPUTS, S3_OUTPUTS = "HBOX_S3_INPUTS", "HBOX_S3_OUTPUTS"


def s3_inputs(assignment: Assignment) -> dict[str, list[str]]:
    """Return the addresses of a task's files that are in buckets, by alias."""
    urls: dict[str, list[str]] = {}
    for file in assignment.inputs:
        if _in_bucket(file.url):
            address = http_url(file.url, assignment.hadoop)
            urls.setdefault(file.alias, []).append(address)
    return urls


def s3_mappings(job: JobSpec) -> dict[str, str]:
    """Return the variables with a job's mappings of buckets."""
    inputs = "|".join(
        f"{','.join(names)}#{given.alias}"
        for given in job.inputs
        if (names := _names(given.paths))
    )
    outputs = "|".join(
        f"{name}#{output.local}"
        for output in job.outputs
        for name in _names([output.url])
    )
    found = {S3_INPUTS: inputs, S3_OUTPUTS: outputs}
    return {name: value for name, value in found.items() if value}


def _names(urls: Iterable[str]) -> list[str]:
    """Return those that are in buckets, without their scheme."""
    return [url.partition("://")[2] for url in urls if _in_bucket(url)]


def _in_bucket(url: str) -> bool:
    return split_url(url).scheme in SCHEMES
