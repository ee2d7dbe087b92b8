"""YARN's words: the expected texts are those of Hadoop 3.5.0."""

from __future__ import annotations

import pytest

from xlearning.local.node import diagnostics
from xlearning.local.node.diagnostics import Diagnostics, LogTails, exit_statements

C1 = "container_1_0001_01_000001"
NOON_MS = 1_795_506_813_007


def said(*statements: str) -> str:
    """Return the text of some statements without their times."""
    record = Diagnostics()
    for statement in statements:
        record.add(statement, NOON_MS)
    return str(record).replace("[2026-11-24 07:53:33.007]", "[t]")


def test_an_exit_code_with_both_files() -> None:
    tails = LogTails("", ("stderr",), "boom-err\n")
    second = (
        "[t]Container exited with a non-zero exit code 3. Error file: prelaunch.err.\n"
        "Last 4096 bytes of prelaunch.err :\nLast 4096 bytes of stderr :\n"
        "boom-err\n\n\n"
    )
    assert said(*exit_statements(C1, 3, tails)) == (
        f"[t]Exception from container-launch.\nContainer id: {C1}\nExit code: 3\n\n"
        f"{second}"
    )


def test_several_files_look_like_stderr() -> None:
    tails = LogTails(None, ("b.stderr", "a.stderr"), "x")
    assert exit_statements(C1, 1, tails)[1] == (
        "Container exited with a non-zero exit code 1. "
        "Error files: b.stderr, a.stderr.\nLast 4096 bytes of b.stderr :\nx\n"
    )


def test_a_launch_that_failed_before_the_script() -> None:
    text = said(*exit_statements(C1, 127, LogTails(), "line 5: exec: setsid\n"))
    assert text == (
        f"[t]Exception from container-launch.\nContainer id: {C1}\nExit code: 127\n"
        "Exception message: line 5: exec: setsid\n\n\n"
        "[t]Container exited with a non-zero exit code 127. \n"
    )


@pytest.mark.parametrize("code", [137, 143])
def test_a_signal_has_no_tail(code: int) -> None:
    assert said(*exit_statements(C1, code, LogTails("x"))) == (
        f"[t]Container killed on request. Exit code is {code}\n"
        f"[t]Container exited with a non-zero exit code {code}. \n"
    )


def test_the_newest_words_are_kept() -> None:
    text = said("a" * 8000, "b" * 8000)
    assert len(text) < 10_100
    assert text.endswith("b" * 8000 + "\n")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (-105, "Container killed by the ApplicationMaster."),
        (-102, "Container preempted by scheduler"),
        (-100, "Container released by application"),
        (-106, "Container Killed by ResourceManager"),
    ],
)
def test_why_it_is_killed(status: int, words: str) -> None:
    assert diagnostics.killed(status) == words


def test_the_end_of_an_application() -> None:
    assert diagnostics.killed(-107).startswith("Container killed on application-finish")


def test_files() -> None:
    assert diagnostics.file_missing("file:/a") == "File file:/a does not exist"
    assert diagnostics.file_missing("hdfs://n/a") == "File does not exist: hdfs://n/a"
    assert diagnostics.file_changed("hdfs://n/a", 5, 1_795_505_013_516, NOON_MS) == (
        "Resource hdfs://n/a changed on src filesystem - expected: "
        '"1970-01-01T00:00:00.005+0000", was: "2026-11-24T07:23:33.516+0000", '
        'current time: "2026-11-24T07:53:33.007+0000"'
    )
    assert "is not publicly accessible" in diagnostics.not_public("hdfs://n/a")
    assert diagnostics.with_exception("J", "t") == "t\nJ: t\n"


def test_answers_about_containers() -> None:
    assert f"same container with id {C1}" in diagnostics.relaunched(C1)
    assert diagnostics.not_handled(C1).endswith("is not handled by this NodeManager")
    assert "was recently stopped" in diagnostics.recently_stopped(C1)
