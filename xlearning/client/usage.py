"""The help text of `xl-submit`: the options under their titles. Pure."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from xlearning.client.option_table import SECTIONS, Arity, Option
from xlearning.config.key import KeyStatus, KeyType
from xlearning.config.keys import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

_INTRODUCTION = """\
Usage: {program} [OPTIONS] [COMMAND WORD…]

Run a program in containers of Hadoop YARN.

  {program} --app-type tensorflow --worker-num 2 --ps-num 1 \\
    --files train.py --input /data/digits#data --output /tmp/model#model \\
    --launch-cmd "python train.py --data=./data --save=./model"

An option has one dash or two, and its camelCase name works too (--appName).
A SIZE is MiB, or has M or G: 2048, 512M, 2G. In brackets: what holds by default.
"""
_WIDTH = 88
_COLUMN = 32


def usage(program: str) -> str:
    """Return the whole help.

    Args:
        program: How the user calls us: `xl-submit` or `xl submit`.
    """
    parts = [_INTRODUCTION.format(program=program)]
    parts += [f"{title}:\n{_lines(options)}" for title, options in SECTIONS.items()]
    return "\n".join(parts)


def _lines(options: Iterable[Option]) -> str:
    return "".join(_line(option) for option in options)


def _line(option: Option) -> str:
    left = f"  --{option.name}"
    if option.arity is not Arity.FLAG:
        left += f" {option.metavar}"
    lines = textwrap.wrap(_help(option), _WIDTH - _COLUMN)
    if len(left) >= _COLUMN - 1:
        return f"{left}\n" + "".join(f"{'':{_COLUMN}}{line}\n" for line in lines)
    first = f"{left:{_COLUMN}}{lines[0]}\n"
    return first + "".join(f"{'':{_COLUMN}}{line}\n" for line in lines[1:])


def _help(option: Option) -> str:
    if not option.key:
        return option.help
    key = KEYS[option.key]
    if key.status is KeyStatus.REFUSED:
        return f"not supported yet: {key.doc}"
    if key.status is KeyStatus.WARNED:
        return f"no effect: {key.doc}"
    text = option.help or key.doc
    if key.choices and len(key.choices) > 1:
        text = f"{' or '.join(key.choices)}: {text}"
    if key.default is None or key.default == "" or key.type is KeyType.PRIORITY:
        return text
    default = str(key.default)
    return f"{text} [{default.lower() if key.type is KeyType.BOOLEAN else default}]"
