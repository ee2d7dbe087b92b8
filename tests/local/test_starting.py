"""The whole process: started, used, killed, started again."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import psutil
import pytest
import requests

from tests import stand_in_nvml
from xlearning.errors import XLearningError
from xlearning.hadoop.rest import ResourceManagerRest, SimpleAuthentication
from xlearning.local.home import Home, LocalSpec
from xlearning.local.server import ENDED
from xlearning.local.starting import machine_spec, running, start, stop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65534
SPEC = LocalSpec(nodes=2, memory_mb=1024)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home")
    yield made
    stop(made)


def rest_of(home: Home) -> ResourceManagerRest:
    server = running(home)
    assert server is not None
    url = f"http://127.0.0.1:{server.ports['web']}"
    return ResourceManagerRest([url], SimpleAuthentication("alice"))


def submit(rest: ResourceManagerRest, command: str) -> str:
    application_id = rest.new_application().application_id
    rest.submit(
        {
            "application-id": application_id,
            "resource": {"memory": 64, "vCores": 1},
            "max-app-attempts": 1,
            "am-container-spec": {"commands": {"command": command}},
        }
    )
    return application_id


def test_it_is_started_once_and_ends(home: Home) -> None:
    first = start(home, SPEC)
    assert start(home, LocalSpec(nodes=5)) == first
    assert rest_of(home).metrics().active_nodes == 2
    assert stop(home)
    assert not stop(home)
    assert running(home) is None


def waiting(home: Home, pid_file: Path) -> tuple[str, psutil.Process]:
    """Submit an application that waits; return its id and a process of it."""
    command = f"setsid sleep 600 & echo \\$! > {pid_file}; sleep 600"
    rest = rest_of(home)
    application_id = submit(rest, command)
    while not pid_file.exists() or not pid_file.read_text():
        assert rest.application(application_id).state in ("ACCEPTED", "SUBMITTED")
    return application_id, psutil.Process(int(pid_file.read_text()))


def kill(pid: int) -> None:
    """Kill a server, and wait until it is dead."""
    server = psutil.Process(pid)
    server.kill()
    server.wait(10)


@pytest.mark.parametrize("by_command", [False, True])
def test_killed_and_started_again_it_has_its_ports_and_its_jobs(
    home: Home, tmp_path: Path, by_command: bool
) -> None:
    first = start(home, SPEC)
    application_id, process = waiting(home, tmp_path / "pid")
    if by_command:
        stop(home, keep_jobs=True)
    else:
        kill(first.pid)
    second = start(home, SPEC)
    assert second.ports == first.ports
    assert process.is_running()
    rest = rest_of(home)
    assert rest.application(application_id).state == "ACCEPTED"
    rest.kill(application_id)
    process.wait(10)
    assert rest.application(application_id).state == "KILLED"


def test_what_ended_in_between_is_noticed(home: Home, tmp_path: Path) -> None:
    first = start(home, SPEC)
    application_id, process = waiting(home, tmp_path / "pid")
    kill(first.pid)
    process.parents()[0].kill()
    process.wait(10)
    start(home, SPEC)
    rest = rest_of(home)
    while (report := rest.application(application_id)).state == "ACCEPTED":
        pass
    assert report.state == "FAILED"
    assert "exitCode: 137" in report.diagnostics


def test_ended_it_has_ended_its_jobs(home: Home, tmp_path: Path) -> None:
    start(home, SPEC)
    application_id, process = waiting(home, tmp_path / "pid")
    stop(home)
    assert not process.is_running()
    assert not list(home.path.glob("nodes/*/local/nmPrivate/*"))
    start(home, SPEC)
    report = rest_of(home).application(application_id)
    assert (report.state, report.diagnostics) == ("KILLED", ENDED)


def test_a_port_that_is_taken(home: Home) -> None:
    server = start(home, SPEC)
    stop(home)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", server.ports["web"]))
        taken.listen()
        with pytest.raises(XLearningError, match=r"port \d+ of .* cannot be used"):
            start(home, SPEC)


def test_nodes_that_cannot_have_their_folders(home: Home) -> None:
    home.path.mkdir()
    (home.path / "nodes").write_text("")
    with pytest.raises(XLearningError, match=r"cannot be used: .*Not a directory"):
        start(home, SPEC)


def test_a_full_disk(home: Home) -> None:
    home.path.mkdir()
    (home.path / ".server.json.new").symlink_to("/dev/full")
    with pytest.raises(XLearningError, match="No space left on device"):
        start(home, SPEC)
    assert home.server_pid() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_a_home_of_another_user(home: Home) -> None:
    home.path.mkdir()
    os.chown(home.path, NOBODY, NOBODY)
    with pytest.raises(XLearningError, match=f"belongs to {pwd.getpwuid(NOBODY)[0]}"):
        start(home, SPEC)
    assert not list(home.path.iterdir())


def test_a_process_that_does_not_answer(home: Home) -> None:
    server = psutil.Process(start(home, SPEC).pid)
    server.suspend()
    with pytest.raises(XLearningError, match=f"process {server.pid} holds"):
        start(home, SPEC, timeout_s=0.5)
    server.resume()
    assert start(home, SPEC).pid == server.pid


def test_a_file_of_a_dead_process_is_no_process(home: Home) -> None:
    first = start(home, SPEC)
    kill(first.pid)
    home.write(msgspec.structs.replace(first, pid=os.getpid()))
    assert running(home) is None
    assert start(home, SPEC).ports == first.ports


def test_two_at_once(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    try:
        # Nodes have addresses of their own: there a number may come again.
        ports = [set(start(each, SPEC).ports.items()) for each in (home, other)]
        assert not ports[0] & ports[1]
        application_id, process = waiting(other, tmp_path / "pid")
        stop(home)
        assert process.is_running()
        assert rest_of(other).application(application_id).state == "ACCEPTED"
    finally:
        stop(other)
    assert not process.is_running()


def test_it_ends_by_itself(home: Home) -> None:
    server = start(home, LocalSpec(idle_s=0.5, memory_mb=1024))
    process = psutil.Process(server.pid)
    process.wait(15)
    assert running(home) is None


def test_pages(home: Home) -> None:
    server = start(home, SPEC)
    base = f"http://127.0.0.1:{server.ports['web']}"
    application_id = submit(rest_of(home), "exit 3")
    assert application_id in requests.get(base, timeout=10).text
    page = requests.get(f"{base}/cluster/app/{application_id}", timeout=10)
    assert page.status_code == 200
    assert requests.get(f"{base}/cluster/app/x", timeout=10).status_code == 404


def test_gpus_are_those_that_nvml_lets_open(tmp_path: Path) -> None:
    program = "from xlearning.local.starting import machine_spec as made; print(made())"
    folder = str(stand_in_nvml.build(tmp_path))
    said = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "LD_LIBRARY_PATH": folder},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "gpus=2," in said.stdout


def test_this_machine_as_one_node() -> None:
    spec = machine_spec(gpus=3)
    assert (spec.nodes, spec.gpus) == (1, 3)
    assert spec.memory_mb >= 1024
