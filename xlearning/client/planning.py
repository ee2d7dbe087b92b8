"""Options, settings and Hadoop's properties become a plan. Pure."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from xlearning.client.files import DistributedFiles, Place
from xlearning.client.mappings import (
    input_specs,
    output_specs,
    qualify,
    refuse_overlap,
)
from xlearning.client.plan import FewFiles, FollowOptions, SubmissionPlan
from xlearning.client.role_planning import plan_roles, with_added
from xlearning.client.save_planning import save_options, save_to_restore
from xlearning.client.stream_planning import (
    check_streams,
    stream_options,
    stream_warnings,
)
from xlearning.config.cluster import am_max_attempts, default_fs, is_secured
from xlearning.errors import ConfigError
from xlearning.frameworks.registry import adapter, is_missing
from xlearning.io import uris
from xlearning.job.network import INTERFACE_KEY, check_interface
from xlearning.job.resources import Resources
from xlearning.job.spec import (
    DataOptions,
    InputBalance,
    InputStrategy,
    JobOptions,
    JobSpec,
    OutputLayout,
    OutputStrategy,
    RoleSpec,
    RuntimeSpec,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.client.options import Options
    from xlearning.config.load import Settings


YARNS_SCHEMES = frozenset({"file", "hdfs", "viewfs", "webhdfs"})
"""File systems that every NodeManager can read without further jars and keys."""


class Caller(NamedTuple):
    """Who submits, from where and when.

    Attributes:
        user: The submitting user.
        directory: The absolute working directory.
        now_ms: Milliseconds since the epoch.
    """

    user: str
    directory: str
    now_ms: int


def make_plan(
    options: Options, settings: Settings, hadoop: Mapping[str, str], caller: Caller
) -> SubmissionPlan:
    """Decide what a submission will do.

    Args:
        options: The command line.
        settings: All settings, the command line's among them.
        hadoop: Hadoop's properties, resolved.
        caller: Who submits.

    Raises:
        ConfigError: Something is asked for that cannot be, or not yet.
    """
    _refuse_unsupported(options, hadoop)
    place = Place(default_fs(hadoop), caller.user, caller.directory)
    roles = plan_roles(options, settings, place)
    name = options.app_name or f"XLearning-{caller.now_ms}"
    staging_root = _staging_root(settings, place)
    asked = settings.integer("xlearning.app.max.attempts")
    job = msgspec.structs.replace(
        _job_spec(options, settings, place, roles.specs),
        name=name,
        max_attempts=_attempts(asked, staging_root, hadoop),
    )
    job = adapter(job.application_type).complete(job)
    roles = with_added(roles, job)
    _check_names(job, roles.files)
    refuse_overlap(job.inputs, job.outputs)
    check_cache(job)
    few_files = FewFiles(settings.text("xlearning.input.few.files"))
    check_streams(job, few_files)
    warnings = (
        *options.warnings,
        *settings.warnings,
        *_board_warnings(settings),
        *roles.warnings,
        *roles.files.warnings,
        *stream_warnings(job),
    )
    return SubmissionPlan(
        job=job,
        staging_root=staging_root,
        runtime=_runtime(settings),
        uploads=roles.files.uploads,
        cache=roles.files.cache,
        environments=roles.environments,
        source=_source(options, place),
        am_environment=settings.am_environment,
        follow=_follow(options, settings),
        few_files=few_files,
        restore=save_to_restore(options, place),
        warnings=warnings,
    )


def _source(options: Options, place: Place) -> str:
    """Return the absolute folder or the repository with the program's sources."""
    given = options.source_dir
    if not given or given.startswith("git+"):
        return given
    return posixpath.normpath(posixpath.join(place.directory, given))


def data_options(settings: Settings) -> DataOptions:
    """Return how input and output are moved."""
    return DataOptions(
        strategy=InputStrategy(settings.text("xlearning.input.strategy")),
        output_strategy=OutputStrategy(settings.text("xlearning.output.strategy")),
        near_input=settings.flag("xlearning.input.locality"),
        cache_input=settings.flag("xlearning.input.cache"),
        whole_input=settings.flag("xlearning.input.placeholder.whole"),
        environment_limit=settings.integer("xlearning.env.maxlength"),
        balance=InputBalance(settings.text("xlearning.input.balance")),
        hidden_input=settings.flag("xlearning.input.hidden"),
        flat_input=settings.flag("xlearning.input.flat"),
        rename_input=settings.flag("xlearning.inputfile.rename"),
        download_threads=settings.integer("xlearning.download.file.thread.nums"),
        upload_threads=settings.integer("xlearning.upload.output.thread.nums"),
        retries=settings.integer("xlearning.download.file.retry"),
        layout=OutputLayout(settings.text("xlearning.output.layout")),
        overwrite_output=settings.flag("xlearning.output.overwrite"),
        output_index=settings.integer("xlearning.output.index"),
        create_output_dirs=settings.flag("xlearning.container.auto.create.output.dir"),
    )


def job_options(settings: Settings) -> JobOptions:
    """Return how the ApplicationMaster and the agents treat the job.

    Raises:
        ConfigError: The range of ports is empty, or the interface cannot be one.
    """
    return JobOptions(
        agent_heartbeat_s=settings.seconds("xlearning.container.heartbeat.interval"),
        agent_timeout_s=settings.seconds("xlearning.task.timeout"),
        localisation_timeout_s=settings.seconds("xlearning.localresource.timeout"),
        gang_patience_s=settings.seconds("xlearning.allocation.timeout"),
        stop_grace_s=settings.seconds("xlearning.container.stop.timeout"),
        rm_heartbeat_s=settings.seconds("xlearning.allocate.interval"),
        failure_rate=settings.number("xlearning.container.maxFailures.rate"),
        report_container_status=settings.flag("xlearning.report.container.status"),
        enforce_memory=settings.flag("xlearning.memory.enforce"),
        cleanup_staging=settings.flag("xlearning.cleanup.enable"),
        port_range=_port_range(settings),
        interface=_interface(settings),
        numeric_hosts=settings.text("xlearning.network.address") == "ip",
        distribution_strategy=settings.flag("xlearning.tf.distribution.strategy"),
        processes=settings.integer("xlearning.container.processes"),
    )


def _port_range(settings: Settings) -> tuple[int, int]:
    begin = settings.integer("xlearning.reserve.port.begin")
    end = settings.integer("xlearning.reserve.port.end")
    if not begin < end <= 65536:
        raise ConfigError(
            f"there is no port from {begin} up to {end}",
            hint="set xlearning.reserve.port.begin and .end; the end is not included",
        )
    return begin, end


def _interface(settings: Settings) -> str:
    wanted = settings.text(INTERFACE_KEY).strip()
    check_interface(wanted)
    return wanted


def _job_spec(
    options: Options, settings: Settings, place: Place, roles: tuple[RoleSpec, ...]
) -> JobSpec:
    fs, user = place.default_fs, place.user
    default_local = settings.text("xlearning.output.local.dir") or "output"
    return JobSpec(
        application_id="",
        name="",
        application_type=options.application_type,
        user=user,
        queue=settings.text("xlearning.app.queue") or "default",
        priority=settings.integer("xlearning.app.priority"),
        am=Resources(
            settings.integer("xlearning.am.memory"),
            settings.integer("xlearning.am.cores"),
        ),
        roles=roles,
        staging_url="",
        runtime=RuntimeSpec(python=""),
        default_fs=fs,
        am_node_label=settings.text("xlearning.am.nodeLabelExpression"),
        inputs=input_specs(options.inputs, fs, user),
        outputs=output_specs(options.outputs, default_local, fs, user),
        data=data_options(settings),
        stream=stream_options(settings),
        options=job_options(settings),
        saves=save_options(settings),
        view_acl=settings.text("xlearning.app.view.acl"),
        modify_acl=settings.text("xlearning.app.modify.acl"),
    )


def _refuse_unsupported(options: Options, hadoop: Mapping[str, str]) -> None:
    if is_missing(options.application_type):
        raise ConfigError(
            f"not supported yet: `--app-type {options.application_type.lower()}`",
            hint="`xl frameworks` lists them; any word that names no framework "
            "runs independent processes",
        )
    if is_secured(hadoop):
        raise ConfigError(
            "not supported yet: a cluster with Kerberos",
            hint="`hadoop.security.authentication` in core-site.xml is not `simple`",
        )


def _check_names(job: JobSpec, files: DistributedFiles) -> None:
    """Refuse local folders that are files of the container too."""
    links = {entry.link: entry.option for entry in files.uploads}
    links |= {entry.link: entry.option for entry in files.cache}
    folders = {spec.alias: "--input" for spec in job.inputs}
    folders |= {spec.local: "--output" for spec in job.outputs}
    for name, option in folders.items():
        if name in links:
            raise ConfigError(
                f"`{name}` would be a folder ({option}) and a file ({links[name]})",
                hint="give one of them another name: path#name",
            )


def check_cache(job: JobSpec) -> None:
    """Refuse to cache what YARN does not fetch, or what gets new names.

    Raises:
        ConfigError: The job wants that.
    """
    data = job.data
    if not data.cache_input:
        return
    for path in (path for spec in job.inputs for path in spec.paths):
        if uris.split_url(path).scheme not in YARNS_SCHEMES:
            raise ConfigError(
                f"`--input-cache`: YARN cannot fetch `{path}`",
                hint=f"it can from {', '.join(sorted(YARNS_SCHEMES))}",
            )
    if data.strategy is not InputStrategy.DOWNLOAD:
        raise ConfigError(
            f"`--input-cache` has nothing to keep with {data.strategy}",
            hint="leave one of them out: --input-strategy DOWNLOAD is the default",
        )
    if data.rename_input:
        raise ConfigError(
            "`--input-cache` keeps the files' names, --isRenameInputFile changes them",
            hint="leave one of them out",
        )


def _board_warnings(settings: Settings) -> tuple[str, ...]:
    key = "xlearning.tf.board.enable"
    if not settings.flag(key):
        return ()
    return (f"not supported yet: boards ({settings.origin(key)})",)


def _staging_root(settings: Settings, place: Place) -> str:
    key = "xlearning.staging.dir"
    path = settings.text(key) or "/tmp/XLearning/staging"
    return qualify(path, place.default_fs, place.user, key)


def _attempts(asked: int, staging_root: str, hadoop: Mapping[str, str]) -> int:
    """Return how often the ApplicationMaster may be started.

    A later attempt needs the journal of the one before, which grows in the job's
    folder; no object store and no WebHDFS keeps one.
    """
    grows = uris.split_url(staging_root).scheme in ("hdfs", "viewfs", "file")
    return min(asked, am_max_attempts(hadoop)) if grows else 1


def _runtime(settings: Settings) -> str:
    value = settings.text("xlearning.runtime") or "auto"
    if value == "auto" or value.startswith("path:/"):
        return value
    raise ConfigError(
        f"`{value}` is no runtime ({settings.origin('xlearning.runtime')})",
        hint="`auto`, or `path:/dir` with a folder that every node has",
    )


def _follow(options: Options, settings: Settings) -> FollowOptions:
    return FollowOptions(
        detach=options.detach,
        as_json=options.as_json,
        poll_interval_s=settings.seconds("xlearning.log.pull.interval"),
    )
