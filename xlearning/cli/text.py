"""How the command line speaks: errors, hints and warnings on stderr.

```text
error: queue `prod` does not exist on `rm1:8032`

hint: queues you can submit to: `default`, `dev`
```
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from xlearning.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xlearning.errors import XLearningError

EXIT_BROKEN_PIPE = 128 + signal.SIGPIPE


def error_text(error: XLearningError) -> str:
    """Return an error as it is shown."""
    text = _labelled("error: ", error.message)
    return f"{text}\n{_labelled('hint: ', error.hint)}" if error.hint else text


def print_error(error: XLearningError, stream: TextIO | None = None) -> None:
    """Print an error and its hint on stderr."""
    _print(error_text(error), stream)


def print_warnings(warnings: Iterable[str], stream: TextIO | None = None) -> None:
    """Print one line for every warning on stderr."""
    _print("".join(f"warning: {warning}\n" for warning in warnings), stream)


def print_note(text: str, stream: TextIO | None = None) -> None:
    """Print a line that is no data on stderr."""
    _print(f"{text}\n", stream)


def print_data(text: str) -> None:
    """Print data on stdout.

    Raises:
        ConfigError: It cannot be written, e.g. to a full disk.
        SystemExit: Nobody reads it any more, as after `xl logs ID | head`. That is no
            error to speak of; the exit code is a shell's for a program that SIGPIPE
            ended.
    """
    with _told():
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()


def print_bytes(data: bytes) -> None:
    """Print bytes on stdout as they are; errors as of `print_data`."""
    with _told():
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


@contextmanager
def _told() -> Iterator[None]:
    """Say why stdout cannot be written."""
    try:
        yield
    except OSError as error:
        # the interpreter flushes once more at its end, which must not fail
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise SystemExit(EXIT_BROKEN_PIPE) from None
        raise ConfigError(f"cannot write to stdout: {error.strerror}") from error


def _labelled(label: str, text: str) -> str:
    """Return lines of which the first has a label and the others its width."""
    return label + text.replace("\n", "\n" + " " * len(label)) + "\n"


def _print(text: str, stream: TextIO | None) -> None:
    target = sys.stderr if stream is None else stream
    target.write(text)
    target.flush()
