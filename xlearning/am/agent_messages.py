"""What agents say, as events; what is decided, as messages to agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.am.events import (
    TaskEnded,
    TaskLocalising,
    TaskReady,
    TaskRunning,
    TaskSaved,
    TaskSaving,
)
from xlearning.am.overview import Telemetry
from xlearning.job.causes import Cause, CauseKind
from xlearning.job.waits import Wait
from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.am.actions import Assign, SaveTask, StopTask
    from xlearning.io.streams.orders import StreamSplit
    from xlearning.job.spec import JobSpec

TaskEvent = (
    TaskLocalising | TaskReady | TaskRunning | TaskSaving | TaskSaved | TaskEnded
)


def event_of(container_id: str, report: pb.TaskReport) -> TaskEvent | None:
    """Return a report as an event, None for a state of a later protocol version."""
    number = report.try_number
    if report.HasField("save"):
        return _saved(container_id, number, report.save)
    match report.state:
        case pb.LOCALISING:
            return TaskLocalising(container_id, number, report.waiting_for)
        case pb.READY:
            gpus = tuple(report.gpus)
            return TaskReady(container_id, number, report.address, gpus)
        case pb.RUNNING:
            return TaskRunning(container_id, number)
        case pb.SAVING:
            return TaskSaving(container_id, number)
        case pb.ENDED:
            uploaded = tuple(upload.output_url for upload in report.uploads)
            return TaskEnded(container_id, number, _cause_of(report), uploaded)
        case _:
            return None


def _saved(container_id: str, try_number: int, said: pb.SaveReport) -> TaskSaved:
    return TaskSaved(
        container_id,
        try_number,
        said.number,
        files=said.files,
        bytes=said.bytes,
        copied_bytes=said.copied_bytes,
        left_out=tuple(said.left_out),
        left_out_count=said.left_out_count,
        problem=said.problem,
    )


def _cause_of(report: pb.TaskReport) -> Cause:
    try:
        kind = CauseKind(report.cause_kind)
    except ValueError:
        kind = CauseKind.AGENT_DIED
    return Cause(kind, report.cause_code, report.cause_detail, report.stderr_tail)


def telemetry_of(said: pb.Telemetry) -> Telemetry:
    """Return what an agent measured, memory in MiB."""
    return Telemetry(
        try_number=said.try_number,
        progress=_progress_of(said),
        memory_mb=said.memory_bytes >> 20,
        peak_memory_mb=said.peak_memory_bytes >> 20,
        moved_bytes=said.moved_bytes,
        total_bytes=said.total_bytes,
        read_records=said.read_records,
        written_records=said.written_records,
        written_bytes=said.written_bytes,
        problem=said.problem,
        saved_bytes=said.saved_bytes,
        wait=_wait_of(said.wait) if said.HasField("wait") else None,
    )


def _wait_of(said: pb.Wait) -> Wait:
    return Wait(said.what, said.reason, said.since_ms, said.until_ms)


def _progress_of(said: pb.Telemetry) -> float | None:
    """Return progress from 0 to 1; what is no number in there (NaN) is none."""
    if not said.HasField("progress") or said.progress != said.progress:
        return None
    return min(1.0, max(0.0, said.progress))


class Phrasebook:
    """Makes messages to the agents of one job."""

    def __init__(self, spec: JobSpec, job: bytes, hadoop: Mapping[str, str]) -> None:
        """Keep what every assignment carries.

        Args:
            spec: The job.
            job: The same as JSON, encoded once.
            hadoop: The resolved Hadoop properties, without passwords.
        """
        self._spec = spec
        self._job = job
        self._hadoop = dict(hadoop)

    def assignment(self, action: Assign) -> pb.MasterMessage:
        """Say which task an agent is."""
        role = self._spec.role(action.run.task.role)
        message = pb.Assignment(
            role=role.name,
            index=action.run.task.index,
            try_number=action.run.number,
            command=role.command,
            environment=role.environment,
            input=[
                pb.InputFile(
                    alias=file.alias,
                    url=file.uri,
                    length=file.length,
                    relative_path=file.relative_path,
                    modified_ms=max(0, file.modified_ms),
                )
                for file in action.share
            ],
            aliases=[given.alias for given in self._spec.inputs],
            outputs=[
                pb.Output(url=output.url, local=output.local, upload_url=to)
                for output, to in action.outputs
            ],
            ports=action.ports,
            job=self._job,
            hadoop=self._hadoop,
            splits=map(_split, action.splits),
        )
        return pb.MasterMessage(assignment=message)


def _split(given: StreamSplit) -> pb.StreamSplit:
    return pb.StreamSplit(
        alias=given.alias,
        pieces=[
            pb.Piece(
                url=piece.uri,
                start=piece.start,
                length=piece.length,
                file_length=piece.file_length,
            )
            for piece in given.split.pieces
        ],
        payload=given.split.payload,
        payload_length=given.split.payload_length,
        label=given.split.label,
    )


def start(generation: int, view: bytes) -> pb.MasterMessage:
    """Say that the trainer may start, with the view as JSON."""
    return pb.MasterMessage(start=pb.Start(generation=generation, view=view))


def stop(action: StopTask) -> pb.MasterMessage:
    """Say that the trainer is to end."""
    message = pb.Stop(grace_s=action.grace_s, keep_outputs=action.keep_outputs)
    return pb.MasterMessage(stop=message)


def save(action: SaveTask) -> pb.MasterMessage:
    """Say that the outputs are to be copied while the trainer runs."""
    folders = [
        pb.SaveFolder(
            local=place.local,
            url=place.url,
            folder=place.folder,
            list_url=place.list_url,
        )
        for place in action.places
    ]
    order = pb.Save(number=action.number, previous=action.previous, folders=folders)
    return pb.MasterMessage(save=order)


def cancel_save(number: int) -> pb.MasterMessage:
    """Say that a save has been given up."""
    return pb.MasterMessage(cancel_save=pb.CancelSave(number=number))


def received(sequence: int) -> pb.MasterMessage:
    """Say that all reports up to a number have arrived."""
    return pb.MasterMessage(received=pb.Received(sequence=sequence))


def release() -> pb.MasterMessage:
    """Say that the agent may end."""
    return pb.MasterMessage(release=pb.Release())


def read_log(request: int, file: str, offset: int, limit: int) -> pb.MasterMessage:
    """Ask for a piece of a log file."""
    message = pb.ReadLog(request=request, file=file, offset=offset, limit=limit)
    return pb.MasterMessage(read_log=message)
