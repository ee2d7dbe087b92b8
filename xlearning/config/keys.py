"""The table of all keys, and how a written name finds its row. Pure.

`KEYS` has one row for every `xlearning.*` key. A name of Hbox is the same with another
prefix, or an alias of its row. Names outside `xlearning.` and `hbox.` are Hadoop's own
and pass; what merely looks like ours is refused with the nearest name.
"""

from __future__ import annotations

import difflib
import math
import re
from typing import TYPE_CHECKING

from xlearning.config.key import Key, KeyStatus, KeyType, Value
from xlearning.config.keys_data import DATA_KEYS
from xlearning.config.keys_job import JOB_KEYS
from xlearning.errors import ConfigError
from xlearning.job.resources import parse_memory_mb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KEYS: dict[str, Key] = {key.name: key for key in (*JOB_KEYS, *DATA_KEYS)}
AM_ENVIRONMENT = "xlearning.am.env."
CONTAINER_ENVIRONMENT = "xlearning.container.env."
PRIORITIES = (
    "DEFAULT",
    "VERY_LOW",
    "LOW",
    "NORMAL",
    "HIGH",
    "VERY_HIGH",
    "UNDEFINED_PRIORITY",
)
"""XLearning's names, in the order of their numbers from 0."""

_OUR_PREFIXES = ("xlearning.", "hbox.")
_ALIASES = {alias: key.name for key in KEYS.values() for alias in key.aliases}
_SHORT = 6
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def canonical_name(written: str, origin: str) -> str | None:
    """Return the name of a key as the table has it, None for one of Hadoop's own.

    Args:
        written: What the user wrote, in XLearning's or Hbox's spelling.
        origin: Where, for the message.

    Raises:
        ConfigError: It looks like one of ours and is not.
    """
    if not written.startswith(_OUR_PREFIXES):
        _refuse_misspelt_prefix(written, origin)
        return None
    if written in _ALIASES:
        return _ALIASES[written]
    name = re.sub(r"^hbox\.", "xlearning.", written)
    name = _ALIASES.get(name, name)
    if is_environment(name) or name in KEYS:
        return name
    raise ConfigError(
        f"unknown key `{written}` in {origin}",
        hint=did_you_mean(name, KEYS) or "all keys: `python -m xlearning.config`",
    )


def is_environment(name: str) -> bool:
    """Say whether a key sets a variable of the AM or of the programs.

    Raises:
        ConfigError: It does, and what follows cannot name a variable.
    """
    for prefix in (AM_ENVIRONMENT, CONTAINER_ENVIRONMENT):
        if name.startswith(prefix):
            variable = name.removeprefix(prefix)
            if _NAME.match(variable):
                return True
            raise ConfigError(
                f"`{variable}` in the key `{name}` cannot name a variable",
                hint="letters, digits and `_`, not beginning with a digit",
            )
    return False


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return `did you mean …?` for the nearest of some words, None if none is near."""
    cutoff = 0.6 if len(word) <= _SHORT else 0.75
    near = difflib.get_close_matches(word, list(known), n=2, cutoff=cutoff)
    if not near:
        return None
    return "did you mean " + " or ".join(f"`{name}`" for name in near) + "?"


def _refuse_misspelt_prefix(written: str, origin: str) -> None:
    head, _, rest = written.partition(".")
    if rest and difflib.SequenceMatcher(None, head, "xlearning").ratio() > 0.8:
        raise ConfigError(
            f"unknown key `{written}` in {origin}",
            hint=did_you_mean(f"xlearning.{rest}", KEYS)
            or "our keys begin with `xlearning.`",
        )


def parse_value(key: Key, written: str, origin: str) -> Value:
    """Read a key's text as its type wants it.

    Args:
        key: The row of the table.
        written: The text; blank means not set.
        origin: Where it stands, for the message.

    Raises:
        ConfigError: The text is no such value, too small, or not supported yet.
    """
    text = written.strip()
    if not text and key.type is not KeyType.TEXT:
        return key.default
    try:
        value = _parse(key, text)
    except ConfigError as error:
        raise ConfigError(f"{origin}: {error.message}", hint=error.hint) from error
    except ValueError as error:
        raise ConfigError(
            f"{origin}: `{text}` is not {_A_TYPE[key.type]}",
            hint=_HINTS.get(key.type),
        ) from error
    if isinstance(value, int | float) and key.minimum is not None:
        _check_minimum(key, value, origin)
    _refuse_later(key, text, origin)
    return value


def parse_boolean(text: str) -> bool:
    """Read `true` or `false` in any case.

    Raises:
        ValueError: It is neither; XLearning took everything but `true` for false.
    """
    words = {"true": True, "false": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _priority(text: str) -> int:
    if text.upper() in PRIORITIES:
        return PRIORITIES.index(text.upper())
    value = _integer(text)
    if value < 0:
        raise ValueError(text)
    return value


def _choice(key: Key, text: str) -> str:
    for word in key.choices:
        if word.lower() == text.lower():
            return word
    raise ConfigError(
        f"`{text}` is not one of the words for `{key.name}`",
        hint="one of " + ", ".join(f"`{word}`" for word in key.choices),
    )


_READERS: dict[KeyType, Callable[[str], Value]] = {
    KeyType.TEXT: str,
    KeyType.INTEGER: _integer,
    KeyType.NUMBER: _number,
    KeyType.BOOLEAN: parse_boolean,
    KeyType.MEMORY: parse_memory_mb,
    KeyType.MILLISECONDS: _integer,
    KeyType.PRIORITY: _priority,
}


def _parse(key: Key, text: str) -> Value:
    if key.type is KeyType.CHOICE:
        return _choice(key, text)
    return _READERS[key.type](text)


def _check_minimum(key: Key, value: float, origin: str) -> None:
    if key.minimum is not None and value < key.minimum:
        raise ConfigError(f"{origin}: {value} is less than {key.minimum}")


def _refuse_later(key: Key, text: str, origin: str) -> None:
    default = "" if key.default is None else str(key.default)
    if key.status is KeyStatus.REFUSED and text.lower() != default.lower():
        raise ConfigError(
            f"not supported yet: {key.doc} ({origin})",
            hint=f"leave out `{key.name}`",
        )


_A_TYPE = {
    KeyType.TEXT: "a text",
    KeyType.INTEGER: "a whole number",
    KeyType.NUMBER: "a number",
    KeyType.BOOLEAN: "true or false",
    KeyType.MEMORY: "an amount of memory",
    KeyType.MILLISECONDS: "a whole number of milliseconds",
    KeyType.PRIORITY: "a priority",
    KeyType.CHOICE: "one of its words",
}
_HINTS = {
    KeyType.BOOLEAN: "write `true` or `false`",
    KeyType.PRIORITY: "one of "
    + ", ".join(f"`{name}`" for name in PRIORITIES)
    + ", or a number from 0",
}
