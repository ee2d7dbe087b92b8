"""Causes: read from YARN's words and from return codes, and told to users.

The diagnostics are those of Hadoop 3.4 and 3.5, shortened.
"""

from __future__ import annotations

import signal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlearning.job.causes import (
    LONGEST_LINE,
    Cause,
    CauseKind,
    cause_of_completion,
    cause_of_exit,
    first_reason,
)

AT = "[2026-11-24 06:39:20.123]"
CONTAINER = "container_1700000000000_0001_01_000002"


def exited(code: int, stderr: str) -> str:
    """Return what a NodeManager says of a process that exited: one part twice."""
    part = (
        f"{AT}Container exited with a non-zero exit code {code}. "
        "Error file: prelaunch.err.\n"
        "Last 4096 bytes of prelaunch.err :\n"
        f"Last 4096 bytes of stderr :\n{stderr}\n\n\n"
    )
    head = (
        f"{AT}Exception from container-launch.\nContainer id: {CONTAINER}\n"
        f"Exit code: {code}\n\n"
    )
    return head + part + part


def over_memory(limit: str) -> str:
    """Return what a NodeManager says of a container that it killed for its memory."""
    return (
        f"{AT}Container [pid=77,containerID={CONTAINER}] is running 122261504B beyond "
        f"the '{limit}' memory limit. Current usage: 372.6 MB of 256 MB physical "
        "memory used; 2.9 GB of 537.6 MB virtual memory used. Killing container.\n"
        f"Dump of the process-tree for {CONTAINER} :\n"
        f"{AT}Container killed on request. Exit code is 143\n"
    )


@pytest.mark.parametrize(
    ("exit_status", "diagnostics", "words"),
    [
        (
            -100,
            "Container released on a *lost* node",
            "was lost with its node: Container released on a *lost* node",
        ),
        (
            -100,
            "Container released by application",
            "lost its container before it was used: Container released by application",
        ),
        (
            -101,
            "1/1 local-dirs have errors",
            "was lost because the disks of its node failed: 1/1 local-dirs have errors",
        ),
        (
            -102,
            "Container preempted by scheduler",
            "was preempted by the scheduler: Container preempted by scheduler",
        ),
        (
            -103,
            over_memory("VIRTUAL"),
            "was killed for using more memory than its container has: "
            "used 2.9 GB of 537.6 MB of virtual memory allowed",
        ),
        (
            -104,
            over_memory("PHYSICAL"),
            "was killed for using more memory than its container has: "
            "used 372.6 MB of 256 MB allowed",
        ),
        (
            -104,
            f"{AT}Container killed by the cgroups out-of-memory killer",
            "was killed for using more memory than its container has: "
            "Container killed by the cgroups out-of-memory killer",
        ),
        (
            -105,
            f"{AT}Container killed by the ApplicationMaster.\n"
            f"{AT}Container killed on request. Exit code is 143\n",
            "was stopped: Container killed by the ApplicationMaster.",
        ),
        (
            -1000,
            f"{AT}File does not exist: hdfs://nn:8020/staging/demo.py\n"
            "java.io.FileNotFoundException: File does not exist\n\tat org.apache…\n",
            "could not be set up by YARN: "
            "File does not exist: hdfs://nn:8020/staging/demo.py",
        ),
        (-106, "", "was ended by YARN (exit status -106)"),
        (0, "", "lost its agent (exit code 0)"),
        (
            137,
            f"{AT}Container killed on request. Exit code is 137\n"
            f"{AT}Container exited with a non-zero exit code 137. \n"
            f"{AT}Killed by external signal\n",
            "lost its agent (exit code 137): Killed by external signal",
        ),
        (3, exited(3, ""), "lost its agent (exit code 3)"),
    ],
)
def test_what_yarn_says_of_a_completed_container(
    exit_status: int, diagnostics: str, words: str
) -> None:
    cause = cause_of_completion(exit_status, diagnostics)
    assert cause.words == words
    assert cause.code == exit_status
    assert cause.stderr_tail == ""


def test_the_stderr_of_an_agent_that_could_not_start_is_kept_once() -> None:
    said = "weights: [1. 2.]\n[3. 4.]\n/bin/bash: line 1: python9: command not found"
    cause = cause_of_completion(127, exited(127, said))
    assert cause == Cause(CauseKind.AGENT_DIED, 127, stderr_tail=said)
    assert cause.words == "lost its agent (exit code 127)"
    assert cause.last_stderr_line == "/bin/bash: line 1: python9: command not found"


def test_the_first_reason_skips_what_only_repeats_the_exit_status() -> None:
    assert first_reason("") == ""
    assert first_reason(exited(3, "")) == ""
    assert first_reason(exited(3, "boom")) == "boom"
    assert first_reason(f"{AT}  \n\tat java.lang.Thread.run\n{AT}the disk is full") == (
        "the disk is full"
    )


def test_brackets_that_are_no_time_stamp_stay() -> None:
    text = "[Errno 28] No space left on device"
    assert first_reason(AT + text) == text


@pytest.mark.parametrize(
    ("returncode", "words"),
    [
        (0, "ended well"),
        (3, "exited with code 3"),
        (-9, "was killed by signal 9 (SIGKILL)"),
        (-signal.SIGSEGV, "was killed by signal 11 (SIGSEGV)"),
        (-200, "was killed by signal 200 (unknown)"),
    ],
)
def test_what_a_return_code_says(returncode: int, words: str) -> None:
    cause = cause_of_exit(returncode, "boom\n")
    assert cause.words == words
    assert cause.last_stderr_line == ("boom" if returncode else "")


@given(st.text(), st.integers(-1100, 300))
@settings(deadline=None)
def test_any_diagnostics_give_a_cause_with_words(text: str, exit_status: int) -> None:
    cause = cause_of_completion(exit_status, text)
    assert cause.words
    assert "\n" not in cause.detail


@pytest.mark.parametrize("kind", CauseKind)
def test_every_kind_has_words_that_hold_any_detail(kind: CauseKind) -> None:
    assert Cause(kind, 9).words
    assert "{" not in Cause(kind, 9).words
    assert Cause(kind, 9, "{a brace} and more").words.endswith(": {a brace} and more")


def test_the_last_line_on_stderr_is_the_last_that_says_something() -> None:
    tail = "Traceback (most recent call last):\n  10%|█\r 20%|██\nValueError: boom\n \n"
    assert Cause(CauseKind.EXITED, 1, "", tail).last_stderr_line == "ValueError: boom"
    assert Cause(CauseKind.EXITED, 1, "", " \n\n").last_stderr_line == ""
    endless = Cause(CauseKind.EXITED, 1, "", "y" * 4096)
    assert endless.last_stderr_line == "y" * LONGEST_LINE + " …"


@pytest.mark.parametrize(
    ("tail", "line"),
    [
        (
            "x\nTraceback (most recent call last):\n  File a\nValueError: b\n",
            "ValueError: b",
        ),
        (
            "Traceback (most recent call last):\nKeyError: 1\n\nDuring handling:\n\n"
            "Traceback (most recent call last):\n  File a\nI0000 other threads\n"
            "xgboost.core.XGBoostError: timeout\nStack trace:\n  [bt] (0) f()\n",
            "xgboost.core.XGBoostError: timeout",
        ),
        (
            "Traceback (most recent call last):\n  File a\nKeyboardInterrupt",
            "KeyboardInterrupt",
        ),
        ("it said Traceback (most recent call last):\nValueError: b", ""),
        ("Traceback (most recent call last):\n  File a\n", ""),
        ("no such file", ""),
    ],
)
def test_the_last_exception_of_python_is_found(tail: str, line: str) -> None:
    assert Cause(CauseKind.EXITED, 1, "", tail).exception_line == line


def test_only_what_the_program_has_no_part_in_may_be_tried_again() -> None:
    again = {kind for kind in CauseKind if kind.is_ours_or_clusters}
    assert again == {
        CauseKind.PORT_LOST,
        CauseKind.START_REFUSED,
        CauseKind.PREEMPTED,
        CauseKind.NODE_LOST,
        CauseKind.DISKS_FAILED,
        CauseKind.AGENT_SILENT,
        CauseKind.RELEASED,
        CauseKind.YARN,
    }
