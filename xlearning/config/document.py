"""The key table as Markdown, for the README. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.config.key import Key, KeyStatus
from xlearning.config.keys import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

_TITLES = {
    KeyStatus.READ: "Keys that are read",
    KeyStatus.DERIVED: "Keys that are computed: a value that is set is left aside",
    KeyStatus.WARNED: "Keys that are accepted with a warning and have no effect",
    KeyStatus.REFUSED: "Keys that are refused: not supported yet",
}


def key_table() -> str:
    """Return one table for every status, with all keys of it."""
    return "\n".join(
        f"#### {title}\n\n{_table(_rows(status))}" for status, title in _TITLES.items()
    )


def _rows(status: KeyStatus) -> list[Key]:
    return [key for key in KEYS.values() if key.status is status]


def _table(keys: Iterable[Key]) -> str:
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    lines += [
        f"| {_names(key)} | {_type(key)} | {_default(key)} | {_doc(key)} |"
        for key in keys
    ]
    return "\n".join(lines) + "\n"


def _names(key: Key) -> str:
    return f"`{key.name}`"


def _type(key: Key) -> str:
    if key.choices:
        return ", ".join(f"`{word}`" for word in key.choices)
    return f"{key.type}, {key.unit}" if key.unit else str(key.type)


def _default(key: Key) -> str:
    if key.default is None or key.default == "":
        return ""
    value = str(key.default).lower() if isinstance(key.default, bool) else key.default
    return f"`{value}`"


def _doc(key: Key) -> str:
    others = ", ".join(f"`{alias}`" for alias in key.aliases)
    return f"{key.doc} (also {others})" if others else key.doc
