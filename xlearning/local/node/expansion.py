"""What YARN replaces in commands and variables, and the order of variables. Pure.

From `ContainerLaunch.expandEnvironment` and `ShellScriptBuilder.getEnvDependencies`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Escaped characters are skipped; so is what stands in single quotes outside of the
# double quotes that YARN puts around a value.
_TOKEN = re.compile(
    r"""\\. | (?P<quote>") | (?P<single>') | \$\{?\#?(?P<name>[A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_SINGLE_END = re.compile(r"(?:\\.|[^'\\])*'?", re.DOTALL)


def expand(text: str, log_dir: str) -> str:
    """Replace YARN's markers; `<ADD_OPENS>` is for Java before 17 and vanishes."""
    for marker, value in (
        ("<LOG_DIR>", log_dir),
        ("<CPS>", ":"),
        ("<ADD_OPENS>", ""),
        ("{{", "$"),
        ("}}", ""),
    ):
        text = text.replace(marker, value)
    return text


def referenced(value: str) -> frozenset[str]:
    """Return the variables that a value refers to when it stands in double quotes."""
    names = set()
    in_double_quotes = True
    position = 0
    while (match := _TOKEN.search(value, position)) is not None:
        position = match.end()
        if match["name"] is not None:
            names.add(match["name"])
        elif match["quote"] is not None:
            in_double_quotes = not in_double_quotes
        elif match["single"] is not None and not in_double_quotes:
            end = _SINGLE_END.match(value, position)
            assert end is not None  # it matches nothing, too
            position = end.end()
    return frozenset(names)


def ordered(environment: Mapping[str, str]) -> dict[str, str]:
    """Put every variable behind those that it refers to; else the order is kept.

    Where two refer to each other the one that comes first stays first.
    """
    result: dict[str, str] = {}
    entered: set[str] = set()

    def enter(name: str) -> None:
        if name in entered:
            return
        entered.add(name)
        for other in sorted(referenced(environment[name])):
            if other in environment:
                enter(other)
        result[name] = environment[name]

    for name in environment:
        enter(name)
    return result
