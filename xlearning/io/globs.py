r"""Hadoop's glob patterns: `*`, `?`, `[a-c]`, `[^a]`, `{a,b}`, `\` before a character.

Written after `org.apache.hadoop.fs.GlobPattern` and `GlobExpander`: alternatives that
span folders (`{a/b,c}`) are expanded first, then each part of the path is matched by
itself. `*` never crosses a slash and does match names that start with a dot.
"""

from __future__ import annotations

import re

from xlearning.errors import ConfigError

_SPECIAL = frozenset("*?[{\\")


def has_wildcard(pattern: str) -> bool:
    """Say whether a pattern is more than a plain path."""
    return not _SPECIAL.isdisjoint(pattern)


def unescape(part: str) -> str:
    """Return the plain name that a part without wildcards stands for."""
    return re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL)


def escape(name: str) -> str:
    """Return a pattern that a name or path alone matches."""
    return re.sub(r"[*?\[\]{},\\^]", r"\\\g<0>", name)


def is_literal(part: str) -> bool:
    """Say whether a part stands for exactly one name, `unescape(part)`."""
    return not has_wildcard(re.sub(r"\\.", "", part, flags=re.DOTALL))


def expand_alternatives(pattern: str) -> tuple[str, ...]:
    """Return the patterns that `{a/b,c}` stands for, in order, each once.

    Only groups with a slash inside are expanded; `compile_part` takes the others.

    Raises:
        ConfigError: A `{` is never closed.
    """
    pending, found = [pattern], dict[str, None]()
    while pending:
        text = pending.pop(0)
        group = _first_group_with_slash(text)
        if group is None:
            found[text] = None
            continue
        start, end = group
        head, tail = text[:start], text[end + 1 :]
        pending[:0] = [
            f"{head}{choice}{tail}" for choice in _choices(text[start + 1 : end])
        ]
    return tuple(found)


def compile_part(part: str) -> re.Pattern[str]:
    """Return an expression for `fullmatch` of one file name.

    Raises:
        ConfigError: A bracket or brace is never closed, or a range is empty.
    """
    try:
        return re.compile(_Translation(part).run(), re.DOTALL)
    except re.error as error:
        raise ConfigError(f"the pattern `{part}` is wrong: {error}") from error


def _first_group_with_slash(text: str) -> tuple[int, int] | None:
    """Return where the first outermost `{…}` with a slash opens and closes."""
    depth, start, position = 0, 0, 0
    while position < len(text):
        letter = text[position]
        if letter == "\\":
            position += 1
        elif letter == "{":
            start = position if depth == 0 else start
            depth += 1
        elif letter == "}" and depth:
            depth -= 1
            if depth == 0 and "/" in text[start:position]:
                return start, position
        position += 1
    if depth:
        raise ConfigError(f"the pattern `{text}` has a `{{` that is never closed")
    return None


def _choices(inside: str) -> list[str]:
    """Split the inside of a group at its own commas."""
    choices, depth, position = [""], 0, 0
    while position < len(inside):
        letter = inside[position]
        if letter == "\\":
            letter = inside[position : position + 2]
            position += 1
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            choices.append("")
        else:
            choices[-1] += letter
        position += 1
    return choices


class _Translation:
    """One part of a pattern on its way to a regular expression."""

    def __init__(self, part: str) -> None:
        self._part = part
        self._position = 0
        self._depth = 0

    def run(self) -> str:
        """Return the expression."""
        pieces: list[str] = []
        while (letter := self._next()) is not None:
            pieces.append(self._piece(letter))
        if self._depth:
            raise re.error("a `{` is never closed")
        return "".join(pieces)

    def _next(self) -> str | None:
        if self._position == len(self._part):
            return None
        self._position += 1
        return self._part[self._position - 1]

    def _piece(self, letter: str) -> str:
        match letter:
            case "*":
                return ".*"
            case "?":
                return "."
            case "[":
                return self._set()
            case "{":
                self._depth += 1
                return "(?:"
            case "}" if self._depth:
                self._depth -= 1
                return ")"
            case "," if self._depth:
                return "|"
            case "\\":
                return re.escape(self._escaped())
            case _:
                return re.escape(letter)

    def _escaped(self) -> str:
        letter = self._next()
        if letter is None:
            raise re.error("nothing follows the last `\\`")
        return letter

    def _set(self) -> str:
        """Translate from behind a `[` to its `]`; `!` negates as `^` does."""
        pieces = ["["]
        while (letter := self._next()) is not None:
            if letter == "]" and pieces[-1] not in ("[", "[^"):
                return "".join([*pieces, "]"])
            if letter in "!^" and pieces == ["["]:
                pieces[0] = "[^"
            elif letter == "-":
                pieces.append("-")
            elif letter == "\\":
                pieces.append(re.escape(self._escaped()))
            else:
                pieces.append(re.escape(letter))
        raise re.error("a `[` is never closed")
