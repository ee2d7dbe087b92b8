"""The lists of input files that a program reads itself (PLACEHOLDER). Pure.

XLearning's contract: the variable holds a JSON object, alias to list of full URLs; a
list that would make the program's variables too long is in a file instead, and then the
variable is absent. A task without input has neither. What is in buckets is listed once
more as Hbox did (`s3_variables`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from xlearning.container.s3_variables import (
    S3_INPUT_FILE_LIST,
    S3_OVERFLOW_FILE,
    s3_inputs,
)
from xlearning.job.spec import InputStrategy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.container.assignment import Assignment

INPUT_FILE_LIST = "INPUT_FILE_LIST"
OVERFLOW_FILE = "inputFileList.txt"
"""In the working directory; one line."""
_LONGEST_STRING = (1 << 17) - 1
"""Bytes of `NAME=value` that Linux hands to a program (MAX_ARG_STRLEN)."""


class InputList(NamedTuple):
    """One list of files.

    Attributes:
        variable: Holds it.
        file: Holds it where the variable would be too long.
        text: JSON in plain ASCII, so that no locale of the program can spoil it.
    """

    variable: str
    file: str
    text: str


def input_lists(assignment: Assignment) -> tuple[InputList, ...]:
    """Return the lists of the task's input, none where it is told none."""
    if assignment.job.data.strategy is not InputStrategy.PLACEHOLDER:
        return ()
    urls: dict[str, list[str]] = {}
    for file in assignment.inputs:
        urls.setdefault(file.alias, []).append(file.url)
    lists = (
        (INPUT_FILE_LIST, OVERFLOW_FILE, urls),
        (S3_INPUT_FILE_LIST, S3_OVERFLOW_FILE, s3_inputs(assignment)),
    )
    return tuple(
        InputList(variable, file, json.dumps(found, separators=(",", ":")))
        for variable, file, found in lists
        if found
    )


def fits(variables: Mapping[str, str], listed: InputList, limit: int) -> bool:
    """Say whether a list may be one of a program's variables.

    The length is that of XLearning's `[A=B, C=D]` with all of them in it.
    """
    entry = f"{listed.variable}={listed.text}"
    others = sum(len(name) + len(value) + 3 for name, value in variables.items())
    return others + len(entry) + 2 <= limit and len(entry) <= _LONGEST_STRING
