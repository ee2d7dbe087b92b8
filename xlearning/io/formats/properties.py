"""Reads Hadoop's properties that formats know. Pure.

Each is looked for under its names of all Hadoop releases, the newest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


def text(properties: Mapping[str, str], default: str, *names: str) -> str:
    """Return the first that is set, as it is: a delimiter may be a blank."""
    return next((properties[name] for name in names if name in properties), default)


def integer(properties: Mapping[str, str], default: int, *names: str) -> int:
    """Return the first that is set as a whole number.

    Raises:
        ConfigError: It is no whole number, or negative.
    """
    for name in names:
        if name in properties:
            written = properties[name].strip()
            if not written.isascii() or not written.isdigit():
                raise ConfigError(f"`{name}` is `{written}`, not a whole number")
            return int(written)
    return default


def boolean(properties: Mapping[str, str], default: bool, *names: str) -> bool:
    """Return the first that is set, read as Hadoop's `Configuration.getBoolean`."""
    written = text(properties, "", *names).strip().lower()
    return {"true": True, "false": False}.get(written, default)
