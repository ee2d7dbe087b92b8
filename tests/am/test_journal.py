"""The journal: one line an event, and its replay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlearning.am.events import (
    ContainerCompleted,
    InputListed,
    Registered,
    StopRequested,
    TaskEnded,
    Ticked,
)
from xlearning.am.journal import Line, decode_lines, encode_line, replay
from xlearning.io.splits import InputFile
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.states import JobPhase

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.am.events import AnyEvent
    from xlearning.job.spec import JobSpec

EVENTS: list[AnyEvent] = [
    Registered(1, ("memory-mb", "yarn.io/gpu")),
    InputListed({"worker-0": (InputFile("data", "hdfs://nn:8020/ä b", 3, "ä b"),)}),
    ContainerCompleted("container_1", -100, "two\nlines \u2028 and more"),
    TaskEnded("container_1", 0, Cause(CauseKind.EXITED, 3, "", "boom\n"), ("out",)),
    Ticked(),
]


def test_a_line_is_one_object_of_json() -> None:
    line = encode_line(StopRequested("alice", "enough"), 12.5)
    assert line.endswith(b"\n")
    assert json.loads(line) == {
        "at": 12.5,
        "event": {"type": "StopRequested", "who": "alice", "reason": "enough"},
    }


@given(st.integers(0))
@settings(deadline=None)
def test_a_journal_that_was_cut_is_read_up_to_the_last_whole_line(cut: int) -> None:
    lines = [encode_line(event, float(at)) for at, event in enumerate(EVENTS)]
    whole = b"".join(lines)
    cut = cut % (len(whole) + 1)
    kept = whole[:cut].count(b"\n")
    expected = [Line(float(at), event) for at, event in enumerate(EVENTS[:kept])]
    assert decode_lines(whole[:cut]) == expected


def test_a_whole_line_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_lines(b'{"at": 1, "event": {"type": "NoSuchEvent"}}\n')


def test_a_replay_leads_to_the_same_state(job: Callable[..., JobSpec]) -> None:
    lines = [Line(1.0, Registered(1, ())), Line(2.0, StopRequested("alice"))]
    state = replay(job(worker=1), 0.5, lines)
    assert state.started == 0.5
    assert state.phase is JobPhase.FINISHING
    assert replay(job(worker=1), 0.5, []).phase is JobPhase.STARTING
