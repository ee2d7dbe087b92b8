from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from xlearning.cli.fs_progress import shown_progress

if TYPE_CHECKING:
    import pytest


class Terminal(io.StringIO):
    """A stream that says that it is one."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


def test_nothing_is_shown_to_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress() as progress:
        progress.expect(10)
        progress.add(10)
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with shown_progress() as progress:
        progress.add(1)  # before the total is known
        progress.expect(4 << 20)
        progress.add(3 << 20)
    assert "3.0/4.0 MiB" in terminal.getvalue()
