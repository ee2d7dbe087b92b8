"""What a user asks for one role: `--role NAME:field=value,…`, or a job file's. Pure.

Both have the same fields, those of `RoleRequest`. A field that is not given is left to
XLearning's options (`--worker-memory`) and to the defaults. In a `--role`, a field ends
where a comma and the next field's name follow, so that a command keeps its commas:

    --role ps:num=2,memory=4g,cmd=python ps.py --layers 64,32,env=A=1,env=B=2
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from xlearning.config.keys import did_you_mean
from xlearning.errors import ConfigError
from xlearning.job.ids import is_role_name
from xlearning.job.spec import Placement  # noqa: TC001 - msgspec reads it

Count = Annotated[int, Meta(ge=0)]
Amount = Annotated[int, Meta(ge=1)]
Scalar = str | int | float | bool
"""The value of a variable; a job file gives it as it is written there."""


class RoleRequest(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename="kebab",
):
    """What is asked for one role. All of it may be left out."""

    num: Annotated[Count | None, Meta(description="number of tasks")] = None
    memory: Annotated[
        str | int | None, Meta(description="of a container: MiB, or with M or G")
    ] = None
    cores: Annotated[Amount | None, Meta(description="of a container")] = None
    gpus: Annotated[Count | None, Meta(description="of a container")] = None
    label: Annotated[str | None, Meta(description="YARN node label expression")] = None
    cmd: Annotated[
        str | list[str] | None,
        Meta(description="its own program; a text has POSIX words"),
    ] = None
    env: Annotated[dict[str, Scalar], Meta(description="its own variables")] = {}
    files: Annotated[list[str], Meta(description="its own local files, path#name")] = []
    cache_files: Annotated[
        list[str], Meta(description="its own files on HDFS, path#name")
    ] = []
    cache_archives: Annotated[
        list[str], Meta(description="its own archives on HDFS, path#folder")
    ] = []
    python_env: Annotated[
        str | None, Meta(description="folder of an unpacked Python environment")
    ] = None
    environment: Annotated[
        str | None, Meta(description="what a Python environment is made of")
    ] = None
    ports: Annotated[Count | None, Meta(description="ports that each task holds")] = (
        None
    )
    service: Annotated[
        bool | None, Meta(description="ended when the other roles are done")
    ] = None
    placement: Annotated[
        Placement | None,
        Meta(description="spread over nodes, packed onto few, or each alone on one"),
    ] = None
    attribute: Annotated[
        list[str], Meta(description="of its nodes: name=value or name!=value")
    ] = []


class Field(StrEnum):
    """How a field's text is read in `--role`."""

    VALUE = "value"
    LIST = "list"
    VARIABLES = "variables"


_LISTS = ("files", "cache-files", "cache-archives", "attribute")
FIELDS = {
    each.encode_name: Field.VARIABLES
    if each.name == "env"
    else Field.LIST
    if each.encode_name in _LISTS
    else Field.VALUE
    for each in msgspec.structs.fields(RoleRequest)
}
"""Every field of a role by the name that a user writes."""

_NEXT = re.compile(rf",(?=(?:{'|'.join(FIELDS)})=)")
_STRAY = re.compile(r",\s*([\w-]+)=")
_FREE = frozenset({"cmd", "label"})
"""Fields whose text may hold anything."""
_WORDS = {
    " | null": "",
    "`int`": "a whole number",
    "`bool`": "true or false",
    "`str`": "a text",
    "`array`": "a list",
    "`object`": "a mapping",
}
"""How msgspec calls the types, and how users do."""
_PATH = re.compile(r" - at `(?:key in )?\$\.?([^`]*)`\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def parse_role(text: str) -> tuple[str, RoleRequest]:
    """Read one value of `--role` into the role's name and what is asked for it.

    Raises:
        ConfigError: It has not the form, or a field's value is none.
    """
    name, colon, rest = text.partition(":")
    origin = f"`--role {name}`"
    check_role_name(name, origin)
    if not colon or not rest.strip():
        raise ConfigError(
            f"`--role {text}` asks for nothing", hint="--role NAME:num=2,memory=4g"
        )
    found: dict[str, Any] = {}
    for piece in _NEXT.split(rest):
        _add(found, piece, origin)
    return name, to_request(found, origin)


def check_role_name(name: str, origin: str) -> None:
    """Refuse what cannot name a role.

    Raises:
        ConfigError: It cannot.
    """
    if not is_role_name(name) or name == "am":
        raise ConfigError(
            f"{origin}: `{name}` cannot name a role",
            hint="a small letter, then small letters, digits and `_`; `am` is taken",
        )


def to_request(fields: object, origin: str) -> RoleRequest:
    """Convert plain values.

    Raises:
        ConfigError: A field is unknown or has a value of another kind.
    """
    try:
        request = msgspec.convert(fields, RoleRequest, strict=False)
    except msgspec.ValidationError as error:
        raise explained(error, origin, FIELDS) from error
    check_variables(request.env, origin)
    return request


def check_variables(variables: dict[str, Scalar], origin: str) -> None:
    """Refuse names that no shell takes.

    Raises:
        ConfigError: There is one.
    """
    for name in variables:
        if not _VARIABLE.match(name):
            raise ConfigError(
                f"{origin}: `{name}` cannot name a variable", hint="env=NAME=VALUE"
            )


def explained(
    error: msgspec.ValidationError, origin: str, known: dict[str, Field] | list[str]
) -> ConfigError:
    """Say msgspec's complaint in our form: the place first."""
    text = str(error)
    match = _PATH.search(text)
    place = f" {match[1]}:" if match and match[1] else ""
    text = _PATH.sub("", text)
    unknown = re.search(r"unknown field `([^`]+)`", text)
    if unknown is None:
        for written, said in _WORDS.items():
            text = text.replace(written, said)
        return ConfigError(f"{origin}:{place} {text[:1].lower()}{text[1:]}")
    choices = "fields: " + ", ".join(known)
    return ConfigError(
        f"{origin}:{place} there is no field `{unknown[1]}`",
        hint=did_you_mean(unknown[1], known) or choices,
    )


def overlaid(under: RoleRequest, over: RoleRequest) -> RoleRequest:
    """Return one request over another: given fields win, variables are joined."""
    given = {
        each.name: getattr(over, each.name)
        for each in msgspec.structs.fields(RoleRequest)
        if _is_given(getattr(over, each.name))
    }
    given["env"] = {**under.env, **over.env}
    return msgspec.structs.replace(under, **given)


def _is_given(value: object) -> bool:
    return value is not None and value != [] and value != {}


def joined_requests(
    requests: list[tuple[str, RoleRequest]], origin: str
) -> dict[str, RoleRequest]:
    """Join several requests for the same roles, none of which is above the others.

    Raises:
        ConfigError: Two say something different.
    """
    found: dict[str, RoleRequest] = {}
    for name, request in requests:
        present = found.get(name)
        if present is not None:
            _refuse_clash(name, present, request, origin)
            request = overlaid(present, request)
        found[name] = request
    return found


def _refuse_clash(name: str, one: RoleRequest, other: RoleRequest, origin: str) -> None:
    for each in msgspec.structs.fields(RoleRequest):
        first, second = getattr(one, each.name), getattr(other, each.name)
        if each.name == "env":
            both = {key for key in first if key in second}
            clash = any(first[key] != second[key] for key in both)
        else:
            clash = bool(_is_given(first) and _is_given(second) and first != second)
        if clash:
            raise ConfigError(
                f"{origin} {name}: `{each.encode_name}` is given twice, "
                f"{first!r} and {second!r}",
                hint="leave one of them out",
            )


def _add(found: dict[str, Any], piece: str, origin: str) -> None:
    field, equals, value = piece.partition("=")
    field = field.strip()
    if not equals or field not in FIELDS:
        raise ConfigError(
            f"{origin}: there is no field `{field}`",
            hint=did_you_mean(field, FIELDS) or "fields: " + ", ".join(FIELDS),
        )
    stray = _STRAY.search(value)
    if stray and FIELDS[field] is Field.VALUE and field not in _FREE:
        raise ConfigError(
            f"{origin}: there is no field `{stray[1]}`",
            hint=did_you_mean(stray[1], FIELDS) or "fields: " + ", ".join(FIELDS),
        )
    if FIELDS[field] is Field.VARIABLES:
        _add_variable(found.setdefault(field, {}), value, origin)
    elif FIELDS[field] is Field.LIST:
        parts = (part.strip() for part in value.split(","))
        found.setdefault(field, []).extend(part for part in parts if part)
    elif found.setdefault(field, value) != value:
        raise ConfigError(
            f"{origin}: `{field}` is given twice, `{found[field]}` and `{value}`"
        )


def _add_variable(variables: dict[str, str], text: str, origin: str) -> None:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(
            f"{origin}: `env={text}` sets no variable",
            hint=f"env=NAME=VALUE sets one; environment={text} is a Python environment",
        )
    if variables.setdefault(name, value) != value:
        raise ConfigError(f"{origin}: the variable `{name}` is given twice")
