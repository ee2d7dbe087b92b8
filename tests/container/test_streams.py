"""Streams of a trainer: an agent as a process, with real pipes and local files."""

from __future__ import annotations

import gzip
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from tests.container.stories import a_job
from xlearning.job.spec import (
    DataOptions,
    InputSpec,
    InputStrategy,
    JobSpec,
    OutputSpec,
    OutputStrategy,
    StreamOptions,
)
from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    from pathlib import Path

    import psutil

    from tests.container.stand_in import Container, Master

LOCAL = {"fs.defaultFS": "file:///"}


def a_reader(**options: object) -> JobSpec:
    """Return a job whose programs read records."""
    return replace(
        a_job(),
        inputs=(InputSpec("data", ("file:///in",)),),
        data=DataOptions(strategy=InputStrategy.STREAM, retries=0),
        stream=replace(StreamOptions(), **options),
    )


def a_writer(folder: Path, **options: object) -> JobSpec:
    """Return a job whose programs write records."""
    return replace(
        a_job(),
        outputs=(OutputSpec(f"file://{folder}/out", "output"),),
        data=DataOptions(output_strategy=OutputStrategy.STREAM),
        stream=replace(StreamOptions(output_format="text"), **options),
    )


def splits(*paths: Path) -> pb.Assignment:
    """Return the part of an assignment with whole files as splits."""
    found = pb.Assignment(hadoop=LOCAL)
    for path in paths:
        size = path.stat().st_size
        piece = pb.Piece(url=f"file://{path}", start=0, length=size, file_length=size)
        found.splits.add(alias="data", pieces=[piece])
    return found


def output(folder: Path) -> pb.Assignment:
    """Return the part of an assignment with an output."""
    found = pb.Assignment(hadoop=LOCAL)
    url = f"file://{folder}/out"
    found.outputs.add(
        url=url, local="output", upload_url=f"{url}/_temporary/worker-0-0"
    )
    return found


def numbers(path: Path, count: int) -> Path:
    """Write lines."""
    path.write_bytes(b"".join(b"%d\n" % number for number in range(count)))
    return path


def written(folder: Path) -> bytes:
    """Return all records that were written."""
    files = sorted((folder / "out" / "_temporary" / "worker-0-0").iterdir())
    packed = [path.read_bytes() for path in files]
    return b"".join(
        gzip.decompress(data) if path.suffix == ".gz" else data
        for path, data in zip(files, packed, strict=True)
    )


async def test_a_program_reads_its_records_from_stdin(
    master: Master, container: Container, tmp_path: Path
) -> None:
    files = [numbers(tmp_path / "a", 1000), numbers(tmp_path / "b", 10)]
    ended = await master.run_through(["cat"], a_reader(epochs=2), splits(*files))
    assert ended.cause_kind == "SUCCEEDED"
    both = "".join(path.read_text() for path in files)
    assert container.stdout() == both * 2
    said = master.telemetry()[-1]
    assert said.read_records == 2020
    assert said.moved_bytes == said.total_bytes == 2 * len(both)
    master.release()
    assert await container.exit_code() == 0
    await container.until_empty()


async def test_a_task_without_splits_has_nothing_to_read(
    master: Master, container: Container
) -> None:
    ended = await master.run_through(["cat"], a_reader())
    assert ended.cause_kind == "SUCCEEDED"
    assert container.stdout() == ""


@pytest.mark.parametrize(
    "script", ["head -n 1", "exec 0<&-; exec sleep 0.2", "exit 0", "read x; kill 0"]
)
async def test_a_program_may_stop_reading(
    master: Master, container: Container, tmp_path: Path, script: str
) -> None:
    given = splits(numbers(tmp_path / "a", 2_000_000))
    ended = await master.run_through(["bash", "-c", script], a_reader(), given)
    assert ended.cause_kind == ("SIGNALLED" if "kill" in script else "SUCCEEDED")
    master.release()
    await container.exit_code()
    await container.until_empty()


@pytest.mark.parametrize(
    "script", ["cat; echo end", "cat <&0 & wait; exit 0", "sleep 600"]
)
async def test_damaged_input_fails_the_task_before_its_stdin_ends(
    master: Master, container: Container, tmp_path: Path, script: str
) -> None:
    packed = gzip.compress(os.urandom(100_000))
    (tmp_path / "bad.gz").write_bytes(packed[:-200])
    given = splits(numbers(tmp_path / "a", 10), tmp_path / "bad.gz")
    ended = await master.run_through(["bash", "-c", script], a_reader(), given)
    assert ended.cause_kind == "INPUT"
    assert f"{tmp_path}/bad.gz` is damaged" in ended.cause_detail
    assert "end\n" not in (container.logs / "stdout").read_bytes()[-4:].decode("latin1")


async def test_a_missing_file_is_told_even_if_the_program_ends_well_at_once(
    master: Master, container: Container, tmp_path: Path
) -> None:
    numbers(tmp_path / "a", 1)
    given = splits(tmp_path / "a")
    (tmp_path / "a").unlink()
    # It ends when it is told to, and well.
    patient = "import signal, sys; signal.signal(15, lambda *_: sys.exit(0)); input()"
    ended = await master.run_through([sys.executable, "-c", patient], a_reader(), given)
    assert ended.cause_kind == "INPUT"
    assert "could not be read: No such file or directory" in ended.cause_detail


def helper(container: Container) -> psutil.Process:
    """Return our own process at the other end of a stream."""
    [found] = [
        process
        for process in container.processes()
        if "xlearning.io.streams" in process.cmdline()
    ]
    return found


async def test_a_reader_that_dies_is_no_end_of_the_input(
    master: Master, container: Container, tmp_path: Path
) -> None:
    given = splits(numbers(tmp_path / "a", 2_000_000))
    script = "read x; echo ready > told; exec sleep 600"
    await master.launch(["bash", "-c", script], a_reader(), given)
    await container.told()
    helper(container).send_signal(signal.SIGKILL)
    ended = await master.report(pb.ENDED)
    assert ended.cause_kind == "INPUT"
    assert "was killed by SIGKILL" in ended.cause_detail


async def test_a_kill_of_the_agent_leaves_no_process_of_a_stream(
    master: Master, container: Container, tmp_path: Path
) -> None:
    given = splits(numbers(tmp_path / "a", 2_000_000))
    script = "read x; echo ready > told; exec sleep 600"
    await master.launch(["bash", "-c", script], a_reader(), given)
    await container.told()
    os.kill(container.agent.pid, signal.SIGKILL)
    await container.exit_code()
    await container.until_empty()


async def test_what_a_program_prints_is_written_to_the_last_line(
    master: Master, container: Container, tmp_path: Path
) -> None:
    script = "seq 100000; (sleep 0.3; echo late) & printf 'no end'"
    ended = await master.run_through(
        ["bash", "-c", script], a_writer(tmp_path, log_kb=1), output(tmp_path)
    )
    assert ended.cause_kind == "SUCCEEDED", ended
    data = written(tmp_path)
    numbers = b"".join(b"%d\n" % number for number in range(1, 100_001))
    assert data.startswith(numbers)
    assert data[len(numbers) :] in (b"no endlate\n", b"no end\n", b"no end")
    [upload] = ended.uploads
    assert upload.files == 1
    assert container.stdout().startswith(numbers[:1000].decode())
    assert container.stdout().endswith("only]\n")
    assert len(container.stdout()) < 1200
    assert master.telemetry()[-1].written_records >= 100_000


async def test_records_in_and_out(
    master: Master, container: Container, tmp_path: Path
) -> None:
    file = numbers(tmp_path / "a", 300_000)
    writer, reader = a_writer(tmp_path), a_reader()
    data = replace(reader.data, output_strategy=OutputStrategy.STREAM)
    job = replace(writer, inputs=reader.inputs, data=data)
    more = splits(file)
    more.MergeFrom(output(tmp_path))
    ended = await master.run_through(["cat"], job, more)
    assert ended.cause_kind == "SUCCEEDED", ended
    assert written(tmp_path) == file.read_bytes()


async def test_output_that_cannot_be_written_fails_the_task(
    master: Master, container: Container, tmp_path: Path
) -> None:
    (tmp_path / "out").touch()
    script = "while true; do echo a line that nobody reads; done"
    ended = await master.run_through(
        ["bash", "-c", script], a_writer(tmp_path), output(tmp_path)
    )
    assert ended.cause_kind == "OUTPUT"
    assert "/out/_temporary/worker-0-0` could not be written" in ended.cause_detail


async def test_a_failed_program_has_no_output(
    master: Master, container: Container, tmp_path: Path
) -> None:
    ended = await master.run_through(
        ["bash", "-c", "echo 1; exit 3"], a_writer(tmp_path), output(tmp_path)
    )
    assert (ended.cause_kind, ended.cause_code) == ("EXITED", 3)
    assert not ended.uploads
    master.release()
    await container.exit_code()
    await container.until_empty()


async def test_several_processes_cannot_share_a_stream(
    master: Master, container: Container, tmp_path: Path
) -> None:
    job = replace(a_reader(), application_type="PYTORCH")
    job = replace(job, options=replace(job.options, processes=2))
    given = splits(numbers(tmp_path / "a", 1))
    ended = await master.run_through(["cat"], job, given)
    assert ended.cause_kind == "PROGRAM_NOT_FOUND"
    assert "cannot share one stdin or stdout" in ended.cause_detail
