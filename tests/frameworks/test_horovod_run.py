"""The rendezvous of Horovod, as its ranks ask it, and what stands before a rank."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.waiting import eventually
from xlearning.frameworks.horovod_run import PROGRAM, SCOPES, SERVE, SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "127.0.0.1"
SHOW = (
    "import os; print(os.getpid(), "
    "os.environ['HOROVOD_GLOO_IFACE'], os.environ['NCCL_SOCKET_IFNAME'])"
)


class Rendezvous:
    """The program, serving on a port that this process holds as an agent does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / PROGRAM).write_text(SOURCE, "utf-8")
        (folder / SCOPES).write_text(json.dumps({"global": 2, "cross_0": 1}), "utf-8")
        self.held = socket.socket()
        self.held.bind((HOST, 0))
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.port: int = self.held.getsockname()[1]
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """Start the program for a rank, or to serve."""
        environment = {
            "PATH": "/usr/bin:/bin",
            "XL_HOST": HOST,
            "HOROVOD_GLOO_RENDEZVOUS_ADDR": HOST,
            "HOROVOD_GLOO_RENDEZVOUS_PORT": str(self.port),
        }
        process = subprocess.Popen(
            [sys.executable, PROGRAM, *words],
            cwd=self.folder,
            env=environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.running.append(process)
        return process

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send one request, as `http_store.cc` does."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=10)
        connection.request(method, path, body if method == "PUT" else None)
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found

    def serve(self) -> None:
        """Start to serve and wait until it answers."""
        self.start(SERVE)
        eventually(self._answers, "it serves", 30.0)

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/global/0") == (404, b"")
        except ConnectionRefusedError:
            return False

    def end(self) -> None:
        """End all that was started."""
        for process in self.running:
            process.kill()
            process.communicate()
        self.held.close()


@pytest.fixture
def rendezvous(tmp_path: Path) -> Iterator[Rendezvous]:
    """One that is not started yet."""
    found = Rendezvous(tmp_path)
    yield found
    found.end()


def test_a_value_is_what_was_put(rendezvous: Rendezvous) -> None:
    rendezvous.serve()
    every_byte = bytes(range(256)) * 64
    assert rendezvous.ask("PUT", "/global/1", every_byte) == (200, b"")
    assert rendezvous.ask("GET", "/global/1") == (200, every_byte)
    assert rendezvous.ask("GET", "/cross_0/1") == (404, b"")


def test_values_stay_until_all_have_left(rendezvous: Rendezvous) -> None:
    rendezvous.serve()
    rendezvous.ask("PUT", "/global/0", b"zero")
    rendezvous.ask("DELETE", "/global/1")
    rendezvous.ask("DELETE", "/global/1")
    assert rendezvous.ask("GET", "/global/0") == (200, b"zero")
    rendezvous.ask("DELETE", "/global/0")
    assert rendezvous.ask("GET", "/global/0") == (404, b"")


def test_ranks_meet_a_second_time(rendezvous: Rendezvous) -> None:
    rendezvous.serve()
    for value in (b"first", b"second"):
        rendezvous.ask("PUT", "/global/0", value)
        rendezvous.ask("DELETE", "/global/1")
        assert rendezvous.ask("GET", "/global/0") == (200, value)
        rendezvous.ask("DELETE", "/global/0")


def test_a_process_set_of_a_program_is_left_one_by_one(rendezvous: Rendezvous) -> None:
    rendezvous.serve()
    rendezvous.ask("PUT", "/global_process_set_hash_1f/0", b"zero")
    rendezvous.ask("PUT", "/global_process_set_hash_1f/1", b"one")
    rendezvous.ask("DELETE", "/global_process_set_hash_1f/0")
    assert rendezvous.ask("GET", "/global_process_set_hash_1f/0") == (404, b"")
    assert rendezvous.ask("GET", "/global_process_set_hash_1f/1") == (200, b"one")


def test_a_rank_starts_when_the_rendezvous_answers(rendezvous: Rendezvous) -> None:
    rank = rendezvous.start(sys.executable, "-c", SHOW)
    with pytest.raises(subprocess.TimeoutExpired):
        rank.wait(0.5)
    rendezvous.serve()
    out, err = rank.communicate(timeout=30)
    assert (rank.returncode, err) == (0, "")
    assert out == f"{rank.pid} lo =lo\n", "it takes the place of what waited"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"HOROVOD_GLOO_IFACE": "eth7"}, "eth7 =lo"),
        ({"XL_INTERFACE": "eth1"}, "eth1 =eth1"),
        ({"XL_INTERFACE": "eth1", "NCCL_SOCKET_IFNAME": "ib"}, "eth1 ib"),
    ],
    ids=["user", "job", "both"],
)
def test_an_interface_that_is_asked_for_is_taken(
    rendezvous: Rendezvous, given: dict[str, str], told: str
) -> None:
    rendezvous.serve()
    rank = rendezvous.start(sys.executable, "-c", SHOW, **given)
    out, _ = rank.communicate(timeout=30)
    assert out == f"{rank.pid} {told}\n"


def test_a_program_that_is_not_there_is_named(rendezvous: Rendezvous) -> None:
    rendezvous.serve()
    rank = rendezvous.start("no-such-program")
    _, err = rank.communicate(timeout=30)
    assert (rank.returncode, err) == (1, "no-such-program: No such file or directory\n")
