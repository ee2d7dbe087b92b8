"""Reads the command line of `xl-submit`. Pure.

The rules are XLearning's (commons-cli's BasicParser) without its faults: a value keeps
its quotes and its second `=`, `--conf a=b c=d` sets both, unknown options are refused
with the nearest name, and a boolean that is neither true nor false is an error. As in
Hbox, the first word that belongs to no option begins the program's command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.client.option_table import OPTIONS, Arity, Option
from xlearning.client.role_request import (
    RoleRequest,
    check_role_name,
    joined_requests,
    parse_role,
)
from xlearning.config.keys import did_you_mean
from xlearning.config.load import Entry
from xlearning.errors import ConfigError
from xlearning.job.spec import Placement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_MASTERS = ("yarn", "local")


class Options(msgspec.Struct, frozen=True):
    """What stands on the command line.

    Attributes:
        settings: Options that stand for keys.
        conf: What `--conf` sets.
        app_name: Name of the job, "" for the default.
        app_type: Upper-case word, "" for the default.
        launch_cmd: The command as one text, "" when not given.
        command: The command as words at the end of the line.
        user: Whom to submit as, "" for whoever calls.
        files: Local files.
        archive_files: Local archives.
        jars: Local or remote jars.
        cache_files: Remote files with their links.
        cache_archives: Remote archives with their links.
        inputs: Mappings of input.
        outputs: Mappings of output.
        roles: What is asked for single roles.
        python_env: Folder of an unpacked archive with a Python environment.
        environment: File or folder that a Python environment is made of.
        source_dir: Folder or `git+URL@REV` with the program's sources.
        restore: The save that is put back: `last` or its path, "" for none.
        job_file: A job in a file, "" for none.
        file_settings: What the job file sets; the settings of the line are over it.
        file_roles: What the job file asks for single roles.
        user_path: For PATH.
        user_ld_library_path: For LD_LIBRARY_PATH.
        conf_dir: Folder of our site file, "" for the default.
        hadoop_conf: Folder of Hadoop's files, "" for the default.
        master: `yarn`, or `local` for this machine alone.
        local_gpus: GPUs to pretend there, "" for those found.
        detach: Do not follow the job.
        dry_run: Only print the plan.
        as_json: Data as JSON.
        help: Only print the help.
        version: Only print the version.
        warnings: Repeated options.
    """

    settings: tuple[Entry, ...] = ()
    conf: tuple[Entry, ...] = ()
    app_name: str = ""
    app_type: str = ""
    launch_cmd: str = ""
    command: tuple[str, ...] = ()
    user: str = ""
    files: tuple[str, ...] = ()
    archive_files: tuple[str, ...] = ()
    jars: tuple[str, ...] = ()
    cache_files: tuple[str, ...] = ()
    cache_archives: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    roles: dict[str, RoleRequest] = {}
    python_env: str = ""
    environment: str = ""
    source_dir: str = ""
    restore: str = ""
    job_file: str = ""
    file_settings: tuple[Entry, ...] = ()
    file_roles: dict[str, RoleRequest] = {}
    user_path: str = ""
    user_ld_library_path: str = ""
    conf_dir: str = ""
    hadoop_conf: str = ""
    master: str = "yarn"
    local_gpus: str = ""
    detach: bool = False
    dry_run: bool = False
    as_json: bool = False
    help: bool = False
    version: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def application_type(self) -> str:
        """The type, where none is given that of independent processes."""
        return self.app_type or "XLEARNING"

    @property
    def layers(self) -> tuple[tuple[Entry, ...], ...]:
        """All settings, later ones over earlier ones."""
        return self.file_settings, self.settings, self.conf


class _Words(msgspec.Struct):
    """The words of a command line, sorted by option."""

    values: dict[str, list[str]] = msgspec.field(default_factory=dict)
    command: tuple[str, ...] = ()
    warnings: list[str] = msgspec.field(default_factory=list)

    def first(self, name: str) -> str:
        return self.values.get(name, [""])[0].strip()

    def listed(self, name: str) -> tuple[str, ...]:
        """Return the parts of values with commas."""
        texts = self.values.get(name, [])
        parts = [part.strip() for text in texts for part in text.split(",")]
        return tuple(part for part in parts if part)

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(text.strip() for text in self.values.get(name, []) if text.strip())

    def in_buckets(self, name: str) -> tuple[str, ...]:
        """Return Hbox's mappings of S3 with their scheme."""
        return tuple(
            text if "://" in text else f"s3://{text.lstrip('/')}"
            for text in self.all(name)
        )


def parse_options(arguments: Sequence[str]) -> Options:
    """Read the words after `xl-submit`.

    Raises:
        ConfigError: An option is unknown or lacks its value.
    """
    words = _sort(arguments)
    return Options(
        settings=_settings(words),
        conf=tuple(_conf_entry(text) for text in words.values.get("conf", [])),
        app_name=words.first("app-name"),
        app_type=words.first("app-type").upper(),
        launch_cmd=words.first("launch-cmd"),
        command=words.command,
        user=words.first("user"),
        files=words.listed("files"),
        archive_files=words.listed("archive-files"),
        jars=words.listed("jars"),
        cache_files=words.listed("cacheFile"),
        cache_archives=words.listed("cacheArchive"),
        inputs=(*words.all("input"), *words.in_buckets("s3input")),
        outputs=(*words.all("output"), *words.in_buckets("s3output")),
        roles=_roles(words),
        python_env=words.first("python-env"),
        environment=_environment(words),
        source_dir=words.first("source-dir"),
        restore=words.first("restore"),
        job_file=words.first("job-file"),
        user_path=words.first("user-path"),
        user_ld_library_path=words.first("user-ldlibrarypath"),
        conf_dir=words.first("conf-dir"),
        hadoop_conf=words.first("hadoop-conf"),
        master=_master(words),
        local_gpus=words.first("local-gpus"),
        detach="detach" in words.values,
        dry_run="dry-run" in words.values,
        as_json="json" in words.values,
        help="help" in words.values or not arguments,
        version="version" in words.values,
        warnings=tuple(words.warnings),
    )


def _sort(arguments: Sequence[str]) -> _Words:
    words = _Words()
    position = 0
    while position < len(arguments):
        word = arguments[position]
        if word == "--":
            words.command = tuple(arguments[position + 1 :])
            break
        if not word.startswith("-") or word == "-":
            words.command = tuple(arguments[position:])
            break
        option, attached = _option(word)
        rest = arguments[position + 1 :]
        position += 1 + _take(words, option, attached, rest)
    return words


def _option(word: str) -> tuple[Option, str | None]:
    """Find the option of a word, and the value in `--name=value`."""
    name, equals, value = _without_dashes(word).partition("=")
    if name in OPTIONS:
        return OPTIONS[name], value if equals else None
    raise ConfigError(
        f"unknown option `{word.partition('=')[0]}`",
        hint=_nearest_option(name) or "all options: `xl-submit --help`",
    )


def _without_dashes(word: str) -> str:
    return word[2:] if word.startswith("--") else word[1:]


def _nearest_option(name: str) -> str | None:
    squashed = name.replace("-", "").replace("_", "").lower()
    for spelling in OPTIONS:
        if spelling.replace("-", "").lower() == squashed:
            return f"did you mean `--{spelling}`?"
    near = did_you_mean(name, OPTIONS)
    return near.replace("`", "`--", 1).replace(" or `", " or `--") if near else None


def _take(
    words: _Words, option: Option, attached: str | None, rest: Sequence[str]
) -> int:
    """Give an option its words; return how many of `rest` it took."""
    if option.arity is Arity.FLAG:
        if attached is not None:
            raise ConfigError(f"`--{option.name}` takes no value")
        words.values[option.name] = []
        return 0
    taken = [] if attached is None else [attached]
    used = 0
    if attached is None:
        if not rest or _is_option(rest[0]):
            raise ConfigError(
                f"`--{option.name}` needs a value",
                hint=f"--{option.name} {option.metavar}",
            )
        taken.append(rest[0])
        used = 1
    separator = {Arity.CONF: "=", Arity.MAPPING: "#"}.get(option.arity)
    while separator and used < len(rest) and _continues(rest[used], separator):
        taken.append(rest[used])
        used += 1
    _add(words, option, taken)
    return used


def _is_option(word: str) -> bool:
    if word.startswith("--"):
        return True
    return word.startswith("-") and word[1:].partition("=")[0] in OPTIONS


def _continues(word: str, separator: str) -> bool:
    return not word.startswith("-") and separator in word


def _add(words: _Words, option: Option, taken: Iterable[str]) -> None:
    present = words.values.setdefault(option.name, [])
    for text in taken:
        if option.arity is Arity.VALUE and present:
            if present[0] != text:
                words.warnings.append(
                    f"`--{option.name}` is given twice: `{present[0]}` counts, "
                    f"`{text}` does not"
                )
            continue
        present.append(text)


def _master(words: _Words) -> str:
    given = words.first("master") or "yarn"
    if given not in _MASTERS:
        raise ConfigError(
            f"`--master {given}` is not known", hint="--master yarn or --master local"
        )
    if words.first("local-gpus") and given != "local":
        raise ConfigError("`--local-gpus` needs `--master local`")
    return given


def _roles(words: _Words) -> dict[str, RoleRequest]:
    requests = [parse_role(text) for text in words.all("role")]
    for placement in Placement:
        option = f"--{placement.value}"
        for name in words.listed(placement.value):
            check_role_name(name, f"`{option}`")
            requests.append((name, RoleRequest(placement=placement)))
    return joined_requests(requests, "--role")


def _environment(words: _Words) -> str:
    given = words.first("env")
    name, equals, _ = given.partition("=")
    if equals and name.isidentifier():
        raise ConfigError(
            f"`--env {given}` is no file or folder that an environment is made of",
            hint=f"to set a variable: --conf xlearning.container.env.{given}",
        )
    return given


def _settings(words: _Words) -> tuple[Entry, ...]:
    return tuple(
        Entry(OPTIONS[name].key, texts[0], f"`--{name}`")
        for name, texts in words.values.items()
        if OPTIONS[name].key and texts and texts[0].strip()
    )


def _conf_entry(text: str) -> Entry:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(
            f"`--conf {text}` sets nothing", hint=f"--conf {name or 'KEY'}=VALUE"
        )
    return Entry(name.strip(), value, f"`--conf {name.strip()}`")
