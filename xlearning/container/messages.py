"""Protobuf messages as events, reports as protobuf messages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xlearning.container.assignment import (
    Assignment,
    InputFile,
    Output,
    Phase,
    SaveOrder,
    SavePlace,
)
from xlearning.container.events import (
    Assigned,
    Released,
    SaveAsked,
    SaveCancelled,
    StopAsked,
    ViewArrived,
)
from xlearning.errors import RemoteProtocolError
from xlearning.frameworks.base import ClusterView
from xlearning.io.formats.base import Piece, RecordSplit
from xlearning.io.streams.orders import StreamSplit
from xlearning.job.ids import TaskId
from xlearning.job.spec import decode_spec
from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    from xlearning.container.assignment import SaveResult, TaskReport
    from xlearning.container.place import Place
    from xlearning.job.waits import Wait

PROTOCOL_VERSION = 1
TAIL_BYTES = 4096
"""The longest tail of stderr that a report carries."""

_STATES = {
    Phase.LOCALISING: pb.LOCALISING,
    Phase.READY: pb.READY,
    Phase.RUNNING: pb.RUNNING,
    Phase.SAVING: pb.SAVING,
    Phase.ENDED: pb.ENDED,
}

MasterEvent = Assigned | ViewArrived | StopAsked | SaveAsked | SaveCancelled | Released


def hello(place: Place, pid: int) -> pb.AgentMessage:
    """Return the first message of a stream."""
    return pb.AgentMessage(
        hello=pb.Hello(
            protocol_version=PROTOCOL_VERSION,
            container_id=place.container_id,
            host=place.host,
            pid=pid,
        )
    )


def event_of(message: pb.MasterMessage) -> MasterEvent | None:
    """Return a command as an event, None for one that is not about the life cycle.

    Raises:
        RemoteProtocolError: The job or the view in it cannot be read.
    """
    try:
        match message.WhichOneof("body"):
            case "assignment":
                return Assigned(_assignment(message.assignment))
            case "start":
                view = msgspec.json.decode(message.start.view, type=ClusterView)
                return ViewArrived(view)
            case "stop":
                return StopAsked(message.stop.grace_s, message.stop.keep_outputs)
            case "save":
                return SaveAsked(_save_order(message.save))
            case "cancel_save":
                return SaveCancelled(message.cancel_save.number)
            case "release":
                return Released()
            case _:
                return None
    except (msgspec.MsgspecError, KeyError) as error:
        text = f"the ApplicationMaster's message cannot be read: {error}"
        raise RemoteProtocolError(text) from error


def report(said: TaskReport) -> pb.TaskReport:
    """Return a report as it goes over the wire."""
    message = pb.TaskReport(
        try_number=said.try_number,
        state=_STATES[said.phase],
        address=said.address,
        gpus=said.gpus,
        waiting_for=said.waiting_for,
    )
    if said.save is not None:
        message.save.CopyFrom(_save_report(said.save))
    if said.cause is not None:
        message.cause_kind = said.cause.kind.value
        message.cause_code = said.cause.code
        message.cause_detail = said.cause.detail
        message.stderr_tail = cut_tail(said.cause.stderr_tail)
    for upload in said.uploads:
        message.uploads.add(
            output_url=upload.output_url, files=upload.files, bytes=upload.bytes
        )
    return message


def wait(given: Wait | None) -> pb.Wait | None:
    """Return what is tried again as it goes over the wire."""
    if given is None:
        return None
    return pb.Wait(
        what=_readable(given.what),
        reason=_readable(given.reason),
        since_ms=given.since_ms,
        until_ms=given.until_ms,
    )


def _save_report(result: SaveResult) -> pb.SaveReport:
    return pb.SaveReport(
        number=result.number,
        files=result.files,
        bytes=result.bytes,
        copied_bytes=result.copied_bytes,
        left_out=[_readable(name) for name in result.left_out],
        left_out_count=result.left_out_count,
        problem=_readable(result.problem),
    )


def _readable(text: str) -> str:
    """Return a text that UTF-8 can say: names of files may be any bytes."""
    return text.encode(errors="backslashreplace").decode()


def cut_tail(text: str) -> str:
    """Return the end of a text, at most `TAIL_BYTES` long in UTF-8."""
    data = text.encode(errors="replace")
    return data[-TAIL_BYTES:].decode(errors="ignore")


def _save_order(message: pb.Save) -> SaveOrder:
    places = tuple(
        SavePlace(folder.local, folder.url, folder.folder, folder.list_url)
        for folder in message.folders
    )
    return SaveOrder(message.number, message.previous, places)


def _assignment(message: pb.Assignment) -> Assignment:
    job = decode_spec(message.job)
    job.role(message.role)
    return Assignment(
        task=TaskId(message.role, message.index),
        try_number=message.try_number,
        command=tuple(message.command),
        environment=dict(message.environment),
        inputs=tuple(
            InputFile(
                file.alias,
                file.url,
                file.length,
                file.relative_path,
                file.modified_ms,
            )
            for file in message.input
        ),
        aliases=tuple(message.aliases),
        outputs=tuple(
            Output(output.url, output.local, output.upload_url)
            for output in message.outputs
        ),
        ports=message.ports,
        job=job,
        hadoop=dict(message.hadoop),
        splits=tuple(map(_split, message.splits)),
    )


def _split(message: pb.StreamSplit) -> StreamSplit:
    pieces = tuple(
        Piece(piece.url, piece.start, piece.length, piece.file_length)
        for piece in message.pieces
    )
    payload, length = message.payload, message.payload_length
    split = RecordSplit(pieces, (), payload, length, message.label)
    return StreamSplit(message.alias, split)
