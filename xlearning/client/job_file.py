"""A job in a file: `xl-submit -f job.yaml`. Pure.

The file says what the command line can say, under the same names; options of the line
win over it. A setting that has an option of its own stands under `conf` or, where it is
about a role, under the role:

    type: tensorflow
    cmd: python train.py
    files: [train.py]
    input: [/data/digits#data]
    roles:
      worker: {num: 2, memory: 2g}
      ps: {num: 1}
    conf: {xlearning.task.timeout: 60000}

Values are read as they are written: `yes` is a text, as in every other place, and so is
`1.10`. A key that stands twice is an error. `schema` is the JSON Schema of all this.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta

from xlearning.client.options import Options
from xlearning.client.role_request import (
    Amount,
    RoleRequest,
    Scalar,
    check_role_name,
    check_variables,
    explained,
)
from xlearning.config.load import Entry
from xlearning.errors import ConfigError

SCHEMA_FILE = "job.schema.json"
"""Beside this module: what `schema` returns, for editors."""

Strings = list[str]


class Master(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The ApplicationMaster."""

    memory: Annotated[str | int | None, Meta(description="MiB, or with M or G")] = None
    cores: Amount | None = None
    label: Annotated[str | None, Meta(description="YARN node label expression")] = None
    env: Annotated[dict[str, Scalar], Meta(description="its variables")] = {}


class JobFile(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename="kebab",
):
    """A job for `xl-submit -f`."""

    name: Annotated[str | None, Meta(description="name of the job")] = None
    type: Annotated[str | None, Meta(description="application type")] = None
    queue: Annotated[str | None, Meta(description="YARN queue")] = None
    priority: Annotated[str | int | None, Meta(description="its name or number")] = None
    cmd: Annotated[
        str | Strings | None, Meta(description="the program; a text has POSIX words")
    ] = None
    env: Annotated[dict[str, Scalar], Meta(description="variables of programs")] = {}
    files: Annotated[Strings, Meta(description="local files, path#name")] = []
    cache_files: Annotated[Strings, Meta(description="on HDFS, path#name")] = []
    cache_archives: Annotated[Strings, Meta(description="on HDFS, path#folder")] = []
    jars: Annotated[Strings, Meta(description="for the CLASSPATH")] = []
    python_env: Annotated[
        str | None, Meta(description="folder of an unpacked Python environment")
    ] = None
    environment: Annotated[
        str | None, Meta(description="what a Python environment is made of")
    ] = None
    source_dir: Annotated[
        str | None,
        Meta(description="folder, or git+URL@REV, with the program's sources"),
    ] = None
    input: Annotated[Strings, Meta(description="paths on HDFS, path#folder")] = []
    output: Annotated[Strings, Meta(description="paths on HDFS, path#folder")] = []
    am: Annotated[Master, Meta(description="the ApplicationMaster")] = Master()
    roles: Annotated[dict[str, RoleRequest], Meta(description="by name")] = {}
    conf: Annotated[
        dict[str, Scalar], Meta(description="any setting, ours or Hadoop's")
    ] = {}


FIELDS = [each.encode_name for each in msgspec.structs.fields(JobFile)]


class _Loader(yaml.SafeLoader):
    """Reads every scalar as the text that was written, and every key once."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"`{key.value}` stands twice", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}


def read_job_file(text: str, origin: str) -> JobFile:
    """Read the text of a job file, YAML or JSON.

    Args:
        text: The whole file.
        origin: Its name, for messages.

    Raises:
        ConfigError: It is no YAML, or says something that no job has.
    """
    plain = plain_yaml(text, origin)
    if not plain:
        raise ConfigError(f"`{origin}` is empty", hint="fields: " + ", ".join(FIELDS))
    try:
        job = msgspec.convert(plain, JobFile, strict=False)
    except msgspec.ValidationError as error:
        raise explained(error, f"`{origin}`", FIELDS) from error
    for name, role in job.roles.items():
        check_role_name(name, f"`{origin}`")
        check_variables(role.env, f"`{origin}`: {name}")
    return job


def plain_yaml(text: str, origin: str) -> object:
    """Return what YAML says as mappings, lists and texts.

    Raises:
        ConfigError: It is no YAML.
    """
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ConfigError(f"`{origin}` is no YAML: {_one_line(error)}") from error


def schema() -> str:
    """Return the JSON Schema of a job file."""
    described = msgspec.json.schema(JobFile)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    data = msgspec.json.encode({**head, **described})
    return msgspec.json.format(data).decode() + "\n"


def with_job_file(options: Options, job: JobFile, origin: str) -> Options:
    """Return the options of a command line over those of a job file.

    A list on the line takes the place of the file's; roles are joined later, because a
    role's size has options too.

    Raises:
        ConfigError: The file sets something twice.
    """
    below = _options(job, origin)
    values = {
        name: getattr(options, name) or getattr(below, name) for name in _OVERLAID
    }
    if options.launch_cmd or options.command:
        values |= {"launch_cmd": options.launch_cmd, "command": options.command}
    return msgspec.structs.replace(
        options, file_settings=below.file_settings, file_roles=job.roles, **values
    )


_OVERLAID = (
    "app_name",
    "app_type",
    "launch_cmd",
    "command",
    "files",
    "cache_files",
    "cache_archives",
    "jars",
    "python_env",
    "environment",
    "source_dir",
    "inputs",
    "outputs",
)


def _options(job: JobFile, origin: str) -> Options:
    is_text = isinstance(job.cmd, str)
    return Options(
        app_name=job.name or "",
        app_type=(job.type or "").strip().upper(),
        launch_cmd=job.cmd if isinstance(job.cmd, str) else "",
        command=() if is_text else tuple(job.cmd or ()),
        files=tuple(job.files),
        cache_files=tuple(job.cache_files),
        cache_archives=tuple(job.cache_archives),
        jars=tuple(job.jars),
        python_env=job.python_env or "",
        environment=job.environment or "",
        source_dir=job.source_dir or "",
        inputs=tuple(job.input),
        outputs=tuple(job.output),
        file_settings=_settings(job, origin),
    )


def _settings(job: JobFile, origin: str) -> tuple[Entry, ...]:
    """Return what the file says about settings, each at most once."""
    own: dict[str, Scalar | None] = {
        "xlearning.app.queue": job.queue,
        "xlearning.app.priority": job.priority,
        "xlearning.am.memory": job.am.memory,
        "xlearning.am.cores": job.am.cores,
        "xlearning.am.nodeLabelExpression": job.am.label,
    }
    own |= {f"xlearning.container.env.{name}": text for name, text in job.env.items()}
    own |= {f"xlearning.am.env.{name}": text for name, text in job.am.env.items()}
    given = {key: value for key, value in own.items() if value is not None}
    both = set(given) & set(job.conf)
    if both:
        key = min(both)
        raise ConfigError(
            f"`{origin}` sets `{key}` twice, under `conf` and by its own field",
            hint="leave one of them out",
        )
    texts = {**given, **job.conf}
    return tuple(Entry(key, str(text), f"`{origin}`") for key, text in texts.items())


def _one_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return place + re.sub(r"\s+", " ", problem)
