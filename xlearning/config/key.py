"""One row of the key table. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec

Value = str | int | float | bool | None
"""What a key holds: its parsed value, None for not set."""


class KeyType(StrEnum):
    """How the text of a value is read."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    MEMORY = "memory"
    """MiB as an integer, or an integer with M or G."""
    MILLISECONDS = "milliseconds"
    PRIORITY = "priority"
    """One of XLearning's names, or a number."""
    CHOICE = "choice"
    """One of `choices`, in any case."""


class KeyStatus(StrEnum):
    """What becomes of a value that somebody sets."""

    READ = "read"
    """It is used."""
    DERIVED = "derived"
    """It is computed; a value that is set is left aside, with a warning."""
    WARNED = "no effect"
    """It changes nothing here: a warning."""
    REFUSED = "not supported yet"
    """It would change the result: an error, unless it is the default."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One setting.

    Attributes:
        name: The full key.
        doc: What it is for, or why it has no effect.
        type: How its text is read.
        default: Its value when nobody sets it.
        unit: MiB, ms and the like, "" for none.
        status: What becomes of a value.
        aliases: Other names of it: older spellings, typing errors that were documented
            and names of Hbox that differ in more than the prefix.
        choices: What a CHOICE may be.
        minimum: The least number allowed, None for any.
    """

    name: str
    doc: str
    type: KeyType = KeyType.TEXT
    default: Value = None
    unit: str = ""
    status: KeyStatus = KeyStatus.READ
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    minimum: int | None = None


def text(name: str, default: str | None, doc: str, *aliases: str) -> Key:
    """Return a key that holds text."""
    return Key(name=name, doc=doc, default=default, aliases=aliases)


def integer(
    name: str, default: int | None, doc: str, *aliases: str, minimum: int = 0
) -> Key:
    """Return a key that holds a whole number."""
    return Key(
        name=name,
        doc=doc,
        type=KeyType.INTEGER,
        default=default,
        aliases=aliases,
        minimum=minimum,
    )


def memory(name: str, default: int | None, doc: str, *aliases: str) -> Key:
    """Return a key that holds an amount of memory."""
    return Key(
        name=name,
        doc=doc,
        type=KeyType.MEMORY,
        default=default,
        unit="MiB",
        aliases=aliases,
        minimum=1,
    )


def number(name: str, default: float, doc: str) -> Key:
    """Return a key that holds a fraction."""
    return Key(name=name, doc=doc, type=KeyType.NUMBER, default=default, minimum=0)


def boolean(name: str, default: bool, doc: str, *aliases: str) -> Key:
    """Return a key that is true or false."""
    return Key(
        name=name, doc=doc, type=KeyType.BOOLEAN, default=default, aliases=aliases
    )


def milliseconds(name: str, default: int, doc: str) -> Key:
    """Return a key that holds a duration."""
    return Key(
        name=name,
        doc=doc,
        type=KeyType.MILLISECONDS,
        default=default,
        unit="ms",
        minimum=1,
    )


def choice(name: str, choices: tuple[str, ...], doc: str) -> Key:
    """Return a key that holds one of a few words; the first is the default."""
    return Key(
        name=name,
        doc=doc,
        type=KeyType.CHOICE,
        default=choices[0],
        choices=choices,
    )


def derived(name: str, doc: str, *aliases: str) -> Key:
    """Return a key whose value is computed, whatever somebody sets."""
    return Key(name=name, doc=doc, status=KeyStatus.DERIVED, aliases=aliases)


def no_effect(name: str, default: str | None, doc: str, *aliases: str) -> Key:
    """Return a key that is accepted and changes nothing here."""
    return Key(
        name=name,
        doc=doc,
        default=default,
        status=KeyStatus.WARNED,
        aliases=aliases,
    )


def refused(name: str, default: str | None, doc: str, *aliases: str) -> Key:
    """Return a key that would change the result and is not supported yet."""
    return Key(
        name=name,
        doc=doc,
        default=default,
        status=KeyStatus.REFUSED,
        aliases=aliases,
    )
