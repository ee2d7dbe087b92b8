"""What a job wants of the strategies STREAM: records on stdin, or from stdout. Pure.

A user's own format class is looked for where it runs; that a name can be none is seen
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.client.mappings import local_name
from xlearning.client.plan import FewFiles
from xlearning.errors import ConfigError
from xlearning.io.formats.registry import find_input_format, find_output_format
from xlearning.job.spec import InputStrategy, OutputStrategy, StreamOptions

if TYPE_CHECKING:
    from xlearning.config.load import Settings
    from xlearning.job.spec import JobSpec

_CACHE_NAME = "xlearning.inputformat.cachefile.name"


def stream_options(settings: Settings) -> StreamOptions:
    """Return how records are read and written.

    Raises:
        ConfigError: The cache would not be below the working directory.
    """
    return StreamOptions(
        input_format=settings.text("xlearning.inputformat.class"),
        output_format=settings.text("xlearning.outputformat.class"),
        epochs=settings.integer("xlearning.stream.epoch"),
        shuffle=settings.flag("xlearning.input.stream.shuffle"),
        seed=settings.integer("xlearning.input.stream.seed"),
        merge=settings.flag("xlearning.input.stream.merge"),
        cache=settings.flag("xlearning.inputformat.cache"),
        cache_name=local_name(settings.text(_CACHE_NAME), _CACHE_NAME),
        cache_limit_mb=settings.integer("xlearning.inputformat.cachesize.limit"),
        log_kb=settings.integer("xlearning.output.stream.log"),
    )


def check_streams(job: JobSpec, few_files: FewFiles) -> None:
    """Refuse what does not go together with a stream.

    Raises:
        ConfigError: Something does not.
    """
    if job.streams_input:
        find_input_format(job.stream.input_format)
        if few_files is not FewFiles.KEEP:
            raise ConfigError(
                f"--few-files {few_files} counts files, and --input-strategy STREAM "
                "shares out parts of them",
                hint="leave one of them out",
            )
    if job.streams_output:
        find_output_format(job.stream.output_format)
        if len(job.outputs) > 1:
            raise ConfigError(
                "--output-strategy STREAM writes one output, and there are "
                f"{len(job.outputs)}",
                hint="give one --output; a program's stdout is one stream",
            )
    if job.options.processes != 1 and (job.streams_input or job.streams_output):
        raise ConfigError(
            "--nproc-per-container: several processes cannot share one stdin or stdout",
            hint="ask for more containers (--worker-num), or leave STREAM out",
        )


def stream_warnings(job: JobSpec) -> tuple[str, ...]:
    """Name what is asked for and has no effect."""
    found = []
    if job.data.strategy is InputStrategy.STREAM and not job.inputs:
        found.append("--input-strategy STREAM has no effect: there is no --input")
    if job.data.output_strategy is OutputStrategy.STREAM and not job.outputs:
        found.append("--output-strategy STREAM has no effect: there is no --output")
    if job.streams_input and job.stream.cache and job.stream.epochs == 1:
        found.append("xlearning.inputformat.cache has no effect with one epoch")
    return tuple(found)
