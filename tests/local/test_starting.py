"""The whole process: started, used, killed, started again."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

import psutil
import pytest
import requests

from xlearning.errors import XLearningError
from xlearning.hadoop.rest import ResourceManagerRest, SimpleAuthentication
from xlearning.local.home import Home, LocalSpec
from xlearning.local.starting import machine_spec, running, start, stop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


def test_killed_and_started_again_it_has_its_ports_and_knows_its_jobs(
    home: Home, tmp_path: Path
) -> None:
    first = start(home, SPEC)
    pid_file = tmp_path / "pid"
    command = f"setsid sleep 600 & echo \\$! > {pid_file}; sleep 600"
    rest = rest_of(home)
    application_id = submit(rest, command)
    while not pid_file.exists() or not pid_file.read_text():
        assert rest.application(application_id).state in ("ACCEPTED", "SUBMITTED")
    orphan = psutil.Process(int(pid_file.read_text()))

    os.kill(first.pid, signal.SIGKILL)
    orphan.wait(10)

    second = start(home, SPEC)
    assert second.ports == first.ports
    report = rest_of(home).application(application_id)
    assert report.state == "KILLED"
    assert report.diagnostics == (
        "The local cluster was ended while the application ran."
    )


def test_a_port_that_is_taken(home: Home) -> None:
    server = start(home, SPEC)
    stop(home)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", server.ports["web"]))
        taken.listen()
        with pytest.raises(XLearningError, match=r"port \d+ of .* cannot be used"):
            start(home, SPEC)


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


def test_this_machine_as_one_node() -> None:
    spec = machine_spec(gpus=3)
    assert (spec.nodes, spec.gpus) == (1, 3)
    assert spec.memory_mb >= 1024
