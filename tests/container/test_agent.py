"""The agent as a process, against a real gRPC server with the job's certificates."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

import msgspec

from tests.container.stand_in import Master, make_container
from tests.container.stories import a_job, with_gpus
from xlearning.job.spec import JobOptions, OutputSpec
from xlearning.proto import agent_pb2 as pb

if TYPE_CHECKING:
    from pathlib import Path

    from tests.container.stand_in import Container

SLEEPS = "echo ready > told; exec sleep 600"


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
    assert [hello.host for hello in master.hellos] == ["127.0.0.1"]


async def test_an_exit_code_is_told_with_the_end_of_stderr(
    master: Master, container: Container
) -> None:
    ended = await master.run_through(["sh", "-c", "echo boom >&2; exit 3"])
    assert (ended.cause_kind, ended.cause_code) == ("EXITED", 3)
    assert ended.stderr_tail == "boom\n"
    master.release()
    assert await container.exit_code() == 3


async def test_a_signal_is_told(master: Master, container: Container) -> None:
    ended = await master.run_through(["sh", "-c", "kill -SEGV $$"])
    assert (ended.cause_kind, ended.cause_code) == ("SIGNALLED", signal.SIGSEGV)
    master.release()
    assert await container.exit_code() == 128 + signal.SIGSEGV


async def test_a_program_that_does_not_exist_is_named(
    master: Master, container: Container
) -> None:
    ended = await master.run_through(["no-such-program", "--flag"])
    assert ended.cause_kind == "PROGRAM_NOT_FOUND"
    assert "`no-such-program` is not on the PATH" in ended.cause_detail
    assert not master.reports(pb.RUNNING)
    master.release()
    assert await container.exit_code() == 127


async def test_an_orphan_is_ended_and_reaped(
    master: Master, container: Container
) -> None:
    orphan = "import os,time; os.fork() and os._exit(0); os.setsid(); time.sleep(600)"
    ended = await master.run_through([sys.executable, "-c", orphan])
    assert ended.cause_kind == "SUCCEEDED"
    assert not container.trainers()
    assert not container.zombies()


async def test_kill_0_in_a_trap_does_not_end_the_agent(
    master: Master, container: Container
) -> None:
    script = "trap 'kill 0' EXIT; sleep 600 & exit 4"
    ended = await master.run_through(["bash", "-c", script])
    assert ended.cause_kind in ("SIGNALLED", "EXITED")
    assert container.agent.poll() is None
    master.release()
    assert await container.exit_code() in (128 + signal.SIGTERM, 4)


async def test_a_kill_of_the_agent_leaves_no_process(
    master: Master, container: Container
) -> None:
    script = "setsid sleep 600 & sleep 600 & echo ready > told; wait"
    await master.launch(["sh", "-c", script])
    await container.told()
    assert len(container.trainers()) == 3
    os.kill(container.agent.pid, signal.SIGKILL)
    assert await container.exit_code() == -signal.SIGKILL
    await container.until_empty()


async def test_yarns_term_ends_all_within_its_250_ms(
    master: Master, container: Container
) -> None:
    stubborn = "trap '' TERM; setsid sleep 600 & echo ready > told; wait"
    await master.launch(["sh", "-c", stubborn])
    await container.told()
    os.killpg(container.agent.pid, signal.SIGTERM)
    assert await container.exit_code() == 128 + signal.SIGTERM
    await container.until_empty()
    assert not master.reports(pb.ENDED)


async def test_a_stop_is_polite_then_hard(master: Master, container: Container) -> None:
    stubborn = "trap '' TERM; echo ready > told; while :; do sleep 600; done"
    await master.launch(["sh", "-c", stubborn])
    await container.told()
    master.halt(grace_s=0.2)
    ended = await master.report(pb.ENDED)
    assert ended.cause_kind == "STOPPED"
    assert not container.trainers()
    master.release()
    assert await container.exit_code() == 0


async def test_a_service_is_stopped_and_its_outputs_are_uploaded(
    master: Master, container: Container, tmp_path: Path
) -> None:
    to = tmp_path / "out" / "_temporary" / "worker-0-0"
    output = pb.Output(url="file:///out", local="model", upload_url=f"file://{to}")
    spec = OutputSpec("file:///out", "model")
    script = f"echo weights > model/a; mkdir model/b; echo x > model/b/c; {SLEEPS}"
    await master.launch(
        ["sh", "-c", script],
        a_job(outputs=(spec,)),
        pb.Assignment(outputs=[output]),
    )
    await container.told()
    master.halt(keep_outputs=True)
    ended = await master.report(pb.ENDED)
    assert (ended.cause_kind, ended.cause_detail) == ("STOPPED", "")
    assert list(ended.uploads) == [
        pb.Upload(output_url="file:///out", files=2, bytes=10)
    ]
    assert (to / "a").read_text() == "weights\n"
    assert (to / "b" / "c").read_text() == "x\n"


async def test_outputs_are_saved_while_the_program_runs(
    master: Master, container: Container, tmp_path: Path
) -> None:
    to = tmp_path / "save"
    script = f"echo half > model/b; echo w > model/a; echo checkpoint:model/a; {SLEEPS}"
    spec = OutputSpec("file:///out", "model")
    output = pb.Output(url="file:///out", local="model", upload_url="file:///none")
    given = pb.Assignment(outputs=[output])
    await master.launch(["sh", "-c", script], a_job(outputs=(spec,)), given)
    await container.told()
    folder = pb.SaveFolder(
        local="model", url=f"file://{to}", folder="c1", list_url=f"file://{to}/list"
    )
    order = pb.MasterMessage(save=pb.Save(number=1, folders=[folder]))
    master.say(order)
    master.say(order)  # as on a new stream
    await master.until(lambda: any(r.HasField("save") for r in master.reports()))
    [told] = [report.save for report in master.reports() if report.HasField("save")]
    assert told == pb.SaveReport(number=1, files=1, bytes=2, copied_bytes=2)
    assert (to / "c1" / "a").read_text() == "w\n"
    assert not (to / "c1" / "b").exists()
    assert container.trainers()


async def test_input_is_there_when_the_program_starts(
    master: Master, container: Container, tmp_path: Path
) -> None:
    source = tmp_path / "part-0"
    source.write_text("one\n")
    file = pb.InputFile(
        alias="data", url=f"file://{source}", length=4, relative_path="x/part-0"
    )
    more = pb.Assignment(input=[file], aliases=["data", "empty"])
    ended = await master.run_through(
        ["sh", "-c", "cat data/x/part-0; ls -d empty"], more=more
    )
    assert ended.cause_kind == "SUCCEEDED"
    assert container.stdout() == "one\nempty\n"
    assert master.telemetry()[-1].total_bytes == 4


async def test_input_that_is_gone_is_named(
    master: Master, container: Container, tmp_path: Path
) -> None:
    url = f"file://{tmp_path}/gone"
    file = pb.InputFile(alias="data", url=url, length=4, relative_path="gone")
    master.assign(["true"], more=pb.Assignment(input=[file], aliases=["data"]))
    ended = await master.report(pb.ENDED)
    assert ended.cause_kind == "INPUT"
    assert url in ended.cause_detail


async def test_the_program_knows_its_place_and_not_ours(
    master: Master, container: Container
) -> None:
    more = pb.Assignment(environment={"PATH": "/opt/own", "GREETING": 'a "b" $c'})
    await master.run_through(["/usr/bin/env", "-0"], more=more)
    entries = container.stdout().rstrip("\0").split("\0")
    variables = dict(entry.split("=", 1) for entry in entries)
    assert variables["TF_ROLE"] == "worker"
    assert variables["GREETING"] == 'a "b" $c'
    assert variables["PATH"] == "/opt/own:/usr/local/bin:/usr/bin:/bin"
    assert variables["CUDA_VISIBLE_DEVICES"] == ""
    assert not [name for name in variables if name.startswith("XL_AM")]


async def test_a_port_is_held_and_can_be_listened_on(
    master: Master, container: Container
) -> None:
    master.assign(["sh", "-c", SLEEPS], more=pb.Assignment(ports=1))
    ready = await master.report(pb.READY)
    host, _, port = ready.address.rpartition(":")
    assert host == "127.0.0.1"
    assert 20000 <= int(port) < 30000


async def test_a_type_may_want_numbers_for_names(
    master: Master, tmp_path: Path
) -> None:
    container = make_container(tmp_path, master)
    try:
        container.start(NM_HOST="localhost")
        await master.until(lambda: bool(master.hellos))
        for_lists = a_job(application_type="LIGHTGBM")
        master.assign(["true"], for_lists, pb.Assignment(ports=1))
        ready = await master.report(pb.READY)
        assert ready.address.rpartition(":")[0] in {"127.0.0.1", "[::1]"}
    finally:
        container.end()


SERVES_PLAINLY = """
import socket
with open("told") as pipe:
    port = int(pipe.read())
with socket.socket() as server:
    server.bind(("127.0.0.1", port))
"""


async def test_a_program_that_lost_its_port_says_so(
    master: Master, container: Container
) -> None:
    job = a_job(application_type="LIGHTGBM")
    command = [sys.executable, "-c", SERVES_PLAINLY]
    await master.launch(command, job, pb.Assignment(ports=1))
    await master.report(pb.RUNNING)
    [ready] = master.reports(pb.READY)
    port = int(ready.address.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        await asyncio.to_thread((container.work / "told").write_text, str(port))
        ended = await master.report(pb.ENDED)
    assert (ended.cause_kind, ended.cause_code) == ("PORT_LOST", 1)
    assert ended.cause_detail.startswith(f"{port}; ")
    assert "in use" in ended.stderr_tail


async def test_a_program_is_told_of_the_network_that_the_job_names(
    master: Master, container: Container
) -> None:
    options = JobOptions(agent_heartbeat_s=0.5, interface="127.0.0.0/8")
    job = a_job(options=options, application_type="PYTORCH")
    command = ["sh", "-c", "echo $XL_INTERFACE $GLOO_SOCKET_IFNAME"]
    await master.run_through(command, job, pb.Assignment(ports=1))
    assert container.stdout() == "lo lo\n"
    [ready] = master.reports(pb.READY)
    assert ready.address.startswith("127.0.0.1:")


async def test_a_node_without_that_network_ends_the_try(
    master: Master, container: Container
) -> None:
    job = a_job(options=JobOptions(agent_heartbeat_s=0.5, interface="no0"))
    master.assign(["true"], job)
    ended = await master.report(pb.ENDED)
    assert ended.cause_kind == "NETWORK"
    assert ended.cause_detail.startswith("127.0.0.1 has no address on an interface")


async def test_counted_gpus_are_given(master: Master, container: Container) -> None:
    ended = await master.run_through(
        ["sh", "-c", "echo $CUDA_VISIBLE_DEVICES $GPU_NUM"], with_gpus(a_job(), 2)
    )
    assert ended.cause_kind == "SUCCEEDED"
    first, second = master.reports(pb.READY)[0].gpus
    assert container.stdout() == f"{first},{second} 2\n"


async def test_memory_is_enforced_where_that_is_wanted(
    master: Master, container: Container
) -> None:
    options = JobOptions(agent_heartbeat_s=0.5, enforce_memory=True)
    [worker] = a_job().roles
    small = msgspec.structs.replace(worker.resources, memory_mb=1)
    role = msgspec.structs.replace(worker, resources=small)
    job = a_job(options=options, roles=(role,))
    ended = await master.run_through(["sh", "-c", SLEEPS], job)
    assert ended.cause_kind == "MEMORY"
    assert ended.cause_detail.endswith("MiB of 1 MiB allowed")


async def test_progress_and_memory_are_told(
    master: Master, container: Container
) -> None:
    script = f"echo reporter progress:0.35 >&2; {SLEEPS}"
    await master.launch(["sh", "-c", script])
    await master.until(lambda: any(t.HasField("progress") for t in master.telemetry()))
    last = master.telemetry()[-1]
    assert round(last.progress, 2) == 0.35
    assert last.memory_bytes > 10 << 20
    assert last.peak_memory_bytes >= last.memory_bytes


async def test_the_last_progress_comes_before_the_end(
    master: Master, container: Container
) -> None:
    await master.run_through(["printf", "report:progress:0.75"])
    assert master.telemetry()[-1].progress == 0.75
    bodies = [message.WhichOneof("body") for message in master.heard]
    assert bodies[-1] == "report"


async def test_a_silent_agent_says_that_it_is_alive(
    master: Master, container: Container
) -> None:
    master.assign(["true"])
    await master.until(lambda: any(m.HasField("alive") for m in master.heard))


async def test_fast_output_is_not_lost_and_can_be_read_by_offset(
    master: Master, container: Container
) -> None:
    write = "import sys; [print(f'{n:063d}') for n in range(100_000)]"
    ended = await master.run_through([sys.executable, "-c", write])
    assert ended.cause_kind == "SUCCEEDED"
    size = 64 * 100_000
    chunk = await master.read_log("stdout", -64, 1000)
    assert (chunk.offset, chunk.size) == (size - 64, size)
    assert int(chunk.data) == 99_999
    data = b""
    while len(data) < size:
        data += (await master.read_log("stdout", len(data), 4 << 20)).data
    assert [int(line) for line in data.split()] == list(range(100_000))
    assert (await master.read_log("../secret", 0, 10)).error


async def test_a_report_that_was_not_acknowledged_is_said_again(
    master: Master, container: Container
) -> None:
    master.acknowledges = False
    master.assign(["true"])
    await master.report(pb.READY)
    port = master.port
    await master.stop()
    later = Master(attempt=2)
    await later.start(port)
    try:
        await later.report(pb.READY)
        later.begin()
        ended = await later.report(pb.ENDED)
        assert ended.cause_kind == "SUCCEEDED"
        sequences = [m.sequence for m in later.heard if m.sequence]
        assert sequences == [1, 2, 3, 4]
        later.release()
        assert await container.exit_code() == 0
    finally:
        await later.stop()


async def test_a_later_attempt_is_found_in_the_staging_folder(tmp_path: Path) -> None:
    first, second = Master(attempt=1), Master(attempt=2)
    await first.start()
    await second.start()
    staging = tmp_path / "staging"
    staging.mkdir()
    content = {"attempt": 2, "host": "127.0.0.1", "port": second.port}
    container = make_container(tmp_path, first, XL_STAGING_URL=f"file://{staging}")
    container.start()
    try:
        await first.launch(["sh", "-c", "cat told"])
        (staging / "am.json").write_bytes(msgspec.json.encode(content))
        await first.report(pb.RUNNING)
        await first.stop()
        await second.until(lambda: bool(second.hellos))
        (tmp_path / "work" / "told").write_text("go\n")
        assert (await second.report(pb.ENDED)).cause_kind == "SUCCEEDED"
    finally:
        container.end()
        await first.stop()
        await second.stop()
