"""Apache Submarine's `job run`, as options of ours. Pure.

Its options, on the command line or in the file of `-f`, have the same names here;
whatever can be one or the other is `Given`: name to values. A launch command was read
by bash there, so that it is here too. What only makes sense with its Docker containers
or its own server is refused or told to have no effect.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from xlearning.client.options import Options
from xlearning.client.role_request import to_request
from xlearning.config.keys import did_you_mean
from xlearning.config.load import Entry
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlearning.client.role_request import RoleRequest

Given = dict[str, list[str]]
"""Name of an option, without dashes, to its values."""

ROLES = {"worker": "num_workers", "ps": "num_ps", "scheduler": "num_schedulers"}
"""Role to the option for its number of tasks."""

OPTIONS: dict[str, str] = {
    "name": "name of the job",
    "framework": "tensorflow, pytorch or mxnet [tensorflow]",
    "input_path": "what %input_path% in a command stands for",
    "checkpoint_path": "what %checkpoint_path% stands for",
    "saved_model_path": "what %saved_model_path% stands for [the checkpoint path]",
    "num_workers": "number of workers [1]",
    "worker_resources": "of a worker: memory=8G,vcores=2,gpu=2",
    "worker_launch_cmd": "the workers' program, read by bash",
    "num_ps": "number of parameter servers [0]",
    "ps_resources": "of a parameter server",
    "ps_launch_cmd": "the parameter servers' program",
    "num_schedulers": "number of schedulers [0]",
    "scheduler_resources": "of a scheduler",
    "scheduler_launch_cmd": "the schedulers' program",
    "env": "a variable of all programs, NAME=VALUE; may be repeated",
    "localization": "URI:NAME, put into the working directory; may be repeated",
    "queue": "queue of the application",
    "conf": "any setting, KEY=VALUE; may be repeated",
    "docker_image": "image of all containers",
    "worker_docker_image": "image of the workers",
    "ps_docker_image": "image of the parameter servers",
    "scheduler_docker_image": "image of the schedulers",
    "f": "a file with all of this, as Submarine reads it",
    "quicklink": "no effect: LABEL=URL",
    "keytab": "no effect",
    "principal": "no effect",
    "tensorboard_resources": "no effect",
    "tensorboard_docker_image": "no effect",
}
"""Options with a value, and what the help says of them."""
FLAGS: dict[str, str] = {
    "wait_job_finish": "follow the job to its end",
    "tensorboard": "run TensorBoard on the checkpoint path",
    "insecure": "no effect: the cluster says whether it is secured",
    "distribute_keytab": "no effect",
    "verbose": "no effect",
    "dry_run": "print the plan, do nothing",
    "help": "print this text",
}
"""Options without a value."""

_REPEATED = frozenset({"env", "localization", "conf", "quicklink"})
_NO_EFFECT = ("quicklink", "keytab", "principal", "distribute_keytab")
_RESOURCES = {
    "memory": "memory",
    "memory-mb": "memory",
    "vcores": "cores",
    "gpu": "gpus",
    "yarn.io/gpu": "gpus",
}
"""Submarine's name of a resource to the field of a role."""
_PLACEHOLDER = re.compile(r"%(input_path|checkpoint_path|saved_model_path)%")
_MEMORY = re.compile(r"(\d+)\s*([mMgG]?)(?:i?[bB]?)\Z")
_MODE = re.compile(r":(rw|ro|r)\Z")


def read_words(words: Sequence[str]) -> Given:
    """Read the words after `job run`.

    Raises:
        ConfigError: An option is unknown or lacks its value.
    """
    given: Given = {}
    position = 0
    while position < len(words):
        name, equals, value = words[position].lstrip("-").partition("=")
        name = name.replace("-", "_")
        position += 1
        if not words[position - 1].startswith("-") or name not in OPTIONS | FLAGS:
            raise _unknown(words[position - 1], name)
        if name in OPTIONS and not equals:
            if position == len(words):
                raise ConfigError(f"`--{name}` needs a value", hint=OPTIONS[name])
            value = words[position]
            position += 1
        _add(given, name, value)
    return given


def read_file(plain: object, origin: str) -> Given:
    """Read what Submarine's file says, already taken out of YAML.

    Args:
        plain: Nested mappings and lists of text.
        origin: The file's name, for messages.

    Raises:
        ConfigError: It has another form.
    """
    file = _mapping(plain, origin)
    given: Given = {}
    spec, configs = (
        _mapping(file.get("spec"), origin),
        _mapping(file.get("configs"), origin),
    )
    _take(given, spec, {"name": "name", "framework": "framework"})
    same = ("input_path", "checkpoint_path", "saved_model_path", "docker_image")
    _take(given, configs, {**dict(zip(same, same, strict=True))})
    _take(given, _mapping(file.get("scheduling"), origin), {"queue": "queue"})
    if str(configs.get("wait_job_finish", "")).lower() == "true":
        given["wait_job_finish"] = [""]
    if "tensorBoard" in file:
        given["tensorboard"] = [""]
    _take_lists(given, configs, "", origin)
    for name, role in _mapping(file.get("roles"), origin).items():
        if name not in ROLES:
            raise ConfigError(
                f"`{origin}`: there is no role `{name}`", hint=", ".join(ROLES)
            )
        fields = _mapping(role, origin)
        names = {
            "replicas": ROLES[name],
            "resources": f"{name}_resources",
            "launch_cmd": f"{name}_launch_cmd",
            "docker_image": f"{name}_docker_image",
        }
        _take(given, fields, names)
        _take_lists(given, fields, f"{name}_", origin)
    return given


def to_options(given: Given) -> Options:
    """Return our options for Submarine's.

    Raises:
        ConfigError: Something is missing, or has not the form that it needs.
    """
    framework = _first(given, "framework") or "tensorflow"
    roles = {
        role: request for role in ROLES if (request := _role(given, role)) is not None
    }
    files, cache = _localizations(given.get("localization", []))
    warnings = [f"`--{name}` has no effect" for name in _NO_EFFECT if given.get(name)]
    return Options(
        app_name=_first(given, "name"),
        app_type=framework.upper(),
        settings=_settings(given, roles),
        conf=tuple(_pair(text, "conf") for text in given.get("conf", [])),
        roles=roles,
        files=tuple(files),
        cache_files=tuple(cache),
        detach="wait_job_finish" not in given,
        dry_run="dry_run" in given,
        warnings=tuple(warnings),
    )


def _role(given: Given, role: str) -> RoleRequest | None:
    """Return what is asked for a role, None where it has no task."""
    number = _first(given, ROLES[role]) or ("1" if role == "worker" else "0")
    if number == "0" and role != "worker":
        return None
    origin = f"`--{role}_resources`"
    fields: dict[str, Any] = {"num": number}
    fields |= _resources(_first(given, f"{role}_resources"), origin)
    command = _first(given, f"{role}_launch_cmd")
    if not command and number != "0":
        raise ConfigError(
            f"`--{role}_launch_cmd` is absent",
            hint=f'--{role}_launch_cmd "python train.py"',
        )
    fields["cmd"] = ["bash", "-c", _filled(command, given)]
    pairs = [text.partition("=") for text in given.get(f"{role}_env", [])]
    fields["env"] = {name: value for name, _, value in pairs}
    own = given.get(f"{role}_localization", [])
    fields["files"], fields["cache-files"] = _localizations(own)
    return to_request(fields, f"role `{role}`")


def _resources(text: str, origin: str) -> dict[str, str]:
    """Read e.g. `memory=8G,vcores=2,gpu=2`."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or name not in _RESOURCES:
            raise ConfigError(
                f"{origin}: `{part}` is no resource", hint="memory=8G,vcores=2,gpu=2"
            )
        if _RESOURCES[name] == "memory":
            match = _MEMORY.match(value)
            value = f"{match[1]}{match[2]}" if match else value
        found[_RESOURCES[name]] = value
    return found


def _filled(command: str, given: Given) -> str:
    """Put paths in the place of their placeholders."""

    def path(match: re.Match[str]) -> str:
        name = match[1]
        value = _first(given, name)
        if not value and name == "saved_model_path":
            value = _first(given, "checkpoint_path")
        if not value:
            raise ConfigError(
                f"`%{name}%` in a command needs `--{name}`", hint=f"--{name} PATH"
            )
        return value

    return _PLACEHOLDER.sub(path, command)


def _localizations(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Sort `URI:NAME` into local files and remote ones, as `path#name`."""
    files: list[str] = []
    cache: list[str] = []
    for text in texts:
        uri, colon, name = _MODE.sub("", text).rpartition(":")
        if not colon or not uri or name.startswith("//"):
            raise ConfigError(
                f"`--localization {text}` has not the form URI:NAME",
                hint="hdfs:///data/words.txt:words.txt",
            )
        if name.startswith("/"):
            raise ConfigError(
                f"`--localization {text}`: `{name}` is not in the working directory",
                hint="give a relative name; another place needs a Docker container",
            )
        name = name.removeprefix("./")
        place = uri if name in ("", ".") else f"{uri}#{name}"
        remote = "://" in uri and not uri.startswith("file://")
        (cache if remote else files).append(place)
    return files, cache


def _settings(given: Given, roles: Mapping[str, RoleRequest]) -> tuple[Entry, ...]:
    entries = [
        Entry(key, _first(given, name), f"`--{name}`")
        for key, name in (
            ("xlearning.app.queue", "queue"),
            ("xlearning.docker.image", "docker_image"),
            *(("xlearning.docker.image", f"{role}_docker_image") for role in ROLES),
        )
        if _first(given, name)
    ]
    for text in given.get("env", []):
        name, value, origin = _pair(text, "env")
        entries.append(Entry(f"xlearning.container.env.{name}", value, origin))
    if "tensorboard" in given:
        origin = "`--tensorboard`"
        entries.append(Entry("xlearning.tf.board.enable", "true", origin))
        logs = _first(given, "checkpoint_path")
        if logs:
            entries.append(Entry("xlearning.tf.board.log.dir", logs, origin))
    worker = roles.get("worker")
    if worker is not None and (worker.num or 0) > 1 and "ps" not in roles:
        key = "xlearning.tf.distribution.strategy"
        entries.append(Entry(key, "true", "`--num_workers`"))
    return tuple(entries)


def _pair(text: str, option: str) -> Entry:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"`--{option} {text}` sets nothing", hint="NAME=VALUE")
    return Entry(name.strip(), value, f"`--{option} {name.strip()}`")


def _first(given: Given, name: str) -> str:
    return given.get(name, [""])[0].strip()


def _add(given: Given, name: str, value: str) -> None:
    values = given.setdefault(name, [])
    if name in _REPEATED or not values:
        values.append(value)


def _take(given: Given, fields: Mapping[str, Any], names: Mapping[str, str]) -> None:
    for theirs, name in names.items():
        if fields.get(theirs) not in (None, ""):
            given[name] = [str(fields[theirs])]


def _take_lists(
    given: Given, fields: Mapping[str, Any], prefix: str, origin: str
) -> None:
    variables = _mapping(fields.get("envs"), origin)
    if variables:
        given[f"{prefix}env"] = [f"{name}={text}" for name, text in variables.items()]
    if fields.get("localizations"):
        given[f"{prefix}localization"] = [str(each) for each in fields["localizations"]]
    if fields.get("mounts"):
        raise ConfigError(
            f"`{origin}`: `mounts` need a Docker container",
            hint="not supported yet: leave them out",
        )


def _mapping(value: object, origin: str) -> dict[str, Any]:
    if value in (None, ""):
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"`{origin}`: `{value}` stands where a mapping should")
    return value


def _unknown(word: str, name: str) -> ConfigError:
    if not word.startswith("-"):
        return ConfigError(
            f"`{word}` belongs to no option", hint="put a command in quotes"
        )
    return ConfigError(
        f"unknown option `{word.partition('=')[0]}`",
        hint=did_you_mean(name, OPTIONS | FLAGS) or "all: `xl job run --help`",
    )
