"""Lays the sources of settings over each other.

default < site file < command line < `--conf`. XLearning documented this order and then
let constants of its client win over the site file; here it holds. Every value remembers
where it came from, so that a complaint about it can say what to change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from xlearning.config.key import Key, KeyStatus, KeyType, Value
from xlearning.config.keys import (
    AM_ENVIRONMENT,
    CONTAINER_ENVIRONMENT,
    KEYS,
    canonical_name,
    parse_value,
)
from xlearning.config.site import read_xml, resolve
from xlearning.job import hbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SITE_FILE = "xlearning-site.xml"
DEFAULT_ORIGIN = "its default"


class Entry(NamedTuple):
    """One value that somebody wrote.

    Attributes:
        name: The key as it was written.
        text: The value as it was written.
        origin: Where: `--worker-num`, `--conf xlearning.worker.num`, a file's path.
    """

    name: str
    text: str
    origin: str


class Setting(msgspec.Struct, frozen=True):
    """A key's value in force, and where it came from."""

    value: Value
    origin: str


class Settings(msgspec.Struct, frozen=True):
    """All settings of one job.

    Attributes:
        values: Every key of the table that is read.
        hadoop: Hadoop's own properties that the site file or `--conf` sets.
        am_environment: Variables for the ApplicationMaster.
        container_environment: Variables for the programs.
        warnings: Values that have no effect.
    """

    values: dict[str, Setting]
    hadoop: dict[str, str] = {}
    am_environment: dict[str, str] = {}
    container_environment: dict[str, str] = {}
    warnings: tuple[str, ...] = ()

    def text(self, name: str) -> str:
        """Return a text, "" when it is not set."""
        value = self.values[name].value
        return "" if value is None else str(value)

    def integer(self, name: str) -> int:
        """Return a whole number or an amount of memory that has a default."""
        value = self.values[name].value
        assert isinstance(value, int), name
        return value

    def optional_integer(self, name: str) -> int | None:
        """Return a whole number or an amount of memory, None when it is not set."""
        return None if self.values[name].value is None else self.integer(name)

    def number(self, name: str) -> float:
        """Return a number."""
        value = self.values[name].value
        assert isinstance(value, int | float), name
        return float(value)

    def seconds(self, name: str) -> float:
        """Return a duration, which is kept in milliseconds, in seconds."""
        return self.integer(name) / 1000

    def flag(self, name: str) -> bool:
        """Return a boolean."""
        value = self.values[name].value
        assert isinstance(value, bool), name
        return value

    def origin(self, name: str) -> str:
        """Say where a value came from."""
        return self.values[name].origin

    def is_given(self, name: str) -> bool:
        """Say whether somebody set this key."""
        return self.values[name].origin != DEFAULT_ORIGIN


def read_site(conf_dir: Path | None, environ: Mapping[str, str]) -> list[Entry]:
    """Read `xlearning-site.xml`, or Hbox's; no file means nothing is set there.

    Raises:
        ConfigError: The file cannot be read.
    """
    places = (
        [conf_dir / name for name in (SITE_FILE, hbox.SITE_FILE)] if conf_dir else []
    )
    path = next((path for path in places if path.is_file()), None)
    if path is None:
        return []
    raw = {name: value for name, (value, _) in read_xml(path).items()}
    return [
        Entry(name, value, f"`{path}`") for name, value in resolve(raw, environ).items()
    ]


def load_settings(*layers: Iterable[Entry]) -> Settings:
    """Lay layers of entries over each other; later ones win.

    Raises:
        ConfigError: A key is unknown, a value cannot be read or is not supported yet.
    """
    ours: dict[str, Entry] = {}
    hadoop: dict[str, str] = {}
    for layer in layers:
        for entry in (each for written in layer for each in _spelt_out(written)):
            name = canonical_name(entry.name, entry.origin)
            if name is None:
                hadoop[entry.name] = entry.text
            else:
                ours[name] = entry
    values = {name: Setting(key.default, DEFAULT_ORIGIN) for name, key in KEYS.items()}
    for name, entry in ours.items():
        if name in KEYS:
            value = parse_value(KEYS[name], entry.text, _place(entry))
            values[name] = Setting(value, entry.origin)
    return Settings(
        values=values,
        hadoop=hadoop,
        am_environment=_variables(ours, AM_ENVIRONMENT),
        container_environment=_variables(ours, CONTAINER_ENVIRONMENT),
        warnings=_warnings(ours),
    )


def _spelt_out(entry: Entry) -> list[Entry]:
    """Return what an entry of Hbox stands for."""
    return [
        entry._replace(name=name, text=text)
        for name, text in hbox.spelt_out(entry.name, entry.text)
    ]


def _place(entry: Entry) -> str:
    """Name a value's place in a message: a file holds many keys, an option one."""
    if entry.origin.startswith("`--"):
        return entry.origin
    return f"`{entry.name}` in {entry.origin}"


def _variables(ours: Mapping[str, Entry], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): entry.text
        for name, entry in ours.items()
        if name.startswith(prefix)
    }


def _warnings(ours: Mapping[str, Entry]) -> tuple[str, ...]:
    """Say which values have no effect.

    The site file is for all programs and all jobs: its keys are named in one line, and
    those of the history server not at all.
    """
    lines: list[str] = []
    in_files: dict[str, list[str]] = {}
    for name, entry in ours.items():
        key = KEYS.get(name)
        if key is None or not _is_without_effect(key, entry.text):
            continue
        if entry.origin.startswith("`--"):
            lines.append(f"{entry.origin} has no effect: {key.doc}")
        elif key.doc != KEYS["xlearning.history.port"].doc:
            in_files.setdefault(entry.origin, []).append(f"`{entry.name}`")
    lines += [
        f"without effect in {origin}: {', '.join(names)}"
        for origin, names in in_files.items()
    ]
    return tuple(lines)


def _is_without_effect(key: Key, text: str) -> bool:
    if key.status is KeyStatus.DERIVED:
        return True
    if key.status is not KeyStatus.WARNED:
        return False
    default = "" if key.default is None else str(key.default)
    assert key.type is KeyType.TEXT
    return text.strip().lower() != default.lower()
