"""Lays what is asked for single roles over XLearning's roles. Pure.

XLearning's options (`--worker-num`, `--ps-memory`) and `--role` may stand beside each
other: whatever of a role `--role` leaves open is taken from them. They differ in one
thing: `--worker-num` counts chief and evaluator too, `num` of a role this role alone.
What is said on the line wins over a job file; two words for one thing in one place are
an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from xlearning.client.command import command_words
from xlearning.client.placement import parse_attributes
from xlearning.client.role_request import RoleRequest, overlaid
from xlearning.config.keys import canonical_name
from xlearning.errors import ConfigError
from xlearning.job.environment import joined
from xlearning.job.resources import Resources, parse_memory_mb
from xlearning.job.spec import RoleSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.client.options import Options
    from xlearning.client.roles import Program
    from xlearning.config.load import Entry, Settings

Value = TypeVar("Value")

_OWN = Resources(1024, 1)
"""The size of a role that XLearning has no options for."""
_COMPANIONS = frozenset({"chief", "evaluator", "ps"})
"""Roles that stand beside workers: to ask for one does not mean to have no workers."""

ROLE_KEYS = {
    ("worker", "num"): "xlearning.worker.num",
    ("worker", "memory"): "xlearning.worker.memory",
    ("worker", "cores"): "xlearning.worker.cores",
    ("worker", "gpus"): "xlearning.worker.gcores",
    ("worker", "label"): "xlearning.worker.nodeLabelExpression",
    ("chief", "memory"): "xlearning.chief.worker.memory",
    ("evaluator", "memory"): "xlearning.evaluator.worker.memory",
    ("ps", "num"): "xlearning.ps.num",
    ("ps", "memory"): "xlearning.ps.memory",
    ("ps", "cores"): "xlearning.ps.cores",
    ("ps", "gpus"): "xlearning.ps.gcores",
    ("ps", "label"): "xlearning.ps.nodeLabelExpression",
}
"""A role's field to the key that says the same."""


class Base(NamedTuple):
    """What roles start from.

    Attributes:
        specs: XLearning's roles.
        program: What a role runs that has no program of its own; its command is empty
            where none is given.
    """

    specs: tuple[RoleSpec, ...]
    program: Program


def asked_roles(options: Options) -> dict[str, RoleRequest]:
    """Return what is asked for each role, the line over the file.

    Raises:
        ConfigError: One place says two things about one role.
    """
    on_line = _by_key((*options.settings, *options.conf))
    in_file = _by_key(options.file_settings)
    _refuse_clashes(options.roles, on_line, "--role")
    _refuse_clashes(options.file_roles, in_file, "roles:")
    below = {
        name: _without(name, request, on_line)
        for name, request in options.file_roles.items()
    }
    names = dict.fromkeys((*below, *options.roles))
    nothing = RoleRequest()
    return {
        name: overlaid(below.get(name, nothing), options.roles.get(name, nothing))
        for name in names
    }


def with_requests(
    base: Base, requests: Mapping[str, RoleRequest], settings: Settings
) -> tuple[RoleSpec, ...]:
    """Return the job's roles in their order, new ones last; empty ones are dropped.

    Raises:
        ConfigError: A role has no program, or a size that is none.
    """
    specs = {spec.name: spec for spec in base.specs}
    asked = {name for name, request in requests.items() if not _only_places(request)}
    alone = bool(asked - _COMPANIONS) and "worker" not in asked
    if alone and not settings.is_given("xlearning.worker.num"):
        specs.pop("worker", None)
    for name, request in requests.items():
        if name not in specs and name not in asked:
            raise ConfigError(
                f"--spread, --pack or --exclusive: the job has no role `{name}`",
                hint="its roles: " + ", ".join(specs),
            )
        present = specs.get(name) or _new(name, base, settings)
        specs[name] = _applied(present, request)
    found = tuple(spec for spec in specs.values() if spec.count > 0)
    for spec in found:
        if not spec.command:
            raise ConfigError(
                f"Invalid launch cmd for the application: the role `{spec.name}` has "
                "no command",
                hint=f"--role {spec.name}:cmd=…, or a command for all roles",
            )
    if not found:
        raise ConfigError("the job has no task: every role has none", hint="num=1")
    return found


def _only_places(request: RoleRequest) -> bool:
    """Say whether a request is only about where containers are wanted."""
    return msgspec.structs.replace(request, placement=None) == RoleRequest()


def _new(name: str, base: Base, settings: Settings) -> RoleSpec:
    """Return one task of a role that XLearning's options did not ask for."""
    size, label = _OWN, ""
    group = {"chief": "worker", "evaluator": "worker"}.get(name, name)
    if group in ("worker", "ps"):
        label = settings.text(f"xlearning.{group}.nodeLabelExpression")
        size = Resources(
            settings.integer(f"xlearning.{group}.memory"),
            settings.integer(f"xlearning.{group}.cores"),
            settings.integer(f"xlearning.{group}.gcores"),
        )
    return RoleSpec(
        name=name,
        count=1,
        resources=size,
        command=base.program.command,
        environment=base.program.environment,
        node_label=label,
    )


def _applied(spec: RoleSpec, request: RoleRequest) -> RoleSpec:
    size = spec.resources
    memory = size.memory_mb
    if request.memory is not None:
        memory = _memory_mb(spec.name, str(request.memory))
    resources = Resources(
        memory, _or(request.cores, size.vcores), _or(request.gpus, size.gpus)
    )
    return msgspec.structs.replace(
        spec,
        count=_or(request.num, spec.count),
        resources=resources,
        command=_command(spec, request),
        environment=_environment(spec.environment, request),
        node_label=_or(request.label, spec.node_label),
        ports=_or(request.ports, spec.ports),
        service=_or(request.service, spec.service),
        placement=_or(request.placement, spec.placement),
        attributes=parse_attributes(spec.name, request.attribute),
    )


def _or(given: Value | None, present: Value) -> Value:
    return present if given is None else given


def _memory_mb(role: str, text: str) -> int:
    try:
        amount = parse_memory_mb(text)
    except ConfigError as error:
        raise ConfigError(f"role `{role}`: {error.message}", hint=error.hint) from error
    if amount < 1:
        raise ConfigError(f"role `{role}`: {text} of memory is none")
    return amount


def _command(spec: RoleSpec, request: RoleRequest) -> tuple[str, ...]:
    if request.cmd is None:
        return spec.command
    if isinstance(request.cmd, str):
        return command_words(request.cmd, ())
    return command_words("", tuple(request.cmd))


def _environment(present: dict[str, str], request: RoleRequest) -> dict[str, str]:
    variables = dict(present)
    for name, value in request.env.items():
        variables[name] = joined(name, str(value), variables.get(name, ""))
    return variables


def _by_key(entries: Iterable[Entry]) -> dict[str, Entry]:
    names = ((canonical_name(entry.name, entry.origin), entry) for entry in entries)
    return {name: entry for name, entry in names if name}


def _refuse_clashes(
    requests: Mapping[str, RoleRequest], given: Mapping[str, Entry], where: str
) -> None:
    for (role, field), key in ROLE_KEYS.items():
        request = requests.get(role, RoleRequest())
        if getattr(request, field) is not None and key in given:
            entry = given[key]
            what = entry.origin if "--" in entry.origin else f"`{entry.name}`"
            raise ConfigError(
                f"`{field}` of the role `{role}` is given twice: by {where} and by "
                f"{what}",
                hint="leave one of them out",
            )


def _without(
    name: str, request: RoleRequest, given: Mapping[str, Entry]
) -> RoleRequest:
    """Return what a job file asks for without what an option of the line says."""
    said = {
        field: None
        for (role, field), key in ROLE_KEYS.items()
        if role == name and key in given
    }
    return msgspec.structs.replace(request, **said)
