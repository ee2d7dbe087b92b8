"""The agent as a process, against a real gRPC server with the job's certificates."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    from tests.container.stand_in import Container, Master


async def test_a_program_runs_and_its_end_is_told(
    master: Master, container: Container
) -> None:
    ended = await master.run_through(["sh", "-c", "echo hello"])
    assert ended.cause_kind == "SUCCEEDED"
    master.release()
    assert await container.exit_code() == 0
    assert container.stdout() == "hello\n"
    states = [report.state for report in master.reports()]
    assert states == [pb.LOCALISING, pb.READY, pb.RUNNING, pb.ENDED]


async def test_an_exit_code_is_told_with_the_end_of_stderr(
    master: Master, container: Container
) -> None:
    ended = await master.run_through(["sh", "-c", "echo boom >&2; exit 3"])
    assert (ended.cause_kind, ended.cause_code) == ("EXITED", 3)
    assert ended.stderr_tail == "boom\n"
    master.release()
    assert await container.exit_code() == 3


async def test_a_program_that_does_not_exist_is_named(
    master: Master, container: Container
) -> None:
    ended = await master.run_through(["no-such-program", "--flag"])
    assert ended.cause_kind == "PROGRAM_NOT_FOUND"
    assert "`no-such-program` is not on the PATH" in ended.cause_detail
    assert not master.reports(pb.RUNNING)
    master.release()
    assert await container.exit_code() == 127


async def test_what_a_program_leaves_behind_is_ended(
    master: Master, container: Container
) -> None:
    orphan = "import os,time; os.fork() and os._exit(0); os.setsid(); time.sleep(600)"
    ended = await master.run_through([sys.executable, "-c", orphan])
    assert ended.cause_kind == "SUCCEEDED"
    assert not container.trainers()
