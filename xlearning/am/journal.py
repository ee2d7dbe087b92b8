"""The journal: every event of a job as one line of JSON, and its replay.

A line is `{"at": <seconds since the epoch>, "event": {"type": …, …}}`. The state is a
function of the lines, so a failed job can be replayed in a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.am.decide import decide
from xlearning.am.events import AnyEvent  # noqa: TC001 - msgspec reads it
from xlearning.am.state import new_state

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.am.state import JobState
    from xlearning.job.spec import JobSpec


class Line(msgspec.Struct, frozen=True):
    """One line of the journal.

    Attributes:
        at: When the event was decided on, in seconds since the epoch.
        event: What had happened.
    """

    at: float
    event: AnyEvent


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Line)


def encode_line(event: AnyEvent, now: float) -> bytes:
    """Return a line, with its newline."""
    return _ENCODER.encode(Line(now, event)) + b"\n"


def decode_lines(data: bytes) -> list[Line]:
    """Read a journal; a last line that was cut off is left out.

    Raises:
        msgspec.DecodeError: A complete line cannot be read.
    """
    whole, _, _ = data.rpartition(b"\n")
    return [_DECODER.decode(line) for line in whole.split(b"\n") if line]


def replay(spec: JobSpec, started: float, lines: Iterable[Line]) -> JobState:
    """Return the state that the events of a journal lead to.

    Args:
        spec: The job.
        started: When the ApplicationMaster began, in seconds since the epoch.
        lines: The journal.
    """
    state = new_state(spec, started)
    for line in lines:
        decide(state, line.event, line.at)
    return state
