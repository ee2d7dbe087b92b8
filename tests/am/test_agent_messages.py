"""Agents' reports as events, and what is decided as messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from xlearning.am import agent_messages
from xlearning.am.actions import Assign, SavePlace, SaveTask, StopTask
from xlearning.am.events import (
    TaskEnded,
    TaskLocalising,
    TaskReady,
    TaskRunning,
    TaskSaved,
    TaskSaving,
)
from xlearning.am.overview import Telemetry
from xlearning.io.formats.base import Piece, RecordSplit
from xlearning.io.splits import InputFile
from xlearning.io.streams.orders import StreamSplit
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.ids import TaskId, TryId
from xlearning.job.spec import InputSpec, OutputSpec, encode_spec
from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

C = "container_1700000000000_0001_01_000002"
OUT = OutputSpec("hdfs://nn:8020/out", "model")


def test_every_state_of_a_report_is_an_event() -> None:
    boom = pb.TaskReport(
        try_number=1,
        state=pb.ENDED,
        cause_kind="EXITED",
        cause_code=3,
        cause_detail="",
        stderr_tail="boom\n",
        uploads=[pb.Upload(output_url=OUT.url, files=2, bytes=9)],
    )
    waiting = pb.TaskReport(state=pb.LOCALISING, waiting_for="a free GPU")
    ready = pb.TaskReport(state=pb.READY, address="n1:1", gpus=["GPU-1"])
    reports: list[tuple[pb.TaskReport, object]] = [
        (waiting, TaskLocalising(C, 0, "a free GPU")),
        (ready, TaskReady(C, 0, "n1:1", ("GPU-1",))),
        (pb.TaskReport(state=pb.RUNNING, try_number=2), TaskRunning(C, 2)),
        (pb.TaskReport(state=pb.SAVING), TaskSaving(C, 0)),
        (
            boom,
            TaskEnded(C, 1, Cause(CauseKind.EXITED, 3, "", "boom\n"), (OUT.url,)),
        ),
    ]
    saved = pb.SaveReport(
        number=4,
        files=3,
        bytes=9,
        copied_bytes=5,
        left_out=["model/log"],
        left_out_count=8,
        problem="disk full",
    )
    about_save = pb.TaskReport(state=pb.RUNNING, try_number=2, save=saved)
    told = TaskSaved(C, 2, 4, 3, 9, 5, ("model/log",), 8, "disk full")
    reports.append((about_save, told))
    for report, event in reports:
        assert agent_messages.event_of(C, report) == event


@pytest.mark.parametrize("kind", CauseKind)
def test_every_kind_of_cause_travels(kind: CauseKind) -> None:
    report = pb.TaskReport(state=pb.ENDED, cause_kind=kind, cause_code=-105)
    assert agent_messages.event_of(C, report) == TaskEnded(C, 0, Cause(kind, -105))


def test_what_a_later_version_says_does_no_harm() -> None:
    assert agent_messages.event_of(C, pb.TaskReport()) is None
    unknown = pb.TaskReport(state=pb.ENDED, cause_kind="ABDUCTED", cause_detail="ufo")
    cause = Cause(CauseKind.AGENT_DIED, 0, "ufo")
    assert agent_messages.event_of(C, unknown) == TaskEnded(C, 0, cause)


def test_telemetry_is_in_mib_and_knows_no_progress_from_none() -> None:
    said = pb.Telemetry(
        try_number=1,
        progress=0.0,
        memory_bytes=5 << 20,
        peak_memory_bytes=(7 << 20) + 1,
        moved_bytes=3,
        total_bytes=4,
        problem="a progress line without a number",
    )
    expected = Telemetry(1, 0.0, 5, 7, 3, 4, "a progress line without a number")
    assert agent_messages.telemetry_of(said) == expected
    assert agent_messages.telemetry_of(pb.Telemetry()).progress is None


def test_an_assignment_holds_all_that_an_agent_needs(
    job: Callable[..., JobSpec],
) -> None:
    spec = replace(
        job("TENSORFLOW", worker=2, ps=1),
        inputs=(InputSpec("data", ("hdfs://nn:8020/in",)),),
    )
    role = replace(spec.roles[0], environment={"MODE": "fast"})
    spec = replace(spec, roles=(role, spec.roles[1]))
    phrases = agent_messages.Phrasebook(spec, encode_spec(spec), {"a.b": "c"})
    file = InputFile("data", "hdfs://nn:8020/in/ä b#1", 3, "ä b#1")
    piece = Piece("hdfs://nn:8020/in/ä", 2, 3, 9)
    action = Assign(
        C,
        TryId(TaskId("worker", 1), 2),
        share=(file,),
        splits=(StreamSplit("data", RecordSplit((piece,), ("n1",), b"\xff", 3, "it")),),
        outputs=((OUT, f"{OUT.url}/_temporary/worker-1-2"),),
        ports=1,
    )
    message = phrases.assignment(action)
    assert message.WhichOneof("body") == "assignment"
    assert message.assignment == pb.Assignment(
        role="worker",
        index=1,
        try_number=2,
        command=["python", "train.py"],
        environment={"MODE": "fast"},
        input=[
            pb.InputFile(
                alias="data",
                url="hdfs://nn:8020/in/ä b#1",
                length=3,
                relative_path="ä b#1",
            )
        ],
        aliases=["data"],
        splits=[
            pb.StreamSplit(
                alias="data",
                pieces=[
                    pb.Piece(
                        url="hdfs://nn:8020/in/ä", start=2, length=3, file_length=9
                    )
                ],
                payload=b"\xff",
                payload_length=3,
                label="it",
            )
        ],
        outputs=[
            pb.Output(
                url=OUT.url,
                local="model",
                upload_url=f"{OUT.url}/_temporary/worker-1-2",
            )
        ],
        ports=1,
        job=encode_spec(spec),
        hadoop={"a.b": "c"},
    )


def test_the_short_messages() -> None:
    start = agent_messages.start(3, b"{}")
    assert (start.start.generation, start.start.view) == (3, b"{}")
    stop = agent_messages.stop(StopTask(C, 2.5, keep_outputs=True)).stop
    assert (stop.grace_s, stop.keep_outputs) == (2.5, True)
    assert agent_messages.received(7).received.sequence == 7
    places = (SavePlace("model", "hdfs://nn/o/s", "c1", "hdfs://nn/o/s/l.json"),)
    order = agent_messages.save(SaveTask(C, 3, 2, places)).save
    assert (order.number, order.previous) == (3, 2)
    [folder] = order.folders
    assert (folder.local, folder.url) == ("model", "hdfs://nn/o/s")
    assert (folder.folder, folder.list_url) == ("c1", "hdfs://nn/o/s/l.json")
    assert agent_messages.cancel_save(3).cancel_save.number == 3
    assert agent_messages.release().WhichOneof("body") == "release"
    question = agent_messages.read_log(1, "stderr", -5, 9).read_log
    assert (question.request, question.file) == (1, "stderr")
    assert (question.offset, question.limit) == (-5, 9)
