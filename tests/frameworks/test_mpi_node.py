"""What stands in ssh's place: two real processes, and strangers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from xlearning.frameworks.mpi_node import NODES, PROGRAM, SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 20.0


class Worker:
    """A worker that serves.

    Attributes:
        folder: Its working directory.
        known: What tasks know of each other.
        port: Where it listens.
    """

    def __init__(self, folder: Path) -> None:
        """Hold a port as an agent does, and start."""
        self.held = socket.socket()
        self.held.bind(("127.0.0.1", 0))
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.port: int = self.held.getsockname()[1]
        nodes = {"xl-worker-0": f"127.0.0.1:{self.port}"}
        self.known = {"secret": "5ec7e7", "nodes": nodes}
        self.said = ""
        self.folder = prepared(folder, self.known)
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, "serve", "xl-worker-0"],
            cwd=self.folder,
            stderr=subprocess.PIPE,
            text=True,
        )

    def connected(self) -> socket.socket:
        """Return a connection; the worker may have to start first."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
            except ConnectionRefusedError:
                assert time.monotonic() < until

    def close(self) -> str:
        """End it and return what it said."""
        if self.process.poll() is None:
            self.process.terminate()
            self.said = self.process.communicate()[1]
        self.held.close()
        return self.said


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    serving = Worker(tmp_path / "worker")
    yield serving
    serving.close()


def prepared(folder: Path, known: object) -> Path:
    folder.mkdir()
    (folder / PROGRAM).write_text(SOURCE, "utf-8")
    (folder / NODES).write_text(json.dumps(known), "utf-8")
    return folder


def send(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Do what mpirun does with its agent."""
    return subprocess.run(
        [sys.executable, PROGRAM, "xl-worker-0", *words],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


def test_a_command_runs_where_the_worker_is(worker: Worker, tmp_path: Path) -> None:
    launcher = prepared(tmp_path / "launcher", worker.known)
    command = ('X="a b" ; export X ;', 'echo "$X" "$MPI_EXEC_DIR" >', "told")
    assert send(launcher, *command).returncode == 0
    told = (worker.folder / "told").read_text("utf-8")
    assert told == f"a b {worker.folder}\n"


def test_its_exit_code_and_last_line_come_back(worker: Worker, tmp_path: Path) -> None:
    launcher = prepared(tmp_path / "launcher", worker.known)
    done = send(launcher, "echo early >&2; echo 'no room' >&2; exit 7")
    assert done.returncode == 7
    text = "Open MPI's daemon on xl-worker-0 ended with code 7 (no room)\n"
    assert done.stderr == text
    assert worker.close() == "early\nno room\n"


def test_who_holds_a_daemon_s_stderr_does_not_hold_up_its_end(
    worker: Worker, tmp_path: Path
) -> None:
    launcher = prepared(tmp_path / "launcher", worker.known)
    done = send(launcher, "sleep 100 & echo $! > child; exit 3")
    os.kill(int((worker.folder / "child").read_text()), signal.SIGKILL)
    assert done.returncode == 3


def test_who_does_not_know_the_secret_is_refused(
    worker: Worker, tmp_path: Path
) -> None:
    launcher = prepared(tmp_path / "stranger", worker.known | {"secret": "guessed"})
    done = send(launcher, "echo >", "told")
    assert (done.returncode, done.stderr) == (255, "xl-worker-0 went away\n")
    assert not (worker.folder / "told").exists()
    assert "a stranger was refused" in worker.close()


def test_a_proof_is_good_for_one_connection(worker: Worker) -> None:
    """The challenge is another each time, so that nothing can be sent again."""
    challenges = []
    for _ in range(2):
        with worker.connected() as peer, peer.makefile("r") as lines:
            challenges.append(json.loads(lines.readline()))
    assert challenges[0] != challenges[1]


def test_noise_and_silence_stop_nobody(worker: Worker, tmp_path: Path) -> None:
    launcher = prepared(tmp_path / "launcher", worker.known)
    with worker.connected() as silent, worker.connected() as noisy:
        noisy.sendall(b"\xff\x00 no JSON\n")
        assert send(launcher, "true").returncode == 0
        assert silent.fileno() >= 0
