"""A plan for people and for programs, without anything secret. Pure.

Values of variables whose name speaks of a secret are never shown, in neither form.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import msgspec

from xlearning.job.environment import ENVIRONMENT_LINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.client.plan import SubmissionPlan
    from xlearning.job.spec import JobSpec, RoleSpec

HIDDEN = "******"
_SECRET_NAME = re.compile(r"SECRET|PASSW|TOKEN|CREDENTIAL|ACCESS_?KEY|API_?KEY", re.I)
_COLUMN = 14


def without_secrets(plan: SubmissionPlan) -> SubmissionPlan:
    """Return the plan with hidden values for variables that hold secrets."""
    replace = msgspec.structs.replace
    roles = tuple(
        replace(role, environment=_hidden(role.environment)) for role in plan.job.roles
    )
    return replace(
        plan,
        job=replace(plan.job, roles=roles),
        am_environment=_hidden(plan.am_environment),
    )


def plan_json(plan: SubmissionPlan) -> str:
    """Return the plan as indented JSON."""
    data = msgspec.json.encode(without_secrets(plan))
    return msgspec.json.format(data).decode()


def plan_text(plan: SubmissionPlan) -> str:
    """Return the plan as a page for people."""
    shown = without_secrets(plan)
    sections = [
        _section("Job", _job_lines(shown)),
        _section("Roles", [_role_line(role) for role in shown.job.roles]),
        *_program_sections(shown.job.roles),
        _section("AM environment", _environment_lines(shown.am_environment)),
        _section("Files", _file_lines(shown)),
        _section("Input", _input_lines(shown.job)),
        _section("Output", _output_lines(shown.job)),
        _section("Data", _option_lines(shown.job.data if _moves(shown.job) else None)),
        _section("Treatment", _option_lines(shown.job.options)),
    ]
    return "\n".join(section for section in sections if section)


def _hidden(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: HIDDEN if _SECRET_NAME.search(name) else value
        for name, value in environment.items()
    }


def _section(title: str, lines: Iterable[str]) -> str:
    body = "".join(f"  {line}\n" for line in lines)
    return f"{title}:\n{body}" if body else ""


def _job_lines(plan: SubmissionPlan) -> list[str]:
    job = plan.job
    am_label = f", label {job.am_node_label}" if job.am_node_label else ""
    rows = {
        "name": job.name,
        "type": job.application_type,
        "user": job.user,
        "queue": f"{job.queue}, priority {job.priority}",
        "AM": f"{job.am}{am_label}",
        "file system": job.default_fs,
        "staging": f"{plan.staging_root}/<application id>",
        "runtime": plan.runtime,
        "may view": job.view_acl,
        "may modify": job.modify_acl,
    }
    return [f"{name:{_COLUMN}}{value}" for name, value in rows.items() if value]


def _role_line(role: RoleSpec) -> str:
    extras = [
        f", label {role.node_label}" if role.node_label else "",
        f", {role.placement.value}" if role.placement else "",
        *(f", {attribute}" for attribute in role.attributes),
        f", Python of {role.python_env}/" if role.python_env else "",
    ]
    size = f"{role.count} x ({role.resources}{''.join(extras)})"
    return f"{role.name:{_COLUMN}}{size}"


def _program_sections(roles: Iterable[RoleSpec]) -> list[str]:
    """Return what is run, once for all roles that run the same."""
    names: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for role in roles:
        variables = tuple(_environment_lines(role.environment))
        names.setdefault((shlex.join(role.command), variables), []).append(role.name)
    sections = []
    for (command, variables), who in names.items():
        suffix = f" of {', '.join(who)}" if len(names) > 1 else ""
        sections += [
            _section(f"Command{suffix}", [command]),
            _section(f"Environment{suffix}", variables),
        ]
    return sections


def _environment_lines(environment: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in sorted(environment.items())]


def _file_lines(plan: SubmissionPlan) -> list[str]:
    uploads = [
        f"{upload.link} ← {upload.path}{_for(upload.roles)}" for upload in plan.uploads
    ]
    cache = [
        f"{entry.link} ← {entry.url} ({entry.kind.lower()}){_for(entry.roles)}"
        for entry in plan.cache
    ]
    built = [
        f"{ENVIRONMENT_LINK}/ ← {source.path} (built, kept){_for(source.roles)}"
        for source in plan.environments
    ]
    sources = [f"./ ← {plan.source}"] if plan.source else []
    return [*uploads, *cache, *built, *sources]


def _for(roles: Iterable[str]) -> str:
    named = ", ".join(roles)
    return f", for {named}" if named else ""


def _input_lines(job: JobSpec) -> list[str]:
    return [f"{spec.alias}/ ← {path}" for spec in job.inputs for path in spec.paths]


def _output_lines(job: JobSpec) -> list[str]:
    return [f"{spec.local}/ → {spec.url}" for spec in job.outputs]


def _moves(job: JobSpec) -> bool:
    return bool(job.inputs or job.outputs)


def _option_lines(options: msgspec.Struct | None) -> list[str]:
    """Return what differs from the defaults, and nothing else."""
    if options is None:
        return []
    defaults = type(options)()
    return [
        f"{name} = {getattr(options, name)}"
        for name in options.__struct_fields__
        if getattr(options, name) != getattr(defaults, name)
    ]
