from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.cli.main import run

if TYPE_CHECKING:
    import pytest


def test_all_words_reach_xl_submit(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submit", "--help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: xl submit ")
    assert run(["submit", "--app-nmae", "x"]) == 2
    assert "unknown option `--app-nmae`" in capsys.readouterr().err


def test_words_that_click_would_read_are_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["submit", "-appName", "x", "--launch-cmd", "a", "--", "b"]) == 2
    assert "`b` belongs to no option" not in capsys.readouterr().out
