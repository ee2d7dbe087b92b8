"""What stands around mpirun, with programs that print what Open MPI prints."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from xlearning.frameworks.mpi_run import PROGRAM, SOURCE

if TYPE_CHECKING:
    from pathlib import Path

FRAME = "-" * 74
DETECTED = f"""\
[1,1]<stderr>:it is full
{FRAME}
mpirun detected that one or more processes exited with non-zero status, thus causing
the job to be terminated. The first process to do so was:

  Process name: [[43837,1],1]
  Exit code:    3
{FRAME}
"""
NOTICED = f"""\
{FRAME}
mpirun noticed that process rank 1 with PID 26704 on node xl-worker-1 exited on \
signal 9 (Killed).
{FRAME}
"""
ABORTED = f"""\
{FRAME}
MPI_ABORT was invoked on rank 1 in communicator MPI_COMM_WORLD
with errorcode 4.

NOTE: invoking MPI_ABORT causes Open MPI to kill all MPI processes.
{FRAME}
"""
LOST = f"""\
{FRAME}
ORTE has lost communication with a remote daemon.

  HNP daemon   : [[23721,0],0] on node vm
  Remote daemon: [[23721,0],3] on node xl-worker-2
{FRAME}
"""
ABORTED_5 = f"""\
[1,1]<stderr>: it is full
[1,1]<stderr>: {FRAME}
[1,1]<stderr>: MPI_ABORT was invoked on rank 1 in communicator MPI_COMM_WORLD
[1,1]<stderr>:   Errorcode: 4
[1,1]<stderr>: {FRAME}
{FRAME}
prterun has exited due to process rank 1 with PID 25237 on node vm calling
"abort". This may have caused other processes in the application to be
terminated by signals sent by prterun (as reported here).
{FRAME}
"""
NO_NETWORK_5 = f"""\
{FRAME}
No network interfaces were found for out-of-band communications. We require
at least one available network for out-of-band messaging.
{FRAME}
"""
NOT_STARTED = f"""\
Open MPI's daemon on xl-worker-1 ended with code 127 (sh: 1: orted: not found)
{FRAME}
ORTE was unable to reliably start one or more daemons.
This usually is caused by (not finding the required libraries)
{FRAME}
"""
IMPROPER = f"""\
{FRAME}
mpirun has exited due to process rank 1 with PID 14949 on
node xl-worker-1 exiting improperly. There are three reasons this could occur:
{FRAME}
"""


def run(
    folder: Path, out: str, err: str, code: int, version: str = "4.1.4"
) -> subprocess.CompletedProcess[str]:
    """Run a program in mpirun's place."""
    (folder / PROGRAM).write_text(SOURCE, "utf-8")
    mpirun = folder / "mpirun"
    mpirun.write_text(
        f"#!{sys.executable}\nimport sys\n"
        f"if '--version' in sys.argv: sys.exit(print('mpirun (Open MPI) {version}'))\n"
        f"sys.stdout.write({out!r})\nsys.stderr.write({err!r})\nsys.exit({code})\n",
        "utf-8",
    )
    mpirun.chmod(0o755)
    return subprocess.run(
        [sys.executable, PROGRAM, str(mpirun)],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )


def test_lines_have_their_ranks(tmp_path: Path) -> None:
    told = "[1,0]<stdout>:one\nmpirun's own\n[1,12]<stdout>: two\n"
    done = run(tmp_path, told, "", 0)
    assert done.stdout == "[rank 0] one\nmpirun's own\n[rank 12]  two\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_pieces_of_lines_find_together(tmp_path: Path) -> None:
    """Open MPI 4.1.4 wrote this for `print(1, 2)` of two ranks, unbuffered."""
    told = (
        "[1,2]<stdout>:a[1,1]<stdout>:b[1,2]<stdout>: [1,2]<stdout>:2\n"
        "[1,1]<stdout>: 1\n[1,0]<stdout>:unfinished"
    )
    done = run(tmp_path, told, "", 0)
    assert done.stdout == "[rank 2] a 2\n[rank 1] b 1\n[rank 0] unfinished\n"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (DETECTED, "rank 1 exited with code 3: it is full"),
        (NOTICED, "rank 1 on xl-worker-1 ended by signal 9"),
        (ABORTED, "rank 1 called MPI_Abort with code 4"),
        (LOST, "xl-worker-2 is lost"),
        (IMPROPER, "rank 1 on xl-worker-1 ended without MPI_Finalize"),
        (
            NOT_STARTED,
            "Open MPI's daemon on xl-worker-1 ended with code 127 "
            "(sh: 1: orted: not found)",
        ),
        ("what nobody has heard of\n", "mpirun failed"),
    ],
    ids=["code", "signal", "abort", "daemon", "improper", "start", "unknown"],
)
def test_the_last_line_names_who_failed(tmp_path: Path, said: str, words: str) -> None:
    done = run(tmp_path, "", said, 3)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == words


def test_lines_of_open_mpi_5_have_their_ranks(tmp_path: Path) -> None:
    """5.0.11 has a blank behind what it puts before a line."""
    told = "[1,0]<stdout>: one\n[1,12]<stdout>:  two\n"
    done = run(tmp_path, told, "", 0, version="5.0.11")
    assert done.stdout == "[rank 0] one\n[rank 12]  two\n"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (ABORTED_5, "rank 1 aborted: it is full"),
        (
            NO_NETWORK_5,
            "mpirun finds no network to talk to its daemons by; of Open "
            "MPI 5 it is never the loopback",
        ),
    ],
    ids=["abort", "network"],
)
def test_open_mpi_5_says_it_in_other_words(
    tmp_path: Path, said: str, words: str
) -> None:
    done = run(tmp_path, "", said, 4, version="5.0.11")
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1] == words


def test_another_open_mpi_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "ran", "", 0, version="3.1.4")
    assert (done.returncode, done.stdout) == (1, "")
    assert "is 3.1.4; Open MPI 4 or 5 is wanted" in done.stderr


def test_a_node_without_mpirun_is_named(tmp_path: Path) -> None:
    (tmp_path / PROGRAM).write_text(SOURCE, "utf-8")
    done = subprocess.run(
        [sys.executable, PROGRAM, "no-such-mpirun"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "no-such-mpirun: No such file" in done.stderr
