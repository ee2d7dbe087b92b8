"""The list of input files that a program reads itself (PLACEHOLDER). Pure.

XLearning's contract: the variable holds a JSON object, alias to list of full URLs; a
list that would make the program's variables too long is in a file instead, and then the
variable is absent. A task without input has neither.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from xlearning.job.spec import InputStrategy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.container.assignment import Assignment

INPUT_FILE_LIST = "INPUT_FILE_LIST"
"""The variable."""
OVERFLOW_FILE = "inputFileList.txt"
"""The file, in the working directory; one line."""
_LONGEST_STRING = (1 << 17) - 1
"""Bytes of `NAME=value` that Linux hands to a program (MAX_ARG_STRLEN)."""


def input_list(assignment: Assignment) -> str:
    """Return the task's input as JSON, "" where it is told none.

    It is plain ASCII, so that no locale of the program can spoil it.
    """
    if assignment.job.data.strategy is not InputStrategy.PLACEHOLDER:
        return ""
    urls: dict[str, list[str]] = {}
    for file in assignment.inputs:
        urls.setdefault(file.alias, []).append(file.url)
    return json.dumps(urls, separators=(",", ":")) if urls else ""


def fits(variables: Mapping[str, str], listed: str, limit: int) -> bool:
    """Say whether a list may be one of a program's variables.

    The length is that of XLearning's `[A=B, C=D]` with all of them in it.
    """
    entry = f"{INPUT_FILE_LIST}={listed}"
    others = sum(len(name) + len(value) + 3 for name, value in variables.items())
    return others + len(entry) + 2 <= limit and len(entry) <= _LONGEST_STRING
