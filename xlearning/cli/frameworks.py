"""`xl frameworks`: the application types, their roles and their variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from xlearning.cli.text import print_data
from xlearning.errors import ConfigError
from xlearning.frameworks.registry import types

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.frameworks.base import Profile


@click.command()
@click.argument("name", metavar="[TYPE]", default="")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def frameworks(name: str, as_json: bool) -> None:
    """Show the application types (`--app-type`), or all about one.

    Any other word is a job like one of XLEARNING.
    """
    profiles = {known: adapter.profile for known, adapter in types().items()}
    if name:
        profiles = {name.upper(): _chosen(profiles, name)}
    if as_json:
        print_data(_json(profiles))
    elif name:
        print_data(_whole(profiles[name.upper()]))
    else:
        print_data(_table(profiles))


def _chosen(profiles: Mapping[str, Profile], name: str) -> Profile:
    if name.upper() in profiles:
        return profiles[name.upper()]
    raise ConfigError(
        f"no application type is called `{name.upper()}`",
        hint=f"there are {', '.join(profiles)}; any other word is like XLEARNING",
    )


def _json(profiles: Mapping[str, Profile]) -> str:
    content = {
        name: {
            "summary": profile.summary,
            "roles": profile.roles,
            "added_roles": sorted(profile.added),
            "other_roles": profile.open_roles,
            "several_processes": profile.processes,
            "variables": profile.variables,
            "files": profile.files,
        }
        for name, profile in profiles.items()
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode()


def _table(profiles: Mapping[str, Profile]) -> str:
    rows = [(name, _roles(p), p.summary) for name, p in profiles.items()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(
        f"{name:{widths[0]}}  {roles:{widths[1]}}  {summary}"
        for name, roles, summary in rows
    )


def _roles(profile: Profile) -> str:
    names = [f"+{name}" if name in profile.added else name for name in profile.roles]
    return " ".join([*names, "…"] if profile.open_roles else names)


def _whole(profile: Profile) -> str:
    roles = {
        name: f"{what} (added by the type)" if name in profile.added else what
        for name, what in profile.roles.items()
    }
    if profile.open_roles:
        roles["any other"] = "as declared with --role"
    parts = [profile.summary, _section("Roles", roles)]
    parts.append(_section("Variables", profile.variables))
    if profile.files:
        parts.append(_section("Files", profile.files))
    if profile.processes:
        parts.append("Takes --nproc-per-container.")
    return "\n\n".join(parts)


def _section(title: str, rows: Mapping[str, str]) -> str:
    width = max(map(len, rows))
    lines = (f"  {name:{width}}  {text}" for name, text in rows.items())
    return "\n".join([f"{title}:", *lines])
