"""Messages as events, reports as messages."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.container.stories import a_job, a_view
from tests.container.test_place import PRESENT
from xlearning.container.assignment import (
    InputFile,
    Output,
    Phase,
    SaveOrder,
    SavePlace,
    SaveResult,
    TaskReport,
    Upload,
)
from xlearning.container.events import (
    Assigned,
    Released,
    SaveAsked,
    SaveCancelled,
    StopAsked,
    ViewArrived,
)
from xlearning.container.messages import TAIL_BYTES, cut_tail, event_of, hello, report
from xlearning.container.place import read_place
from xlearning.errors import RemoteProtocolError
from xlearning.io.formats.base import Piece, RecordSplit
from xlearning.io.streams.orders import StreamSplit
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.ids import TaskId
from xlearning.job.spec import encode_spec
from xlearning.proto import agent_pb2 as pb


def test_hello_says_who_we_are() -> None:
    said = hello(read_place(PRESENT), 77).hello
    assert (said.protocol_version, said.host, said.pid) == (1, "n1", 77)
    assert said.container_id == PRESENT["CONTAINER_ID"]


def test_an_order_to_save_is_read() -> None:
    folder = pb.SaveFolder(local="m", url="u/s", folder="c1", list_url="u/s/l")
    message = pb.Save(number=3, previous=2, folders=[folder])
    order = SaveOrder(3, 2, (SavePlace("m", "u/s", "c1", "u/s/l"),))
    assert event_of(pb.MasterMessage(save=message)) == SaveAsked(order)
    given_up = pb.MasterMessage(cancel_save=pb.CancelSave(number=3))
    assert event_of(given_up) == SaveCancelled(3)


def test_what_a_save_came_to_is_told() -> None:
    result = SaveResult(3, 2, 9, 5, ("m/\udcff",), 8, "no")
    said = report(TaskReport(1, Phase.RUNNING, save=result))
    assert (said.try_number, said.state) == (1, pb.RUNNING)
    assert said.save == pb.SaveReport(
        number=3,
        files=2,
        bytes=9,
        copied_bytes=5,
        left_out=["m/\\udcff"],
        left_out_count=8,
        problem="no",
    )
    assert not report(TaskReport(1, Phase.RUNNING)).HasField("save")


def test_an_assignment_is_read() -> None:
    message = pb.Assignment(
        role="worker",
        index=1,
        try_number=2,
        command=["python", "demo.py"],
        environment={"A": "b"},
        input=[pb.InputFile(alias="d", url="hdfs://nn/a", length=4, relative_path="a")],
        aliases=["d"],
        outputs=[pb.Output(url="u", local="m", upload_url="u/_temporary/x")],
        ports=1,
        job=encode_spec(a_job()),
        hadoop={"fs.defaultFS": "hdfs://nn"},
        splits=[
            pb.StreamSplit(
                alias="d",
                pieces=[pb.Piece(url="hdfs://nn/a", start=2, length=3, file_length=9)],
                payload=b"\xff",
                payload_length=3,
                label="it",
            )
        ],
    )
    event = event_of(pb.MasterMessage(assignment=message))
    assert isinstance(event, Assigned)
    assignment = event.assignment
    assert (assignment.task, assignment.try_number) == (TaskId("worker", 1), 2)
    assert assignment.command == ("python", "demo.py")
    assert assignment.environment == {"A": "b"}
    assert assignment.inputs == (InputFile("d", "hdfs://nn/a", 4, "a"),)
    assert assignment.outputs == (Output("u", "m", "u/_temporary/x"),)
    assert assignment.aliases == ("d",)
    assert assignment.ports == 1
    assert assignment.job == a_job()
    assert assignment.hadoop == {"fs.defaultFS": "hdfs://nn"}
    split = RecordSplit((Piece("hdfs://nn/a", 2, 3, 9),), (), b"\xff", 3, "it")
    assert assignment.splits == (StreamSplit("d", split),)


def test_commands_are_read() -> None:
    view = msgspec.json.encode(a_view(3))
    start = pb.MasterMessage(start=pb.Start(generation=3, view=view))
    assert event_of(start) == ViewArrived(a_view(3))
    stop = pb.MasterMessage(stop=pb.Stop(grace_s=2, keep_outputs=True))
    assert event_of(stop) == StopAsked(2.0, keep_outputs=True)
    assert event_of(pb.MasterMessage(release=pb.Release())) == Released()
    assert event_of(pb.MasterMessage()) is None


@pytest.mark.parametrize(
    "message",
    [
        pb.MasterMessage(assignment=pb.Assignment(role="worker", job=b"{}")),
        pb.MasterMessage(start=pb.Start(view=b"")),
        pb.MasterMessage(
            assignment=pb.Assignment(role="nobody", job=encode_spec(a_job()))
        ),
    ],
)
def test_what_cannot_be_read_is_the_peers_fault(message: pb.MasterMessage) -> None:
    with pytest.raises(RemoteProtocolError):
        event_of(message)


def test_a_report_is_written() -> None:
    cause = Cause(CauseKind.EXITED, 3, "why", "boom\n")
    ended = TaskReport(1, Phase.ENDED, cause=cause, uploads=(Upload("u", 2, 9),))
    assert report(ended) == pb.TaskReport(
        try_number=1,
        state=pb.ENDED,
        cause_kind="EXITED",
        cause_code=3,
        cause_detail="why",
        stderr_tail="boom\n",
        uploads=[pb.Upload(output_url="u", files=2, bytes=9)],
    )
    ready = TaskReport(1, Phase.READY, "n1:5", ("GPU-1",), waiting_for="x")
    assert report(ready) == pb.TaskReport(
        try_number=1, state=pb.READY, address="n1:5", gpus=["GPU-1"], waiting_for="x"
    )


@given(st.text(max_size=3000))
def test_a_tail_is_the_end_and_short_enough(text: str) -> None:
    tail = cut_tail(text * 2)
    assert len(tail.encode()) <= TAIL_BYTES
    assert (text * 2).endswith(tail)


def test_a_tail_of_bytes_that_are_no_text_can_be_sent() -> None:
    assert cut_tail("a\udcff") == "a?"
