"""Pipes whose other end may do nothing."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from xlearning.io.formats.java_pipes import PatientPipe, Silent

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = bytes(range(256)) * 4000


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    """Open a pipe and close what is still open of it."""
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


def test_more_than_a_pipe_holds_goes_through() -> None:
    with pipe() as (source, target):
        writer = threading.Thread(target=PatientPipe(target, 60).write, args=(LARGE,))
        writer.start()
        assert PatientPipe(source, 60).read(len(LARGE)) == LARGE
        writer.join()


def test_an_end_that_comes_too_early_gives_less() -> None:
    source, target = os.pipe()
    os.write(target, b"abc")
    os.close(target)
    assert PatientPipe(source, 0).read(5) == b"abc"
    os.close(source)


def test_nobody_is_waited_for_longer_than_that() -> None:
    with pipe() as (source, target):
        os.write(target, b"abc")
        with pytest.raises(Silent):
            PatientPipe(source, 0.01).read(5)
        with pytest.raises(Silent):
            PatientPipe(target, 0.01).write(LARGE)


def test_a_reader_that_has_gone_is_told_apart() -> None:
    source, target = os.pipe()
    os.close(source)
    with pytest.raises(BrokenPipeError):
        PatientPipe(target, 60).write(b"abc")
    os.close(target)
