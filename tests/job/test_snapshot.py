"""A job at one moment, as JSON and back."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlearning.job.resources import Resources
from xlearning.job.snapshot import (
    JobSnapshot,
    Message,
    RoleView,
    TaskView,
    Waiting,
    decode_snapshot,
    encode_snapshot,
)
from xlearning.job.states import JobPhase, Outcome, TaskState

TEXTS = st.text(max_size=8)
MOMENTS = st.integers(0, 1 << 50)
TASKS = st.builds(
    TaskView,
    role=TEXTS,
    index=st.integers(0, 9),
    try_number=st.integers(0, 3),
    state=st.sampled_from(TaskState),
    gpus=st.lists(TEXTS, max_size=2).map(tuple),
    since_ms=MOMENTS,
    progress=st.none() | st.floats(0, 1),
    cause=TEXTS,
)
SNAPSHOTS = st.builds(
    JobSnapshot,
    cursor=st.integers(0),
    application_id=TEXTS,
    attempt=st.integers(0, 3),
    name=TEXTS,
    application_type=TEXTS,
    user=TEXTS,
    queue=TEXTS,
    phase=st.sampled_from(JobPhase),
    started_ms=MOMENTS,
    now_ms=MOMENTS,
    roles=st.just((RoleView("worker", 2, Resources(1024, 1)),)),
    tasks=st.lists(TASKS, max_size=3).map(tuple),
    progress=st.floats(0, 1),
    waiting_on=st.lists(st.builds(Waiting, TEXTS, MOMENTS, TEXTS), max_size=2).map(
        tuple
    ),
    outputs=st.lists(TEXTS, max_size=2).map(tuple),
    outcome=st.none() | st.sampled_from(Outcome),
    diagnostics=TEXTS,
    messages=st.lists(
        st.builds(Message, st.integers(1), MOMENTS, TEXTS), max_size=2
    ).map(tuple),
)


@given(SNAPSHOTS)
@settings(deadline=None)
def test_a_snapshot_is_read_back_as_it_was(snapshot: JobSnapshot) -> None:
    data = encode_snapshot(snapshot)
    assert decode_snapshot(data) == snapshot
    assert json.loads(data)["phase"] == str(snapshot.phase)


@pytest.mark.parametrize("data", [b"", b"<html>the proxy's own page</html>", b"{}"])
def test_what_is_no_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_snapshot(data)
