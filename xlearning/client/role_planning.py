"""Every role of a job, with its size, program, variables, files and Python. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from xlearning.client.asked_roles import Base, asked_roles, with_requests
from xlearning.client.command import command_words, shell_warnings
from xlearning.client.environments import environments
from xlearning.client.files import DistributedFiles, Place, distributed_files
from xlearning.client.plan import CacheEntry, EnvironmentSource, Upload
from xlearning.client.roles import Program, check_limits, role_specs
from xlearning.job.environment import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.client.options import Options
    from xlearning.client.role_request import RoleRequest
    from xlearning.config.load import Settings
    from xlearning.job.spec import JobSpec, RoleSpec

Entry = TypeVar("Entry", Upload, CacheEntry, EnvironmentSource)


class PlannedRoles(NamedTuple):
    """The roles of a job and what belongs to them.

    Attributes:
        specs: The roles; their files are still empty.
        files: What is put into their working directories.
        environments: What the client makes Python environments of.
        warnings: What the user should know.
    """

    specs: tuple[RoleSpec, ...]
    files: DistributedFiles
    environments: tuple[EnvironmentSource, ...]
    warnings: tuple[str, ...]


def plan_roles(options: Options, settings: Settings, place: Place) -> PlannedRoles:
    """Decide which roles there are and what each runs.

    Raises:
        ConfigError: Something is asked for that cannot be.
    """
    requests = asked_roles(options)
    files = distributed_files(options, place, requests)
    program = Program(
        _command(options, requests),
        program_environment(options, settings, files.class_path),
    )
    roles = role_specs(options.application_type, settings, program)
    specs = with_requests(Base(roles.specs, program), requests, settings)
    check_limits(options.application_type, settings, specs)
    names = [spec.name for spec in specs]
    pythons = environments(options, requests, names, files, place.directory)
    specs = tuple(
        msgspec.structs.replace(spec, python_env=pythons.folders.get(spec.name, ""))
        for spec in specs
    )
    warnings = (*roles.warnings, *_shell_warnings(specs))
    return PlannedRoles(specs, files, pythons.sources, warnings)


def with_added(planned: PlannedRoles, job: JobSpec) -> PlannedRoles:
    """Give the roles that the type has added what the workers have.

    Args:
        planned: What was planned before the type was asked.
        job: The job as the type completed it.
    """
    known = {spec.name for spec in planned.specs}
    added = tuple(role.name for role in job.roles if role.name not in known)
    files = planned.files._replace(
        uploads=_widened(planned.files.uploads, added),
        cache=_widened(planned.files.cache, added),
    )
    environments = _widened(planned.environments, added)
    return planned._replace(specs=job.roles, files=files, environments=environments)


def _widened(entries: tuple[Entry, ...], added: tuple[str, ...]) -> tuple[Entry, ...]:
    return tuple(_shared(entry, added) for entry in entries)


def _shared(entry: Entry, added: tuple[str, ...]) -> Entry:
    if "worker" not in entry.roles:
        return entry
    return msgspec.structs.replace(entry, roles=(*entry.roles, *added))


def program_environment(
    options: Options, settings: Settings, class_path: str
) -> dict[str, str]:
    """Return the variables of every program; path-like ones are joined later.

    XLearning appended `--user-path` to the agent's PATH; here the user's own values
    come first, and among them those of `xlearning.container.env.NAME`.
    """
    environment = dict(settings.container_environment)
    added = {
        "PATH": options.user_path,
        "LD_LIBRARY_PATH": options.user_ld_library_path,
        "CLASSPATH": class_path,
    }
    for name, value in added.items():
        if value:
            environment[name] = joined(name, environment.get(name, ""), value)
    return environment


def _command(options: Options, requests: Mapping[str, RoleRequest]) -> tuple[str, ...]:
    """Return the program of the roles that have none of their own, if one is given."""
    given = options.launch_cmd or options.command
    if not given and any(request.cmd for request in requests.values()):
        return ()
    return command_words(options.launch_cmd, options.command)


def _shell_warnings(specs: Iterable[RoleSpec]) -> tuple[str, ...]:
    commands = dict.fromkeys(spec.command for spec in specs)
    return tuple(line for words in commands for line in shell_warnings(words))
