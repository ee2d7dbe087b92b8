"""A keeper in a process of its own, spoken to as the server does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.local.node.conftest import eventually, processes_with
from xlearning.local.node.protocol import (
    EXITED,
    GONE,
    KILL,
    STARTED,
    STOP,
    Order,
    Report,
    meeting_address,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = (
    "import socket, sys\nfrom xlearning.local.node.keeper import Keeper\n"
    "Keeper(socket.socket(fileno=int(sys.argv[1]))).run()"
)


class Talk:
    """The server's side of a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._file = connection.makefile("rb")

    def report(self) -> Report:
        """Wait for the next report."""
        return Report.from_line(self._file.readline())

    def close(self) -> None:
        """Be gone, as a killed server is."""
        self._file.close()
        self.connection.close()


@contextmanager
def keeper(*order: Order) -> Iterator[Talk]:
    """Run a keeper, which must end well."""
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    with theirs:
        command = [sys.executable, "-c", PROGRAM, str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
    talk = Talk(ours)
    for each in order:
        ours.sendall(each.to_bytes())
    with process:
        yield talk
        talk.close()
        assert process.wait(20) == 0


def bash(script: str, folder: Path, delay_s: float = 20.0) -> Order:
    """Return an order to run a script."""
    command = ["/bin/bash", "-c", script]
    return Order(command, {"A": "b"}, str(folder), str(folder / "errors"), delay_s)


def test_an_end(tmp_path: Path) -> None:
    with keeper(bash('echo "$A $PWD" >&2; exit 3', tmp_path)) as talk:
        assert talk.report().kind == STARTED
        assert talk.report() == Report(EXITED, 3)
        assert talk.report() == Report(GONE)
    assert (tmp_path / "errors").read_text() == f"b {tmp_path}\n"


def test_what_cannot_be_run(tmp_path: Path) -> None:
    order = Order(["/no/such"], {}, str(tmp_path), str(tmp_path / "errors"), 0.1)
    with keeper(order) as talk:
        assert [talk.report().kind for _ in range(3)] == [STARTED, EXITED, GONE]
    assert (tmp_path / "errors").read_text() == "/no/such: No such file or directory\n"


def test_what_stays_is_ended_after_the_first_process(
    tmp_path: Path, marker: str
) -> None:
    script = f"setsid sleep {marker} & sleep {marker} & exit 0"
    with keeper(bash(script, tmp_path)) as talk:
        assert talk.report().kind == STARTED
        assert talk.report() == Report(EXITED, 0)
        assert talk.report() == Report(GONE)
        assert processes_with(marker) == []


async def test_stop_is_a_request_and_then_is_none(tmp_path: Path, marker: str) -> None:
    script = f"trap '' TERM; echo > up; while true; do sleep {marker}; done"
    with keeper(bash(script, tmp_path, 0.2)) as talk:
        assert talk.report().kind == STARTED
        await eventually((tmp_path / "up").exists)
        talk.connection.sendall(STOP)
        assert talk.report() == Report(EXITED, 137)
        assert talk.report() == Report(GONE)


def test_kill_does_not_wait(tmp_path: Path, marker: str) -> None:
    with keeper(bash(f"trap '' TERM; sleep {marker}; true", tmp_path)) as talk:
        assert talk.report().kind == STARTED
        talk.connection.sendall(KILL)
        assert talk.report() == Report(EXITED, 137)
        assert talk.report() == Report(GONE)


async def test_without_the_server_everything_ends(tmp_path: Path, marker: str) -> None:
    script = f"trap '' TERM; setsid sleep {marker} & sleep {marker}; true"
    with keeper(bash(script, tmp_path)) as talk:
        assert talk.report().kind == STARTED
        await eventually(lambda: len(processes_with(marker)) == 2)
    assert processes_with(marker) == []


def test_a_later_server_is_told_all_again(tmp_path: Path) -> None:
    script = f"until [ -e {tmp_path}/go ]; do sleep 0.01; done; exit 3"
    patient = replace(bash(script, tmp_path), keep_in=str(tmp_path), patience_s=60)
    with keeper(patient) as talk:
        started = talk.report()
        talk.close()
        with later(tmp_path) as again:
            assert again.report() == started
            (tmp_path / "go").touch()
            assert again.report() == Report(EXITED, 3)
            assert again.report() == Report(GONE)
    assert (tmp_path / "exit").read_text() == "3"
    assert not (tmp_path / "keeper").exists()


async def test_its_patience_ends(tmp_path: Path, marker: str) -> None:
    order = bash(f"trap '' TERM; sleep {marker}; true", tmp_path)
    with keeper(replace(order, keep_in=str(tmp_path), patience_s=0.1)) as talk:
        talk.report()
    assert processes_with(marker) == []
    assert (tmp_path / "exit").read_text() == "137"


@contextmanager
def later(folder: Path) -> Iterator[Talk]:
    """Meet a keeper as a server does that follows one which was killed."""
    opened = os.open(folder, os.O_RDONLY)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(20)
    connection.connect(meeting_address(opened))
    os.close(opened)
    talk = Talk(connection)
    try:
        yield talk
    finally:
        talk.close()


def test_a_server_that_goes_before_it_orders() -> None:
    with keeper():
        pass
