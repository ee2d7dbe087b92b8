"""Frames in a pipe."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.io.formats.java_frames import (
    Broken,
    Failure,
    receive,
    send,
    send_end,
    send_failure,
)


@given(st.lists(st.binary()))
def test_frames_come_back_in_order(parts: list[bytes]) -> None:
    pipe = io.BytesIO()
    for part in parts:
        send(pipe, part)
    send_end(pipe)
    pipe.seek(0)
    assert list(iter(lambda: receive(pipe), None)) == [part for part in parts if part]


def test_a_failure_comes_back() -> None:
    pipe = io.BytesIO()
    failure = Failure("no", "java.io.IOException", is_config=True)
    send_failure(pipe, failure)
    pipe.seek(0)
    assert receive(pipe) == failure


def test_an_end_without_a_frame_is_broken() -> None:
    for cut in (b"", b"\0\0", b"\0\0\0\5abc"):
        with pytest.raises(Broken):
            receive(io.BytesIO(cut))
