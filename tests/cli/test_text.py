from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from typing import TYPE_CHECKING

from xlearning.cli.text import (
    error_text,
    print_data,
    print_error,
    print_note,
    print_warnings,
)
from xlearning.errors import ConfigError

if TYPE_CHECKING:
    import pytest

ERROR = ConfigError("queue `prod` does not exist", hint="there is: `default`")


def test_an_error_with_its_hint() -> None:
    assert error_text(ERROR) == (
        "error: queue `prod` does not exist\n\nhint: there is: `default`\n"
    )
    assert error_text(ConfigError("no")) == "error: no\n"
    several = ConfigError("one\ntwo", hint="three\nfour")
    assert error_text(several) == (
        "error: one\n       two\n\nhint: three\n      four\n"
    )


def test_what_is_no_data_goes_to_the_given_stream() -> None:
    stream = StringIO()
    print_error(ConfigError("no"), stream)
    print_warnings(["a", "b"], stream)
    print_note("note", stream)
    assert stream.getvalue() == "error: no\nwarning: a\nwarning: b\nnote\n"


def test_data_goes_to_stdout_and_the_rest_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_data("data")
    print_warnings(["careful"])
    captured = capsys.readouterr()
    assert captured.out == "data\n"
    assert captured.err == "warning: careful\n"


def test_a_reader_that_has_seen_enough_ends_the_program_quietly() -> None:
    program = (
        "from xlearning.cli.text import print_data\nwhile True: print_data('line')\n"
    )
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert done.returncode == 141
    assert done.stderr == b""


def test_a_full_disk_is_an_error() -> None:
    program = (
        "from xlearning.cli.main import run; import sys; sys.exit(run(['version']))"
    )
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", program, "version"],
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 2
    assert done.stderr == b"error: cannot write to stdout: No space left on device\n"
